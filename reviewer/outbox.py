"""The bundle for the server: a fresh letter for every mailbox that the desk knows, and which bundles arrived.

Rules:
1. Every mailbox gets a letter each time, real, of a decoy, or fictitious: who got an answer cannot be seen.
2. Letters are sealed afresh; they lie on the disk sealed only.
3. The acknowledgement names the last server bundle whose rows are all in the vault.
4. A vault restored from a backup begins a new chain that names where the backup's chain stood.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import func, select

from keys.sealing.atomic import PARTIAL_PREFIX
from keys.sealing.bundle import Acknowledgement, BlobEntry, ChainId, ChainPosition, Direction, Manifest, write_bundle
from keys.sealing.limits import LETTER_BYTES
from reviewer import chains, clocks
from reviewer.forgetting import RESTORED
from reviewer.letters import Round, seal_letter
from reviewer.outgoing import note_file
from reviewer.trust import desk_id, desk_key, public_bundle
from reviewer.vault.rows import BundleRow, MailboxRow, PublicBundleRow, SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from reviewer.vault.vault import Vault

LETTERS = "letters"
"""Setting: how many times letters were written."""

_MAILBOXES_AT_ONCE = 500


@dataclass(frozen=True)
class Written:
    """A bundle that waits in the vault's ``outgoing`` folder."""

    path: Path
    number: int
    letters: int


def count_mailboxes(rows: Session) -> int:
    """How many letters the next bundle holds."""
    return rows.scalar(select(func.count()).select_from(MailboxRow)) or 0


def write_server_bundle(vault: Vault, progress: Callable[[int], object]) -> Written:
    """Make the next bundle in the vault and take its place in the chain; ``progress`` counts letters."""
    spool = vault.outgoing / f"{PARTIAL_PREFIX}letters"
    try:
        with vault.look() as rows, spool.open("w+b") as file:
            to_all = next_round(rows)
            entries = _write_letters(rows, file, to_all, progress)
            manifest = _manifest(rows, vault, tuple(entries))
            path = vault.outgoing / f"khomo-to-server-{desk_id(rows)}-{manifest.number:06}.bundle"
            path.unlink(missing_ok=True)  # of an outbox that was cut off before it counted
            places = {entry.id: place * LETTER_BYTES for place, entry in enumerate(entries)}
            head = write_bundle(path, manifest, lambda entry: _letter_at(file, places[entry.id]), desk_key(rows))
    finally:
        spool.unlink(missing_ok=True)
    _take_place(vault, manifest, head, to_all.number, path.name)
    return Written(path, manifest.number, len(entries))


def next_round(rows: Session) -> Round:
    """What the letters of the next outbox share."""
    written = rows.get(SettingRow, LETTERS)
    number = 1 if written is None else int(written.value) + 1
    return Round(number, desk_key(rows), public_bundle(rows).organisation)


def _write_letters(rows: Session, file: BinaryIO, to_all: Round, progress: Callable[[int], object]) -> list[BlobEntry]:
    entries = []
    boxes = select(MailboxRow).order_by(MailboxRow.address).execution_options(yield_per=_MAILBOXES_AT_ONCE)
    for box in rows.scalars(boxes):
        letter = seal_letter(rows, box, to_all)
        file.write(letter)
        entries.append(BlobEntry(box.address.hex(), len(letter), hashlib.sha256(letter).hexdigest()))
        progress(1)
    return entries


def _letter_at(file: BinaryIO, place: int) -> BinaryIO:
    file.seek(place)
    return io.BytesIO(file.read(LETTER_BYTES))


def _manifest(rows: Session, vault: Vault, blobs: tuple[BlobEntry, ...]) -> Manifest:
    signer = desk_key(rows).name
    before = chains.position(rows, signer, Direction.TO_SERVER)
    restored = before is not None and rows.get(SettingRow, RESTORED) is not None
    chain = ChainId.begin(signer, Direction.TO_SERVER) if before is None or restored else before.chain
    follows = before if before is not None and before.chain == chain else None
    note = rows.scalar(select(PublicBundleRow.note).order_by(PublicBundleRow.serial.desc()).limit(1))
    return Manifest(
        chain=chain,
        number=1 if follows is None else follows.number + 1,
        previous=None if follows is None else follows.head,
        day=vault.today(),
        blobs=blobs,
        resumes=_resumes(before, chain),
        acknowledges=_acknowledgement(rows),
        public_bundle=None if note is None else note.decode(),
    )


def _resumes(before: ChainPosition | None, chain: ChainId) -> ChainPosition | None:
    """Where the chain before a restore ended; every bundle of the new chain says so."""
    if before is None:
        return None
    if before.chain != chain:
        return before
    return before.former[-1] if before.former else None


def _acknowledgement(rows: Session) -> Acknowledgement | None:
    newest = select(BundleRow).where(BundleRow.finished.is_(True)).order_by(BundleRow.id.desc()).limit(1)
    bundle = rows.scalar(newest)
    return None if bundle is None else Acknowledgement(ChainId.parse(bundle.chain), bundle.number)


def _take_place(vault: Vault, manifest: Manifest, head: str, number: int, name: str) -> None:
    with vault.change() as change:
        note_file(change, name)
        former = () if manifest.resumes is None else (manifest.resumes,)
        chains.set_position(change.rows, ChainPosition(manifest.chain, manifest.number, head, former))
        clocks.note_round(change, manifest.chain, manifest.number)
        change.rows.merge(SettingRow(name=LETTERS, value=str(number)))
        restored = change.rows.get(SettingRow, RESTORED)
        if restored is not None:
            change.rows.delete(restored)
        change.record("outbox", None, bundle=(None, f"{manifest.chain} {manifest.number}"))
