"""Tries files again that their source sealed and that could not be opened: with a new key, or a sandbox at last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select, true

from reviewer.cases import get_case
from reviewer.errors import ReviewerError
from reviewer.filing import file_content, list_first
from reviewer.followups import bind_inner
from reviewer.inbox import load_keys, no_progress
from reviewer.presealed import NOT_OPENED, UNOPENED, Files, SealedFile, opened, unpack
from reviewer.sandbox.allowance import Allowance
from reviewer.source_names import keep_names
from reviewer.vault.rows import ArrivalRow, AttachmentRow, CaseRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from reviewer.presealed import Keys
    from reviewer.vault.vault import Change, Vault

_WAITS = AttachmentRow.problem.startswith(NOT_OPENED)


@dataclass
class Reopened:
    """How many files could be opened, how many could not, and why the first of these."""

    opened: int = 0
    still: int = 0
    why: str = ""


def count_sealed_files(rows: Session, case: int | None = None) -> int:
    """How many files of sources, or of one case's, are kept as they sealed them, unopened."""
    return rows.scalar(select(func.count()).select_from(AttachmentRow).where(_WAITS, _of(case))) or 0


def _of(case: int | None) -> ColumnElement[bool]:
    return true() if case is None else AttachmentRow.case_id == case


def reopen_files(vault: Vault, progress: Callable[[int], object] = no_progress, *, case: int | None = None) -> Reopened:
    """Try all of them, or those of one case; what was in one stands beside it from then on. ``progress`` counts files.

    Files of a case that somebody chose may grow as far as their sizes and the disk allow; all together may not.
    """
    found = Reopened()
    with vault.change() as change:
        keys = load_keys(change.rows)
        waiting = select(AttachmentRow).where(_WAITS, _of(case)).order_by(AttachmentRow.id)
        if case is not None:
            get_case(change.rows, case)
            keys = replace(keys, allowance=Allowance(None))
        for row in change.rows.scalars(waiting).all():
            if _reopen(vault, change, row, keys):
                found.opened += 1
            else:
                found.still += 1
                found.why = found.why or row.problem or ""
            progress(1)
        if found.opened:
            change.record("reopen", None, files=(None, str(found.opened)))
    return found


def _reopen(vault: Vault, change: Change, row: AttachmentRow, keys: Keys) -> bool:
    one = SealedFile(row.original_name, row.size, partial(vault.attachments.stream, row.file, row.seed))
    files = Files(vault.attachments)
    try:
        inner = opened(one, keys, files)
    except (*UNOPENED, ReviewerError) as error:
        row.problem = f"{NOT_OPENED} {error}"
        return False
    texts = unpack(inner, one.name_inside, files)
    row.problem = None
    _file(change, row, texts, files)
    return True


def _file(change: Change, row: AttachmentRow, texts: list[str], files: Files) -> None:
    """Put what was in a file beside it, as it would have stood from the beginning; its case is unread again."""
    case = change.rows.get_one(CaseRow, row.case_id)
    file_content(change, change.rows.get_one(ArrivalRow, row.arrival_id), case, texts, files.files)
    keep_names(change, case, change.rows.get_one(ArrivalRow, row.arrival_id), (one.name for one in files.inner))
    for one in files.inner:
        bind_inner(change, case, row.arrival_id, one.consent)
        list_first(change, case, one.answers)
    case.unread = True
