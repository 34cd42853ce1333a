# ruff: noqa: RUF001 - letters that look like others are what this file is about

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.vault.folding import fold, folded_places


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("الرِّشْوَة", "الرشوه"),  # tashkeel, ta marbuta
        ("مـــحـــمد", "محمد"),  # tatweel
        ("أحمد إبراهيم آمنة ٱلله", "احمد ابراهيم امنه الله"),  # hamza forms
        ("مسؤول شيء شئ", "مسوول شي شي"),
        ("مصطفى", "مصطفي"),  # alef maqsura
        ("٢٠٢٦ ۲۰۲۶", "2026 2026"),  # Arabic-Indic and Persian digits
        ("کتاب ہے", "كتاب هي"),  # Persian and Urdu forms
        ("ﷺ", "صلي الله عليه وسلم"),  # NFKC
        ("ÉLÉPHANT Ångström", "elephant angstrom"),
        ("straße Łódź œuvre", "strasse lodz oeuvre"),
        ("İstanbul ılık", "istanbul ilik"),
        ("ƙasa ɗaya Ɛwe", "kasa daya ewe"),
        ("ｆｕｌｌ ﬁne", "full fine"),
        ("so\u00adft\u200bly \u202ehidden", "softly hidden"),
        ("Дёмин", "демин"),
        ("e\u0301 é", "e e"),
    ],
)
def test_what_is_written_and_what_is_typed_meet(written: str, typed: str) -> None:
    assert fold(written) == fold(typed) == typed


def test_indic_vowel_signs_stay() -> None:
    assert fold("किताब") != fold("कताब")


@given(st.text())
def test_each_folded_character_leads_back_to_its_place(text: str) -> None:
    folded, places = fold(text), folded_places(text)
    assert len(folded) == len(places)
    assert places == sorted(places)
    assert all(character in fold(text[place]) for character, place in zip(folded, places, strict=True))


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
