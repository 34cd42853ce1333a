"""Files on their way from a row into the vault, and what is in those that the source sealed itself.

Rules:
1. A file that our keys do not open is kept as it came, with the reason; ``khomo-reviewer reopen`` tries again.
2. One that is sealed with OpenPGP is kept as it came also if it was opened: it is what the source sent, and GnuPG is
   not ours. Its content stands beside it.
3. How much comes out of such files is bounded (``sandbox.allowance``): a disk that is full takes no bundle in.
4. What comes out of one is a container of our own encryptor, a short text, or any file. A text is decoded and never
   interpreted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from keys.sealing.age import AgeError, HybridIdentity, OpeningReader, dearmored
from keys.sealing.display import harmless
from keys.sealing.errors import KhomoError
from keys.sealing.openpgp_packets import looks_like_openpgp
from keys.sealing.submission_reader import read_submission
from reviewer import limits
from reviewer.sandbox.allowance import Allowance
from reviewer.sandbox.errors import CutOffError, NoRoomError, NotOpenedError, SandboxError, TooLargeError
from reviewer.sandbox.openpgp import open_openpgp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keys.sealing.notes import VerifyKey
    from keys.sealing.submission import Submission
    from reviewer.sandbox.openpgp import OpenPgpSecret
    from reviewer.vault.attachments import AttachmentStore, Readable, Sink, StoredFile

NOT_OPENED = "Sealed by the source, and not opened:"
"""How the problem of such a file begins."""

BAD_ROW = (KhomoError, ValueError, LookupError, ArithmeticError, RecursionError)
"""What hostile bytes may raise in a reader: its own errors, and those of a reader with a fault."""

UNOPENED = (AgeError, SandboxError, CutOffError, NoRoomError, NotOpenedError)
"""Why a file stays sealed."""

_SUFFIXES = (".age", ".gpg", ".pgp")
_LOOK_BYTES = 2048
"""Enough to tell age from OpenPGP, with white space before it."""


@dataclass(frozen=True)
class Keys:
    """What opens rows and what is in them, who may say that one is a decoy, and how much may come out together."""

    identities: Sequence[HybridIdentity] = field(repr=False)
    servers: Sequence[VerifyKey]
    openpgp: Sequence[OpenPgpSecret] = field(default=(), repr=False)
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(frozen=True)
class OpenedFile:
    """One file of a report as it now lies in the vault."""

    original_name: str
    stored: StoredFile
    problem: str | None = None


@dataclass(frozen=True)
class SealedFile:
    """A file that the source sealed; ``open`` gives it from its beginning, each time."""

    name: str
    size: int
    open: Callable[[], BinaryIO]

    @property
    def is_openpgp(self) -> bool:
        """Whether it can be nothing but OpenPGP, if it is sealed at all."""
        with self.open() as source:
            return looks_like_openpgp(source.read(_LOOK_BYTES))

    @property
    def name_inside(self) -> str:
        """What its content is called: nothing that stands inside the seal is asked."""
        name = self.name.removesuffix(".asc")
        ending = next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), "")
        return name.removesuffix(ending) or self.name


class Files:
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

    def store_pushed(self, push: Callable[[Sink], object]) -> StoredFile:
        """Do the same with what is pushed; nothing stays if that raises."""
        return self._attachments.seal_pushed(push)

    def free(self) -> int:
        """Bytes that are free on the disk of the vault."""
        return self._attachments.free()

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


def open_presealed(one: SealedFile, keys: Keys, files: Files) -> list[str]:
    """Open a file that the source sealed, or keep it; returns its text if that is what it is."""
    is_openpgp = one.is_openpgp
    try:
        inner = opened(one, keys, files)
    except UNOPENED as error:
        files.add(one.name, one.open(), f"{NOT_OPENED} {error}")
        return []
    if is_openpgp:
        files.add(one.name, one.open())
    return unpack(inner, one.name_inside, files)


def opened(one: SealedFile, keys: Keys, files: Files) -> StoredFile:
    """Open a file that the source sealed and store what was in it; raises one of ``UNOPENED``."""
    if one.is_openpgp:
        return _opened_openpgp(one, keys, files)
    with one.open() as source:
        return files.store(OpeningReader(dearmored(source), keys.identities))


def _opened_openpgp(one: SealedFile, keys: Keys, files: Files) -> StoredFile:
    grant = keys.allowance.grant(one.size, files.free())
    try:
        stored = files.store_pushed(lambda sink: open_openpgp(one.open, grant.most, keys.openpgp, sink))
    except TooLargeError as error:
        raise grant.explained(error) from error
    keys.allowance.spend(one.size, stored.size)
    return stored


def unpack(inner: StoredFile, name: str, sealed: Files) -> list[str]:
    """Look into what was presealed: a container of our own encryptor, a short text, or any file."""
    before = len(sealed.files)
    file, identity = sealed.take_back(inner)
    with file:
        try:
            found = read_submission(file, [identity])
            sealed.inner.append(found.submission)
            for one in found.submission.files:
                sealed.add(one.original_name, found.open(one.member))
        except BAD_ROW:
            sealed.discard(before)
            sealed.files.append(OpenedFile(name, inner))
            text = _plain_text(inner, sealed)
            return [] if text is None else [text]
    sealed.forget(inner)
    return [] if found.message is None else [as_text(found.message.expose())]


def _plain_text(stored: StoredFile, sealed: Files) -> str | None:
    if stored.size > limits.PRESEALED_TEXT_BYTES:
        return None
    try:
        text = sealed.read(stored).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None
    return text if harmless(text) == text else None


def as_text(data: bytes) -> str:
    """Decode a text, whatever its bytes are."""
    return data.decode("utf-8", "replace")
