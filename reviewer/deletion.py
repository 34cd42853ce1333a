"""Destroying a case: its keys first, its words with them, and nothing of either left in the files.

What stays is what the log needs: that the row came, how large it was, its digest, what became of it, and the
reason, which all leads can read there. The mailbox stays too, empty: letters to it go on, so that nobody sees which
case is gone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from reviewer import lost_words
from reviewer.cases import get_case
from reviewer.consent import consent_from_text, consent_to_text
from reviewer.errors import ReviewerError
from reviewer.likeness.signing import forget_likeness, leave_nothing
from reviewer.values import Disposition
from reviewer.vault.log_rows import DisclosureRow, ForwardFileRow, ForwardRow, PackageRow
from reviewer.vault.lost_words_rows import LostWordsRow
from reviewer.vault.rows import (
    ArrivalRow,
    AttachmentRow,
    CaseRow,
    EntryRow,
    HistoryRow,
    HistoryValueRow,
    LabelRow,
    MessageRow,
    NoteRow,
    PartRow,
    SourceNameRow,
)
from reviewer.vault.triage_rows import CareRow, LinkRow, PersonRow
from reviewer.vault.words_index import remove_words

if TYPE_CHECKING:
    from reviewer.vault.vault import Change, Vault


def destroy_case(vault: Vault, case_id: int) -> int:
    """Destroy a case; returns how many attachments went with it. Raises ReviewerError."""
    with vault.change() as change:
        case = get_case(change.rows, case_id)
        if case.disposition == Disposition.OPEN:
            raise ReviewerError(
                f"Case {case_id} is still open.",
                "Close it first: khomo-reviewer triage --disposition closed --reason …",
            )
        files = list(change.rows.scalars(select(AttachmentRow.file).where(AttachmentRow.case_id == case_id)))
        files += _forget_forwards(change, case_id)
        _forget(change, case)
        change.record("destroy", case_id, files=(str(len(files)), None))
    vault.attachments.destroy(files)
    return len(files)


def _forget_forwards(change: Change, case_id: int) -> list[str]:
    """Forget what was forwarded of a case, but for the log's leaves; returns the files that go."""
    forwards = change.rows.scalars(select(ForwardRow.id).where(ForwardRow.case_id == case_id)).all()
    sealed = select(DisclosureRow.file).where(DisclosureRow.forward_id.in_(forwards))
    packages = change.rows.scalars(sealed).all()
    files = change.rows.scalars(select(ForwardFileRow.file).where(ForwardFileRow.forward_id.in_(forwards))).all()
    for table in (ForwardFileRow, PackageRow, DisclosureRow):
        change.rows.execute(delete(table).where(table.forward_id.in_(forwards)))
    change.rows.execute(delete(ForwardRow).where(ForwardRow.id.in_(forwards)))
    return [file for file in (*packages, *files) if file is not None]


def _forget(change: Change, case: CaseRow) -> None:
    rows = change.rows
    remove_words(rows, case.id)
    forget_likeness(rows, case.id)
    rows.execute(delete(LinkRow).where((LinkRow.lower == case.id) | (LinkRow.higher == case.id)))
    for table in (MessageRow, SourceNameRow, AttachmentRow, NoteRow, LabelRow, PartRow, PersonRow, CareRow):
        rows.execute(delete(table).where(table.case_id == case.id))
    acts = select(HistoryRow.id).where(HistoryRow.case_id == case.id)
    rows.execute(delete(HistoryValueRow).where(HistoryValueRow.history_id.in_(acts)))
    lost_words.forget_case(rows, case)
    if case.mailbox is not None and not _mailbox_has_another_case(change, case):
        rows.execute(delete(EntryRow).where(EntryRow.mailbox == case.mailbox))
    for arrival in rows.scalars(select(ArrivalRow).where(ArrivalRow.case_id == case.id)):
        arrival.answers = arrival.problem = arrival.claim = None
    case.preview, case.category, case.assignee, case.due = "", None, None, None
    case.place = case.place_precision = case.happened = case.happened_precision = None
    case.reliability = case.credibility = None
    case.consent = consent_to_text(replace(consent_from_text(case.consent), never=""))
    case.mailbox, case.destroyed, case.unread = None, True, False
    leave_nothing(rows)


def _mailbox_has_another_case(change: Change, case: CaseRow) -> bool:
    other = select(CaseRow.id).where(CaseRow.mailbox == case.mailbox, CaseRow.id != case.id)
    only_says_that_words_were_lost = CaseRow.id.in_(select(LostWordsRow.new_case))
    return change.rows.scalar(other.where(~only_says_that_words_were_lost).limit(1)) is not None
