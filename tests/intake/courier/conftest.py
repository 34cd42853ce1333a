"""A server with a store and papers, and the other side of the gap."""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from intake.courier import Exporter, Importer, Trust
from intake.store import Commit, NewRow, Store, StoreSettings
from keys.sealing.bundle import UntrustedBundle, follow, write_bundle
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.limits import LETTER_BYTES
from keys.sealing.manifest import Acknowledgement, BlobEntry, Manifest
from keys.sealing.values import MailboxAddress, RowId, Sealed, new_row_id
from tests.intake.world import CONFIG, TODAY, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from keys.sealing.bundle import Bundle
    from keys.sealing.notes import SigningKey
    from keys.sealing.public_bundle import PublicBundle


def new_address() -> MailboxAddress:
    return MailboxAddress(secrets.token_bytes(16))


def new_letter() -> Sealed:
    return Sealed(secrets.token_bytes(LETTER_BYTES))


@dataclass
class Calendar:
    """The day, for whoever asks."""

    day: date = TODAY

    def __call__(self) -> date:
        return self.day

    def pass_days(self, days: int) -> None:
        self.day += timedelta(days=days)


@dataclass
class Desk:
    """What the desk does with bundles, in short."""

    key: SigningKey
    server: SigningKey
    folder: Path
    chain: ChainId = field(init=False)
    number: int = 0
    head: str | None = None
    seen: ChainPosition | None = None
    rows: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.begin_chain()

    def begin_chain(self) -> None:
        self.chain, self.number, self.head = ChainId.begin(self.key.name, Direction.TO_SERVER), 0, None

    def read(self, path: Path) -> Bundle:
        """Take a bundle in, as strictly as the desk does."""
        bundle = UntrustedBundle(path).verify([self.server.verify_key])
        self.seen = follow(self.seen, bundle.manifest, bundle.digest)
        self.rows.update({entry.id: blob.read() for entry, blob in bundle.blobs()})
        return bundle

    def manifest(self, letters: Mapping[MailboxAddress, Sealed], **other: object) -> Manifest:
        said = Acknowledgement(self.seen.chain, self.seen.number) if self.seen else None
        blobs = [
            BlobEntry(address.hex(), len(letter), hashlib.sha256(letter).hexdigest())
            for address, letter in sorted(letters.items())
        ]
        fields = {
            "chain": self.chain,
            "number": self.number + 1,
            "previous": self.head,
            "day": TODAY,
            "blobs": tuple(blobs),
            "acknowledges": said,
        }
        return Manifest(**{**fields, **other})  # type: ignore[arg-type]  # named as the fields are

    def write(self, letters: Mapping[MailboxAddress, Sealed] | None = None, **other: object) -> Path:
        """Write the next bundle of the desk's chain."""
        letters = letters or {}
        manifest = self.manifest(letters, **other)
        path = self.folder / f"from-desk-{secrets.token_hex(4)}.bundle"
        content = {address.hex(): letter for address, letter in letters.items()}
        self.head = write_bundle(path, manifest, lambda entry: io.BytesIO(content[entry.id]), self.key)
        self.number = manifest.number
        return path


@dataclass
class Server:
    """A store with everything that its couriers need."""

    folder: Path
    world: World
    calendar: Calendar
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "config.toml").write_text(CONFIG)
        self.world.write_papers(self.folder)
        self.open()

    def open(self) -> None:
        self.store = Store(self.folder / "store", StoreSettings(free_floor_bytes=0), self.calendar)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def exporter(self) -> Exporter:
        return Exporter(self.store, self.world.server_key)

    def importer(self, public_bundle: PublicBundle | None = None) -> Importer:
        path = self.folder / "public-bundle.note"
        return Importer(self.store, Trust(self.world.root.verify_key, public_bundle or self.world.bundle(), path))

    def put(self, data: bytes) -> RowId:
        row = new_row_id()
        with self.store.incoming() as incoming:
            incoming.write(data)
            self.store.commit(Commit((NewRow(row, incoming, len(data), hashlib.sha256(data).hexdigest()),)))
        return row

    def waiting(self) -> set[RowId]:
        return {row.id for row in self.store.unacknowledged()}


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def server(tmp_path: Path, calendar: Calendar) -> Iterator[Server]:
    made = Server(tmp_path, World(), calendar)
    yield made
    made.store.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


@pytest.fixture
def desk(server: Server, tmp_path: Path) -> Desk:
    return Desk(server.world.desk_key, server.world.server_key, tmp_path)
