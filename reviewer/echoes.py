"""Words of the source in what a reviewer writes for others: shown before it leaves, for a person to judge.

A run of so many words in a row that stands in both texts is hardly chance; letters are folded as for the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from reviewer import limits
from reviewer.vault.folding import fold
from reviewer.vault.rows import AttachmentRow, MessageRow, SourceNameRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session


def echoes(rows: Session, case_id: int, texts: Iterable[str]) -> tuple[str, ...]:
    """Return what of these texts the source of a case wrote, each once."""
    said = rows.scalars(select(MessageRow.text).where(MessageRow.case_id == case_id)).all()
    runs = {run for text in said for run in _runs(_words(text))}
    names = rows.scalars(select(SourceNameRow.text).where(SourceNameRow.case_id == case_id)).all()
    files = rows.scalars(select(AttachmentRow.original_name).where(AttachmentRow.case_id == case_id)).all()
    whole = [name for name in (*names, *files) if len(fold(name)) >= limits.NAME_LEAST]
    return tuple(dict.fromkeys(found for text in texts for found in _found(text, runs, whole)))


def _found(text: str, runs: set[tuple[str, ...]], whole: list[str]) -> Iterator[str]:
    words = [word for word in text.split() if _plain(word)]
    yield from _joined(words, [run in runs for run in _runs(_words(text))])
    together = fold(text)
    yield from (name for name in whole if fold(name) in together)


def _joined(words: list[str], hits: list[bool]) -> Iterator[str]:
    """Put runs that overlap into one."""
    start = None
    for place, hit in enumerate([*hits, False]):
        if hit and start is None:
            start = place
        elif not hit and start is not None:
            yield " ".join(words[start : place - 1 + limits.ECHO_WORDS])
            start = None


def _words(text: str) -> list[str]:
    return [plain for word in text.split() if (plain := _plain(word))]


def _plain(word: str) -> str:
    """Fold a word, without the signs around and in it: who copies a sentence may end it otherwise."""
    return "".join(filter(str.isalnum, fold(word)))


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + limits.ECHO_WORDS]) for place in range(len(words) - limits.ECHO_WORDS + 1)]
