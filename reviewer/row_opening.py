"""Opens one row of the door into memory and into sealed attachments. No plaintext touches the disk.

Rules:
1. What is wrong with a row is told as an ``Unopened``; only trouble of this machine (a full disk) is raised.
2. A row is opened whole or not at all: with one damaged file it stays sealed as it came, and none of it is kept.
3. A file that the source sealed itself is opened too if our keys can, and kept as it is if they cannot.
4. Nothing but the age and container readers looks at what a source sent; a text is decoded and never interpreted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.age import AgeError, HybridIdentity, NoMatchError, OpeningReader, dearmored
from keys.sealing.answers import CHILD, DANGER, says_yes
from keys.sealing.decoy_note import DecoyNote, check_decoy_is_empty, open_decoy_note
from keys.sealing.display import harmless
from keys.sealing.errors import FormatError, KhomoError
from keys.sealing.submission import Consent, Lane
from keys.sealing.submission_reader import read_submission
from reviewer import limits
from reviewer.values import ArrivalState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keys.sealing.canonical import JSON
    from keys.sealing.notes import VerifyKey
    from keys.sealing.submission import Submission
    from keys.sealing.submission_reader import OpenSubmission
    from reviewer.vault.attachments import AttachmentStore, Readable, StoredFile

_BAD_ROW = (KhomoError, ValueError, LookupError, ArithmeticError, RecursionError)
"""What hostile bytes may raise in a reader: its own errors, and those of a reader with a fault."""


@dataclass(frozen=True)
class Keys:
    """What opens rows, and who may say that one is a decoy."""

    identities: Sequence[HybridIdentity] = field(repr=False)
    servers: Sequence[VerifyKey]


@dataclass(frozen=True)
class OpenedFile:
    """One file of a report as it now lies in the vault."""

    original_name: str
    stored: StoredFile
    problem: str | None = None


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
    sealed = _Files(attachments)
    try:
        found = read_submission(file, keys.identities)
        return _open(found, row_id, keys, sealed)
    except NoMatchError:
        return Unopened(ArrivalState.NO_KEY, "It is sealed to a key that this desk does not hold.")
    except OSError:
        sealed.discard()
        raise
    except _BAD_ROW as error:
        sealed.discard()
        return Unopened(ArrivalState.DAMAGED, str(error) or type(error).__name__)


def _open(found: OpenSubmission, row_id: bytes, keys: Keys, sealed: _Files) -> Opened:
    submission = found.submission
    is_decoy, problem = _decoy(found, row_id, keys.servers)
    digests = [file.sha256 for file in submission.files]
    if submission.message_sha256 is not None:
        digests.insert(0, submission.message_sha256)
    texts: list[str] = []
    if found.message is not None:
        texts.append(_text(found.message.expose()))
    if is_decoy:
        return Opened(submission, (), (), tuple(digests), is_decoy=True)
    for one in submission.files:
        if submission.lane is Lane.PRESEALED:
            texts += _open_presealed(found, one.member, one.original_name, keys, sealed)
        else:
            sealed.add(one.original_name, found.open(one.member))
    files, inner = tuple(sealed.files), tuple(sealed.inner)
    return Opened(submission, tuple(texts), files, tuple(digests), problem=problem, inner=inner)


class _Files:
    """Files of one row on their way into the vault."""

    def __init__(self, attachments: AttachmentStore) -> None:
        self._attachments = attachments
        self.files: list[OpenedFile] = []
        self.inner: list[Submission] = []

    def add(self, original_name: str, source: BinaryIO, problem: str | None = None) -> None:
        """Seal a file into the vault; it is there whole, or not at all."""
        with source:
            self.files.append(OpenedFile(original_name, self._attachments.seal(source), problem))

    def store(self, source: Readable) -> StoredFile:
        """Seal a file without keeping it among those of the row."""
        return self._attachments.seal(source)

    def take_back(self, stored: StoredFile) -> tuple[BinaryIO, HybridIdentity]:
        """Give a stored file's ciphertext, and what opens it."""
        return self._attachments.path(stored.file).open("rb"), HybridIdentity.from_seed(stored.seed)

    def read(self, stored: StoredFile) -> bytes:
        """Read a small stored file."""
        with self._attachments.open(stored.file, stored.seed) as file:
            return file.read()

    def forget(self, stored: StoredFile) -> None:
        """Destroy a stored file."""
        self._attachments.destroy([stored.file])

    def discard(self, first: int = 0) -> None:
        """Destroy what was stored for this row, from the given file on."""
        self._attachments.destroy([one.stored.file for one in self.files[first:]])
        del self.files[first:]


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


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _open_presealed(found: OpenSubmission, member: str, original_name: str, keys: Keys, sealed: _Files) -> list[str]:
    """Open a file that the source sealed; returns its text if that is what it is."""
    try:
        with found.open(member) as source:
            inner = sealed.store(OpeningReader(dearmored(source), keys.identities))
    except AgeError as error:
        sealed.add(original_name, found.open(member), f"Sealed by the source, and not opened: {error.message}")
        return []
    name = original_name.removesuffix(".asc").removesuffix(".age") or original_name
    return _unpack(inner, name, sealed)


def _unpack(inner: StoredFile, name: str, sealed: _Files) -> list[str]:
    """Look into what was presealed: a container of our own encryptor, a short text, or any file."""
    before = len(sealed.files)
    file, identity = sealed.take_back(inner)
    with file:
        try:
            found = read_submission(file, [identity])
            sealed.inner.append(found.submission)
            for one in found.submission.files:
                sealed.add(one.original_name, found.open(one.member))
        except _BAD_ROW:
            sealed.discard(before)
            sealed.files.append(OpenedFile(name, inner))
            text = _plain_text(inner, sealed)
            return [] if text is None else [text]
    sealed.forget(inner)
    return [] if found.message is None else [_text(found.message.expose())]


def _plain_text(stored: StoredFile, sealed: _Files) -> str | None:
    if stored.size > limits.PRESEALED_TEXT_BYTES:
        return None
    try:
        text = sealed.read(stored).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None
    return text if harmless(text) == text else None
