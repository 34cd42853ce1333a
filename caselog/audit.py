"""Are all rows that reached the door accounted for? Manifests of server bundles against dispositions. Pure.

The server signs the manifests, and hands them to leads by a way that does not lead over the desk; blobs are not needed.

Rules:
1. Every row of every manifest needs a disposition; the last one in the log counts.
2. A decoy needs the note of a server that names this very row, and no note serves two rows.
3. Manifests of a chain are numbered without gap, and each names the one before; what is missing or forked is said.
4. What leads can so prove is that every row is accounted for, not that the account is true.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caselog.leaves import DispositionLeaf, RowState, leaf_from_bytes
from keys.sealing.bundle import Direction, Manifest, head_of
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.notes import open_document

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from keys.sealing.notes import VerifyKey

DECOY_KIND = "decoy"
DECOY_VERSION = 1


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row as a manifest names it first: id in hex, which server's bundle of which number, and its day."""

    row: str
    server: str
    number: int
    day: date


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person should look into: a row or a chain, and what is wrong with it."""

    subject: str
    what: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The result.

    Attributes:
        manifests: how many different manifests were looked at.
        accounted: how many rows are in which state.
        unaccounted: rows of manifests without disposition, in the order of their bundles.
        beyond: rows with a disposition that no manifest given here names: their manifests were not handed over yet.
        problems: decoys without proof, and chains with gaps or forks.
    """

    manifests: int
    accounted: dict[RowState, int]
    unaccounted: tuple[SeenRow, ...]
    beyond: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is left to ask."""
        return not self.unaccounted and not self.problems


def audit(notes: Iterable[bytes], leaves: Iterable[bytes], servers: Collection[VerifyKey]) -> Audit:
    """Compare signed manifests with the leaves of all desks' logs.

    Raises ``SignatureError`` or ``FormatError`` for a manifest that no server has signed.
    """
    manifests = {head_of(note): Manifest.from_note(note, servers) for note in notes}
    rows = _rows(manifests.values())
    states = dispositions(leaves)
    known = [states[row] for row in rows if row in states]
    return Audit(
        manifests=len(manifests),
        accounted=dict(Counter(one.state for one in known)),
        unaccounted=tuple(seen for row, seen in rows.items() if row not in states),
        beyond=tuple(sorted(states.keys() - rows.keys())),
        problems=(*_chain_problems(manifests), *_decoy_problems(known, servers)),
    )


def dispositions(leaves: Iterable[bytes]) -> dict[str, DispositionLeaf]:
    """Return the last disposition of each row."""
    found = (leaf_from_bytes(data) for data in leaves if b'"kind":"disposition"' in data)
    return {leaf.row: leaf for leaf in found if isinstance(leaf, DispositionLeaf)}


def _rows(manifests: Iterable[Manifest]) -> dict[str, SeenRow]:
    rows: dict[str, SeenRow] = {}
    for manifest in sorted(manifests, key=lambda one: (one.day, one.number)):
        if manifest.chain.direction is Direction.TO_DESK:
            for blob in manifest.blobs:
                rows.setdefault(blob.id, SeenRow(blob.id, manifest.chain.signer, manifest.number, manifest.day))
    return rows


def _chain_problems(manifests: dict[str, Manifest]) -> list[Problem]:
    chains: dict[str, list[tuple[int, str, Manifest]]] = {}
    for head, manifest in manifests.items():
        chains.setdefault(str(manifest.chain), []).append((manifest.number, head, manifest))
    return [problem for chain in sorted(chains) for problem in _problems_of(chain, sorted(chains[chain], key=_number))]


def _number(entry: tuple[int, str, Manifest]) -> int:
    return entry[0]


def _problems_of(chain: str, entries: Sequence[tuple[int, str, Manifest]]) -> list[Problem]:
    problems = []
    before_number, before_head = 0, None
    for number, head, manifest in entries:
        if number == before_number or (number == before_number + 1 and manifest.previous != before_head):
            problems.append(Problem(chain, f"There are two histories of bundle {max(1, before_number)}: a fork."))
        elif number > before_number + 1:
            problems.append(Problem(chain, f"Before bundle {number}, {number - before_number - 1} are missing."))
        before_number, before_head = number, head
    return problems


def _decoy_problems(known: Iterable[DispositionLeaf], servers: Collection[VerifyKey]) -> list[Problem]:
    problems = []
    for leaf in known:
        if leaf.state is RowState.DECOY:
            try:
                _check_decoy(leaf, servers)
            except (FormatError, SignatureError) as error:
                problems.append(Problem(leaf.row, f"It is called a decoy without proof: {error.message}"))
    return problems


def _check_decoy(leaf: DispositionLeaf, servers: Collection[VerifyKey]) -> None:
    body, _ = open_document((leaf.proof or "").encode(), DECOY_KIND, DECOY_VERSION, servers)
    if body.get("row") != leaf.row:
        raise FormatError("The server's note names another row.")
