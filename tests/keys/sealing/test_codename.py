"""Codenames: the list, drawing, forgiving reading, and the keys of a mailbox."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.sealing.codename import CodenameError, MailboxKeys, WordList
from keys.sealing.codename_list import Typed
from keys.sealing.errors import FormatError
from keys.sealing.folding import fold
from keys.sealing.limits import CODENAME_FIELD_BYTES, CODENAME_WORDS
from keys.sealing.values import Codename
from tests.keys.sealing import codename_forge
from tests.keys.sealing.typing_errors import typing_errors
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

LIST = WordList.load()
CODENAME = Codename(tuple(codename_forge.LIST))
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def test_the_vectors_are_what_the_forge_makes() -> None:
    assert stored("codename") == codename_forge.make()


# The list.


def test_nearly_every_typing_error_has_one_meaning() -> None:
    sample = random.Random(1).sample(LIST.words, 300)
    errors = [(word, error) for word in sample for error in typing_errors(word, LETTERS) - {word}]
    clear = sum(LIST._near(error) == {word} for word, error in errors)
    assert clear / len(errors) > 0.97


@pytest.mark.parametrize("language", ["xx", "EN", "", "../words/en", "en.txt", "en\n"])
def test_other_languages_are_refused(language: str) -> None:
    with pytest.raises(FormatError, match="no word list"):
        WordList.load(language)


def test_a_list_is_loaded_once() -> None:
    assert WordList.load("en") is WordList.load("en")


# Drawing.


def test_eight_words_of_the_list_are_drawn() -> None:
    drawn = [LIST.draw().expose().split(" ") for _ in range(200)]
    assert {len(words) for words in drawn} == {CODENAME_WORDS}
    assert all(word in LIST.words for words in drawn for word in words)
    assert len({tuple(words) for words in drawn}) == 200


def test_drawing_is_even() -> None:
    """Chi-squared over 60 groups of 100 words: below 100 but for one run in 1,500."""
    groups = [0] * 60
    index = {word: number // 100 for number, word in enumerate(LIST.words)}
    for _ in range(750):
        for word in LIST.draw().expose().split(" "):
            groups[index[word]] += 1
    assert sum((count - 100) ** 2 / 100 for count in groups) < 120


# Reading.


@vectors("codename", "read")
def test_what_people_type_is_read(path: Path) -> None:
    assert LIST.read(path.read_bytes().decode()) == CODENAME


@vectors("codename", "refuse-count")
def test_more_or_fewer_words_are_refused(path: Path) -> None:
    typed = Typed.of(path.read_bytes().decode())
    assert len(typed.runs) != CODENAME_WORDS
    with pytest.raises(CodenameError, match="with certainty" if LIST.may_read(typed) else "not eight words"):
        LIST.read(path.read_bytes().decode())


@vectors("codename", "refuse-word")
def test_unknown_words_are_refused(path: Path) -> None:
    typed = Typed.of(path.read_bytes().decode())
    assert LIST.nearly(typed).found == ()
    with pytest.raises(CodenameError, match="with certainty" if LIST.may_read(typed) else "not eight words"):
        LIST.read(path.read_bytes().decode())


@vectors("codename", "refuse-length")
def test_long_texts_are_refused_unread(path: Path) -> None:
    with pytest.raises(CodenameError, match="too long"):
        LIST.read(path.read_bytes().decode())


@vectors("codename", "refuse-doubt")
def test_a_typing_error_with_two_meanings_is_refused(path: Path) -> None:
    typed = Typed.of(path.read_bytes().decode())
    assert len(LIST.nearly(typed).found) == 2
    apart = len(typed.runs) == CODENAME_WORDS
    with pytest.raises(CodenameError, match="Word 7 could be several words" if apart else "with certainty"):
        LIST.read(path.read_bytes().decode())


def test_the_word_in_doubt_is_named_by_its_place() -> None:
    with pytest.raises(CodenameError, match="Word 7") as caught:
        LIST.read(codename_forge.but(kept="anther"))
    assert caught.value.position == 7


@pytest.mark.parametrize(
    "typed",
    [
        "impairedhassesurvypredefinechloridealoofdrainablevolatile",
        "phoninessmamaratrophyapplehydroxideoverlaiddepthshopper",
        "spheremagnoliaeveryonenvisionconfigurnemonotypecupcakelyricism",
    ],
)
def test_words_run_together_that_can_be_cut_in_two_ways_with_equally_many_errors_are_refused(typed: str) -> None:
    with pytest.raises(CodenameError, match="with certainty"):
        LIST.read(typed)


@pytest.mark.parametrize("choose", [min, max])
def test_eight_of_the_shortest_and_of_the_longest_words_are_read(choose: Callable[[Iterable[int]], int]) -> None:
    length = choose(map(len, LIST.words))
    words = " ".join([word for word in LIST.words if len(word) == length][:8])
    assert LIST.read(words).expose() == words
    assert LIST.read(words.replace(" ", "")).expose() == words


def test_two_wrong_letters_side_by_side_are_two_errors_unless_they_were_swapped() -> None:
    words = "impaired hassle survey predefine chloride aloof drainable volatile"
    assert LIST.read(words.replace("chloride", "chlroide")).expose() == words
    for wrong in ("chlxxide", "chlrxide", "chlxoide"):
        with pytest.raises(CodenameError):
            LIST.read(words.replace("chloride", wrong))


def test_a_reading_with_fewer_errors_wins() -> None:
    """“anther” has two meanings, but letters beside it may settle which is meant."""
    words = ["another", *codename_forge.LIST[1:]]
    assert LIST.read("".join(words)).expose().split() == words


def test_half_a_character_is_no_letter() -> None:
    assert LIST.read(codename_forge.WORDS.replace(" ", "\ud800")) == CODENAME


@pytest.mark.parametrize("name", codename_forge.REFUSE)
def test_errors_repeat_nothing_that_was_typed(name: str) -> None:
    text = codename_forge.REFUSE[name]
    with pytest.raises(CodenameError) as caught:
        LIST.read(text)
    said = f"{caught.value} {caught.value!r} {caught.value.args} {caught.value.__cause__} {caught.value.__context__}"
    assert not any(run in said.lower() for run in fold(text) if len(run) > 3)


words = st.sampled_from(LIST.words)
codenames = st.tuples(*[words] * CODENAME_WORDS)
separators = st.sampled_from([" ", "  ", "\n", "-", ", ", "\t"])


@settings(deadline=None)
@given(codenames, separators)
def test_any_codename_is_read_however_it_is_spaced(drawn: tuple[str, ...], separator: str) -> None:
    assert LIST.read(separator.join(drawn)) == Codename(drawn)
    assert LIST.read(separator.join(drawn).upper()) == Codename(drawn)
    assert LIST.read("".join(drawn)) == Codename(drawn)


@settings(deadline=None)
@given(codenames, st.sets(st.integers(0, 7), min_size=1), st.randoms(use_true_random=False))
def test_typing_errors_are_mended_or_refused_but_never_misread(
    drawn: tuple[str, ...], wrong: set[int], chance: random.Random
) -> None:
    typed = [chance.choice(sorted(typing_errors(w, LETTERS))) if i in wrong else w for i, w in enumerate(drawn)]
    assert_not_misread(" ".join(typed), drawn)


@settings(deadline=None)
@given(codenames, st.integers(0, 7), st.randoms(use_true_random=False))
def test_an_error_in_words_run_together_is_mended_or_refused(
    drawn: tuple[str, ...], wrong: int, chance: random.Random
) -> None:
    typed = [chance.choice(sorted(typing_errors(w, LETTERS))) if i == wrong else w for i, w in enumerate(drawn)]
    assert_not_misread("".join(typed), drawn)


def assert_not_misread(typed: str, drawn: tuple[str, ...]) -> None:
    try:
        read = LIST.read(typed)
    except CodenameError:
        return
    assert read == Codename(drawn)


@settings(deadline=None)
@given(st.text(max_size=CODENAME_FIELD_BYTES) | st.text(LETTERS, min_size=50, max_size=CODENAME_FIELD_BYTES))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = LIST.read(text)
    except CodenameError:
        return
    assert all(word in LIST.words for word in read.expose().split(" "))


@settings(deadline=None)
@given(st.lists(words.flatmap(lambda word: st.sampled_from(sorted(typing_errors(word, LETTERS)))), max_size=12))
def test_many_errors_at_once_are_bounded_work(typed: list[str]) -> None:
    """At most: eight words, 80 starts, eight lengths; each look-up is a few dictionary reads."""
    counting = CountingList(LIST.words)
    with suppress(CodenameError):
        counting.read("".join(typed))
    assert counting.looks <= 8 * 80 * 8


class CountingList(WordList):
    """Counts how often it looks for words near a run of letters."""

    looks = 0

    def _near(self, run: str) -> frozenset[str]:
        self.looks += 1
        return LIST._near(run)


# Keys.


@vectors("codename", "derive")
def test_keys_follow_from_codename_and_salt(path: Path) -> None:
    vector = json.loads(path.read_text())
    keys = MailboxKeys.derive(Codename(tuple(vector["codename"].split())), bytes.fromhex(vector["salt"]))
    assert keys.address.hex() == vector["address"]
    assert str(keys.identity.recipient()) == vector["letter_recipient"]


@pytest.mark.parametrize("size", [0, 15, 65])
def test_a_salt_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="salt"):
        MailboxKeys.derive(CODENAME, bytes(size))


def test_the_keys_of_a_mailbox_print_without_the_secret_one() -> None:
    keys = MailboxKeys.derive(CODENAME, bytes(16))
    assert keys.identity.expose() not in repr(keys)


def test_words_on_another_instance_give_other_keys() -> None:
    one, other = MailboxKeys.derive(CODENAME, bytes(16)), MailboxKeys.derive(CODENAME, bytes(15) + b"\x01")
    assert one.address != other.address
    assert str(one.identity.recipient()) != str(other.identity.recipient())
