"""Destroying a case: its keys first, its words with them, and nothing of either left in the files.

What stays is what the log needs: that the row came, how large it was, its digest, and what became of it. The mailbox
stays too, empty: letters to it go on, so that nobody sees which case is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from reviewer.cases import get_case
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
    PackageRow,
)
from reviewer.vault.words_index import remove_words

if TYPE_CHECKING:
    from reviewer.vault.vault import Change, Vault


def destroy_case(vault: Vault, case_id: int) -> int:
    """Destroy a case; returns how many attachments went with it. Raises ReviewerError."""
    with vault.change() as change:
        case = get_case(change.rows, case_id)
        files = list(change.rows.scalars(select(AttachmentRow.file).where(AttachmentRow.case_id == case_id)))
        packages = list(change.rows.scalars(select(PackageRow.file).where(PackageRow.case_id == case_id)))
        _forget(change, case)
        change.record("destroy", case_id, files=(str(len(files)), None))
    vault.attachments.destroy([*files, *packages])
    return len(files)


def _forget(change: Change, case: CaseRow) -> None:
    rows = change.rows
    remove_words(rows, case.id)
    for table in (MessageRow, AttachmentRow, NoteRow, LabelRow, PackageRow):
        rows.execute(delete(table).where(table.case_id == case.id))
    acts = select(HistoryRow.id).where(HistoryRow.case_id == case.id)
    rows.execute(delete(HistoryValueRow).where(HistoryValueRow.history_id.in_(acts)))
    if case.mailbox is not None and not _mailbox_has_another_case(change, case):
        rows.execute(delete(EntryRow).where(EntryRow.mailbox == case.mailbox))
    for arrival in rows.scalars(select(ArrivalRow).where(ArrivalRow.case_id == case.id)):
        arrival.answers = arrival.problem = None
    case.preview, case.category, case.assignee, case.reason = "", None, None, None
    case.mailbox, case.destroyed, case.unread = None, True, False


def _mailbox_has_another_case(change: Change, case: CaseRow) -> bool:
    other = select(CaseRow.id).where(CaseRow.mailbox == case.mailbox, CaseRow.id != case.id)
    return change.rows.scalar(other.limit(1)) is not None
