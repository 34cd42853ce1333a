"""What a reviewer sets of a case, each under a name and as a text: so the history keeps it, and so it is set back.

Names are those of columns (``status``, ``place precision`` …), ``note``, and of what a case has several of, the kind
and then which: ``label water``, ``accused A. Person``, ``link 12``, ``care safe-now``. A text of None is nothing there.
Here nothing is judged: what may be said stands in ``triage``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from reviewer.values import Role, Severity, Urgency
from reviewer.vault.folding import fold
from reviewer.vault.rows import LabelRow, NoteRow
from reviewer.vault.triage_rows import CareRow, LinkRow, PersonRow
from reviewer.vault.words_index import add_words, remove_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change

Values = dict[str, tuple[str | None, str | None]]
"""Before and after, by the names of what changed."""


@dataclass(frozen=True)
class _Column:
    """A column of the case, and how its value is a text."""

    name: str
    to_text: Callable[[Any], str | None]
    from_text: Callable[[str | None], object]


def _same(text: str | None) -> str | None:
    return text


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


def _severity_text(value: Any) -> str:
    return Severity(value).word


def _urgency_text(value: Any) -> str:
    return Urgency(value).word


_PLAIN = ("status", "category", "assignee", "disposition", "reason", "outcome", "reliability", "credibility")
_COLUMNS = {
    **{name: _Column(name, _as_text, _same) for name in _PLAIN},
    "severity": _Column("severity", _severity_text, lambda text: Severity.parse(text or "unset")),
    "urgency": _Column("urgency", _urgency_text, lambda text: Urgency.parse(text or "unset")),
    "place": _Column("place", _as_text, _same),
    "place precision": _Column("place_precision", _as_text, _same),
    "when": _Column("happened", _as_text, _same),
    "when precision": _Column("happened_precision", _as_text, _same),
}


def look(rows: Session, case: CaseRow, name: str) -> str | None:
    """What stands under a name now."""
    column = _COLUMNS.get(name)
    if column is not None:
        return column.to_text(getattr(case, column.name))
    kind, _space, which = name.partition(" ")
    return _MEMBERS[kind].look(rows, case, which)


def put(change: Change, case: CaseRow, wanted: Mapping[str, str | None]) -> Values:
    """Set what is wanted; returns what that changed."""
    changed: Values = {}
    for name, after in wanted.items():
        before = look(change.rows, case, name)
        if before != after:
            _put(change, case, name, after)
            changed[name] = (before, after)
    return changed


def _put(change: Change, case: CaseRow, name: str, after: str | None) -> None:
    column = _COLUMNS.get(name)
    if column is None:
        kind, _space, which = name.partition(" ")
        _MEMBERS[kind].put(change, case, which, after)
    else:
        setattr(case, column.name, column.from_text(after))
    if name == "place":
        remove_entry(change.rows, case.id, "place", case.id)
        if after is not None:
            add_words(change.rows, case.id, "place", case.id, after)


@dataclass(frozen=True)
class _Members:
    """Something that a case has several of."""

    look: Callable[[Session, CaseRow, str], str | None]
    put: Callable[[Change, CaseRow, str, str | None], None]


def _look_label(rows: Session, case: CaseRow, label: str) -> str | None:
    return None if rows.get(LabelRow, (label, case.id)) is None else label


def _put_label(change: Change, case: CaseRow, label: str, after: str | None) -> None:
    if after is None:
        change.rows.delete(change.rows.get_one(LabelRow, (label, case.id)))
    else:
        change.rows.add(LabelRow(label=label, case_id=case.id))
    change.rows.flush()


def _person(role: Role) -> _Members:
    def found(rows: Session, case: CaseRow, name: str) -> PersonRow | None:
        query = select(PersonRow).where(PersonRow.case_id == case.id, PersonRow.role == role, PersonRow.name == name)
        return rows.scalar(query)

    def look_person(rows: Session, case: CaseRow, name: str) -> str | None:
        return None if found(rows, case, name) is None else name

    def put_person(change: Change, case: CaseRow, name: str, after: str | None) -> None:
        row = found(change.rows, case, name)
        if row is not None and after is None:
            remove_entry(change.rows, case.id, "person", row.id)
            change.rows.delete(row)
            change.rows.flush()
        else:
            row = PersonRow(case_id=case.id, role=role, name=name, folded=fold(name))
            change.rows.add(row)
            change.rows.flush()
            add_words(change.rows, case.id, "person", row.id, name)

    return _Members(look_person, put_person)


def link_key(one: int, other: int) -> tuple[int, int]:
    """Under which two numbers a link of two cases stands."""
    return min(one, other), max(one, other)


def _look_link(rows: Session, case: CaseRow, other: str) -> str | None:
    return None if rows.get(LinkRow, link_key(case.id, int(other))) is None else other


def _put_link(change: Change, case: CaseRow, other: str, after: str | None) -> None:
    key = link_key(case.id, int(other))
    if after is None:
        change.rows.delete(change.rows.get_one(LinkRow, key))
    else:
        change.rows.add(LinkRow(lower=key[0], higher=key[1]))
    change.rows.flush()


def _look_care(rows: Session, case: CaseRow, item: str) -> str | None:
    row = rows.get(CareRow, (case.id, item))
    return None if row is None else f"{row.who}, {row.day}"


def _put_care(change: Change, case: CaseRow, item: str, after: str | None) -> None:
    row = change.rows.get(CareRow, (case.id, item))
    if row is not None:
        change.rows.delete(row)
        change.rows.flush()
    if after is not None:
        who, _comma, day = after.rpartition(", ")
        change.rows.add(CareRow(case_id=case.id, item=item, who=who, day=type(change.day).fromisoformat(day)))
        change.rows.flush()


def _look_note(_rows: Session, _case: CaseRow, _which: str) -> str | None:
    """Notes are many and stand beside each other: one more is never a change of another."""
    return None


def _put_note(change: Change, case: CaseRow, _which: str, after: str | None) -> None:
    row = NoteRow(case_id=case.id, author=change.who, day=change.day, text=after or "")
    change.rows.add(row)
    change.rows.flush()
    add_words(change.rows, case.id, "note", row.id, row.text)


def take_note_back(change: Change, case: CaseRow, author: str, text: str) -> None:
    """Remove the newest note of somebody with this text, which is there."""
    query = select(NoteRow).where(NoteRow.case_id == case.id, NoteRow.author == author, NoteRow.text == text)
    row = change.rows.scalars(query.order_by(NoteRow.id.desc()).limit(1)).one()
    remove_entry(change.rows, case.id, "note", row.id)
    change.rows.delete(row)


_MEMBERS = {
    "label": _Members(_look_label, _put_label),
    "link": _Members(_look_link, _put_link),
    "care": _Members(_look_care, _put_care),
    "note": _Members(_look_note, _put_note),
    **{role.value: _person(role) for role in Role},
}
