"""Bundles to the desk.

Rules:
1. The manifest is fixed in the store before a byte is written; an export that was interrupted is made again from the
   same manifest, so that a number never stands for two bundles.
2. A bundle carries every row that some desk has not acknowledged, those of the last acknowledged day once more:
   the store keeps whole days only, and after the night no list of what a bundle carried. A row whose file is damaged
   stays here, the manifest names it and its health says so, and no acknowledgement counts for it.
3. The destination is looked at before anything is numbered, begun or marked for it.
4. A new chain is begun by a person only, after the server was restored from a backup; it names the last known head.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO

import keys
from intake.counting import counted
from intake.courier.destination import BUNDLE, MANIFEST, Destination, on_stick
from intake.courier.errors import CourierError
from intake.server.acted import acted_since, told
from intake.store import StoreError
from intake.store.giving_up import lost_rows
from keys.sealing.atomic import atomic_write
from keys.sealing.bundle import BundleBytes, UntrustedBundle, bundle_stem, write_bundle
from keys.sealing.chain_position import ChainId, Direction
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.limits import KIB
from keys.sealing.manifest import Acknowledgement, BlobEntry, Health, Manifest, head_of
from keys.sealing.values import RowId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from intake.store import Store, StoredRow
    from intake.store.chains import OutgoingChain
    from keys.sealing.notes import SigningKey

    Progress = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True)
class Exported:
    """What lies at the destination now.

    Attributes:
        path: the file.
        number: of the bundle in its chain.
        head: digest of its manifest, hex.
        rows: how many it carries.
        size: bytes of the file.
        repeated: whether its manifest had been fixed by an earlier export.
        left_out: how many rows stayed here because their files are damaged.
    """

    path: Path
    number: int
    head: str
    rows: int
    size: int
    repeated: bool
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Offered:
    """A bundle that is begun, for a courier who fetches it piece by piece.

    Attributes:
        name: of the file.
        manifest: what it lists.
        content: its bytes.
        left_out: how many rows stayed here because their files are damaged.
    """

    name: str
    manifest: Manifest
    content: BundleBytes
    left_out: int


LIMITS_TOLD = timedelta(days=7)
"""Before the first bundle of a chain the limits of so many days are told."""

_ROW_BYTES = 2 * 512 + 256
"""What a row adds to a bundle beside itself, at most: header, padding, its place in the manifest."""

_FRAME_BYTES = 64 * KIB
"""The rest of a bundle, at most."""


class Exporter:
    """Writes the bundles of one store.

    Args:
        store: the rows and the chain.
        key: this server's.
        progress: told a stage ("checking", "writing"), the bytes done and the bytes in all.
    """

    def __init__(self, store: Store, key: SigningKey, progress: Progress = lambda _stage, _done, _all: None) -> None:
        self._store = store
        self._key = key
        self._progress = progress

    def check(self, path: Path) -> None:
        """Look at a destination before a chain is begun or rows are marked for it: all rows that are here must fit."""
        to = Destination(path, BUNDLE)
        to.refuse_if_taken()
        to.check_room(_bundle_bytes(row.size for row in self._store.rows()))

    def begin_chain(self) -> OutgoingChain:
        """Begin a new chain, as after a restore."""
        return self._store.chains.open_chain(ChainId.begin(self._key.name, Direction.TO_DESK))

    def resend(self) -> None:
        """Let every row that is still here travel again: a desk lost what it had."""
        self._store.chains.send_again()

    def export(self, path: Path) -> Exported:
        """Write the next bundle, or make an interrupted one again; a folder gets a file named for the bundle."""
        to = Destination(path, BUNDLE)

        def look(damaged: set[RowId]) -> None:
            to.refuse_if_taken()
            to.check_room(_bundle_bytes(row.size for row in self._store.unacknowledged() if row.id not in damaged))

        with self._store.gate.exporting.held():
            chain, repeated, left_out = self._begun(look)
            return self._write(chain, to, repeated=repeated, left_out=left_out)

    def begin(self) -> Offered:
        """Begin the next bundle for a courier on the line, or go on with one that was begun; ``finish`` ends it."""
        with self._store.gate.exporting.held():
            chain, _repeated, left_out = self._begun(lambda _damaged: None)
        note, manifest = chain.manifest or b"", self._read(chain)
        return Offered(bundle_stem(manifest) + BUNDLE, manifest, BundleBytes(note, manifest, self._open), left_out)

    def finish(self, offered: Offered) -> None:
        """Note that the courier has all of it."""
        self._store.chains.finish_bundle(offered.manifest.number)

    def _begun(self, look: Callable[[set[RowId]], None]) -> tuple[OutgoingChain, bool, int]:
        """Return the chain at a bundle that is begun, whether it was before, and how many damaged rows stay here."""
        chain = self._store.chains.outgoing()
        damaged = self._damaged()
        if chain is not None and not chain.complete and self._can_be_made(chain, damaged):
            return self._chain(), True, 0
        look(damaged)
        self._chain()
        chain = self._store.chains.begin_bundle(lambda before, rows: self._manifest(before, rows, damaged), damaged)
        return chain, False, len(damaged)

    def export_again(self, path: Path) -> Exported:
        """Write the last bundle once more, byte for byte: its stick was lost."""
        to = Destination(path, BUNDLE)
        with self._store.gate.exporting.held():
            return self._write(self._last(), to, repeated=True)

    def export_manifest(self, path: Path) -> Exported:
        """Write the manifest of the last bundle alone, for leads who count rows."""
        to = Destination(path, MANIFEST)
        chain = self._last()
        note, manifest = chain.manifest or b"", self._read(chain)
        file = to.file(bundle_stem(manifest))
        if not _holds(file, note):
            on_stick(lambda: atomic_write(file, note))
        return Exported(file, manifest.number, head_of(note), len(manifest.blobs), len(note), repeated=True)

    def _chain(self) -> OutgoingChain:
        chain = self._store.chains.outgoing() or self.begin_chain()
        if chain.chain.signer != self._key.name:
            raise CourierError(
                f"The chain of bundles belongs to {chain.chain.signer}, the server key to {self._key.name}.",
                "If this server got a new key, begin a new chain: khomo-intake export --new-chain",
            )
        return chain

    def _last(self) -> OutgoingChain:
        chain = self._chain()
        if not chain.number:
            raise CourierError("Nothing has been exported in this chain yet.", "Run: khomo-intake export DEST")
        if chain.manifest is None:
            raise CourierError(
                f"Which rows bundle {chain.number} carried was forgotten at night: a stolen disk must not show it.",
                "Run: khomo-intake export DEST. The next bundle carries all that no desk has acknowledged. If the "
                "lost one never reached the desk, the desk speaks of a gap: tell it, so that it can confirm.",
            )
        return chain

    def _read(self, chain: OutgoingChain) -> Manifest:
        return Manifest.from_note(chain.manifest or b"", [self._key.verify_key])

    def _damaged(self) -> set[RowId]:
        """Read every row that is to travel; return those whose files are not what was committed."""
        rows = self._store.unacknowledged()
        total, done, damaged = sum(row.size for row in rows), 0, set()
        for row in rows:
            if not _is_whole(self._store, row):
                damaged.add(row.id)
            done += row.size
            self._progress("checking", done, total)
        return damaged

    def _can_be_made(self, chain: OutgoingChain, damaged: set[RowId]) -> bool:
        """Tell whether an interrupted bundle can still be made; else its number stays a gap, as the desk will say."""
        there = {row.id for row in self._store.rows()} - damaged
        return all(bytes.fromhex(blob.id) in there for blob in self._read(chain).blobs)

    def _manifest(self, chain: OutgoingChain, rows: list[StoredRow], damaged: set[RowId]) -> tuple[bytes, str]:
        note = Manifest(
            chain=chain.chain,
            number=chain.number + 1,
            previous=chain.head,
            day=self._store.today(),
            blobs=tuple(BlobEntry(row.id.hex(), row.size, row.sha256) for row in rows),
            resumes=chain.resumes,
            health=self._health(chain, len(damaged)),
            left_out=tuple(sorted(row.hex() for row in damaged)),
            acknowledges=self._acknowledgement(),
        ).to_note(self._key)
        return note, head_of(note)

    def _health(self, chain: OutgoingChain, damaged: int) -> Health:
        health = self._store.health()
        published = sum(1 for day in health.published_days if chain.day is None or day > chain.day)
        warnings = health.warnings
        for row, day in self._store.gate.read(lost_rows):
            warnings += (f"Row {row} of {day} is lost: its file is gone, and it was given up.",)
        acted = acted_since(self._store.gate.layout.root, chain.day or self._store.today() - LIMITS_TOLD)
        warnings += tuple(f"Since the last bundle: {line}." for line in told(acted))
        if damaged:
            warnings += (f"{counted(damaged, 'row')} could not be exported: damaged on the disk.",)
        return Health(published, health.free_bytes, keys.__version__, warnings)

    def _acknowledgement(self) -> Acknowledgement | None:
        """Acknowledge the desk's last bundle, where one desk alone sends bundles: a manifest has room for one."""
        positions = list(self._store.chains.incoming().values())
        return Acknowledgement(positions[0].chain, positions[0].number) if len(positions) == 1 else None

    def _write(self, chain: OutgoingChain, to: Destination, *, repeated: bool, left_out: int = 0) -> Exported:
        manifest = self._read(chain)
        path = to.file(bundle_stem(manifest))
        if not self._is_there(path, chain.head):
            to.check_room(_bundle_bytes(blob.size for blob in manifest.blobs))
            on_stick(lambda: write_bundle(path, manifest, self._open, self._key, self._writing(manifest)))
        self._store.chains.finish_bundle(manifest.number)
        size = path.stat().st_size
        return Exported(path, manifest.number, chain.head or "", len(manifest.blobs), size, repeated, left_out)

    def _open(self, entry: BlobEntry) -> BinaryIO:
        return self._store.open_blob(RowId(bytes.fromhex(entry.id)))

    def _writing(self, manifest: Manifest) -> Callable[[int], None]:
        total, done = sum(blob.size for blob in manifest.blobs), 0

        def advance(step: int) -> None:
            nonlocal done
            done += step
            self._progress("writing", done, total)

        return advance

    def _is_there(self, path: Path, head: str | None) -> bool:
        """Tell whether the very bundle lies there whole: the export was interrupted after its last step but one."""
        if not path.exists():
            return False
        try:
            found = UntrustedBundle(path).verify([self._key.verify_key]).digest
        except (FormatError, SignatureError):
            found = None
        if found != head:
            raise CourierError(f"{path} is there already and is another file.", "Choose another destination.")
        return True


def _is_whole(store: Store, row: StoredRow) -> bool:
    try:
        with store.open_blob(row.id) as blob:
            return hashlib.file_digest(blob, "sha256").hexdigest() == row.sha256  # type: ignore[arg-type]
    except (StoreError, OSError):
        return False


def _bundle_bytes(sizes: Iterable[int]) -> int:
    return _FRAME_BYTES + sum(size + _ROW_BYTES for size in sizes)


def _holds(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content
