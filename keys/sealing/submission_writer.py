"""Seals one submission while it streams in: container, then age, then sink. Nothing is kept, nothing is read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.age import SealingWriter
from keys.sealing.container import ContainerWriter
from keys.sealing.errors import FormatError
from keys.sealing.limits import FILES_PER_SUBMISSION, MESSAGE_BYTES, ORIGINAL_NAME_BYTES
from keys.sealing.measured import Measured
from keys.sealing.names import cut, safe_name
from keys.sealing.submission import (
    FILES_FOLDER,
    JSON_MEMBER,
    MESSAGE_MEMBER,
    Submission,
    SubmissionHead,
    SubmittedFile,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.sealing.age import HybridRecipient


@dataclass(frozen=True, slots=True)
class SealedSubmission:
    """What became of a submission: bytes and SHA-256 (hex) of the sealed row, and what was written inside it."""

    size: int
    sha256: str
    submission: Submission


class SubmissionWriter:
    """Push writer of one row; the text, if any, comes first, then the files one after the other.

    Args:
        recipient: the epoch of the desk; exactly one, so that all rows look alike.
        sink: takes ciphertext only.
        digest: returns the SHA-256 (hex) of all that ``sink`` has taken; without it the writer hashes by itself.
    """

    def __init__(
        self, recipient: HybridRecipient, sink: Callable[[bytes], object], digest: Callable[[], str] | None = None
    ) -> None:
        self._sealed = Measured(sink, digest)
        self._envelope = SealingWriter([recipient], self._sealed)
        self._container = ContainerWriter(self._envelope.write)
        self._message_sha256: str | None = None
        self._files: list[SubmittedFile] = []
        self._names: list[str] = []
        self._original_name = ""

    def write_message(self, text: bytes) -> None:
        """Write the text of the report, before any file; ``FormatError`` if it is longer than the limit."""
        if len(text) > MESSAGE_BYTES:
            raise FormatError(f"The message is longer than {MESSAGE_BYTES} bytes.")
        self._message_sha256 = self._container.add(MESSAGE_MEMBER, text).sha256

    def start_file(self, original_name: str) -> None:
        """Begin a file; ``FormatError`` if it is one too many."""
        if len(self._files) >= FILES_PER_SUBMISSION:
            raise FormatError(f"There are more than {FILES_PER_SUBMISSION} files.")
        name = safe_name(original_name, self._names)
        self._container.start(FILES_FOLDER + name)
        self._names.append(name)
        self._original_name = cut(original_name, ORIGINAL_NAME_BYTES)

    def write(self, data: bytes | memoryview) -> None:
        """Add to the open file."""
        self._container.write(data)

    def end_file(self) -> SubmittedFile:
        """Close the open file."""
        member = self._container.end()
        file = SubmittedFile(member.name, self._original_name, member.size, member.sha256)
        self._files.append(file)
        return file

    def finish(self, head: SubmissionHead) -> SealedSubmission:
        """Write ``submission.json``, pad, and close the envelope."""
        submission = Submission.of(head, tuple(self._files), self._message_sha256)
        self._container.add(JSON_MEMBER, submission.to_json())
        self._container.finish()
        self._envelope.finish()
        return SealedSubmission(self._sealed.size, self._sealed.hexdigest(), submission)
