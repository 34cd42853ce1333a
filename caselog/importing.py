"""Taking a delivery into a lead's folder: checked against everything that the desk has shown before.

Rules; each is named for what it is:
1. The same delivery again changes nothing (``Imported.replayed``).
2. Two deliveries with one number, or leaves or heads that contradict what was shown before: ``ForkedError``.
3. A later delivery with an earlier head: ``ReplayedError``. So is a package that belongs to another leaf of the log.
4. Leaves that do not reach back to what is known: ``TruncatedError``.
5. A package that its reader refuses, or whose leaf is not the log's, or that the log does not address to this lead:
   ``TamperedError``.
6. Another package of a leaf takes the place of the one that came before only if it tells all that the other told:
   else ``ForkedError``.
7. All of it counts, or nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, cast

from caselog.checkpoint import newest_cosigned
from caselog.commitments import is_addressed
from caselog.delivery_reader import read_delivery
from caselog.errors import ForkedError, ReplayedError, TamperedError, TruncatedError
from caselog.lead_store import DeskFolder, DeskState, SeenDelivery, StoredPackage, package_file
from caselog.leaves import CaseLeaf, leaf_from_bytes
from caselog.merkle import leaf_hash, root
from caselog.package_reader import OpenPackage, Trust, read_package
from keys.sealing.age import SealingWriter, SeekableOpening
from keys.sealing.atomic import atomic_file
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.limits import COPY_BYTES
from keys.sealing.public_bundle import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from caselog.delivery_reader import OpenDelivery
    from caselog.lead_store import LeadStore
    from keys.sealing.age import HybridIdentity

_SPEAK = "Keep this file and your folder as they are, and compare heads with other leads and with the desk, in person."
_ASK = "Ask the desk for this delivery once more; if it stays so, speak to the desk in person."


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        desk: name of the desk's key.
        number: of the delivery.
        replayed: it had been imported before; nothing changed.
        new_leaves: how many leaves are new.
        new_packages: numbers of the leaves whose packages are new.
        missing: numbers of leaves of cases that are addressed to this lead and of which no package came.
        missing_deliveries: numbers of deliveries that did not arrive.
        size: number of leaves at the head.
    """

    desk: str
    number: int
    replayed: bool
    new_leaves: int
    new_packages: tuple[int, ...]
    missing: tuple[int, ...]
    missing_deliveries: tuple[int, ...]
    size: int


def import_delivery(
    store: LeadStore,
    file: BinaryIO,
    identity: HybridIdentity,
    progress: Callable[[int], object] = lambda _: None,
) -> Imported:
    """Check a delivery and keep what it brings.

    Args:
        store: the lead's folder.
        file: the container in the clear, seekable; a ``SeekableOpening`` will do.
        identity: the lead's own; packages are kept sealed to it.
        progress: told how many bytes of packages were taken since it was last told.
    """
    with store.locked():
        delivery = read_delivery(file, store.root, (store.bundle, store.bundle_note), store.lead)
        folder = store.desk(delivery.desk)
        before = folder.state(delivery.bundle.leads)
        if before and _seen(before, delivery):
            return _imported(before, before, folder.leaves(before), delivery, store.lead)
        known = folder.leaves(before) if before else []
        leaves = _joined(before, known, delivery)
        trust = Trust(delivery.bundle.reviewers, delivery.bundle.policy)
        taken = _Taking(folder, identity, trust, store.lead, progress)
        packages = taken.packages(delivery, leaves)
        after = _after(before, delivery, packages)
        if before:
            _check_replaced(folder, before, after, identity)
        store.take_bundle(delivery.bundle, delivery.bundle_note)
        folder.save(after, leaves)
    return _imported(before, after, leaves, delivery, store.lead)


def missing_cases(state: DeskState, leaves: Sequence[bytes], lead: str) -> tuple[int, ...]:
    """Return the numbers of leaves that the log addresses to this lead and of which no package is here."""
    missing = []
    for number, data in enumerate(leaves):
        if number not in state.packages and b'"kind":"case"' in data:
            leaf = leaf_from_bytes(data)
            if isinstance(leaf, CaseLeaf) and is_addressed(leaf, lead, state.address_key):
                missing.append(number)
    return tuple(missing)


def missing_deliveries(state: DeskState) -> tuple[int, ...]:
    """Return the numbers before the last that were never imported."""
    return tuple(number for number in range(1, max(state.deliveries, default=0)) if number not in state.deliveries)


@contextmanager
def open_stored(folder: DeskFolder, stored: StoredPackage, identity: HybridIdentity) -> Iterator[OpenPackage]:
    """Give a package that lies in the folder, checked but for its attachments, which are checked as they are read.

    Whom to trust was decided when it came in: a reviewer who has left since then does not undo it.
    """
    number = max(1, len(stored.signers))
    trust = Trust(stored.signers, Policy(signatures_per_case=number, raw_files=True, against_consent=True))
    try:
        with (folder.packages / stored.file).open("rb") as file:
            yield read_package(cast("BinaryIO", SeekableOpening(file, [identity])), trust)
    except FileNotFoundError:
        raise TruncatedError(f"The package of leaf {stored.leaf} is no longer in the folder.", _ASK) from None
    except (FormatError, SignatureError) as error:
        raise TamperedError(f"The package of leaf {stored.leaf} was tampered with: {error.message}", _ASK) from error


def _seen(state: DeskState, delivery: OpenDelivery) -> bool:
    """Tell whether this very delivery was imported before; raise where it contradicts what was."""
    note = delivery.note
    seen = state.deliveries.get(note.number)
    if seen and seen.digest != delivery.digest:
        raise ForkedError(f"There are two different deliveries with the number {note.number}: a fork.", _SPEAK)
    if note.address_key != state.address_key:
        raise TamperedError("The desk addresses cases to you with another key than before.", _SPEAK)
    if seen is None and max(state.deliveries) < note.number and note.size < state.size:
        raise ReplayedError(
            f"Delivery {note.number} shows a head of {note.size} leaves, and an earlier one has shown {state.size}: "
            "an old log is replayed.",
            _SPEAK,
        )
    return seen is not None


def _joined(before: DeskState | None, known: list[bytes], delivery: OpenDelivery) -> list[bytes]:
    """Return all leaves known after this delivery."""
    first, size = delivery.note.first, delivery.note.size
    if first > len(known):
        raise TruncatedError(
            f"The log in this delivery begins at leaf {first}, and {len(known)} leaves are known here: leaves between "
            "are missing.",
            "Import the earlier deliveries first, or ask the desk for one with the whole log.",
        )
    overlap = min(len(known), size)
    if list(delivery.leaves[: overlap - first]) != known[first:overlap]:
        raise ForkedError("The leaves in this delivery are others than the desk has shown before: a fork.", _SPEAK)
    leaves = known[:first] + list(delivery.leaves) + known[size:]
    if root(map(leaf_hash, leaves[:size])) != delivery.head.checkpoint.root:
        if before and (first > 0 or size <= len(known)):
            raise ForkedError("The new head does not grow out of the one that you have: a fork.", _SPEAK)
        raise TamperedError("The log was tampered with: its leaves do not give the head that was signed.", _SPEAK)
    _check_cosigned(delivery, leaves)
    return leaves


def _check_cosigned(delivery: OpenDelivery, leaves: list[bytes]) -> None:
    """Compare what other leads say that they were shown."""
    for head in delivery.cosigned:
        size = head.checkpoint.size
        if size > len(leaves) or root(map(leaf_hash, leaves[:size])) != head.checkpoint.root:
            names = ", ".join(key.name for key in head.cosigners)
            raise ForkedError(f"{names} co-signed a head at {size} leaves that is not of this log: a fork.", _SPEAK)


class _Taking:
    """Takes the packages of one delivery into the folder."""

    def __init__(
        self,
        folder: DeskFolder,
        identity: HybridIdentity,
        trust: Trust,
        lead: str,
        progress: Callable[[int], object],
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._trust = trust
        self._lead = lead
        self._progress = progress

    def packages(self, delivery: OpenDelivery, leaves: Sequence[bytes]) -> dict[int, StoredPackage]:
        """Seal each package into the folder and check it there."""
        return {leaf: self._take(delivery, leaf, leaves) for leaf in delivery.packages}

    def _take(self, delivery: OpenDelivery, leaf: int, leaves: Sequence[bytes]) -> StoredPackage:
        listed = delivery.packages[leaf]
        name = package_file(leaf, listed.sha256)
        with atomic_file(self._folder.packages / name, overwrite=True) as file:
            try:
                self._seal(delivery, leaf, file)
                package = read_package(cast("BinaryIO", SeekableOpening(file, [self._identity])), self._trust)
                package.read_everything()
            except (FormatError, SignatureError) as error:
                raise TamperedError(f"The package of leaf {leaf} was tampered with: {error.message}", _ASK) from error
            self._check_place(package, delivery, leaf, leaves)
        return StoredPackage(leaf, listed.sha256, name, delivery.note.number, package.signers)

    def _seal(self, delivery: OpenDelivery, leaf: int, file: BinaryIO) -> None:
        sealing = SealingWriter([self._identity.recipient()], file.write)
        with delivery.open_package(leaf) as source:
            while block := source.read(COPY_BYTES):
                sealing.write(block)
                self._progress(len(block))
        sealing.finish()
        file.flush()
        file.seek(0)

    def _check_place(self, package: OpenPackage, delivery: OpenDelivery, leaf: int, leaves: Sequence[bytes]) -> None:
        if package.leaf_data != leaves[leaf]:
            if package.leaf_data in leaves:
                other = leaves.index(package.leaf_data)
                raise ReplayedError(f"The package of leaf {other} is replayed as that of leaf {leaf}.", _SPEAK)
            raise TamperedError(f"The package of leaf {leaf} belongs to a case that is not in the log.", _SPEAK)
        if not is_addressed(package.leaf, self._lead, delivery.note.address_key):
            raise TamperedError(f"The log does not address the package of leaf {leaf} to you.", _SPEAK)


def _after(before: DeskState | None, delivery: OpenDelivery, packages: dict[int, StoredPackage]) -> DeskState:
    note = delivery.note
    seen = SeenDelivery(note.number, delivery.digest, note.day)
    if before is None:
        seen_now = {note.number: seen}
        return DeskState(delivery.desk, note.address_key, delivery.head, seen_now, packages, delivery.cosigned)
    newer = {
        leaf: package
        for leaf, package in packages.items()
        if leaf not in before.packages or before.packages[leaf].delivery < note.number
    }
    return replace(
        before,
        head=delivery.head if note.size >= before.size else before.head,
        deliveries=before.deliveries | {note.number: seen},
        packages=before.packages | newer,
        cosigned=newest_cosigned([before.head, *before.cosigned, *delivery.cosigned]),
    )


def _check_replaced(folder: DeskFolder, before: DeskState, after: DeskState, identity: HybridIdentity) -> None:
    """Compare packages that came before with those that are to take their places."""
    for leaf, stored in before.packages.items():
        if after.packages[leaf].sha256 != stored.sha256:
            with (
                open_stored(folder, stored, identity) as old,
                open_stored(folder, after.packages[leaf], identity) as new,
            ):
                if not set(old.disclosed) <= set(new.disclosed):
                    what = f"Another package of leaf {leaf} came, which leaves out what the one before told: a fork."
                    raise ForkedError(what, _SPEAK)


def _imported(
    before: DeskState | None, after: DeskState, leaves: Sequence[bytes], delivery: OpenDelivery, lead: str
) -> Imported:
    old = before.packages if before else {}
    return Imported(
        desk=after.desk.name,
        number=delivery.note.number,
        replayed=before is after,
        new_leaves=after.size - (before.size if before else 0),
        new_packages=tuple(sorted(leaf for leaf, one in after.packages.items() if old.get(leaf) != one)),
        missing=missing_cases(after, leaves, lead),
        missing_deliveries=missing_deliveries(after),
        size=after.size,
    )
