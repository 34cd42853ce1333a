"""What a lead looks at: cases of all desks, newest revision first, and the whole folder checked again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from caselog.checkpoint import newest_cosigned, read_checkpoint
from caselog.custody import Act
from caselog.errors import CaseLogError, ForkedError, TamperedError
from caselog.importing import missing_cases, missing_deliveries, open_stored
from caselog.merkle import leaf_hash, root
from keys.sealing.errors import FormatError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from caselog.case_record import CaseRecord
    from caselog.custody import CustodyEntry
    from caselog.lead_store import DeskFolder, DeskState, LeadStore
    from caselog.package_reader import OpenPackage
    from keys.sealing.age import HybridIdentity
    from keys.sealing.notes import VerifyKey

SHORT_ID = 8
"""Hex digits by which a case is shown and found."""


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case as it is shown.

    Attributes:
        desk: name of the desk's key.
        leaf: number of its leaf in the desk's log.
        record: what the lead is told.
        custody: what was done with the material.
        reports: names of the evidence reports.
        signers: reviewers who signed the package.
        superseded: whether a higher revision of the same case is here too.
        taken_back: whether that higher revision withdraws it.
    """

    desk: str
    leaf: int
    record: CaseRecord
    custody: tuple[CustodyEntry, ...]
    reports: tuple[str, ...]
    signers: tuple[VerifyKey, ...]
    superseded: bool = False
    taken_back: bool = False

    def entry(self, act: Act) -> CustodyEntry | None:
        """Return what the custody record says of an act, or ``None`` where it was not done."""
        return next((entry for entry in self.custody if entry.act is act), None)

    @property
    def rank(self) -> int:
        """Where it stands in a list: what is withdrawn first, then what is corrected, superseded ones last."""
        if self.superseded:
            return 3
        return 0 if self.entry(Act.WITHDRAWN) else 1 if self.entry(Act.CORRECTED) else 2

    @property
    def short_id(self) -> str:
        """The beginning of the case's id, for people."""
        return self.record.case[:SHORT_ID]


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A lead who co-signed the log as it was at ``size`` leaves; ``name`` is that of the lead's key."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What ``verify`` found of one desk's log.

    Attributes:
        desk: name of the desk's key.
        size: leaves at the head; all of them give its root.
        packages: how many packages were read to the last byte.
        missing: numbers of leaves of cases addressed to this lead, of which no package came.
        missing_deliveries: numbers of deliveries that did not arrive.
        cosigners: leads who co-signed this head, or an older one out of which it grew.
    """

    desk: str
    size: int
    packages: int
    missing: tuple[int, ...]
    missing_deliveries: tuple[int, ...]
    cosigners: tuple[Cosigner, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing addressed to this lead is missing."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Log:
    """One desk's log, checked against its head, and the packages that belong to it."""

    folder: DeskFolder
    state: DeskState
    leaves: list[bytes]


def logs_of(store: LeadStore) -> Iterator[Log]:
    """Read the log of each desk."""
    for folder, state in store.states():
        yield Log(folder, state, folder.leaves(state))


def shown_cases(store: LeadStore, identity: HybridIdentity) -> list[ShownCase]:
    """Open every package; the highest revision of each case, what needs attention first, then the superseded ones."""
    found = []
    for log in logs_of(store):
        for number in sorted(log.state.packages):
            with opened(log, number, identity) as package:
                details = (package.record, package.custody, package.reports, package.signers)
                found.append(ShownCase(log.state.desk.name, number, *details))
    in_order = sorted(found, key=lambda one: (one.record.revision, one.leaf))  # the order in the log tells nothing
    newest = {(one.desk, one.record.case): one for one in in_order}
    marked = [_marked(one, newest[one.desk, one.record.case]) for one in found]
    return sorted(marked, key=lambda one: (one.rank, one.desk, one.leaf))


def _marked(one: ShownCase, newest: ShownCase) -> ShownCase:
    """Say of a case whether its newest revision has taken its place."""
    if one.leaf == newest.leaf:
        return one
    return replace(one, superseded=True, taken_back=newest.entry(Act.WITHDRAWN) is not None)


@contextmanager
def opened(log: Log, leaf: int, identity: HybridIdentity) -> Iterator[OpenPackage]:
    """Give the package of a leaf, compared with the log."""
    with open_stored(log.folder, log.state.packages[leaf], identity) as package:
        if package.leaf_data != log.leaves[leaf]:
            raise TamperedError(f"The package of leaf {leaf} is that of another leaf.", "Import its delivery again.")
        yield package


@contextmanager
def open_case(store: LeadStore, case: ShownCase, identity: HybridIdentity) -> Iterator[OpenPackage]:
    """Give the package of a case that is shown, to read its attachments."""
    log = next(log for log in logs_of(store) if log.state.desk.name == case.desk)
    with opened(log, case.leaf, identity) as package:
        yield package


def find_case(cases: list[ShownCase], wanted: str) -> ShownCase:
    """Return the latest revision of the case whose id begins so; raises ``CaseLogError``."""
    found = [case for case in cases if case.record.case.startswith(wanted.lower()) and not case.superseded]
    if len(found) != 1:
        what = "No case's id begins" if not found else "More than one case's id begins"
        raise CaseLogError(f"{what} with {wanted}.", "See `khomo-caselog list`.")
    return found[0]


def verify_all(
    store: LeadStore,
    identity: HybridIdentity,
    progress: Callable[[int], object] = lambda _: None,
    me: VerifyKey | None = None,
) -> list[Verified]:
    """Check everything in the folder again, to the last byte; raises what is wrong first.

    Args:
        store: the lead's folder.
        identity: the lead's own.
        progress: told how many packages were read since it was last told.
        me: the lead's own key, to name the lead among those who co-signed.
    """
    results = []
    for log in logs_of(store):
        for number in log.state.packages:
            with opened(log, number, identity) as package:
                package.read_everything()
            progress(1)
        results.append(_verified(log, store.lead, me))
    return results


def compare_head(store: LeadStore, note: bytes) -> tuple[str, int, bool]:
    """Compare a head that somebody else was shown with the log here.

    Returns the desk's name, the head's size, and whether it is newer than what is here (then nothing was compared).
    Raises ``ForkedError`` if it contradicts the log, ``CaseLogError`` if it is of no known desk's log.
    """
    for log in logs_of(store):
        state = log.state
        try:
            other = read_checkpoint(note, state.desk).checkpoint
        except SignatureError:
            continue
        except FormatError as error:
            raise TamperedError(f"This is not a head of a log: {error.message}", error.remedy) from error
        if other.size > state.size:
            return state.desk.name, other.size, True
        if root(map(leaf_hash, log.leaves[: other.size])) != other.root:
            raise ForkedError(
                f"{state.desk.name} has shown somebody else another log of {other.size} leaves: a fork.",
                "Keep both, and tell the other leads: the desk's log cannot be trusted from there on.",
            )
        return state.desk.name, other.size, False
    raise CaseLogError("This head belongs to no desk whose log is here.", "Import a delivery of that desk first.")


def _verified(log: Log, lead: str, me: VerifyKey | None) -> Verified:
    state = log.state
    return Verified(
        desk=state.desk.name,
        size=state.size,
        packages=len(state.packages),
        missing=missing_cases(state, log.leaves, lead),
        missing_deliveries=missing_deliveries(state),
        cosigners=tuple(_cosigners(log, me)),
    )


def _cosigners(log: Log, me: VerifyKey | None) -> Iterator[Cosigner]:
    """Yield each lead once, with the newest head that the lead co-signed."""
    seen: set[VerifyKey] = set()
    mine = me and log.folder.cosigned_by(log.state.desk, me)
    for head in newest_cosigned([log.state.head, *log.state.cosigned, *([mine] if mine else [])]):
        yield from (Cosigner(key.name, head.checkpoint.size) for key in head.cosigners if key not in seen)
        seen.update(head.cosigners)
