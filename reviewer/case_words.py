"""What the desk says of cases on a terminal, to be translated. No text of others can look like ours.

Names, answers and problems are one line each; texts stand after a mark, line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from reviewer import answer_words, counts, followup_words, forward_words, letter_words, name_words, triage_words
from reviewer.consent import consent_from_text
from reviewer.display import quoted, size
from reviewer.last_page_words import GOES, WENT
from reviewer.purposes import Purpose
from reviewer.translation import translated as _
from reviewer.values import Disposition, Severity, shown_status
from reviewer.vocabulary import categories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from reviewer.cases import Details, Listing
    from reviewer.prepared import Prepared
    from reviewer.search import Hit
    from reviewer.vault.log_rows import ForwardRow
    from reviewer.vault.rows import ArrivalRow, CaseRow, HistoryRow, HistoryValueRow

NO_CASES = _("No case fits.")
NO_SEALED = _("Every row could be opened.")
NO_DECOYS = _("No decoy has come yet.")
NO_HITS = _("Nothing was found.")
LANES = {
    "arrival": _("by the form, sealed by the server"),
    "presealed": _("with a file that its source sealed"),
}


def severity(case: CaseRow) -> str:
    """How bad a case is, loud where it is."""
    word = Severity(case.severity).word
    return word.upper() if case.severity == Severity.DANGER else "-" if case.severity == Severity.UNSET else word


def case_line(case: CaseRow, *, with_child: bool = False, today: date | None = None) -> str:
    """One case on one line; with ``today``, whether a letter to its source is due."""
    unread = "*" if case.unread else " "
    counts = f"{case.parts}+{case.files}"
    state = shown_status(case.status, case.disposition)
    marks = [_("CHILD") if with_child else "", triage_words.mark(case, today)]
    return (
        f"{unread}{case.id:>6}  {severity(case):<8}  {state:<12} {case.last_day}  {counts:>5}  "
        f"{case.language:<3.3} {' '.join(filter(None, [*marks, one_line(case.preview)]))}"
    ).rstrip()


def listing(found: Listing) -> Iterator[str]:
    """One page of cases."""
    if not found.cases:
        yield NO_CASES
        return
    yield _("   case  severity  status       last day    parts  text")
    for case in found.cases:
        yield case_line(case, with_child=case.id in found.with_child, today=found.today)
    yield _("* unread; parts: sealed rows of the report + files in them")
    if found.pages > 1:
        yield _("Page {page} of {pages}, {total}. Next: --page {next}").format(
            page=found.page, pages=found.pages, total=counts.cases(found.total), next=found.page % found.pages + 1
        )


def changed(fields: Iterable[str], case: CaseRow) -> Iterator[str]:
    """What a decision changed of a case, and the case."""
    names = ", ".join(fields)
    yield _("Changed: {names}.").format(names=one_line(names)) if names else _("Nothing changed.")
    yield case_line(case)


def set_back(fields: Iterable[str], case: CaseRow) -> Iterator[str]:
    """What was set back of a case, and the case."""
    yield triage_words.SET_BACK.format(names=one_line(", ".join(fields)))
    yield case_line(case)


def vocabulary() -> Iterator[str]:
    """Every code that `--category` takes, with what it means."""
    for code, label in categories().items():
        yield f"{code}  {label}"


def arrival_line(row: ArrivalRow) -> str:
    """One row of the door that is no case."""
    return f"{row.id.hex()}  {row.day}  {size(row.size):>8}  {row.state:<8} {one_line(row.problem or '')}".rstrip()


def details(found: Details, waiting: Iterable[Prepared] = ()) -> Iterator[str]:
    """Everything of one case, and what of it waits for signatures."""
    case = found.case
    yield _("Case {id}: status {status} · disposition {disposition} · severity {severity}").format(
        id=case.id,
        status=shown_status(case.status, case.disposition),
        severity=severity(case),
        disposition=case.disposition,
    )
    for name, value in facts(found):
        yield f"  {name}: {one_line(value)}"
    yield from (f"  {line}" for line in triage_words.clocks(found.clocks))
    yield from triage_words.care(found.care)
    for arrival in found.arrivals:
        if arrival.problem:
            yield _("ATTENTION: {problem}").format(problem=one_line(arrival.problem))
    for arrival in found.arrivals:
        yield from answer_words.answers(arrival)
    yield from name_words.names(case.id, found.names)
    yield from followup_words.acts(found.acts, found.letters, consent_from_text(case.consent))
    if len({message.day for message in found.messages}) < len(found.messages):
        yield ""
        yield _("Texts of one day stand in no order: nothing says which was written first.")
    for message in found.messages:
        yield ""
        yield _("--- text of {day} ---").format(day=message.day)
        yield from quoted(message.text)
    if found.attachments:
        yield ""
        yield _("--- attachments ---")
    for one in found.attachments:
        note = f"  ({one_line(one.problem)})" if one.problem else ""
        yield f"  {one.id:>6}  {size(one.size):>8}  {one_line(one.original_name)}{note}"
    yield from _exchange(found)
    for prepared in waiting:
        yield ""
        yield _("--- waits for signatures ---")
        yield from forward_words.prepared(prepared)


def facts(found: Details) -> Iterator[tuple[str, str]]:
    """Give what is known of a case beside its texts, each with its name; what is not known is left out."""
    case = found.case
    known = {
        _("came in"): f"{_days(case)}, {LANES.get(case.lane, case.lane)}, {case.language}",
        **dict(answer_words.consent(case, has_name=bool(found.names))),
        _("found to be"): "" if case.disposition == Disposition.OPEN else case.status,
        _("category"): case.category and f"{case.category} {categories().get(case.category, '')}",
        _("labels"): ", ".join(found.labels),
        _("assigned to"): case.assignee,
        **triage_words.facts(found),
        _("reason"): case.reason,
        _("outcome"): case.outcome and letter_words.outcome(case.outcome),
        _("mailbox"): None if case.mailbox else _nowhere(found),
    }
    yield from ((name, value) for name, value in known.items() if value)


def _days(case: CaseRow) -> str:
    return f"{case.first_day}" if case.first_day == case.last_day else f"{case.first_day} - {case.last_day}"


def _nowhere(found: Details) -> str:
    if any(arrival.claim for arrival in found.arrivals):
        return _("another report has it; if you know by other means that this is the source: settle {case}").format(
            case=found.case.id
        )
    return _("none that can be written to")


def _exchange(found: Details) -> Iterator[str]:
    for note in found.notes:
        yield ""
        yield _("--- note by {author}, {day} ---").format(author=note.author, day=note.day)
        yield from quoted(note.text)
    for entry in found.letters:
        yield from followup_words.letter(entry)
    for forward in found.forwards:
        yield forwarded(forward)


def forwarded(row: ForwardRow) -> str:
    """How far a case is on its way to leads."""
    if row.leaf_number is not None:
        return _("{went}: number {id}, prepared on {day}").format(
            went=WENT[Purpose(row.purpose)], id=row.id, day=row.day
        )
    if row.complete:
        text = _("{goes}: number {id}, prepared on {day}, signed; it leaves with the next outbox")
    else:
        text = _("{goes}: number {id}, prepared on {day}, waits for signatures")
    return text.format(goes=GOES[Purpose(row.purpose)], id=row.id, day=row.day)


def hit(found: Hit) -> Iterator[str]:
    """One case that a search found."""
    yield case_line(found.case)
    place = " ".join(one_line(f"{found.before}[{found.found}]{found.after}").split())
    yield f"          {found.kind}: ...{place}..."


def act(row: HistoryRow, values: Iterable[HistoryValueRow]) -> Iterator[str]:
    """One act of the history."""
    case = "" if row.case_id is None else _("case {id}").format(id=row.case_id)
    yield f"{row.day}  {row.who:<16} {row.act:<14} {case}".rstrip()
    for value in values:
        before, after = (one_line(" ".join((text or "-").split())) for text in (value.before, value.after))
        yield f"            {value.field}: {before} -> {after}"
