"""How this server is doing, on one page: for an operator who looks once a day. Days and counts; nothing about anybody.

What is *wrong* is the doctor's to look for; this says what *is*, and what the store says of itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import keys
from intake.counting import counted
from intake.onion.torrc import Layout
from intake.server.acted import acted_since, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from intake.config import Config
    from intake.store import Store
    from keys.sealing.public_bundle import PublicBundle

LOOKED_AT_DAYS = 30
LIMIT_DAYS = 7
GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Status:
    """What was found.

    Attributes:
        version: of Khomo.
        onion: the address of the pages; empty before the first start.
        courier_onion: the one of couriers; empty if there is none.
        reachable: days of the last ``LOOKED_AT_DAYS`` on which a page came back through tor.
        unreachable: those after the first of them on which none did.
        waiting: rows that some desk has not acknowledged.
        waiting_days: since the oldest of them came.
        last_bundle: number of our last bundle; 0 before the first.
        last_export: its day.
        emptied: for each desk, the last bundle that it said it has.
        free_bytes: on the store's disk.
        rewritten: the day on which the nightly rewrite last ran to its end.
        attention: what is wrong with the store and its nights, in sentences; the doctor says more.
        epochs: for each desk that receives, the last day of its last epoch.
        limits: how often each limit acted in the last ``LIMIT_DAYS`` whole days, by kind.
        decoys_a_day: on average.
    """

    version: str
    onion: str
    courier_onion: str
    reachable: int
    unreachable: tuple[date, ...]
    waiting: int
    waiting_days: int
    last_bundle: int
    last_export: date | None
    emptied: Mapping[str, int]
    free_bytes: int
    rewritten: date | None
    attention: tuple[str, ...]
    epochs: Mapping[str, date]
    limits: Mapping[str, int]
    decoys_a_day: int

    def lines(self) -> Iterator[str]:
        """Say it to a person."""
        yield f"Khomo {self.version}"
        yield f"Address:     {self.onion or 'none yet; start khomo-intake serve'}"
        if self.courier_onion:
            yield f"For couriers {self.courier_onion}"
        yield f"Reachable:   on {counted(self.reachable, 'day')} of the last {LOOKED_AT_DAYS}" + _listed(
            self.unreachable
        )
        since = f"for {counted(self.waiting_days, 'day')}" if self.waiting_days else "since today"
        waiting = f"{counted(self.waiting, 'row')} for a desk, the oldest {since}"
        yield f"Waiting:     {waiting if self.waiting else 'nothing for a desk'}"
        yield f"Carried:     {self._carried()}"
        yield f"Space:       {self.free_bytes / GB:,.1f} GB free"
        yield f"Rewritten:   {f'on {self.rewritten}' if self.rewritten else 'never yet'}"
        for desk, last in self.epochs.items():
            yield f"Keys:        the desk {desk} can be written to until {last}"
        yield f"Decoys:      {self.decoys_a_day} a day on average"
        yield f"Limits:      {'; '.join(told(self.limits)) or 'none acted'}, in the last {LIMIT_DAYS} whole days"
        yield from (f"ATTENTION:   {warning}" for warning in self.attention)

    def _carried(self) -> str:
        if not self.last_bundle:
            return "no bundle yet"
        desks = ", ".join(f"{desk} has {number}" for desk, number in sorted(self.emptied.items()))
        day = f" of {self.last_export}" if self.last_export else ""
        return f"our last bundle is {self.last_bundle}{day}; {desks or 'no desk has acknowledged one'}"


def take_status(config: Config, store: Store, bundle: PublicBundle, today: date) -> Status:
    """Look at everything."""
    health, chain, layout = store.health(), store.chains.outgoing(), Layout.of(config)
    first = today - timedelta(days=LOOKED_AT_DAYS - 1)
    seen = {day for day in health.published_days if day >= first}
    silent = [day for day in _days(min(seen, default=today), today) if day not in seen]
    return Status(
        version=keys.__version__,
        onion=_read(layout.hostname),
        courier_onion=_read(layout.courier_hostname),
        reachable=len(seen),
        unreachable=tuple(silent),
        waiting=health.unacknowledged,
        waiting_days=health.waiting_days,
        last_bundle=chain.number if chain else 0,
        last_export=chain.day if chain else None,
        emptied={desk: said.number for desk, said in store.chains.acknowledged().items()},
        free_bytes=health.free_bytes,
        rewritten=health.rewritten,
        attention=health.warnings,
        epochs={
            desk.id: max(epoch.not_after for epoch in desk.epochs) for desk in bundle.receiving_desks if desk.epochs
        },
        limits=acted_since(config.paths.store_dir, today - timedelta(days=LIMIT_DAYS)),
        decoys_a_day=config.decoys.a_day,
    )


def _days(first: date, behind: date) -> Iterator[date]:
    """Yield the days from ``first`` on, before ``behind``: today may still come."""
    while first < behind:
        yield first
        first += timedelta(days=1)


def _listed(days: tuple[date, ...]) -> str:
    return f"; not on {', '.join(map(str, days))}" if days else ""


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
