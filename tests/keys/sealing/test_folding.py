# ruff: noqa: RUF001 - letters that look like others are what this file is about
"""Folding: what a person's phone makes of a word, and the word itself, come to the same letters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.folding import fold

ALIKE = {
    "hamza on alef": ("أسرة", "اسرة"),
    "hamza under alef": ("إبرة", "ابرة"),
    "madda": ("آداب", "اداب"),
    "alef wasla": ("ٱبن", "\u0627بن"),
    "hamza on waw": ("مؤلف", "مولف"),
    "hamza on yeh": ("قارئ", "قاري"),
    "hamza alone": ("سماء", "سما"),
    "alef maqsura": ("مقهى", "مقهي"),
    "teh marbuta": ("مدرسة", "مدرسه"),
    "tatweel": ("كتـــاب", "كتاب"),
    "vowel signs": ("كِتَابٌ", "كتاب"),
    "shadda and dagger alef": ("رحمٰنّ", "رحمن"),
    "decomposed hamza": ("\u0627\u0654سرة", "أسرة"),
    "presentation forms": ("\ufedb\ufe98\ufe8e\ufe8f", "كتاب"),
    "ligature of lam and alef": ("س\ufefcم", "سلام"),
    "Persian yeh and kaf": ("کبیر", "كبير"),
    "Urdu heh": ("مدرسہ", "مدرسة"),
    "heh of two eyes": ("وجھ", "وجه"),
    "Uighur ae": ("مدرسە", "مدرسة"),
    "yeh barree": ("علے", "علي"),
    "joiners and direction marks": ("\u200fكت\u200dاب\u200c\u061c", "كتاب"),
    "French accents": ("Élève où ça", "eleve ou ca"),
    "ligature": ("cœur", "coeur"),
    "Spanish": ("AÑO pingüino", "ano pinguino"),
    "Portuguese": ("maçã pão", "maca pao"),
    "Russian yo and short i": ("Ёлка йод", "елка иод"),
    "sharp s": ("Straße", "strasse"),
}


@pytest.mark.parametrize("what", ALIKE)
def test_ways_to_write_a_word_fold_alike(what: str) -> None:
    one, other = ALIKE[what]
    assert fold(one) == fold(other)


SEPARATORS = ["،", "؛", "\u06d4", "\u0661", "\u06f2", "\u0969", "-", "\n", "\u00a0", "\u2022", "0"]
LOOK_ALIKE = [("ت", "ث"), ("ح", "خ"), ("س", "ش"), ("ص", "ض"), ("ب", "ي"), ("ه", "ح")]


@pytest.mark.parametrize("between", SEPARATORS)
def test_marks_and_digits_of_every_script_separate(between: str) -> None:
    assert fold(f"باب{between}نهر") == ["باب", "نهر"]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKE)
def test_letters_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(st.characters(min_codepoint=0x600, max_codepoint=0x6FF) | st.characters(max_codepoint=0x4FF)))
def test_folding_twice_changes_nothing(text: str) -> None:
    folded = fold(text)
    assert fold(" ".join(folded)) == folded


@given(st.text(st.characters(min_codepoint=0x600, max_codepoint=0x6FF) | st.characters(max_codepoint=0x4FF)))
def test_the_form_in_which_a_keyboard_spells_does_not_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
