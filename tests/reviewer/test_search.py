from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import limits
from reviewer.errors import ReviewerError
from reviewer.search import parse, search
from reviewer.triage import Decision, decide
from tests.reviewer.organisation import answered

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


@pytest.fixture
def library(org: Organisation, desk: Vault, carry: Carry) -> Vault:
    """Three cases; which is which stands in their texts."""
    org.report("The river bank. Chemicals go into the river at night, near the bridge.")
    org.report("دفعوا الرِّشْوَة إلى أحمد في سنة ٢٠٢٦", files=[("صورة الفاتورة.jpg", b"x")])
    org.report("Le préfet a détourné l'argent de l'école.")
    carry()
    return desk


def _found(desk: Vault, query: str) -> list[str]:
    with desk.look() as rows:
        return [f"{hit.case.language}:{hit.kind}:{hit.found}" for hit in search(rows, query)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("river", ["en:message:river"]),
        ("RIVER night", ["en:message:river"]),
        ('"river bank"', ["en:message:river bank"]),
        ('"bank river"', []),
        ("chem*", ["en:message:Chem"]),
        ("chem", []),
        ("river -bridge", []),
        ("river -boat", ["en:message:river"]),
        ("الرشوه", ["en:message:الرِّشْوَة"]),
        ("احمد", ["en:message:أحمد"]),
        ("2026", ["en:message:٢٠٢٦"]),
        ("الفاتوره", ["en:file:الفاتورة"]),
        ("PREFET detourne", ["en:message:préfet"]),
        ("ecole", ["en:message:école"]),
    ],
)
def test_words_are_found_however_they_are_typed(library: Vault, query: str, found: list[str]) -> None:
    assert _found(library, query) == found


def test_answers_are_found_and_their_questions_are_not(org: Organisation, desk: Vault, carry: Carry) -> None:
    org.report("text", answers=answered(where="at the weighbridge", who="the harbour master"))
    carry()
    assert _found(desk, "weighbridge harbour") == ["en:answer:weighbridge"]
    assert _found(desk, "where") == []


def test_labels_are_found_after_texts(library: Vault) -> None:
    with library.change() as change:
        decide(change, 2, Decision(add_labels=("Préfecture du port", "night")))
        decide(change, 1, Decision(add_labels=("night",)))
    for query in ("prefecture", '"du port"'):
        assert [one.partition(":")[2] for one in _found(library, query)] == ["label:Préfecture du port"]
    found = [one.partition(":")[2] for one in _found(library, "night")]
    assert found[0] == "message:night"
    assert set(found[1:]) == {"label:night"}
    assert _found(library, "prefecture -port") == []


def test_notes_are_found_and_a_case_is_found_once(library: Vault) -> None:
    with library.change() as change:
        decide(change, 1, Decision(note="zebra crossing"))
        decide(change, 1, Decision(note="another zebra"))
    assert _found(library, "zebra") == ["en:note:zebra"]


def test_the_place_is_shown_with_a_little_around_it(library: Vault) -> None:
    with library.look() as rows:
        [hit] = search(rows, "bridge")
    assert hit.before.endswith("near the ")
    assert len(hit.before) <= limits.SNIPPET_CHARACTERS
    assert hit.after == "."


@pytest.mark.parametrize("query", ["", "  ", "***", '""', "-river", "()"])
def test_a_query_without_a_word_is_refused(query: str) -> None:
    with pytest.raises(ReviewerError, match="no word"):
        parse(query)


@given(query=st.text(alphabet=st.sampled_from('ab"*-() ^:OR AND NOT NEAR{}+é\u0627\u200d'), max_size=30))
def test_no_query_is_an_error_of_syntax(query: str) -> None:
    try:
        terms = parse(query)
    except ReviewerError:
        return
    assert any(not term.absent for term in terms)
    assert all(term.words for term in terms)


@pytest.mark.parametrize(
    "query", ['a"b', "NEAR(a b)", "a AND OR NOT b", "folded:a", "a^b", "{a b}", "a+b", '"zz', "a'b"]
)
def test_signs_of_the_engine_mean_nothing(library: Vault, query: str) -> None:
    assert _found(library, query) == []
