"""Opening a delivery: who made it, for whom, and whether all of it is there. Judges nothing against earlier ones.

Rules; each is told apart by the error it raises:
1. The public bundle inside is signed by the root, and is not older than the one known here unless it is the same.
2. ``delivery.note`` is signed by a desk of the newer of the two bundles, which is not lost (else ``TamperedError``).
3. It is addressed to this lead (else ``WrongKeyError``).
4. The members are those that it lists, with their sizes and digests (else ``TamperedError``).
5. There are as many leaves as it says (else ``TruncatedError``), and the head is signed by the same desk, at that size.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from caselog.checkpoint import SignedCheckpoint, newest_cosigned, read_checkpoint
from caselog.commitments import AddressKey
from caselog.delivery import (
    CHECKPOINT,
    COSIGNED,
    DELIVERY_NOTE,
    KIND,
    LEAVES,
    PUBLIC_BUNDLE,
    VERSION,
    heads_from_json,
    package_member,
)
from caselog.errors import ForkedError, TamperedError, TruncatedError, WrongKeyError
from caselog.limits import COSIGNED_BYTES, LEAVES_BYTES, PACKAGES, SIGNATURES_BYTES
from caselog.members import read_member
from keys.sealing.chain import Fork, Replay
from keys.sealing.container_reader import Container
from keys.sealing.digest_reader import checked
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.fields import Fields
from keys.sealing.limits import MIB, PUBLIC_BUNDLE_BYTES
from keys.sealing.notes import open_document, signed_text
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    import io
    from datetime import date

    from keys.sealing.canonical import JSON
    from keys.sealing.notes import VerifyKey

_LIMITS = {
    DELIVERY_NOTE: 1 * MIB,
    LEAVES: LEAVES_BYTES,
    CHECKPOINT: SIGNATURES_BYTES,
    COSIGNED: COSIGNED_BYTES,
    PUBLIC_BUNDLE: PUBLIC_BUNDLE_BYTES,
}
_KEY = range(32, 33)
_SHA256 = range(32, 33)
_ASK = "Ask the desk for this delivery once more; if it stays so, speak to the desk in person."


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A member as ``delivery.note`` lists it: path, bytes, SHA-256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """What ``delivery.note`` says; see ``caselog.delivery.Delivery``. ``size`` is the number of leaves at the head."""

    desk: str
    lead: str
    number: int
    day: date
    address_key: AddressKey
    first: int
    size: int
    files: tuple[ListedFile, ...]


@dataclass(frozen=True, slots=True)
class OpenDelivery:
    """A delivery that is whole and signed.

    Attributes:
        note: what it says of itself.
        digest: SHA-256 in hex of the signed text: tells two deliveries apart.
        desk: the key that signed it.
        bundle: the newest public bundle known now, with its note as ``bundle_note``.
        leaves: bytes of the leaves from ``note.first`` on.
        head: the head at ``note.size``.
        cosigned: older heads that leads co-signed; whether they are of the same log shows against all leaves.
        packages: listed packages by the number of their leaf.
    """

    note: DeliveryNote
    digest: str
    desk: VerifyKey
    bundle: PublicBundle
    bundle_note: bytes
    leaves: tuple[bytes, ...]
    head: SignedCheckpoint
    cosigned: tuple[SignedCheckpoint, ...]
    packages: dict[int, ListedFile]
    container: Container

    def open_package(self, leaf: int) -> io.BufferedReader:
        """Return the package of a leaf, to be read once and in order."""
        listed = self.packages[leaf]
        return checked(self.container.open(listed.path), listed.sha256)


def read_delivery(file: BinaryIO, root: VerifyKey, known: tuple[PublicBundle, bytes], lead: str) -> OpenDelivery:
    """Open a delivery from a seekable file in the clear (or a ``SeekableOpening``).

    Args:
        file: stays open while packages are read.
        root: checks public bundles.
        known: the public bundle in force here, with its note.
        lead: who this is.
    """
    try:
        container = Container.read(file)
        here = {path: most for path, most in _LIMITS.items() if path != COSIGNED or _holds(container, path)}
        texts = {path: read_member(container, path, most) for path, most in here.items()}
        bundle, bundle_note = _newest(known, texts[PUBLIC_BUNDLE], root)
        note, desk = _note(texts[DELIVERY_NOTE], bundle)
        if note.lead != lead:
            raise WrongKeyError(f"This delivery is for {note.lead}, not for {lead}.", "Give it to whom it is for.")
        _check_files(note, container, texts)
        head = read_checkpoint(texts[CHECKPOINT], desk, bundle.leads)
        cosigned = _cosigned(texts.get(COSIGNED), desk, bundle.leads)
        digest = hashlib.sha256(signed_text(texts[DELIVERY_NOTE])).hexdigest()
        leaves = _leaves(texts[LEAVES], note, head)
    except (FormatError, SignatureError) as error:
        raise TamperedError(f"The delivery was tampered with: {error.message}", error.remedy or _ASK) from error
    packages = {_leaf_number(one.path): one for one in note.files if one.path not in texts}
    return OpenDelivery(note, digest, desk, bundle, bundle_note, leaves, head, cosigned, packages, container)


def _holds(container: Container, path: str) -> bool:
    return any(member.name == path for member in container.members)


def _cosigned(data: bytes | None, desk: VerifyKey, leads: tuple[VerifyKey, ...]) -> tuple[SignedCheckpoint, ...]:
    notes = () if data is None else heads_from_json(data)
    return newest_cosigned(read_checkpoint(note, desk, leads) for note in notes)


def _newest(known: tuple[PublicBundle, bytes], note: bytes, root: VerifyKey) -> tuple[PublicBundle, bytes]:
    delivered = PublicBundle.from_note(note, root)
    try:
        known[0].replaced_by(delivered)
    except Replay:
        return known
    except Fork as error:
        raise ForkedError(error.message, error.remedy) from error
    return delivered, note


def _note(data: bytes, bundle: PublicBundle) -> tuple[DeliveryNote, VerifyKey]:
    body, signers = open_document(data, KIND, VERSION, bundle.desk_keys)
    note = _parse(body)
    for signer in signers:
        if signer.name == note.desk:
            return note, signer
    raise SignatureError("It is signed by another desk than it says.")


def _parse(body: JSON) -> DeliveryNote:
    with Fields(body, "delivery note") as fields:
        note = DeliveryNote(
            desk=fields.text("desk"),
            lead=fields.text("lead"),
            number=fields.integer("number", 1),
            day=fields.day("day"),
            address_key=AddressKey(fields.binary("address_key", _KEY)),
            first=fields.integer("first"),
            size=fields.integer("size"),
            files=fields.each("files", _file),
        )
    if note.first > note.size or len(note.files) > PACKAGES + len(_LIMITS):
        raise FormatError("The delivery note contradicts itself.")
    return note


def _file(value: JSON) -> ListedFile:
    with Fields(value, "listed file") as fields:
        return ListedFile(fields.text("path"), fields.integer("size"), fields.binary("sha256", _SHA256).hex())


def _check_files(note: DeliveryNote, container: Container, texts: dict[str, bytes]) -> None:
    found = {member.name: member.size for member in container.members if member.name != DELIVERY_NOTE}
    if found != {one.path: one.size for one in note.files}:
        raise FormatError("It holds other files than its note lists.")
    for one in note.files:
        if one.path in texts and hashlib.sha256(texts[one.path]).hexdigest() != one.sha256:
            raise FormatError(f"{one.path} differs from its digest in the note.")
        if one.path not in texts and not _leaf_number(one.path) < note.size:
            raise FormatError("It holds a package of a leaf that the log does not have.")


def _leaf_number(path: str) -> int:
    digits = path.removeprefix("packages/").removesuffix(".zip")
    if not digits.isascii() or not digits.isdecimal() or package_member(int(digits)) != path:
        raise FormatError(f"It holds a file that is no package: {path}.")
    return int(digits)


def _leaves(data: bytes, note: DeliveryNote, head: SignedCheckpoint) -> tuple[bytes, ...]:
    lines = data.split(b"\n")
    if lines.pop() or len(lines) != note.size - note.first or head.checkpoint.size != note.size:
        raise TruncatedError(
            f"The log in this delivery is truncated: it says that leaves {note.first} to {note.size} come, brings "
            f"{len(lines)}, and its head stands at {head.checkpoint.size}.",
            _ASK,
        )
    return tuple(lines)
