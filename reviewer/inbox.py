"""Import of a server's bundle: checked, in order, each row once, and never stopped by a bad one.

Rules:
1. Nothing of a bundle is used before its signature holds and its place in the chain is right; what a person may
   confirm, is confirmed by a person.
2. A row that is known is not opened again. So an import that was cut off is simply run again.
3. The bundle counts as imported, and will be acknowledged, only when every one of its rows is in the vault.
4. What cannot be opened is kept as it came.
5. A row belongs to the bundle that named it first, whichever brought it (``first_listed``).
"""

from __future__ import annotations

import io
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import func, select
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, ProgrammingError

from keys.sealing.age import HybridIdentity
from keys.sealing.atomic import PARTIAL_PREFIX, atomic_write
from keys.sealing.bundle import Direction, UntrustedBundle, follow
from keys.sealing.errors import ChainError, FormatError, KhomoError, SignatureError
from keys.sealing.openpgp_packets import read_public_key
from reviewer import chains, clocks, limits
from reviewer.errors import BundleRefusedError
from reviewer.filing import Arrived, file_row
from reviewer.first_listed import first_listed
from reviewer.forgetting import hear_server
from reviewer.row_opening import Keys, Unopened, open_row
from reviewer.sandbox.openpgp import OpenPgpSecret
from reviewer.trust import accept_public_bundle, public_bundle
from reviewer.values import SEALED_STATES, ArrivalState
from reviewer.vault.attachments import chunks
from reviewer.vault.inventory import attachment_files, sealed_files, sealed_name
from reviewer.vault.key_rows import OpenPgpKeyRow
from reviewer.vault.rows import ArrivalRow, BundleRow, EpochRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from keys.sealing.bundle import BlobEntry, Bundle, ChainPosition
    from reviewer.vault.vault import Change, Vault

_SPOOL = f"{PARTIAL_PREFIX}row"
_UNFIT = (ValueError, ArithmeticError, DataError, IntegrityError, InterfaceError, ProgrammingError)
"""What values that the database cannot hold raise; a full disk is none of these."""


@dataclass
class ImportReport:
    """What an import did."""

    bundle: Bundle
    known: int = 0
    found: Counter[ArrivalState] = field(default_factory=Counter)
    damaged_blobs: list[str] = field(default_factory=list)
    changed_rows: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    replayed: bool = False

    @property
    def finished(self) -> bool:
        """Whether every row is in the vault now."""
        return not self.damaged_blobs

    def to_json(self) -> dict[str, object]:
        """As scripts read it."""
        return {
            "bundle": self.bundle.manifest.number,
            "rows": len(self.bundle.manifest.blobs),
            "known": self.known,
            "found": {state.value: self.found[state] for state in ArrivalState},
            "damaged_blobs": self.damaged_blobs,
            "changed_rows": self.changed_rows,
            "warnings": self.warnings,
            "finished": self.finished,
            "replayed": self.replayed,
        }


def no_progress(_bytes: int) -> None:
    """Tell nobody."""


def load_keys(rows: Session) -> Keys:
    """What opens rows at this desk."""
    secrets = rows.scalars(select(EpochRow.secret).where(EpochRow.state == "open").order_by(EpochRow.id))
    openpgp = rows.scalars(select(OpenPgpKeyRow).order_by(OpenPgpKeyRow.fingerprint))
    return Keys(
        [HybridIdentity.parse(secret) for secret in secrets],
        public_bundle(rows).servers,
        [OpenPgpSecret(read_public_key(key.public), key.secret) for key in openpgp],
    )


def import_bundle(
    vault: Vault, path: Path, *, confirm: bool = False, progress: Callable[[int], object] = no_progress
) -> ImportReport:
    """Import a bundle; raises BundleRefusedError when it is not the one to import now."""
    bundle = _verified(vault, path)
    with vault.change() as change:
        hear_server(change, bundle.manifest.acknowledges)
    if _is_known(vault, bundle):
        progress(sum(entry.size for entry in bundle.manifest.blobs))
        return ImportReport(bundle, known=len(bundle.manifest.blobs), replayed=True)
    here = _place(vault, bundle, confirm=confirm)
    sweep(vault)
    report = ImportReport(bundle)
    bundle_id = _begin(vault, bundle)
    skip = _known_rows(vault, bundle, report, progress)
    with vault.look() as rows:
        first = first_listed(rows, bundle.manifest, bundle_id, {entry.id for entry in bundle.manifest.blobs} - skip)
    _take_rows(vault, lambda row: first.get(row, bundle_id), _readable(bundle, skip, progress), report)
    with vault.change() as change:
        clocks.refresh(change.rows)
    if report.finished:
        _finish(vault, bundle_id, here, report)
    return report


def count_sealed(rows: Session) -> int:
    """How many rows wait for a key, or for a version that can read them."""
    return rows.scalar(select(func.count()).where(ArrivalRow.state.in_(SEALED_STATES))) or 0


def reopen_sealed(vault: Vault, progress: Callable[[int], object] = no_progress) -> Counter[ArrivalState]:
    """Try all rows again that could not be opened, after new keys or a new version; returns how they are found now.

    ``progress`` counts rows.
    """
    found: Counter[ArrivalState] = Counter()
    with vault.change() as change:
        keys = load_keys(change.rows)
        waiting = select(ArrivalRow).where(ArrivalRow.state.in_(SEALED_STATES)).order_by(ArrivalRow.id)
        for row in change.rows.scalars(waiting).all():
            found[_reopen(vault, change, row, keys)] += 1
            progress(1)
        if found:
            change.record("reopen", None, **{state.value: (None, str(number)) for state, number in found.items()})
    sweep(vault)
    return found


def _reopen(vault: Vault, change: Change, row: ArrivalRow, keys: Keys) -> ArrivalState:
    """Try one row again; one whose file is gone stays as it is, and does not keep the others shut."""
    try:
        file = (vault.sealed / sealed_name(row.id)).open("rb")
    except FileNotFoundError:
        row.problem = "Its file is missing in the vault: restore it from a backup, then run `reopen`."
        return ArrivalState(row.state)
    with file:
        return take_row(vault, change, Arrived(row.id, row.bundle_id, row.size, row.sha256), file, keys)


def sweep(vault: Vault) -> None:
    """Remove what interrupted commands left in the vault's folders."""
    with vault.look() as rows:
        known, kept = attachment_files(rows), sealed_files(rows)
    vault.attachments.sweep(known)
    for path in vault.sealed.iterdir():
        if path.name not in kept:
            path.unlink()


def _verified(vault: Vault, path: Path) -> Bundle:
    with vault.look() as rows:
        servers = public_bundle(rows).servers
    try:
        return UntrustedBundle(path).verify(servers, Direction.TO_DESK)
    except FileNotFoundError:
        raise BundleRefusedError(f"{path} is not there.", "Give the file that the courier brought.") from None
    except (FormatError, SignatureError) as error:
        raise BundleRefusedError(error.message, error.remedy) from error


def _is_known(vault: Vault, bundle: Bundle) -> bool:
    """Whether this very bundle was taken in whole before: what is on the stick twice is no trouble."""
    with vault.look() as rows:
        query = select(BundleRow.id).where(BundleRow.digest == bundle.digest, BundleRow.finished)
        return rows.scalar(query) is not None


def _place(vault: Vault, bundle: Bundle, *, confirm: bool) -> ChainPosition:
    signer = bundle.manifest.chain.signer
    with vault.look() as rows:
        position = chains.position(rows, signer, Direction.TO_DESK)
    try:
        return follow(position, bundle.manifest, bundle.digest)
    except ChainError as error:
        proposal: ChainPosition | None = getattr(error, "proposal", None)
        if proposal is None:
            raise BundleRefusedError(error.message, error.remedy) from error
        if not confirm:
            hint = f"{error.remedy} Then: khomo-reviewer import --confirm"
            raise BundleRefusedError(error.message, hint) from error
        return proposal


def _begin(vault: Vault, bundle: Bundle) -> int:
    manifest = bundle.manifest
    with vault.change() as change:
        row = change.rows.scalar(select(BundleRow).where(BundleRow.digest == bundle.digest))
        if row is None:
            row = BundleRow(digest=bundle.digest, chain=str(manifest.chain), number=manifest.number)
            row.written, row.manifest = manifest.day, bundle.note
            change.rows.add(row)
        row.imported, row.finished = change.day, False
        clocks.confirm_letters(change, manifest.acknowledges, manifest.day)
        change.rows.flush()
        return row.id


def _known_rows(vault: Vault, bundle: Bundle, report: ImportReport, progress: Callable[[int], object]) -> set[str]:
    with vault.look() as rows:
        known = {row_id.hex(): sha256 for row_id, sha256 in rows.execute(select(ArrivalRow.id, ArrivalRow.sha256))}
    for entry in bundle.manifest.blobs:
        if entry.id in known:
            report.known += 1
            progress(entry.size)
            if known[entry.id] != entry.sha256:
                report.changed_rows.append(entry.id)
    return set(known)


def _readable(
    bundle: Bundle, skip: set[str], progress: Callable[[int], object]
) -> Iterator[tuple[BlobEntry, BinaryIO]]:
    for entry, blob in bundle.blobs(skip):
        yield entry, blob
        progress(entry.size)


def _take_rows(
    vault: Vault,
    named_by: Callable[[str], int],
    blobs: Iterator[tuple[BlobEntry, BinaryIO]],
    report: ImportReport,
) -> None:
    with vault.look() as rows:
        keys = load_keys(rows)
    taken = limits.IMPORT_BATCH
    while taken == limits.IMPORT_BATCH:
        taken = 0
        with vault.change() as change:
            for entry, blob in islice(blobs, limits.IMPORT_BATCH):
                taken += 1
                arrived = Arrived(bytes.fromhex(entry.id), named_by(entry.id), entry.size, entry.sha256)
                try:
                    with spooled(vault, entry.size, blob) as file:
                        report.found[take_row(vault, change, arrived, file, keys)] += 1
                except FormatError:
                    report.damaged_blobs.append(entry.id)


def take_row(vault: Vault, change: Change, arrived: Arrived, file: BinaryIO, keys: Keys) -> ArrivalState:
    """Open a row and file it; one that cannot be opened or filed is kept sealed."""
    found = open_row(file, arrived.id, keys, vault.attachments)
    try:
        with change.rows.begin_nested():
            state = file_row(change, arrived, found)
    except _UNFIT as error:
        found = Unopened(ArrivalState.DAMAGED, f"It cannot be filed: {type(error).__name__}.")
        state = file_row(change, arrived, found)
    if isinstance(found, Unopened):
        file.seek(0)
        atomic_write(vault.sealed / sealed_name(arrived.id), chunks(file), overwrite=True)
    return state


@contextmanager
def spooled(vault: Vault, size: int, source: BinaryIO) -> Iterator[BinaryIO]:
    """Give a sealed row as a seekable file: in memory, or sealed as it is in the vault's folder if it is large.

    Raises FormatError when the row is not the one that the manifest names.
    """
    if size <= limits.SPOOL_MEMORY:
        yield io.BytesIO(source.read())
        return
    path = vault.sealed / _SPOOL
    try:
        with path.open("w+b") as file:
            for data in chunks(source):
                file.write(data)
            yield file
    finally:
        path.unlink(missing_ok=True)


def _finish(vault: Vault, bundle_id: int, here: ChainPosition, report: ImportReport) -> None:
    manifest = report.bundle.manifest
    with vault.change() as change:
        change.rows.get_one(BundleRow, bundle_id).finished = True
        chains.set_position(change.rows, here)
        counts = {state.value: (None, str(number)) for state, number in sorted(report.found.items())}
        change.record("import", None, bundle=(None, f"{manifest.chain} {manifest.number}"), **counts)
    if manifest.public_bundle is not None:
        _offer_public_bundle(vault, manifest.public_bundle, report)


def _offer_public_bundle(vault: Vault, note: str, report: ImportReport) -> None:
    try:
        with vault.change() as change:
            accept_public_bundle(change, note.encode())
    except KhomoError as error:
        report.warnings.append(f"The server sent a public bundle that was not taken in: {error}")
