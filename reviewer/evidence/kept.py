"""What was found is kept with its case, and keys that signed are compared with those that signed before.

Rules:
1. A look at the same file again has a row of its own; the newest is shown, and the history names every look.
2. Keys are compared when something is shown, not when it is kept: what came later counts too, and no row of one case
   holds a word of another. A key counts only where all signatures of a bundle fit.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from reviewer.evidence.values import Check, Clue, Finding, Kind, Result, Verdict
from reviewer.vault.evidence_rows import EvidenceRow
from reviewer.vault.rows import CaseRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from reviewer.vault.vault import Change


class Look(StrEnum):
    """What was looked for."""

    PROOF = "proof"
    CLUES = "clues"


@dataclass(frozen=True)
class Seen:
    """A look at something, as it is kept; ``clues`` is None where the file could not be read.

    Args:
        attachment: number of the file; of several, of the first.
        files: names and digests of all of them.
        owners: what the keys of a bundle say of themselves.
    """

    look: Look
    attachment: int
    files: tuple[tuple[str, str], ...]
    tool: str
    findings: tuple[Finding, ...] = ()
    clues: tuple[Clue, ...] | None = ()
    owners: tuple[str, ...] = ()

    @property
    def key(self) -> str | None:
        """The key that signed all of a bundle."""
        keys = {finding.fingerprint for finding in self.findings}
        return (keys.pop() or None) if len(keys) == 1 else None

    @property
    def word(self) -> str:
        """What the history says of it: the worst verdict, or how many clues."""
        if self.look is Look.PROOF:
            return self.worst if self.findings else "no bundle"
        return "unread" if self.clues is None else str(len(self.clues))

    @property
    def worst(self) -> Verdict:
        """The worst verdict of a bundle's proofs."""
        return min((finding.verdict for finding in self.findings), key=list(Verdict).index)

    @property
    def needs_attention(self) -> bool:
        """Whether a proof does not hold."""
        return any(finding.verdict is not Verdict.HOLDS for finding in self.findings)


@dataclass(frozen=True)
class Kept:
    """A look with the day and the person."""

    seen: Seen
    day: date
    who: str


@dataclass(frozen=True)
class KeyBefore:
    """Where the key of a bundle signed too, by cases; ``other_key``: this mailbox also sent bundles by another key."""

    of_mailbox: tuple[int, ...]
    elsewhere: tuple[int, ...]
    other_key: bool


def keep(change: Change, case_id: int, seen: Seen) -> None:
    """Keep a look, and record it."""
    before = latest(change.rows, case_id).get((seen.look, seen.attachment))
    change.rows.add(
        EvidenceRow(
            case_id=case_id,
            attachment_id=seen.attachment,
            kind=seen.look,
            day=change.day,
            who=change.who,
            fingerprint=seen.key,
            found=json.dumps(asdict(seen)),
        )
    )
    about = {"attachment": (None, str(seen.attachment)), seen.look: (before.seen.word if before else None, seen.word)}
    change.record("evidence", case_id, **about)


def latest(rows: Session, case_id: int) -> dict[tuple[Look, int], Kept]:
    """Return the newest look at each file of a case, by what was looked for and the file's number."""
    query = select(EvidenceRow).where(EvidenceRow.case_id == case_id).order_by(EvidenceRow.id)
    found = {(Look(row.kind), row.attachment_id): row for row in rows.scalars(query)}
    return {key: Kept(_seen(json.loads(row.found)), row.day, row.who) for key, row in found.items()}


def _seen(said: dict[str, Any]) -> Seen:
    clues = said["clues"]
    return Seen(
        Look(said["look"]),
        said["attachment"],
        tuple((name, sha256) for name, sha256 in said["files"]),
        said["tool"],
        tuple(map(_finding, said["findings"])),
        None if clues is None else _clues(clues),
        tuple(said["owners"]),
    )


def _finding(said: dict[str, Any]) -> Finding:
    checks = tuple(Check(one["code"], Result(one["result"]), one["about"]) for one in said["checks"])
    return Finding(**{**said, "verdict": Verdict(said["verdict"]), "checks": checks, "clues": _clues(said["clues"])})


def _clues(said: list[dict[str, Any]]) -> tuple[Clue, ...]:
    return tuple(Clue(**{**clue, "kind": Kind(clue["kind"])}) for clue in said)


def key_before(rows: Session, case_id: int, kept: Kept) -> KeyBefore:
    """Compare the key of a bundle with all that signed bundles of this desk."""
    mailbox = rows.scalar(select(CaseRow.mailbox).where(CaseRow.id == case_id))
    mine = (CaseRow.mailbox == mailbox) & CaseRow.mailbox.is_not(None) | (CaseRow.id == case_id)
    same = (EvidenceRow.fingerprint == kept.seen.key) & (
        (EvidenceRow.case_id != case_id) | (EvidenceRow.attachment_id != kept.seen.attachment)
    )
    other = EvidenceRow.fingerprint.is_not(None) & (EvidenceRow.fingerprint != kept.seen.key)
    joined = select(CaseRow.id).join(EvidenceRow, EvidenceRow.case_id == CaseRow.id).distinct().order_by(CaseRow.id)
    return KeyBefore(
        tuple(rows.scalars(joined.where(same, mine))),
        tuple(rows.scalars(joined.where(same, ~mine))),
        bool(rows.scalar(select(func.count()).select_from(joined.where(other, mine).subquery()))),
    )


def needing_attention(found: Sequence[Kept]) -> bool:
    """Whether one of these looks found a proof that does not hold."""
    return any(one.seen.needs_attention for one in found)
