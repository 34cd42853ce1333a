"""Bundles from a desk.

Rules:
1. Signed by a desk of the public bundle that is not declared lost; going our way; next in that desk's chain. What a
   person may confirm (a gap, a restored desk) is refused unless it is confirmed.
2. The file is copied from the stick before it is checked: nothing on the stick can change between check and use.
   It asks for room on the disk alone: no share of a day that strangers have used up holds a desk's letters back.
3. A public bundle that travels along is taken in if the root signed it and its serial is higher.
4. Every letter is replaced, the chain moves and the acknowledgement counts in one transaction. So an import that was
   cut off is simply started again, and one that is started again changes nothing.
5. After a restore, a bundle of a desk that had not heard of our new chain when it wrote it may be an old one, in place
   in the chain that the backup knows; its letters may have been written off since. It is refused unless a person
   confirms it, each time, until that desk acknowledges a bundle of the new chain.
6. A desk that acknowledges what this server never sent shows that the server was restored: nothing is taken in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.courier.errors import BeforeRestoreError, CourierError, OtherBackupError, from_stick
from intake.store.chains import Arrival
from keys.sealing.atomic import atomic_write
from keys.sealing.bundle import UntrustedBundle
from keys.sealing.chain import Gap, RestoredChain, UnknownChain, follow
from keys.sealing.chain_position import ChainPosition, Direction
from keys.sealing.errors import FormatError
from keys.sealing.limits import COPY_BYTES, LETTER_BYTES
from keys.sealing.public_bundle import PublicBundle
from keys.sealing.values import MailboxAddress, Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from intake.store import Incoming, Store
    from keys.sealing.bundle import Bundle
    from keys.sealing.manifest import Acknowledgement, Manifest
    from keys.sealing.notes import VerifyKey
    from keys.sealing.public_bundle import Desk

    Progress = Callable[[str, int, int], object]

COPIES = 2
"""How much room an import needs for each byte of a bundle: its copy, and the journal of what the letters replace."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe.

    Attributes:
        root: certifies public bundles.
        public_bundle: the one in use.
        path: where it lies; a newer one is put there.
    """

    root: VerifyKey
    public_bundle: PublicBundle
    path: Path


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        desk: id of the desk that sent it.
        number: of the bundle in the desk's chain.
        letters: how many were replaced; 0 if the bundle had been imported before.
        acknowledged: number of our bundle that the desk has; None if it named none.
        waiting: rows that some desk still has to acknowledge.
        serial: of a public bundle that came along and is in use now; None if there was none.
        repeated: whether the bundle had been imported before.
    """

    desk: str
    number: int
    letters: int
    acknowledged: int | None
    waiting: int
    serial: int | None
    repeated: bool


class Importer:
    """Takes in bundles from desks.

    Args:
        store: where letters go.
        trust: whom to believe.
        progress: told a stage ("copying", "replacing"), how far it is, and the whole.
    """

    def __init__(self, store: Store, trust: Trust, progress: Progress = lambda _stage, _done, _all: None) -> None:
        self._store = store
        self._trust = trust
        self._progress = progress

    def take_in(self, source: Path, *, confirmed: bool = False) -> Imported:
        """Take in one bundle; ``confirmed``: a person has asked the sender about a gap or a new chain."""
        with self._store.incoming_from_desk() as staged:
            self._copy(source, staged)
            bundle = UntrustedBundle(staged.path).verify(self._trust.public_bundle.desk_keys, Direction.TO_SERVER)
            serial = self._renew(bundle.manifest)
            return self._accept(bundle, serial, confirmed=confirmed)

    def _copy(self, source: Path, staged: Incoming) -> None:
        try:
            with source.open("rb") as file:
                total = source.stat().st_size
                self._store.check_room_for_desk(COPIES * total)
                while chunk := file.read(COPY_BYTES):
                    staged.write(chunk)
                    self._progress("copying", staged.size, total)
            staged.digest()  # until all of it stands in the file
        except OSError as error:
            raise _unreadable(source, error) from error

    def _renew(self, manifest: Manifest) -> int | None:
        """Put a newer public bundle into use; it counts for the bundle that brought it, too."""
        if manifest.public_bundle is None:
            return None
        note = manifest.public_bundle.encode()
        offered, present = PublicBundle.from_note(note, self._trust.root), self._trust.public_bundle
        if offered.serial < present.serial or present.replaced_by(offered) == present:
            return None
        atomic_write(self._trust.path, note, mode=0o644, overwrite=True)
        self._trust = Trust(self._trust.root, offered, self._trust.path)
        return offered.serial

    def _accept(self, bundle: Bundle, serial: int | None, *, confirmed: bool) -> Imported:
        manifest = bundle.manifest
        desk = self._desk(manifest)
        known = self._store.chains.incoming().get(desk.id)
        repeated = known is not None and _is_same(known, manifest, bundle.digest)
        letters = 0
        if not repeated:
            may_be_old = self._may_be_old(desk, manifest)
            position = _next_position(known, bundle, may_be_old=may_be_old, confirmed=confirmed)
            self._check_acknowledgement(manifest.acknowledges)
            arrival = Arrival(desk.id, position, manifest.acknowledges, self._letters(bundle))
            desks = {other.id for other in self._trust.public_bundle.receiving_desks}
            letters = self._store.chains.accept(arrival, desks)
        acknowledged = manifest.acknowledges.number if manifest.acknowledges else None
        waiting = len(self._store.unacknowledged())
        return Imported(desk.id, manifest.number, letters, acknowledged, waiting, serial, repeated)

    def _desk(self, manifest: Manifest) -> Desk:
        for desk in self._trust.public_bundle.desks:
            if desk.verify_key.name == manifest.chain.signer and not desk.lost:
                return desk
        raise CourierError(
            f"The desk {manifest.chain.signer} is declared lost.", "Do not import anything that it signed."
        )

    def _may_be_old(self, desk: Desk, manifest: Manifest) -> bool:
        ours, said = self._store.chains.outgoing(), manifest.acknowledges
        if ours is None or (said is not None and said.chain == ours.chain):
            return False
        if ours.resumes is None and not self._store.health().letters_away:
            return False
        heard = self._store.chains.acknowledged().get(desk.id)
        return heard is None or heard.chain != ours.chain

    def _check_acknowledgement(self, said: Acknowledgement | None) -> None:
        ours = self._store.chains.outgoing()
        if said is None or ours is None or said.chain != ours.chain or said.number <= ours.number:
            return
        raise OtherBackupError(
            f"The desk has bundle {said.number} of this server, which knows only {ours.number}: it was restored from a "
            "backup.",
            "Begin a new chain with `khomo-intake export --new-chain DEST`, tell the desk, then import again.",
        )

    def _letters(self, bundle: Bundle) -> Iterator[tuple[MailboxAddress, Sealed]]:
        total = len(bundle.manifest.blobs)
        for done, (entry, blob) in enumerate(bundle.blobs(), start=1):
            if entry.size != LETTER_BYTES:
                raise FormatError("The bundle holds something that is not a letter.", "Do not import it.")
            yield MailboxAddress(bytes.fromhex(entry.id)), Sealed(blob.read())
            self._progress("replacing", done, total)


def _unreadable(source: Path, error: OSError) -> CourierError:
    if isinstance(error, FileNotFoundError):
        return CourierError(f"{source} is not there.", "Mount the stick, or check the name.")
    if isinstance(error, IsADirectoryError):
        return CourierError(f"{source} is a folder.", "Name the bundle in it.")
    return from_stick(error)


def _is_same(known: ChainPosition, manifest: Manifest, digest: str) -> bool:
    return (known.chain, known.number, known.head) == (manifest.chain, manifest.number, digest)


def _next_position(known: ChainPosition | None, bundle: Bundle, *, may_be_old: bool, confirmed: bool) -> ChainPosition:
    try:
        position = follow(known, bundle.manifest, bundle.digest)
    except (Gap, UnknownChain, RestoredChain) as error:
        if confirmed and error.proposal is not None:
            return error.proposal
        if may_be_old and error.proposal is not None:
            raise _before_restore(bundle.manifest.number, f"{error.message} ") from error
        remedy = error.remedy if error.proposal is None else f"{error.remedy} To confirm: add --confirm."
        raise type(error)(error.message, remedy, error.proposal) from error
    if may_be_old and not confirmed:
        raise _before_restore(bundle.manifest.number)
    return position


def _before_restore(number: int, also: str = "") -> BeforeRestoreError:
    return BeforeRestoreError(
        f"{also}This server was restored, and the desk had not heard of it when it wrote this bundle {number}: it may "
        "be an old one, with letters that were replaced or written off since.",
        "Take this server's new bundle to the desk, then import the desk's answer. If that cannot wait: ask the desk "
        f"in person whether {number} is the newest that it wrote, and only then add --confirm.",
    )
