"""Which sealed files the database names, with their digests: what a backup must hold, and a sweep must leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from reviewer.values import SEALED_STATES
from reviewer.vault.log_rows import DisclosureRow, ForwardFileRow
from reviewer.vault.rows import ArrivalRow, AttachmentRow

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session


def sealed_name(row_id: bytes) -> str:
    """Name of the file of a row that was not opened."""
    return f"{row_id.hex()}.age"


def attachment_files(rows: Session | Connection) -> dict[str, str]:
    """SHA-256 of each file in ``attachments``, by its name."""
    queries = (
        select(AttachmentRow.file, AttachmentRow.sealed_sha256),
        select(ForwardFileRow.file, ForwardFileRow.sealed_sha256),
        select(DisclosureRow.file, DisclosureRow.sealed_sha256).where(DisclosureRow.file.is_not(None)),
    )
    return {file: digest for query in queries for file, digest in rows.execute(query).all() if file and digest}


def sealed_files(rows: Session | Connection) -> dict[str, str]:
    """SHA-256 of each file in ``sealed``, by its name."""
    kept = select(ArrivalRow.id, ArrivalRow.sha256).where(ArrivalRow.state.in_(SEALED_STATES))
    return {sealed_name(row_id): digest for row_id, digest in rows.execute(kept).all()}
