"""Whether this vault may have forgotten what the desk signed: then it signs nothing more, so that nobody sees a fork.

Leads refuse a log that contradicts what they saw, and two deliveries of one number; so a desk that goes on from a copy
of its vault that is too old speaks to nobody.

Rules:
1. A vault restored from a backup signs neither log nor delivery before a person has said that nothing left the desk
   after that backup.
2. A server that has a bundle of this desk of which the vault knows nothing stops it too. The server only says so: a
   person may find that it errs, and go on.
3. A head of the log with this desk's signature that is not in the vault proves it: only a newer copy of the vault
   goes on, or the spare desk.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from keys.sealing.chain_position import Direction
from reviewer import chains
from reviewer.errors import ReviewerError
from reviewer.trust import desk_key
from reviewer.vault.log_rows import LeadRow, LeafRow
from reviewer.vault.rows import DeskRow, SettingRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from keys.sealing.bundle import Acknowledgement, ChainPosition
    from reviewer.vault.vault import Change

RESTORED = "restored"
"""Setting of a backup: ``RESTORED_YES``, then ``RESTORED_ASKED``; gone with the first bundle, which begins a chain."""

RESTORED_YES, RESTORED_ASKED = "yes", "asked"

_CLAIMS = "server claims"
"""Setting: numbers by chain of later bundles that the server says it has, each with whether a person has judged it."""

_HEAD = "unknown head"
"""Setting: leaves of the largest head that bears this desk's signature and is not in the vault."""

_NEWER = "Take a newer backup of the vault. If there is none, let the spare desk take over: see the guide."


class ForgottenError(ReviewerError):
    """The vault may not sign, since it may have forgotten what was signed before; ``is_proven`` where it has."""

    def __init__(self, message: str, remedy: str, *, is_proven: bool = False) -> None:
        super().__init__(message, remedy)
        self.is_proven = is_proven


@dataclass(frozen=True)
class _Claim:
    """The server says that it has this bundle of the desk; ``judged`` where a person found that it errs."""

    number: int
    judged: bool


@dataclass(frozen=True)
class Standing:
    """Up to where a vault remembers: leaves of its log, its last bundle for the server, its last delivery by lead."""

    leaves: int
    bundle: int
    deliveries: dict[str, int]


def standing(rows: Session) -> Standing:
    """Look up to where this vault remembers."""
    here = chains.position(rows, desk_key(rows).name, Direction.TO_SERVER)
    leads = {one.name: one.deliveries for one in rows.scalars(select(LeadRow).order_by(LeadRow.name))}
    leaves = rows.scalar(select(func.count()).select_from(LeafRow)) or 0
    return Standing(leaves, here.number if here else 0, leads)


def check_remembers(rows: Session) -> None:
    """Raise ForgottenError unless this vault knows, as far as it can tell, all that the desk signed."""
    if (error := what_is_forgotten(rows)) is not None:
        raise error


def what_is_forgotten(rows: Session) -> ForgottenError | None:
    """Say why this vault may not sign; None if nothing is in the way."""
    if (head := rows.get(SettingRow, _HEAD)) is not None:
        return ForgottenError(
            f"Leads were shown a log of {head.value} leaves with this desk's signature that is not in this vault: the "
            "vault is an old copy, or somebody else has the desk's key. Nothing more is signed here.",
            _NEWER,
            is_proven=True,
        )
    for chain, claim in _claims(rows).items():
        if not claim.judged:
            return ForgottenError(
                f"The server has bundle {claim.number} of this desk, and this vault knows "
                f"{_known(rows).get(chain) or 'none of that chain'}: the vault is an old copy, or the server errs. "
                "Nothing more is signed here.",
                f"{_NEWER} Should the server err: khomo-reviewer log resume",
            )
    restored = rows.get(SettingRow, RESTORED)
    if restored is not None and restored.value != RESTORED_ASKED:
        return ForgottenError(
            "This vault was restored from a backup. If anything left the desk after that backup, server and leads "
            "would see this desk contradict itself.",
            "Is there a newer backup? Take that one. If nothing left the desk since: khomo-reviewer log resume",
        )
    return None


def hear_server(change: Change, said: Acknowledgement | None) -> None:
    """Remember a bundle of this desk that the server has and the vault does not know."""
    if said is None or said.chain.direction is not Direction.TO_SERVER:
        return
    if said.chain.signer not in set(change.rows.scalars(select(DeskRow.key_name))):
        return
    claims, chain = _claims(change.rows), str(said.chain)
    known = max(_known(change.rows).get(chain, 0), claims[chain].number if chain in claims else 0)
    if said.number > known:
        _keep(change, claims | {chain: _Claim(said.number, judged=False)})
        change.record("server knows more", None, bundle=(None, f"{chain} {said.number}"))


def hear_head(change: Change, size: int) -> None:
    """Remember that the desk signed a head that is not in the vault."""
    before = change.rows.get(SettingRow, _HEAD)
    if before is None or int(before.value) < size:
        change.rows.merge(SettingRow(name=_HEAD, value=str(size)))
        change.record("unknown head", None, head=(None, str(size)))


def resume(change: Change) -> None:
    """Go on, since a person has found that nothing is forgotten; raises ForgottenError where that is proven wrong."""
    error = what_is_forgotten(change.rows)
    if error is None:
        raise ReviewerError("Nothing is in the way: this vault signs.", "Run: khomo-reviewer outbox FOLDER")
    if error.is_proven:
        raise error
    if change.rows.get(SettingRow, RESTORED) is not None:
        change.rows.merge(SettingRow(name=RESTORED, value=RESTORED_ASKED))
    _keep(change, {chain: _Claim(claim.number, judged=True) for chain, claim in _claims(change.rows).items()})
    change.record("resume", None)


def _known(rows: Session) -> dict[str, int]:
    """Number of the last bundle that the vault knows, by chain, of every chain that it went on from."""
    found: dict[str, int] = {}
    for name in rows.scalars(select(DeskRow.key_name)):
        here = chains.position(rows, name, Direction.TO_SERVER)
        found |= {str(one.chain): one.number for one in _with_former(here)}
    return found


def _with_former(here: ChainPosition | None) -> Iterator[ChainPosition]:
    if here is not None:
        yield here
        for one in here.former:
            yield from _with_former(one)


def _claims(rows: Session) -> dict[str, _Claim]:
    kept = rows.get(SettingRow, _CLAIMS)
    return {} if kept is None else {chain: _Claim(*claim) for chain, claim in json.loads(kept.value).items()}


def _keep(change: Change, claims: dict[str, _Claim]) -> None:
    value = json.dumps({chain: [claim.number, claim.judged] for chain, claim in claims.items()})
    change.rows.merge(SettingRow(name=_CLAIMS, value=value))
