"""Opens one row of the door into memory and into sealed attachments. No plaintext touches the disk.

Rules:
1. What is wrong with a row is told as an ``Unopened``; only trouble of this machine (a full disk) is raised.
2. A row is opened whole or not at all: with one damaged file it stays sealed as it came, and none of it is kept.
3. A file that the source sealed itself is opened too if our keys can, and kept as it is if they cannot.
4. Nothing but the age and container readers looks at what a source sent; a text is decoded and never interpreted.
5. Of a file that is sealed with OpenPGP our own reader sees the head, and GnuPG the rest, in a sandbox. The file is
   kept as it came, and what was in it stands beside it; without a sandbox it is not opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.age import NoMatchError
from keys.sealing.answers import CHILD, DANGER, says_yes
from keys.sealing.decoy_note import DecoyNote, check_decoy_is_empty, open_decoy_note
from keys.sealing.errors import FormatError, KhomoError
from keys.sealing.submission import Consent, Lane
from keys.sealing.submission_reader import read_submission
from reviewer.presealed import BAD_ROW, Files, Keys, OpenedFile, SealedFile, as_text, open_presealed
from reviewer.values import ArrivalState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keys.sealing.canonical import JSON
    from keys.sealing.notes import VerifyKey
    from keys.sealing.submission import Submission
    from keys.sealing.submission_reader import OpenSubmission
    from reviewer.vault.attachments import AttachmentStore

__all__ = ["Keys", "Opened", "OpenedFile", "Unopened", "open_row"]


@dataclass(frozen=True)
class Opened:
    """A row that was opened. ``digests`` are of what arrived, in hex: the message first, then the files.

    ``inner`` is what the source itself wrote into containers that it sealed, before the door put them into its own.
    """

    submission: Submission
    texts: tuple[str, ...]
    files: tuple[OpenedFile, ...]
    digests: tuple[str, ...]
    is_decoy: bool = False
    problem: str | None = None
    inner: tuple[Submission, ...] = ()

    @property
    def consent(self) -> Consent:
        """What the source allows in every place where it said something."""
        return reduce(Consent.and_also, (one.consent for one in self.inner), self.submission.consent)

    @property
    def answers(self) -> Mapping[str, JSON]:
        """All answers by field; danger, or a child, that is said anywhere is said."""
        every = [self.submission.answers, *(one.answers for one in self.inner)]
        merged = {field: answer for answers in every for field, answer in answers.items()}
        loud = {name: said[name] for name in (DANGER, CHILD) for said in every if says_yes(said, name)}
        return merged | loud


@dataclass(frozen=True)
class Unopened:
    """A row that stays sealed, and why."""

    state: ArrivalState
    problem: str


def open_row(file: BinaryIO, row_id: bytes, keys: Keys, attachments: AttachmentStore) -> Opened | Unopened:
    """Open the sealed, seekable row of this id; its files are sealed anew into ``attachments``."""
    sealed = Files(attachments)
    try:
        found = read_submission(file, keys.identities)
        return _open(found, row_id, keys, sealed)
    except NoMatchError:
        return Unopened(ArrivalState.NO_KEY, "It is sealed to a key that this desk does not hold.")
    except OSError:
        sealed.discard()
        raise
    except BAD_ROW as error:
        sealed.discard()
        return Unopened(ArrivalState.DAMAGED, str(error) or type(error).__name__)


def _open(found: OpenSubmission, row_id: bytes, keys: Keys, sealed: Files) -> Opened:
    submission = found.submission
    is_decoy, problem = _decoy(found, row_id, keys.servers)
    digests = [file.sha256 for file in submission.files]
    if submission.message_sha256 is not None:
        digests.insert(0, submission.message_sha256)
    texts: list[str] = []
    if found.message is not None:
        texts.append(as_text(found.message.expose()))
    if is_decoy:
        return Opened(submission, (), (), tuple(digests), is_decoy=True)
    for one in submission.files:
        if submission.lane is Lane.PRESEALED:
            sealed_by_source = SealedFile(one.original_name, one.size, partial(found.open, one.member))
            texts += open_presealed(sealed_by_source, keys, sealed)
        else:
            sealed.add(one.original_name, found.open(one.member))
    files, inner = tuple(sealed.files), tuple(sealed.inner)
    return Opened(submission, tuple(texts), files, tuple(digests), problem=problem, inner=inner)


def _decoy(found: OpenSubmission, row_id: bytes, servers: Sequence[VerifyKey]) -> tuple[bool, str | None]:
    """Tell whether the server signed that this very row is its own decoy, and what is wrong if it only says so."""
    submission = found.submission
    if submission.decoy is None:
        return False, None
    try:
        note = open_decoy_note(submission.decoy, servers)
    except KhomoError:
        return False, "It calls itself a decoy, but no server of ours signed that."
    if note != DecoyNote(submission.report, row_id):
        return False, "It carries the decoy note of another row."
    try:
        check_decoy_is_empty(found)
    except FormatError as error:
        return False, error.message
    return True, None
