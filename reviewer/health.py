"""What must be seen first: how the server is, and how long nothing has come from it. Pure but for its query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from keys.sealing.errors import SignatureError
from keys.sealing.limits import EPOCH_WARNING_DAYS
from keys.sealing.manifest import Manifest
from reviewer.forgetting import what_is_forgotten
from reviewer.prepared import unsigned
from reviewer.recipients import to_withdraw
from reviewer.trust import living_desks, public_bundle
from reviewer.values import SEALED_STATES, Severity
from reviewer.vault.rows import ArrivalRow, BundleRow, CaseRow, HistoryRow, MailboxRow

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from keys.sealing.manifest import Health
    from keys.sealing.public_bundle import Desk, PublicBundle
    from reviewer.prepared import Unsigned
    from reviewer.recipients import ToWithdraw


@dataclass(frozen=True)
class DeskHealth:
    """The desk at a glance.

    ``silent_days`` count from the day on which the newest bundle was written or came in, whichever is earlier (a server
    that dates its bundles ahead is no less silent), and before the first one from the day the vault was made.
    ``forgotten`` says why the vault signs nothing, if it does not. ``lost`` is a desk that was declared so: its vault
    is only read. ``late`` counts cases whose source should have a letter by now (``clocks``).
    """

    server: Health | None
    bundle_number: int | None
    silent_days: int
    silence_is_long: bool
    unfinished: bool
    epoch_ends_in: int | None
    unread: int
    danger: int
    sealed: int
    disputed: int
    forgotten: str | None = None
    lost: bool = False
    unsigned: tuple[Unsigned, ...] = ()
    to_withdraw: tuple[ToWithdraw, ...] = ()
    late: int = 0

    @property
    def needs_attention(self) -> bool:
        """Whether something should be done before anything else."""
        warned = self.server is not None and bool(self.server.warnings)
        stands_still = self.lost or self.forgotten is not None
        waits = self.unfinished or bool(self.unsigned) or bool(self.to_withdraw) or self.late > 0
        return warned or stands_still or self.silence_is_long or waits or self.epoch_is_short

    @property
    def epoch_is_short(self) -> bool:
        """Whether the next epoch is due."""
        return self.epoch_ends_in is None or self.epoch_ends_in <= EPOCH_WARNING_DAYS


def look_at(rows: Session, today: date) -> DeskHealth:
    """Gather what must be seen first."""
    bundle = public_bundle(rows)
    desks = living_desks(rows)
    newest = rows.scalar(select(BundleRow).where(BundleRow.finished).order_by(BundleRow.id.desc()).limit(1))
    silent = max(0, (today - _last_heard(rows, newest, today)).days)
    return DeskHealth(
        server=None if newest is None else _server_health(newest, bundle),
        bundle_number=None if newest is None else newest.number,
        silent_days=silent,
        silence_is_long=silent >= bundle.policy.days_without_bundle,
        unfinished=_count(rows, BundleRow.finished.is_(False), BundleRow.id > (newest.id if newest else 0)) > 0,
        epoch_ends_in=_epoch_ends_in(desks, today),
        unread=_count(rows, CaseRow.unread),
        danger=_count(rows, CaseRow.severity == Severity.DANGER, CaseRow.destroyed.is_(False)),
        sealed=_count(rows, ArrivalRow.state.in_(SEALED_STATES)),
        disputed=_count(rows, MailboxRow.disputed),
        forgotten=None if (error := what_is_forgotten(rows)) is None else str(error),
        lost=not desks,
        unsigned=unsigned(rows),
        to_withdraw=to_withdraw(rows),
        late=_count(rows, CaseRow.due < today, CaseRow.destroyed.is_(False)),
    )


def _last_heard(rows: Session, newest: BundleRow | None, today: date) -> date:
    if newest is not None:
        return min(newest.written, newest.imported)
    return rows.scalar(select(func.min(HistoryRow.day))) or today


def _server_health(newest: BundleRow, bundle: PublicBundle) -> Health | None:
    try:
        return Manifest.from_note(newest.manifest, bundle.servers).health
    except SignatureError:  # a server that has since been taken out of the public bundle
        return None


def _count(rows: Session, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]) -> int:
    return rows.scalar(select(func.count()).where(*conditions)) or 0


def _epoch_ends_in(desks: list[Desk], today: date) -> int | None:
    """Days until nothing can be sealed to this desk any more; None if that is so already."""
    last = max((epoch.not_after for desk in desks for epoch in desk.epochs), default=None)
    return None if last is None or last < today else (last - today).days
