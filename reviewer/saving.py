"""Saving an attachment outside of the vault: in the clear, under a safe name, never over a file that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.atomic import atomic_file
from keys.sealing.names import safe_name
from reviewer.errors import ReviewerError
from reviewer.vault.attachments import chunks
from reviewer.vault.rows import AttachmentRow

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.vault.vault import Vault


def save_attachment(vault: Vault, number: int, folder: Path) -> Path:
    """Write an attachment into an existing folder and record it; returns where it lies."""
    if not folder.is_dir():
        raise ReviewerError(f"{folder} is not a folder.", "Name a folder that is there.")
    if folder.resolve().is_relative_to(vault.folder.resolve()):
        raise ReviewerError("Nothing is saved in the clear inside the vault.", "Name another folder.")
    with vault.look() as rows:
        attachment = rows.get(AttachmentRow, number)
    if attachment is None:
        raise ReviewerError(f"There is no attachment {number}.", "`khomo-reviewer show CASE` lists them.")
    taken = [path.name for path in folder.iterdir()]
    path = folder / safe_name(attachment.original_name, taken)
    with vault.attachments.open(attachment.file, attachment.seed) as source, atomic_file(path) as file:
        for data in chunks(source):
            file.write(data)
    with vault.change() as change:
        change.record("save", attachment.case_id, attachment=(None, str(number)))
    return path
