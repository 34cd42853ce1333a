"""Opens one sealed submission, in place: no plaintext ever touches the disk.

Rules:
1. Envelope, container and ``submission.json`` pass their own strict readers.
2. Members and ``submission.json`` name the same things, with the same sizes, in the same order; nothing else is there.
3. Every digest is checked while its member is read; the last bytes are only given out when it is right.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

from keys.sealing.age import SeekableOpening
from keys.sealing.container import DamagedContainer
from keys.sealing.container_reader import Container
from keys.sealing.digest_reader import checked
from keys.sealing.limits import AGE_CHUNK, MESSAGE_BYTES, SUBMISSION_JSON_BYTES
from keys.sealing.submission import JSON_MEMBER, MESSAGE_MEMBER, Submission
from keys.sealing.values import Plaintext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keys.sealing.age import Identity


class OpenSubmission:
    """A submission whose structure, ``submission.json`` and message have been checked.

    Attributes:
        submission: what the report says about itself.
        message: its text, UTF-8 as far as the source's browser kept to it; ``None`` if this row has none.
    """

    def __init__(self, container: Container, submission: Submission, message: Plaintext | None) -> None:
        self._container = container
        self._digests = {file.member: file.sha256 for file in submission.files}
        self.submission = submission
        self.message = message

    def open(self, member: str) -> io.BufferedReader:
        """Return the content of a file, to be read once and in order.

        Raises ``KeyError`` for an unknown member, ``DamagedContainer`` while reading if its digest is wrong.
        """
        return checked(self._container.open(member), self._digests[member])


def read_submission(file: BinaryIO, identities: Sequence[Identity]) -> OpenSubmission:
    """Open a sealed row.

    Args:
        file: the ciphertext, seekable; stays the caller's, and open while files are read.
        identities: of all epochs that the desk still holds.

    Raises ``NoMatchError`` if the row is for somebody else, another ``AgeError`` if the envelope is broken,
    ``DamagedContainer`` or ``FormatError`` if what lies in it is.
    """
    file.seek(0)
    container = Container.read(cast("BinaryIO", io.BufferedReader(SeekableOpening(file, identities), AGE_CHUNK)))
    container.check_padding()
    sizes = {member.name: member.size for member in container.members}
    if not 0 < sizes.get(JSON_MEMBER, 0) <= SUBMISSION_JSON_BYTES:
        raise DamagedContainer(f"The submission has no {JSON_MEMBER}, or one that is too long.")
    with container.open(JSON_MEMBER) as stored:
        submission = Submission.from_json(stored.read())
    _check_members(submission, container)
    return OpenSubmission(container, submission, _message(container, submission, sizes))


def _check_members(submission: Submission, container: Container) -> None:
    found = [(member.name, member.size) for member in container.members]
    expected = [(file.member, file.size) for file in submission.files]
    if submission.message_sha256 is not None and found[0][0] == MESSAGE_MEMBER:
        found = found[1:]
    if found[:-1] != expected or found[-1][0] != JSON_MEMBER:
        raise DamagedContainer(f"The submission holds other members than its {JSON_MEMBER} says.")


def _message(container: Container, submission: Submission, sizes: dict[str, int]) -> Plaintext | None:
    if submission.message_sha256 is None:
        return None
    if sizes.get(MESSAGE_MEMBER, MESSAGE_BYTES + 1) > MESSAGE_BYTES:
        raise DamagedContainer("The message is missing or longer than a message may be.")
    with checked(container.open(MESSAGE_MEMBER), submission.message_sha256) as stored:
        return Plaintext(stored.read())
