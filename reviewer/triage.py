"""What reviewers decide of a case; each decision is an act in the history, and can be set back.

Rules:
1. A case is forwarded by forwarding it. It is closed with a reason, and after a letter of a person to its source, newer
   than the source's last part; spam needs none, nor does a case to whose source nothing can be written.
2. Whoever decides on what they saw earlier says so (``seen``): if somebody has changed the same since, nothing changes.
3. Setting back is a decision too: the checks are the same, and it is refused where the value is another by now.
4. A place or time without a word on how exact it is, is ``about``; ``unknown`` has no place and no time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from caselog.leaves import DispositionLeaf, leaf_to_bytes
from caselog.limits import REASON_BYTES
from keys.sealing.display import one_line
from keys.sealing.errors import FormatError
from keys.sealing.letter import EntryKind
from keys.sealing.values import ID_BYTES
from reviewer import clocks, limits
from reviewer.care import check_item
from reviewer.cases import get_case
from reviewer.errors import RefusedError, ReviewerError
from reviewer.facets import Values, look, put, take_note_back
from reviewer.values import CASE_DISPOSITIONS, ENDED, JUDGED, Disposition, Precision, Role, Status
from reviewer.vault.rows import ArrivalRow, EntryRow, HistoryRow, HistoryValueRow
from reviewer.vault.triage_rows import PersonRow
from reviewer.vocabulary import check_category
from reviewer.when import check_when

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from keys.sealing.letter import Outcome
    from reviewer.values import Credibility, Reliability, Severity, Urgency
    from reviewer.vault.rows import CaseRow
    from reviewer.vault.vault import Change

TRIAGE, SET_BACK = "triage", "set back"
"""Acts of the history."""

_WHICH = "of act"
"""Of an act that set another back: the number of that one."""


@dataclass(frozen=True)
class Decision:
    """What changes; None leaves a value, an empty text clears it. An outcome goes with the disposition it came with.

    Attributes:
        when: a day, month or year, see ``when``.
        add_people: role and name of each.
        done_care: items of the list for those in danger that the reviewer has done; ``undone_care`` opens them again.
        seen: number of the newest act that the reviewer knew of; None asks nothing.
    """

    status: Status | None = None
    severity: Severity | None = None
    urgency: Urgency | None = None
    category: str | None = None
    assignee: str | None = None
    reliability: Reliability | str | None = None
    credibility: Credibility | str | None = None
    place: str | None = None
    place_precision: Precision | None = None
    when: str | None = None
    when_precision: Precision | None = None
    disposition: Disposition | None = None
    reason: str | None = None
    outcome: Outcome | None = None
    add_labels: tuple[str, ...] = ()
    drop_labels: tuple[str, ...] = ()
    add_people: tuple[tuple[str, str], ...] = ()
    drop_people: tuple[tuple[str, str], ...] = ()
    add_links: tuple[int, ...] = ()
    drop_links: tuple[int, ...] = ()
    done_care: tuple[str, ...] = ()
    undone_care: tuple[str, ...] = ()
    note: str | None = None
    seen: int | None = None


def ends(decision: Decision) -> bool:
    """Whether it says that nothing more is done about a case."""
    return decision.disposition in ENDED or decision.status is Status.CLOSED


def decide(change: Change, case_id: int, decision: Decision) -> list[str]:
    """Apply a decision and record it; returns the names of what changed. Raises ReviewerError."""
    case = get_case(change.rows, case_id)
    wanted = _wanted(change, case, decision)
    if decision.seen is not None:
        _check_seen(change.rows, case, decision.seen, wanted)
    values = _apply(change, case, wanted)
    if values:
        change.record(TRIAGE, case.id, **values)
        _record_links(change, case, values)
    return sorted(values)


def set_back(change: Change, case_id: int) -> list[str]:
    """Undo the newest decision about a case that still stands; returns the names of what changed."""
    case = get_case(change.rows, case_id)
    act = _newest_standing(change.rows, case)
    said = change.rows.scalars(select(HistoryValueRow).where(HistoryValueRow.history_id == act.id)).all()
    for value in said:
        if value.field != "note" and look(change.rows, case, value.field) != value.after:
            raise ReviewerError(
                f"{one_line(value.field)} of case {case.id} was changed again since {act.who} set it on {act.day}.",
                "Set what you mean with `khomo-reviewer triage`; `khomo-reviewer history` shows what was before.",
            )
    values = _apply(change, case, {value.field: value.before for value in said if value.field != "note"})
    for value in said:
        if value.field == "note":
            take_note_back(change, case, act.who, value.after or "")
            values["note"] = (value.after, None)
    change.record(SET_BACK, case.id, **values | {_WHICH: (str(act.id), None)})
    _record_links(change, case, values)
    return sorted(values)


def _apply(change: Change, case: CaseRow, wanted: dict[str, str | None]) -> Values:
    values = put(change, case, wanted)
    _check_precision(case)
    _check_reason(case)
    if "disposition" in values:
        _check_letter(change.rows, case)
        if case.disposition == Disposition.OPEN:
            change.rows.execute(update(ArrivalRow).where(ArrivalRow.case_id == case.id).values(accounted=None))
        clocks.refresh(change.rows, case.id)
    return values


def _newest_standing(rows: Session, case: CaseRow) -> HistoryRow:
    undone = select(HistoryValueRow.before).where(HistoryValueRow.field == _WHICH)
    undone = undone.join(HistoryRow, HistoryRow.id == HistoryValueRow.history_id)
    undone = undone.where(HistoryRow.case_id == case.id, HistoryRow.act == SET_BACK)
    gone = {int(number) for number in rows.scalars(undone) if number}
    acts = select(HistoryRow).where(HistoryRow.case_id == case.id, HistoryRow.act == TRIAGE)
    for act in rows.scalars(acts.order_by(HistoryRow.id.desc())):
        if act.id not in gone:
            return act
    raise ReviewerError(f"Nothing was decided about case {case.id} that could be set back.")


def _check_seen(rows: Session, case: CaseRow, seen: int, wanted: dict[str, str | None]) -> None:
    later = select(HistoryRow, HistoryValueRow).join(HistoryValueRow, HistoryValueRow.history_id == HistoryRow.id)
    later = later.where(HistoryRow.case_id == case.id, HistoryRow.id > seen, HistoryValueRow.field.in_(wanted))
    for act, value in rows.execute(later.order_by(HistoryRow.id.desc())):
        if value.field != "note":
            raise ReviewerError(
                f"{act.who} has changed {one_line(value.field)} of case {case.id} since you looked.",
                "Nothing was changed. Look at the case again, then decide.",
            )


def _wanted(change: Change, case: CaseRow, decision: Decision) -> dict[str, str | None]:
    """Texts by the names of ``facets``; only what the decision names."""
    given: dict[str, str | None] = {
        "severity": None if decision.severity is None else decision.severity.word,
        "urgency": None if decision.urgency is None else decision.urgency.word,
        "category": decision.category and check_category(decision.category),
        "assignee": decision.assignee and _short(decision.assignee, "The name"),
        "reliability": decision.reliability,
        "credibility": decision.credibility,
        **_standing(decision),
        **_place_and_time(decision, change.day),
    }
    wanted: dict[str, str | None] = {name: str(text) or None for name, text in given.items() if text is not None}
    wanted |= _labels(decision) | _people(change.rows, case, decision) | _links(change.rows, case, decision)
    wanted |= _care(change, case, decision)
    if decision.note is not None:
        wanted["note"] = _note(decision.note)
    return wanted


def _standing(decision: Decision) -> dict[str, str | None]:
    """What becomes of a case: a judgement as its status, an end as its disposition."""
    status, disposition = decision.status, decision.disposition
    if status is not None and status not in JUDGED:
        if disposition is not None and disposition is not status.disposition:
            raise ReviewerError(f"A case cannot be {status.value} and {disposition.value} at once.")
        disposition, status = status.disposition, None
    if disposition is not None and disposition not in CASE_DISPOSITIONS:
        raise ReviewerError(f"A case cannot be {disposition.value!r}; that is said of rows of the door only.")
    if disposition is Disposition.FORWARDED:
        raise ReviewerError("A case is forwarded by forwarding it.", "Use `khomo-reviewer forward`.")
    reason = None if decision.reason is None else decision.reason.strip()
    if disposition in {Disposition.OPEN, Disposition.SPAM} and reason is None:
        reason = ""  # of the disposition before
    outcome = "" if disposition and decision.outcome is None else decision.outcome
    return {"status": status, "disposition": disposition, "reason": reason, "outcome": outcome}


def _place_and_time(decision: Decision, today: date) -> dict[str, str | None]:
    place = decision.place and _short(decision.place, "A place", limits.PLACE_CHARACTERS)
    when = decision.when and check_when(decision.when.strip(), today)
    return {
        **_with_precision("place", place, decision.place_precision),
        **_with_precision("when", when, decision.when_precision),
    }


def _with_precision(name: str, text: str | None, precision: Precision | None) -> dict[str, str | None]:
    if precision is Precision.UNKNOWN:
        if text:
            raise ReviewerError(f"What is {precision.value} has no {name}.", "Leave one of the two away.")
        return {name: "", f"{name} precision": precision}
    if text and precision is None:
        precision = Precision.ABOUT
    return {name: text, f"{name} precision": "" if text == "" else precision}


def _check_precision(case: CaseRow) -> None:
    """Refuse a word on how exact something is that is not there."""
    for name, text, precision in (
        ("place", case.place, case.place_precision),
        ("time", case.happened, case.happened_precision),
    ):
        if text is None and precision not in {None, Precision.UNKNOWN}:
            raise ReviewerError(f"Case {case.id} has no {name} that could be {precision}.", f"Give the {name} too.")


def _check_letter(rows: Session, case: CaseRow) -> None:
    """Refuse to close a case whose source has not heard from a person."""
    if case.disposition != Disposition.CLOSED or not clocks.can_write(rows, case):
        return
    letters = select(EntryRow.id).where(EntryRow.mailbox == case.mailbox, EntryRow.day >= case.last_day)
    told = letters.where(EntryRow.kind.in_((EntryKind.REPLY, EntryKind.FORWARDED)))
    if rows.scalar(told.limit(1)) is None:
        raise RefusedError(
            f"The source of case {case.id} has no letter yet that says what became of it.",
            f"Write one first: khomo-reviewer reply {case.id} -. Spam needs none: --disposition spam.",
        )


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


def _labels(decision: Decision) -> dict[str, str | None]:
    added = {f"label {label}": label for label in (_short(one, "A label") for one in decision.add_labels)}
    return added | {f"label {one.strip()}": None for one in decision.drop_labels}


def _people(rows: Session, case: CaseRow, decision: Decision) -> dict[str, str | None]:
    wanted: dict[str, str | None] = {}
    for role, given in decision.add_people:
        name = _short(given, "The name of a person or organisation", limits.PERSON_CHARACTERS)
        if ";" in name:
            raise ReviewerError("A name holds no semicolon.", "Give one person after the other.")
        wanted[f"{_role(role)} {name}"] = name
    wanted |= {f"{_role(role)} {given.strip()}": None for role, given in decision.drop_people}
    known = rows.scalar(select(func.count()).select_from(PersonRow).where(PersonRow.case_id == case.id)) or 0
    if decision.add_people and known + len(decision.add_people) > limits.PEOPLE_A_CASE:
        raise ReviewerError(f"A case has at most {limits.PEOPLE_A_CASE} people.", "Put the others into a note.")
    return wanted


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise ReviewerError(f"{word!r} is no role of a person.", f"Roles: {', '.join(Role)}.") from None


def _links(rows: Session, case: CaseRow, decision: Decision) -> dict[str, str | None]:
    for other in decision.add_links:
        if other == case.id:
            raise ReviewerError(f"Case {other} cannot be linked to itself.")
        get_case(rows, other)
    added: dict[str, str | None] = {f"link {other}": str(other) for other in decision.add_links}
    return added | {f"link {other}": None for other in decision.drop_links}


def _record_links(change: Change, case: CaseRow, values: Values) -> None:
    """Say it in the history of the other case too; only this one's act is set back."""
    for name, (_before, after) in values.items():
        kind, _space, other = name.partition(" ")
        if kind == "link":
            here = str(case.id)
            change.record("link", int(other), case=(None, here) if after else (here, None))


def _care(change: Change, case: CaseRow, decision: Decision) -> dict[str, str | None]:
    """Items keep who ticked them first."""
    wanted: dict[str, str | None] = {}
    for item in decision.done_care:
        name = f"care {check_item(change.rows, case, item)}"
        wanted[name] = look(change.rows, case, name) or f"{change.who}, {change.day}"
    return wanted | {f"care {item}": None for item in decision.undone_care}


def _note(text: str) -> str:
    if not text.strip() or len(text) > limits.NOTE_CHARACTERS:
        raise ReviewerError(f"A note has 1 to {limits.NOTE_CHARACTERS} characters.")
    return text


def _short(text: str, what: str, most: int = limits.NAME_CHARACTERS) -> str:
    clean = text.strip()
    if not clean or len(clean) > most or one_line(clean) != clean:
        raise ReviewerError(f"{what} has 1 to {most} printable characters.")
    return clean
