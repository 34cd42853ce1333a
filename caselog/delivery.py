"""What the desk hands to one lead: packages, the log, and its head, in one envelope.

The container inside the envelope::

    delivery.note               signed by the desk: for whom, which number, digest of everything else
    log/leaves.jsonl            leaves ``first`` to ``size``, one a line
    log/checkpoint.note         the head at ``size``, signed by the desk, perhaps co-signed by leads
    log/cosigned.json           older heads of the same log that leads co-signed, if there are any
    public-bundle.note          the public bundle in force, signed by the root
    packages/<leaf number>.zip  one container each, see caselog.package

Rules:
1. Deliveries to one lead are numbered from 1; the same number is never used for other bytes.
2. The log's part may begin anywhere, but leaves no gap to what the lead got before; from 0 always does.
3. Leads with an OpenPGP key get the same container, encrypted by the desk with GnuPG.

Use::

    delivery = Delivery(lead="anna", number=3, day=today, address_key=address_key(seed, "anna"), first=0,
                        leaves=all_leaves, checkpoint=extension.checkpoint, public_bundle=bundle_note,
                        packages=(DeliveredPackage(leaf_number, size, sha256, open_package),))
    written = seal_delivery(delivery, desk_key, recipient, sink)     # or write_delivery, for OpenPGP
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from caselog.limits import PACKAGES, SIGNATURES_BYTES
from keys.sealing.age import SealingWriter
from keys.sealing.canonical import from_canonical, to_canonical
from keys.sealing.container import ContainerWriter
from keys.sealing.errors import FormatError
from keys.sealing.fields import Fields
from keys.sealing.limits import COPY_BYTES
from keys.sealing.measured import Measured
from keys.sealing.notes import sign_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from caselog.commitments import AddressKey
    from keys.sealing.age import Recipient
    from keys.sealing.canonical import JSON
    from keys.sealing.notes import SigningKey

KIND = "case-delivery"
VERSION = 1
DELIVERY_NOTE = "delivery.note"
LEAVES = "log/leaves.jsonl"
CHECKPOINT = "log/checkpoint.note"
COSIGNED = "log/cosigned.json"
PUBLIC_BUNDLE = "public-bundle.note"


@dataclass(frozen=True, slots=True)
class DeliveredPackage:
    """A signed package on its way to a lead.

    Attributes:
        leaf: number of its case's leaf in the log, counted from 0.
        size: of the container that ``write_package`` wrote, in bytes.
        sha256: of that container, in hex.
        open: gives its bytes; it is closed after.
    """

    leaf: int
    size: int
    sha256: str
    open: Callable[[], BinaryIO]

    @property
    def member(self) -> str:
        """Its path in the delivery."""
        return package_member(self.leaf)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery to one lead.

    Attributes:
        lead: the lead's name, as the desk addresses cases to it.
        number: counts this lead's deliveries from 1.
        day: on which it was made.
        address_key: lets the lead find what is addressed to it; the same in every delivery.
        first: number of the first leaf that comes along.
        leaves: all leaves from there to the head.
        checkpoint: the head, signed by the desk.
        public_bundle: the root-signed note in force.
        packages: in any order, at most one for a leaf.
        cosigned: notes of older heads that leads co-signed.
    """

    lead: str
    number: int
    day: date
    address_key: AddressKey
    first: int
    leaves: tuple[bytes, ...]
    checkpoint: bytes
    public_bundle: bytes
    packages: tuple[DeliveredPackage, ...] = ()
    cosigned: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        numbers = {package.leaf for package in self.packages}
        if len(numbers) != len(self.packages) or len(numbers) > PACKAGES:
            raise FormatError(f"A delivery has at most {PACKAGES} packages, and no two for one leaf.")
        if self.number < 1 or self.first < 0 or not numbers <= set(range(self.first + len(self.leaves))):
            raise FormatError("A delivery counts from 1, leaves from 0, and each package belongs to a leaf.")


@dataclass(frozen=True, slots=True)
class WrittenDelivery:
    """A delivery as written: bytes and SHA-256 (hex) of what reached the sink."""

    size: int
    sha256: str


def package_member(leaf: int) -> str:
    """Return the path of the package of a leaf."""
    return f"packages/{leaf}.zip"


def heads_to_json(notes: Iterable[bytes]) -> bytes:
    """Return signed heads as ``log/cosigned.json`` holds them."""
    return to_canonical({"version": VERSION, "heads": [note.decode() for note in notes]})


def heads_from_json(data: bytes) -> tuple[bytes, ...]:
    """Read what ``heads_to_json`` writes; raises ``FormatError``. Signatures are not checked here."""
    with Fields(from_canonical(data), COSIGNED) as fields:
        if fields.integer("version") != VERSION:
            raise FormatError(f"{COSIGNED} has a version that is not known here.", "Use a newer Khomo.")
        return tuple(text.encode() for text in fields.texts("heads", SIGNATURES_BYTES))


def write_delivery(delivery: Delivery, desk: SigningKey, sink: Callable[[bytes], object]) -> WrittenDelivery:
    """Write the container in the clear: only into something that encrypts it."""
    measured = Measured(sink)
    _write(delivery, desk, measured)
    return WrittenDelivery(measured.size, measured.hexdigest())


def seal_delivery(
    delivery: Delivery, desk: SigningKey, recipient: Recipient, sink: Callable[[bytes], object]
) -> WrittenDelivery:
    """Write the container sealed to the lead's recipient; the sink sees ciphertext only."""
    measured = Measured(sink)
    envelope = SealingWriter([recipient], measured)
    _write(delivery, desk, envelope.write)
    envelope.finish()
    return WrittenDelivery(measured.size, measured.hexdigest())


def _write(delivery: Delivery, desk: SigningKey, sink: Callable[[bytes], object]) -> None:
    texts = {
        LEAVES: b"".join(leaf + b"\n" for leaf in delivery.leaves),
        CHECKPOINT: delivery.checkpoint,
        PUBLIC_BUNDLE: delivery.public_bundle,
    }
    if delivery.cosigned:
        texts[COSIGNED] = heads_to_json(delivery.cosigned)
    writer = ContainerWriter(sink)
    writer.add(DELIVERY_NOTE, sign_document(KIND, VERSION, _body(delivery, desk.name, texts), [desk]))
    for path, text in texts.items():
        writer.add(path, text)
    for package in sorted(delivery.packages, key=lambda one: one.leaf):
        _copy(writer, package)
    writer.finish()


def _body(delivery: Delivery, desk: str, texts: dict[str, bytes]) -> dict[str, JSON]:
    files: list[JSON] = [
        {"path": path, "size": len(text), "sha256": hashlib.sha256(text).hexdigest()} for path, text in texts.items()
    ]
    files += [
        {"path": one.member, "size": one.size, "sha256": one.sha256}
        for one in sorted(delivery.packages, key=lambda one: one.leaf)
    ]
    return {
        "desk": desk,
        "lead": delivery.lead,
        "number": delivery.number,
        "day": delivery.day.isoformat(),
        "address_key": delivery.address_key.hex(),
        "first": delivery.first,
        "size": delivery.first + len(delivery.leaves),
        "files": files,
    }


def _copy(writer: ContainerWriter, package: DeliveredPackage) -> None:
    writer.start(package.member)
    with package.open() as source:
        while block := source.read(COPY_BYTES):
            writer.write(block)
    member = writer.end()
    if (member.size, member.sha256) != (package.size, package.sha256):
        raise FormatError(f"The package of leaf {package.leaf} is not the one that was to be delivered.")
