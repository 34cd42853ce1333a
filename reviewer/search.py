"""Search: words in any script, however they were typed.

A query is words that must all be there; ``"several words"`` is a phrase, ``word*`` a beginning, ``-word`` must not be
there. Nothing else has a meaning, so that no query is an error of syntax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from reviewer import limits
from reviewer.answer_words import answers_text
from reviewer.errors import ReviewerError
from reviewer.vault.folding import fold, folded_places
from reviewer.vault.rows import ArrivalRow, AttachmentRow, CaseRow, LabelRow, MessageRow, NoteRow
from reviewer.vault.triage_rows import PersonRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_PIECE = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_WORD = re.compile(r"\w+")
_RANKED = text("""
SELECT s.case_id, s.kind, s.source_id FROM words JOIN words_source AS s ON s.id = words.rowid
WHERE words MATCH :query ORDER BY rank LIMIT :most
""")
_ENTRIES_A_CASE = 4
_TEXTS = {
    "message": MessageRow.text,
    "note": NoteRow.text,
    "file": AttachmentRow.original_name,
    "person": PersonRow.name,
    "place": CaseRow.place,
}


@dataclass(frozen=True)
class Term:
    """One thing that is asked for, already folded into words."""

    words: tuple[str, ...]
    prefix: bool = False
    absent: bool = False

    def match(self) -> str:
        """As FTS5 asks for it."""
        return f'"{" ".join(self.words)}"' + ("*" if self.prefix else "")


@dataclass(frozen=True)
class Hit:
    """One case that was found, and the place where: text before, what was found, text after."""

    case: CaseRow
    kind: str
    before: str
    found: str
    after: str


def parse(query: str) -> list[Term]:
    """Read a query; raises ReviewerError when it asks for nothing."""
    terms = []
    for minus, phrase, word in _PIECE.findall(query):
        words = tuple(_WORD.findall(fold(phrase or word)))
        if words:
            terms.append(Term(words, prefix=word.endswith("*"), absent=bool(minus)))
    if not any(not term.absent for term in terms):
        raise ReviewerError("The query holds no word to look for.")
    return terms


def _expression(terms: list[Term]) -> str:
    wanted = " AND ".join(term.match() for term in terms if not term.absent)
    unwanted = " OR ".join(term.match() for term in terms if term.absent)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def search(rows: Session, query: str) -> list[Hit]:
    """The best cases, each with its best place."""
    terms = parse(query)
    found = rows.execute(_RANKED, {"query": _expression(terms), "most": limits.SEARCH_HITS * _ENTRIES_A_CASE})
    places: dict[int, tuple[str, int]] = {}
    for case_id, kind, source_id in found:
        places.setdefault(case_id, (kind, source_id))
    labels = {row.case_id: row.label for row in rows.scalars(select(LabelRow)) if _fits(row.label, terms)}
    best = [*places, *(case_id for case_id in sorted(labels, reverse=True) if case_id not in places)]
    best = best[: limits.SEARCH_HITS]
    cases = {case.id: case for case in rows.scalars(select(CaseRow).where(CaseRow.id.in_(best)))}
    return [
        _hit(rows, cases[case_id], *places[case_id], terms)
        if case_id in places
        else Hit(cases[case_id], "label", "", labels[case_id], "")
        for case_id in best
    ]


def _fits(label: str, terms: list[Term]) -> bool:
    """Whether a label holds all that is asked for, and nothing that must be absent."""
    folded = fold(label)
    return all(bool(_pattern(term).search(folded)) is not term.absent for term in terms)


def _pattern(term: Term) -> re.Pattern[str]:
    words = r"[\W_]+".join(map(re.escape, term.words))
    return re.compile(r"\b" + words + ("" if term.prefix else r"\b"))


def _hit(rows: Session, case: CaseRow, kind: str, source_id: int, terms: list[Term]) -> Hit:
    original = _original(rows, kind, source_id)
    start, end = _first_place(original, [term for term in terms if not term.absent])
    before = original[max(0, start - limits.SNIPPET_CHARACTERS) : start]
    return Hit(case, kind, before, original[start:end], original[end : end + limits.SNIPPET_CHARACTERS])


def _original(rows: Session, kind: str, source_id: int) -> str:
    """Return what an entry of the index was made from; all answers of a case stand together."""
    if kind == "answer":
        stored = rows.scalars(select(ArrivalRow.answers).where(ArrivalRow.case_id == source_id).order_by(ArrivalRow.id))
        return "\n".join(map(answers_text, stored))
    column = _TEXTS[kind]
    return rows.scalar(select(column).where(column.class_.id == source_id)) or ""


def _first_place(original: str, terms: list[Term]) -> tuple[int, int]:
    """Start and end in the original of the first thing that was asked for."""
    folded, places = fold(original), folded_places(original)
    for term in terms:
        match = _pattern(term).search(folded)
        if match:
            return places[match.start()], places[match.end() - 1] + 1
    return 0, 0
