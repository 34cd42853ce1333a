"""The thief's tries, each as how far it does better than chance (``odds``)."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from tests.intake.store.thief.odds import links_found, order_found, rank_correlation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    from tests.intake.store.thief.evidence import Evidence
    from tests.intake.store.thief.scene import Sent

    Feature = Mapping[bytes, float]
    T = TypeVar("T")


@dataclass(frozen=True)
class Tries:
    """What a thief tries with the rows of some days.

    Attributes:
        found: on the disk.
        sent: the truth about the rows of these days.
        windows: between which seconds each day was.
    """

    found: Evidence
    sent: Sequence[Sent]
    windows: Mapping[dt.date, tuple[float, float]]

    def order(self) -> dict[str, float]:
        """Try to tell the order of each day's rows: to date them finer than a day."""
        features = {**self.found.rows, "birth of an inode of the size": self._births()}
        return {what: order_found(self._days(feature, lambda sent: sent.place)) for what, feature in features.items()}

    def links(self) -> dict[str, float]:
        """Try to tell rows of one source: sources have habits, so they lie alike if any order is left."""
        chance = random.Random(1)
        features = {**self.found.rows, "birth of an inode of the size": self._births()}
        return {
            what: links_found(self._days(feature, lambda sent: sent.source), chance)
            for what, feature in features.items()
        }

    def mailboxes(self) -> dict[str, float]:
        """Try to tie mailboxes to rows: by their order among each day's rows, and by their order over all days."""
        figures = {}
        opened = [sent for sent in self.sent if sent.mailbox]
        for what, feature in self.found.mailboxes.items():
            seen = [(feature[sent.mailbox], sent.place) for sent in opened if sent.mailbox in feature]
            figures[f"{what}, over all days"] = order_found([_columns(seen)])
            by_row: Feature = {sent.row: feature[sent.mailbox] for sent in opened if sent.mailbox in feature}
            figures[f"{what}, in a day"] = order_found(self._days(by_row, lambda sent: sent.place))
            for other, rows in self.found.rows.items():
                both: Feature = {row: value for row, value in by_row.items() if row in rows}
                days = self._days(both, lambda sent, rows=rows: rows[sent.row])  # type: ignore[misc]
                figures[f"{what} beside {other}"] = order_found(days)
        return figures

    def _births(self) -> Feature:
        """Date each row whose size no other of its day has by the inodes of that size that were born that day."""
        alone = Counter((sent.day, self.found.sizes.get(sent.row)) for sent in self.sent)
        by_size: dict[int, list[float]] = defaultdict(list)
        for size, birth in self.found.born:
            by_size[size].append(birth)
        dated: dict[bytes, float] = {}
        for sent in self.sent:
            first, last = self.windows[sent.day]
            seen = [birth for birth in by_size[self.found.sizes.get(sent.row, 0)] if first <= birth <= last]
            if seen and alone[sent.day, self.found.sizes.get(sent.row)] == 1:
                dated[sent.row] = fmean(seen)
        return dated

    def _days(self, feature: Feature, truth: Callable[[Sent], T]) -> list[tuple[list[float], list[T]]]:
        days: dict[dt.date, list[tuple[float, T]]] = defaultdict(list)
        for sent in self.sent:
            if sent.row in feature:
                days[sent.day].append((feature[sent.row], truth(sent)))
        return [_columns(day) for day in days.values()]


def _columns(pairs: Sequence[tuple[float, T]]) -> tuple[list[float], list[T]]:
    return [one for one, _ in pairs], [other for _, other in pairs]


def best_order(found: Evidence, sent: Sequence[Sent]) -> tuple[str, float]:
    """Return what tells the order of rows best, and how well (Spearman's rho)."""
    figures = {}
    for what, feature in found.rows.items():
        seen = [(feature[one.row], one.place) for one in sent if one.row in feature]
        if len(seen) == len(sent):
            figures[what] = abs(rank_correlation(*_columns(seen)))
    return max(figures.items(), key=lambda item: item[1])
