"""Are all rows that reached the door accounted for? Manifests of server bundles against dispositions. Pure.

The server signs the manifests, and hands them to leads by a way that does not lead over the desk; blobs are not needed.

Rules:
1. Every row of every manifest needs a disposition; the last one in a desk's log is what that desk says.
2. A row is accounted for if a desk says what became of it, or if every desk to which reports may be sealed says that
   the row is not its own. Desks that say different things of one row contradict each other, and that is said; what a
   lost desk said counts only where no other desk says anything.
3. A decoy needs the note of a server that names this very row, and no note serves two rows.
4. Chains of manifests have neither gaps nor forks, see ``caselog.manifest_chains``.
5. A manifest that no server of the public bundle has signed is named, and the others are looked at.
6. A row of which a desk says nothing waits for its next delivery if it may have come after the last: its bundle is of
   that day or later, and later than every bundle of its server of which the desk says something. A delivery of a later
   day has to account for it.
7. What leads can so prove is that every row is accounted for, not that the account is true.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from caselog.leaves import DispositionLeaf, RowState, leaf_from_bytes
from caselog.manifest_chains import Finding, chain_findings
from keys.sealing.bundle import Direction, Manifest, head_of
from keys.sealing.decoy_note import open_decoy_note
from keys.sealing.errors import FormatError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from keys.sealing.notes import VerifyKey
    from keys.sealing.public_bundle import PublicBundle


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row as a manifest names it first: id in hex, which server's bundle of which number, and its day."""

    row: str
    server: str
    number: int
    day: date


@dataclass(frozen=True, slots=True)
class Audit:
    """The result.

    Attributes:
        manifests: how many different manifests were looked at.
        accounted: how many rows are in which state.
        unaccounted: rows of manifests without disposition, in the order of their bundles.
        waiting: such rows that may have come after the last delivery of a desk.
        beyond: rows with a disposition that no manifest given here names: their manifests were not handed over yet.
        problems: manifests that were not looked at, chains with gaps or forks, desks that contradict each other, decoys
            without proof.
        questions: what may well be in order, and a person should ask about: several chains of one server.
        silent: names of the desks to which reports may be sealed and whose log is not here.
    """

    manifests: int
    accounted: dict[RowState, int]
    unaccounted: tuple[SeenRow, ...]
    beyond: tuple[str, ...]
    problems: tuple[Finding, ...]
    questions: tuple[Finding, ...] = ()
    silent: tuple[str, ...] = ()
    waiting: tuple[SeenRow, ...] = ()

    @property
    def accounts_for_all(self) -> bool:
        """Whether every row up to the last delivery is accounted for and nothing is wrong; there may be questions."""
        return not self.unaccounted and not self.problems

    @property
    def clean(self) -> bool:
        """Whether nothing is left to ask."""
        return self.accounts_for_all and not self.questions


def audit(
    manifests: Mapping[str, bytes],
    logs: Mapping[VerifyKey, Iterable[bytes]],
    bundle: PublicBundle,
    delivered: Mapping[VerifyKey, date] = MappingProxyType({}),
) -> Audit:
    """Compare signed manifests with the leaves of all desks' logs.

    Args:
        manifests: signed notes, by what to call them.
        logs: leaves of each desk, by its key.
        bundle: says which servers and desks there are.
        delivered: day of the newest delivery of each desk; without it, no row is taken to have come later.
    """
    read, unread = _read(manifests, bundle.servers)
    rows = _rows(read.values())
    said = _dispositions(logs)
    here = {row: _living(said[row], bundle.desk_keys) for row in rows if row in said}
    desks = {desk.verify_key for desk in bundle.receiving_desks}
    states = {row: state for row, leaves in here.items() if (state := _state(leaves, desks))}
    chains = chain_findings(read)
    unaccounted = [seen for row, seen in rows.items() if row not in states]
    waiting = {
        seen for desk in desks & delivered.keys() for seen in _later(unaccounted, rows, said, desk, delivered[desk])
    }
    return Audit(
        manifests=len(read),
        accounted=dict(Counter(states.values())),
        unaccounted=tuple(seen for seen in unaccounted if seen not in waiting),
        beyond=tuple(sorted(said.keys() - rows.keys())),
        problems=(*unread, *chains.problems, *_contradictions(here), *_decoys(here, bundle.servers)),
        questions=tuple(chains.questions),
        silent=tuple(sorted(key.name for key in desks - logs.keys())),
        waiting=tuple(seen for seen in unaccounted if seen in waiting),
    )


_Said = dict["VerifyKey", DispositionLeaf]


def _read(manifests: Mapping[str, bytes], servers: Collection[VerifyKey]) -> tuple[dict[str, Manifest], list[Finding]]:
    """Return what servers signed by its head, and what is wrong with the rest."""
    read: dict[str, Manifest] = {}
    unread: list[Finding] = []
    for name, note in manifests.items():
        try:
            read[head_of(note)] = Manifest.from_note(note, servers)
        except (FormatError, SignatureError) as error:
            unread.append(unread_manifest(name, error))
    return read, unread


def unread_manifest(name: str, error: FormatError | SignatureError) -> Finding:
    """Say why a manifest was not looked at."""
    if isinstance(error, SignatureError):
        return Finding(name, "No server of the public bundle has signed it (of a retired server?): not looked at.")
    return Finding(name, f"It is no manifest that can be read: {error.message}")


def _rows(manifests: Iterable[Manifest]) -> dict[str, SeenRow]:
    rows: dict[str, SeenRow] = {}
    for manifest in sorted(manifests, key=lambda one: (one.day, one.number)):
        if manifest.chain.direction is Direction.TO_DESK:
            for blob in manifest.blobs:
                rows.setdefault(blob.id, SeenRow(blob.id, manifest.chain.signer, manifest.number, manifest.day))
    return rows


def _later(
    unaccounted: Iterable[SeenRow], rows: Mapping[str, SeenRow], said: Mapping[str, _Said], desk: VerifyKey, day: date
) -> Iterator[SeenRow]:
    """Yield the rows that may have come after the last delivery of a desk."""
    last: dict[str, tuple[date, int]] = {}
    for row, seen in rows.items():
        if desk in said.get(row, {}):
            last[seen.server] = max((seen.day, seen.number), last.get(seen.server, (seen.day, seen.number)))
    for seen in unaccounted:
        is_newer = seen.server not in last or (seen.day, seen.number) > last[seen.server]
        if is_newer and seen.day >= day:
            yield seen


def _dispositions(logs: Mapping[VerifyKey, Iterable[bytes]]) -> dict[str, _Said]:
    """Return what each desk said last of each row."""
    said: dict[str, _Said] = defaultdict(dict)
    for desk, leaves in logs.items():
        for data in leaves:
            if b'"kind":"disposition"' in data:
                leaf = leaf_from_bytes(data)
                if isinstance(leaf, DispositionLeaf):
                    said[leaf.row][desk] = leaf
    return said


def _living(said: _Said, living: Collection[VerifyKey]) -> _Said:
    """Leave out what lost desks said of a row that another desk accounts for."""
    if any(desk in living and leaf.state is not RowState.NOT_MINE for desk, leaf in said.items()):
        return {desk: leaf for desk, leaf in said.items() if desk in living}
    return said


def _claims(said: _Said) -> dict[str, RowState]:
    named = sorted((desk.name, leaf.state) for desk, leaf in said.items())
    return {desk: state for desk, state in named if state is not RowState.NOT_MINE}


def _state(said: _Said, desks: Collection[VerifyKey]) -> RowState | None:
    for state in _claims(said).values():
        return state
    return RowState.NOT_MINE if said.keys() >= set(desks) else None


def _contradictions(here: Mapping[str, _Said]) -> Iterator[Finding]:
    for row, said in here.items():
        claims = _claims(said)
        if len(set(claims.values())) > 1:
            words = ", ".join(f"{desk} says {state}" for desk, state in claims.items())
            yield Finding(row, f"Desks contradict each other: {words}.")


def _decoys(here: Mapping[str, _Said], servers: Collection[VerifyKey]) -> Iterator[Finding]:
    for row, said in here.items():
        for leaf in said.values():
            if leaf.state is RowState.DECOY:
                try:
                    _check_decoy(leaf, servers)
                except (FormatError, SignatureError) as error:
                    yield Finding(row, f"It is called a decoy without proof: {error.message}")


def _check_decoy(leaf: DispositionLeaf, servers: Collection[VerifyKey]) -> None:
    if open_decoy_note(leaf.proof or "", servers).row.hex() != leaf.row:
        raise FormatError("The server's note names another row.")
