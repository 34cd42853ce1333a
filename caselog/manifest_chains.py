"""Chains of server manifests: is one missing, and does a chain that goes on after another begin where that one ended?

Rules:
1. Manifests of a chain are numbered from 1 without gap, and each names the one before.
2. A chain that says after which bundle of which chain it goes on is held to that: all bundles up to there must be here.
3. A server has one chain that goes on after none. A second one is a problem.
4. More than one chain is a question even where all fits: what the server forgot when it was restored, and what
   it signed before somebody began anew, no manifest of the new chain shows. The operator must be able to say why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from keys.sealing.bundle import ChainId, ChainPosition, Manifest


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should look into: a row, a file or a chain, and what about it."""

    subject: str
    what: str


@dataclass(frozen=True, slots=True)
class ChainFindings:
    """What is wrong, and what should be asked about."""

    problems: list[Finding] = field(default_factory=list)
    questions: list[Finding] = field(default_factory=list)


_Chain = list[tuple[int, str, "Manifest"]]
"""Number, head and manifest, in this order."""


def chain_findings(manifests: Mapping[str, Manifest]) -> ChainFindings:
    """Look at manifests by their heads."""
    chains: dict[ChainId, _Chain] = defaultdict(list)
    for head, manifest in manifests.items():
        chains[manifest.chain].append((manifest.number, head, manifest))
    found = ChainFindings()
    for chain in sorted(chains, key=str):
        chains[chain].sort(key=lambda entry: entry[:2])
        found.problems.extend(_gaps_and_forks(chain, chains[chain]))
    for chain in sorted(chains, key=str):
        _look_before(chain, chains, found)
    _count_chains(chains, found)
    return found


def _gaps_and_forks(chain: ChainId, entries: Sequence[tuple[int, str, Manifest]]) -> Iterator[Finding]:
    before_number, before_head = 0, None
    for number, head, manifest in entries:
        if number == before_number or (number == before_number + 1 and manifest.previous != before_head):
            yield Finding(str(chain), f"There are two histories of bundle {max(1, before_number)}: a fork.")
        elif number > before_number + 1:
            yield Finding(str(chain), _missing(before_number + 1, number - 1))
        before_number, before_head = number, head


def _look_before(chain: ChainId, chains: Mapping[ChainId, _Chain], found: ChainFindings) -> None:
    ends = {manifest.resumes for _number, _head, manifest in chains[chain]}
    if len(ends) > 1:
        found.problems.append(Finding(str(chain), "Its bundles do not agree after which bundle it goes on."))
    for end in ends:
        if end is not None:
            _compare_end(end, chains.get(end.chain, []), found)


def _compare_end(end: ChainPosition, former: _Chain, found: ChainFindings) -> None:
    """Compare where a chain goes on with the chain that it names."""
    known = max((number for number, _head, _manifest in former), default=0)
    name = str(end.chain)
    if known < end.number:
        what = f"Another chain goes on after its bundle {end.number}. {_missing(known + 1, end.number)}"
        found.problems.append(Finding(name, what))
    if any(number == end.number and head != end.head for number, head, _manifest in former):
        found.problems.append(Finding(name, f"There are two histories of bundle {end.number}: a fork."))
    if known > end.number:
        what = f"The server went back to its bundle {end.number}, though it had signed {known}: was a backup restored?"
        found.questions.append(Finding(name, what))


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Bundle {first} is missing."
    return f"Bundles {first} {'and' if last == first + 1 else 'to'} {last} are missing."


def _count_chains(chains: Mapping[ChainId, _Chain], found: ChainFindings) -> None:
    of_signer: dict[str, list[ChainId]] = defaultdict(list)
    for chain in chains:
        of_signer[f"{chain.signer} {chain.direction}"].append(chain)
    for signer in sorted(of_signer):
        begun = of_signer[signer]
        first = [chain for chain in begun if chains[chain][0][2].resumes is None]
        if len(first) > 1:
            what = f"{len(first)} chains go on after none: what one of them held later may be kept from you."
            found.problems.append(Finding(signer, what))
        if len(begun) > 1:
            what = f"There are {len(begun)} chains. Ask the operator when and why a new one began, and what was lost."
            found.questions.append(Finding(signer, what))
