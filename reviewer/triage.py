"""What reviewers decide of a case; each decision is an act in the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import update

from caselog.leaves import DispositionLeaf, leaf_to_bytes
from caselog.limits import REASON_BYTES
from keys.sealing.display import one_line
from keys.sealing.errors import FormatError
from keys.sealing.values import ID_BYTES
from reviewer import limits
from reviewer.cases import get_case
from reviewer.errors import ReviewerError
from reviewer.values import CASE_DISPOSITIONS, Disposition, Severity, Status
from reviewer.vault.rows import ArrivalRow, LabelRow, NoteRow
from reviewer.vault.words_index import add_words
from reviewer.vocabulary import check_category

if TYPE_CHECKING:
    from keys.sealing.letter import Outcome
    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change


@dataclass(frozen=True)
class Decision:
    """What changes; None leaves a value, an empty text clears it. An outcome goes with the disposition it came with."""

    status: Status | None = None
    severity: Severity | None = None
    category: str | None = None
    assignee: str | None = None
    disposition: Disposition | None = None
    reason: str | None = None
    outcome: Outcome | None = None
    add_labels: tuple[str, ...] = ()
    drop_labels: tuple[str, ...] = ()
    note: str | None = None


def decide(change: Change, case_id: int, decision: Decision) -> list[str]:
    """Apply a decision and record it; returns the names of what changed. Raises ReviewerError."""
    case = get_case(change.rows, case_id)
    values = _field_changes(case, decision)
    _check_reason(case)
    if "disposition" in values and case.disposition == Disposition.OPEN:
        change.rows.execute(update(ArrivalRow).where(ArrivalRow.case_id == case.id).values(accounted=None))
    values |= _label_changes(change, case, decision)
    if decision.note is not None:
        _add_note(change, case, decision.note)
        values["note"] = (None, decision.note)
    if values:
        change.record("triage", case.id, **values)
    return sorted(values)


def _field_changes(case: CaseRow, decision: Decision) -> dict[str, tuple[str | None, str | None]]:
    changed: dict[str, tuple[str | None, str | None]] = {}
    for name, wanted in _wanted(decision).items():
        before, after = getattr(case, name), None if wanted == "" else wanted
        if wanted is not None and before != after:
            setattr(case, name, after)
            changed[name] = (_text(name, before), _text(name, getattr(case, name)))
    return changed


def _wanted(decision: Decision) -> dict[str, str | int | None]:
    category = decision.category and check_category(decision.category)
    _check_disposition(decision)
    return {
        "status": decision.status,
        "severity": decision.severity,
        "category": category,
        "assignee": decision.assignee and _short(decision.assignee, "The name"),
        "disposition": decision.disposition,
        "reason": _reason(decision),
        "outcome": "" if decision.disposition and decision.outcome is None else decision.outcome,
    }


def _check_disposition(decision: Decision) -> None:
    if decision.disposition is None:
        return
    if decision.disposition not in CASE_DISPOSITIONS:
        raise ReviewerError(f"A case cannot be {decision.disposition.value!r}; that is said of rows of the door only.")
    if decision.disposition is Disposition.FORWARDED:
        raise ReviewerError("A case is forwarded by forwarding it.", "Use `khomo-reviewer forward`.")


def _reason(decision: Decision) -> str | None:
    """The reason as it will be: with a disposition that has none, the one before goes."""
    if decision.disposition in {Disposition.OPEN, Disposition.SPAM} and decision.reason is None:
        return ""
    return None if decision.reason is None else decision.reason.strip()


def _check_reason(case: CaseRow) -> None:
    """Refuse what the log could not say of the case as it is now; one such case would stop every outbox."""
    if case.disposition != Disposition.CLOSED:
        if case.reason or case.outcome:
            what = "a reason" if case.reason else "an outcome"
            raise ReviewerError(f"Only a case that is closed has {what}.", "Add --disposition closed.")
        return
    try:
        leaf_to_bytes(DispositionLeaf("00" * ID_BYTES, Disposition.CLOSED, case.reason or ""))
    except (FormatError, ValueError):
        raise ReviewerError(
            f"A case is closed with a reason of at most {REASON_BYTES} bytes.",
            "Add --reason. Every lead can read it in the log: no word of the source.",
        ) from None


def _label_changes(change: Change, case: CaseRow, decision: Decision) -> dict[str, tuple[str | None, str | None]]:
    changed: dict[str, tuple[str | None, str | None]] = {}
    for label in decision.add_labels:
        clean = _short(label, "A label")
        if change.rows.get(LabelRow, (clean, case.id)) is None:
            change.rows.add(LabelRow(label=clean, case_id=case.id))
            changed[f"label {clean}"] = (None, clean)
    for label in decision.drop_labels:
        row = change.rows.get(LabelRow, (label.strip(), case.id))
        if row is not None:
            change.rows.delete(row)
            changed[f"label {row.label}"] = (row.label, None)
    return changed


def _add_note(change: Change, case: CaseRow, note: str) -> None:
    if not note.strip() or len(note) > limits.NOTE_CHARACTERS:
        raise ReviewerError(f"A note has 1 to {limits.NOTE_CHARACTERS} characters.")
    row = NoteRow(case_id=case.id, author=change.who, day=change.day, text=note)
    change.rows.add(row)
    change.rows.flush()
    add_words(change.rows, case.id, "note", row.id, note)


def _short(text: str, what: str) -> str:
    clean = text.strip()
    if not clean or len(clean) > limits.NAME_CHARACTERS or one_line(clean) != clean:
        raise ReviewerError(f"{what} has 1 to {limits.NAME_CHARACTERS} printable characters.")
    return clean


def _text(name: str, value: str | int | None) -> str | None:
    if name == "severity" and isinstance(value, int):
        return Severity(value).word
    return None if value is None else str(value)
