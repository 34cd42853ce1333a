"""A lead's own folder: the log as it was shown so far, and packages, sealed to the lead.

::

    store.json                     version, the lead's name, the folder of the lead's keys
    root.pub  public-bundle.note   whom to believe
    desks/<key>/leaves.jsonl       leaves so far, perhaps more than state.json counts
    desks/<key>/mine.note          the newest head that the lead co-signed, if any
    desks/<key>/state.json         the head, deliveries seen, packages: what counts
    desks/<key>/packages/*.age     sealed packages

Rules:
1. ``state.json`` is replaced last and at once: an import that was cut off has changed nothing that counts.
2. What is read is checked: the leaves must give the root that the desk has signed.
3. Packages lie here sealed to the lead's own identity; nothing readable is written.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar

from caselog.checkpoint import SignedCheckpoint, read_checkpoint
from caselog.commitments import AddressKey
from caselog.errors import CaseLogError, TamperedError
from caselog.limits import SIGNATURES_BYTES
from caselog.merkle import leaf_hash, root
from keys.sealing.atomic import atomic_write
from keys.sealing.canonical import from_canonical, to_canonical
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.fields import Fields
from keys.sealing.notes import VerifyKey
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from keys.sealing.canonical import JSON

T = TypeVar("T")

VERSION = 1
MINE = "mine.note"
_KEY = range(32, 33)
_SHA256 = range(32, 33)
_PRIVATE_FOLDER = 0o700
_PATH_BYTES = 4096
_FRESH = "Make a new folder with `khomo-caselog init` and import all deliveries again; keep this one as evidence."


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose folder it is: the lead's name, and where the lead's keys lie ("" where nobody said)."""

    lead: str
    keys: str = ""

    def to_json(self) -> bytes:
        """Return ``store.json``."""
        return to_canonical({"version": VERSION, "lead": self.lead, "keys": self.keys})

    @classmethod
    def from_json(cls, data: bytes) -> Owner:
        """Read ``store.json``; raises ``FormatError``."""
        with Fields(from_canonical(data), "store.json") as fields:
            _check_version(fields)
            return cls(fields.text("lead"), fields.text("keys", _PATH_BYTES))


@dataclass(frozen=True, slots=True)
class SeenDelivery:
    """A delivery that was imported: its number, SHA-256 (hex) of its signed text, its day."""

    number: int
    digest: str
    day: date


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """A package in the folder.

    Attributes:
        leaf: number of its leaf.
        sha256: of its container, in hex.
        file: its name in the folder.
        delivery: number of the delivery that brought it.
        signers: reviewers who signed it and were accepted on that day, whatever the public bundle says of them later.
    """

    leaf: int
    sha256: str
    file: str
    delivery: int
    signers: tuple[VerifyKey, ...]


@dataclass(frozen=True, slots=True)
class DeskState:
    """What is known of one desk's log.

    Attributes:
        desk: whose log it is.
        address_key: finds what is addressed to this lead.
        head: the newest head.
        deliveries: those that were imported, by number.
        packages: by number of their leaf.
        cosigned: older heads, the newest that each lead co-signed.
    """

    desk: VerifyKey
    address_key: AddressKey
    head: SignedCheckpoint
    deliveries: dict[int, SeenDelivery] = field(default_factory=dict)
    packages: dict[int, StoredPackage] = field(default_factory=dict)
    cosigned: tuple[SignedCheckpoint, ...] = ()

    @property
    def size(self) -> int:
        """Number of leaves at the newest head."""
        return self.head.checkpoint.size


class DeskFolder:
    """The part of a lead's folder that belongs to one desk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.packages = path / "packages"

    def state(self, leads: Sequence[VerifyKey] = ()) -> DeskState | None:
        """Return what is known, or ``None``; co-signatures by ``leads`` are recognised."""
        if not (self.path / "state.json").exists():
            return None
        return _read(self.path / "state.json", lambda data: _state(data, leads))

    def leaves(self, state: DeskState) -> list[bytes]:
        """Return the bytes of all leaves up to the head; ``TamperedError`` if they do not give its root."""
        if not state.size:
            return []
        lines = (self.path / "leaves.jsonl").read_bytes().split(b"\n")[: state.size]
        if len(lines) != state.size or root(map(leaf_hash, lines)) != state.head.checkpoint.root:
            raise TamperedError("The leaves in this folder do not give the head that the desk signed.", _FRESH)
        return lines

    def cosigned_by(self, desk: VerifyKey, me: VerifyKey) -> SignedCheckpoint | None:
        """Return the newest head that the lead of this folder co-signed with the key ``me``."""
        path = self.path / MINE
        if not path.exists():
            return None
        return _read(path, lambda data: read_checkpoint(data, desk, [me]))

    def remember_cosigned(self, note: bytes) -> None:
        """Keep the head that the lead of this folder co-signed last."""
        atomic_write(self.path / MINE, note, overwrite=True)

    def save(self, state: DeskState, leaves: Sequence[bytes]) -> None:
        """Make leaves and state durable, in this order; then remove packages that no longer count."""
        atomic_write(self.path / "leaves.jsonl", (leaf + b"\n" for leaf in leaves), overwrite=True)
        atomic_write(self.path / "state.json", _state_to_json(state), overwrite=True)
        kept = {package.file for package in state.packages.values()}
        for path in self.packages.iterdir():
            if path.name not in kept:
                path.unlink()


class LeadStore:
    """A lead's folder. Make it with ``create``, use it with ``open``."""

    def __init__(self, folder: Path, owner: Owner, root_key: VerifyKey, bundle: tuple[PublicBundle, bytes]) -> None:
        self.folder = folder
        self.lead = owner.lead
        self.keys = owner.keys
        self.root = root_key
        self.bundle, self.bundle_note = bundle

    @classmethod
    def create(cls, folder: Path, lead: str, root_key: VerifyKey, bundle_note: bytes, keys: str = "") -> Self:
        """Make the folder; ``CaseLogError`` if it is there already. ``keys`` is where the lead's keys lie."""
        owner = Owner(lead, keys)
        bundle = PublicBundle.from_note(bundle_note, root_key)
        if folder.exists():
            raise CaseLogError(f"{folder} is there already.", "Name a folder that is not there yet.")
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True)
        (folder / "desks").mkdir(mode=_PRIVATE_FOLDER)
        atomic_write(folder / "root.pub", f"{root_key}\n".encode())
        atomic_write(folder / "public-bundle.note", bundle_note)
        atomic_write(folder / "store.json", owner.to_json())
        return cls(folder, owner, root_key, (bundle, bundle_note))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the folder; raises ``CaseLogError`` if it is none, ``TamperedError`` if it was changed."""
        if not (folder / "store.json").is_file():
            raise CaseLogError(
                f"{folder} is not a case log folder.",
                "Name yours with --store or KHOMO_CASELOG, or make one with `khomo-caselog init`.",
            )
        owner = _read(folder / "store.json", Owner.from_json)
        root_key = _read(folder / "root.pub", lambda data: VerifyKey.parse(data.decode().strip()))
        note = (folder / "public-bundle.note").read_bytes()
        bundle = _read(folder / "public-bundle.note", lambda data: PublicBundle.from_note(data, root_key))
        return cls(folder, owner, root_key, (bundle, note))

    def take_bundle(self, bundle: PublicBundle, note: bytes) -> None:
        """Keep a newer public bundle, which its reader has checked."""
        if bundle.serial > self.bundle.serial:
            atomic_write(self.folder / "public-bundle.note", note, overwrite=True)
            self.bundle, self.bundle_note = bundle, note

    def desk(self, key: VerifyKey) -> DeskFolder:
        """Return the part of one desk, made if need be."""
        path = self.folder / "desks" / key.public.hex()
        (path / "packages").mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        return DeskFolder(path)

    def states(self) -> Iterator[tuple[DeskFolder, DeskState]]:
        """Yield the parts of all desks of which something is known."""
        for path in sorted((self.folder / "desks").iterdir()):
            folder = DeskFolder(path)
            if state := folder.state(self.bundle.leads):
                yield folder, state

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands from changing the folder meanwhile."""
        with (self.folder / "store.json").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CaseLogError("Another command is using this folder.", "Wait until it has ended.") from None
            yield


def _read(path: Path, parse: Callable[[bytes], T]) -> T:
    """Read a file of the folder; what cannot be read was changed by somebody else."""
    try:
        return parse(path.read_bytes())
    except (FormatError, SignatureError, UnicodeDecodeError) as error:
        raise TamperedError(f"{path} was changed or damaged: {error}", _FRESH) from error


def _check_version(fields: Fields) -> None:
    if fields.integer("version") != VERSION:
        raise FormatError("It has a version that is not known here.", "Use a newer Khomo.")


def _state_to_json(state: DeskState) -> bytes:
    deliveries: list[JSON] = [
        {"number": one.number, "digest": one.digest, "day": one.day.isoformat()} for one in state.deliveries.values()
    ]
    packages: list[JSON] = [
        {
            "leaf": one.leaf,
            "sha256": one.sha256,
            "file": one.file,
            "delivery": one.delivery,
            "signers": [str(signer) for signer in one.signers],
        }
        for one in state.packages.values()
    ]
    head: dict[str, JSON] = {"desk": str(state.desk), "head": state.head.note.decode()}
    head["address_key"] = state.address_key.hex()
    head["cosigned"] = [one.note.decode() for one in state.cosigned]
    return to_canonical({"version": VERSION, **head, "deliveries": deliveries, "packages": packages})


def _state(data: bytes, leads: Sequence[VerifyKey]) -> DeskState:
    with Fields(from_canonical(data), "state.json") as fields:
        _check_version(fields)
        desk = VerifyKey.parse(fields.text("desk"))
        return DeskState(
            desk=desk,
            address_key=AddressKey(fields.binary("address_key", _KEY)),
            head=read_checkpoint(fields.text("head", SIGNATURES_BYTES).encode(), desk, leads),
            deliveries={one.number: one for one in fields.each("deliveries", _delivery)},
            packages={one.leaf: one for one in fields.each("packages", _package)},
            cosigned=tuple(
                read_checkpoint(note.encode(), desk, leads) for note in fields.texts("cosigned", SIGNATURES_BYTES)
            ),
        )


def _delivery(value: JSON) -> SeenDelivery:
    with Fields(value, "delivery in state.json") as fields:
        return SeenDelivery(fields.integer("number", 1), fields.binary("digest", _SHA256).hex(), fields.day("day"))


def _package(value: JSON) -> StoredPackage:
    with Fields(value, "package in state.json") as fields:
        package = StoredPackage(
            leaf=fields.integer("leaf"),
            sha256=fields.binary("sha256", _SHA256).hex(),
            file=fields.text("file"),
            delivery=fields.integer("delivery", 1),
            signers=tuple(VerifyKey.parse(text) for text in fields.texts("signers")),
        )
    if package.file != package_file(package.leaf, package.sha256):
        raise FormatError("A package has another file name than it should have.")
    return package


def package_file(leaf: int, sha256: str) -> str:
    """Return the name of the file in which a package lies."""
    return f"{leaf}-{sha256[:32]}.age"
