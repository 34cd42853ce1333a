"""The operator's reference says what a flood of guesses can hope for, list by list, as it is counted from the lists."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from keys.sealing.codename import CodenameError, WordList
from tests.docs.guessing import MAILBOXES, TRIES_A_SECOND, Guessing, languages
from tests.keys.sealing.typing_errors import typing_errors

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "operator-reference.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", languages())
def test_the_guide_has_the_figures_of_every_list(language: str) -> None:
    [line] = re.findall(rf"^\| {language} \|.*$", GUIDE, re.MULTILINE)
    assert line == Guessing(language).line()


def test_the_guide_names_the_assumptions() -> None:
    assert f"{TRIES_A_SECOND:,} tries a second" in GUIDE
    assert f"{MAILBOXES:,} mailboxes" in GUIDE


@pytest.mark.parametrize("language", languages())
def test_every_codename_has_a_hundred_bits_and_a_year_of_guessing_no_hope(language: str) -> None:
    assert Guessing(language).bits >= 100
    assert Guessing(language).chance_a_year < 1e-14


@pytest.mark.parametrize("language", languages())
def test_whatever_is_typed_is_read_as_one_codename_at_the_most(language: str) -> None:
    """So forgiving an error gives a try no second codename: two readings are refused, not both tried."""
    words = WordList.load(language)
    letters = sorted(set("".join(words.words)))
    codename = words.draw().expose().split()
    for typed in itertools.islice(typing_errors(codename[0], letters), 100):
        first = _read(words, " ".join([typed, *codename[1:]]))
        assert first in {None, *_nearby(words, typed, codename)}


def _read(words: WordList, typed: str) -> str | None:
    try:
        return words.read(typed).expose()
    except CodenameError:
        return None


def _nearby(words: WordList, typed: str, codename: list[str]) -> set[str]:
    """Return the codenames with the typed word, or one that it is one error away from, in the first place."""
    near = typing_errors(typed, sorted(set("".join(words.words)))) & set(words.words)
    return {" ".join([word, *codename[1:]]) for word in near}
