"""Files that are to go with a case: looked at before anything is written, and sealed when it is."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caselog.case_record import CaseAttachment, Form
from keys.sealing.names import safe_name
from reviewer.errors import ReviewerError
from reviewer.made_files import check_made
from reviewer.vault.attachments import chunks
from reviewer.vault.rows import AttachmentRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reviewer.vault.attachments import StoredFile
    from reviewer.vault.vault import Vault


@dataclass(frozen=True)
class GoingFile:
    """A file as leads will see it, and where it lies: a path, or an attachment of the vault with its seed."""

    attachment: CaseAttachment
    path: Path | None = None
    sealed: tuple[str, bytes] | None = None


def going_files(vault: Vault, case_id: int, made: Iterable[Path], originals: Iterable[int]) -> list[GoingFile]:
    """Look at what is to go; raises RefusedError for what was not made anew, ReviewerError for what is not there."""
    files: list[GoingFile] = []
    for path in made:
        sha256, size = _measure(path)
        files.append(GoingFile(_described(path.name, Form.REMADE, size, sha256, files), path=path))
        check_made(vault, case_id, sha256, path)
    first = len(files)
    for number in originals:
        with vault.look() as rows:
            found = rows.get(AttachmentRow, number)
        if found is None or found.case_id != case_id:
            raise ReviewerError(f"Case {case_id} has no attachment {number}.", "`khomo-reviewer show` lists them.")
        name = _original_name(found.original_name, len(files) - first + 1)
        described = _described(name, Form.ORIGINAL, found.size, found.sha256, files)
        files.append(GoingFile(described, sealed=(found.file, found.seed)))
    return files


def seal_files(vault: Vault, files: Iterable[GoingFile]) -> dict[str, StoredFile]:
    """Seal copies into the vault, by name; raises ReviewerError for a file that is another than was looked at."""
    stored: dict[str, StoredFile] = {}
    for file in files:
        name = file.attachment.name
        stored[name] = _seal(vault, file)
        if stored[name].sha256 != file.attachment.sha256:
            raise ReviewerError(f"{name} changed since it was shown. Nothing was prepared.", "Look at it again.")
    return stored


def _seal(vault: Vault, file: GoingFile) -> StoredFile:
    if file.path is not None:
        with file.path.open("rb") as source:
            return vault.attachments.seal(source)
    assert file.sealed is not None  # noqa: S101  # a file lies at one of two places
    with vault.attachments.open(*file.sealed) as opened:
        return vault.attachments.seal(opened)


def _measure(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        for data in chunks(source):
            digest.update(data)
            size += len(data)
    return digest.hexdigest(), size


def _described(name: str, form: Form, size: int, sha256: str, before: Sequence[GoingFile]) -> CaseAttachment:
    safe = safe_name(name, list(_names(before)))
    media_type = mimetypes.guess_type(safe)[0] or "application/octet-stream"
    return CaseAttachment(safe, form, media_type, size, sha256)


def _names(files: Iterable[GoingFile]) -> Iterator[str]:
    return (file.attachment.name for file in files)


def _original_name(name: str, number: int) -> str:
    """A name that tells nothing: people put names of people into names of files."""
    suffix = Path(name).suffix.lower()
    known = suffix if suffix.isascii() and suffix in mimetypes.types_map else ""
    return f"original-{number}{known}"
