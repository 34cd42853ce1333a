"""Which words a language has in its basic form, read from the dictionaries of spelling checkers and of grammars."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Lexicon = frozenset[str]


def french(content: bytes) -> Lexicon:
    """Nouns, adjectives and infinitives (`po:nom`, `po:adj`, `po:v…`) of the Dicollecte dictionary."""
    entries = re.findall(r"^([^/\s]+)(?:/\S*)? (.*po:(?:nom|adj|v\d).*)$", content.decode(), re.MULTILINE)
    return frozenset(word for word, tags in entries if "is:pl" not in tags)


def spanish(content: bytes) -> Lexicon:
    """Words with a plural (flag S) and infinitives (flags R, I) of the RLA-ES dictionary."""
    return frozenset(re.findall(r"^([^/\s]+)/\w*[SRI]\w*", content.decode(), re.MULTILINE))


def portuguese(content: bytes) -> Lexicon:
    """Common nouns, adjectives and infinitives of the Minho dictionary."""
    return frozenset(re.findall(r"^([^/\s]+)/?\S*\s+\[CAT=(?:nc|adj|v)\b", content.decode(), re.MULTILINE))


def arabic(content: bytes) -> Lexicon:
    """Nouns with their regular plurals, adjectives and verbs (past) of the Arramooz dictionary, without names."""
    with sqlite3.connect(":memory:") as database:
        database.deserialize(content)
        columns = "unvocalized, wordtype, feminin_plural, masculin_plural, relative"
        nouns = database.execute(f"SELECT {columns} FROM nouns").fetchall()
        verbs = {word for (word,) in database.execute("SELECT unvocalized FROM verbs")}
    found = (form for word, kind, *may in nouns if "علم" not in kind for form in _arabic_forms(word, *may))
    return frozenset(found) | verbs


def _arabic_forms(noun: str, feminine_plural: int, masculine_plural: int, relative: int) -> Iterator[str]:
    stem = noun.removesuffix("ة")
    yield noun
    if feminine_plural or stem != noun:
        yield stem + "ات"
    if masculine_plural:
        yield from (noun + "ون", noun + "ين")
    if relative:
        yield stem + "ي"


READERS: dict[str, Callable[[bytes], Lexicon]] = {
    "fr": french,
    "es": spanish,
    "pt": portuguese,
    "ar": arabic,
}
