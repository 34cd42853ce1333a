"""What a measurement returns, and how a table of them is shown and kept."""

from __future__ import annotations

import itertools
import json
import os
import platform
import statistics
import textwrap
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

RESULTS = Path(__file__).with_name("results.json")
WIDTH = 120
GAP = "  "
HEAD = ("what", "measured", "beside", "ratio", "goal")


@dataclass(frozen=True)
class Figure:
    """One measured number beside the limit that was measured in the same run.

    Attributes:
        subject: which measurement it belongs to.
        name: what was measured.
        value: the median, in ``unit``.
        unit: MB/s (10**6 bytes), 1/s, ms, MiB, bytes, ratio …
        beside: what stands beside it: the name of the limit, empty where there is none.
        limit: the limit's own figure in the same unit.
        wanted: the goal in words, empty where there is none.
        reached: whether the goal was reached; None where there is none.
        worst: the worst of the values whose median this is, where it is worth telling.
    """

    subject: str
    name: str
    value: float
    unit: str
    beside: str = ""
    limit: float | None = None
    wanted: str = ""
    reached: bool | None = None
    worst: float | None = None

    @property
    def ratio(self) -> float | None:
        """The figure as a part of its limit."""
        return self.value / self.limit if self.limit else None


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Time several calls after one that does not count."""
    work()
    return statistics.median(seconds(work) for _ in range(runs))


def _number(value: float) -> str:
    """Write four digits that count, and never fewer than stand before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _cells(figure: Figure) -> tuple[str, ...]:
    measured = f"{_number(figure.value)} {figure.unit}".strip()
    worst = f" (worst {_number(figure.worst)})" if figure.worst is not None else ""
    beside = f"{_number(figure.limit)} {figure.beside}" if figure.limit is not None else figure.beside
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    goal = {True: "reached", False: "MISSED", None: ""}[figure.reached]
    return (figure.name, measured + worst, beside, ratio, f"{figure.wanted}: {goal}" if goal else figure.wanted)


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """Return how wide each column is; the widest give way until a line fits."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + len(GAP) * len(widths) > WIDTH:
        widths[widths.index(max(widths))] -= 1
    return widths


def _lines(row: tuple[str, ...], widths: Sequence[int]) -> Iterator[str]:
    """Write a row; what is longer than its column goes on in the next line."""
    pieces = [textwrap.wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
    for parts in itertools.zip_longest(*pieces, fillvalue=""):
        yield (GAP + GAP.join(part.ljust(width) for part, width in zip(parts, widths, strict=True))).rstrip()


def table(figures: Sequence[Figure]) -> str:
    """Return the table, one block a subject, no line longer than ``WIDTH``."""
    lines = []
    for subject, some in itertools.groupby(figures, lambda figure: figure.subject):
        rows = [HEAD, *map(_cells, some)]
        widths = _widths(rows)
        lines += ["", *textwrap.wrap(subject, WIDTH), *(line for row in rows for line in _lines(row, widths))]
    return "\n".join(lines) + "\n"


def goals(figures: Sequence[Figure]) -> str:
    """Say how many goals were reached, and name each that was not."""
    missed = [figure for figure in figures if figure.reached is False]
    reached = sum(figure.reached is True for figure in figures)
    lines = [f"Goals reached: {reached}, missed: {len(missed)}"]
    for one in missed:
        text = f"{one.subject}: {one.name}: {_number(one.value)} {one.unit}, wanted {one.wanted}"
        lines += textwrap.wrap(text, WIDTH, initial_indent=GAP, subsequent_indent=GAP * 2)
    return "\n".join(lines) + "\n"


def keep(figures: Sequence[Figure], path: Path = RESULTS) -> None:
    """Write the figures of this run, with the machine's kind, to ``bench/results.json``.

    Subjects that were not measured now keep the figures that they had, unless another kind of machine measured them.
    """
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    subjects = {figure.subject for figure in figures}
    kept = [one for one in _before(path, machine) if one["subject"] not in subjects]
    record = {"version": 1, "machine": machine, "figures": kept + [asdict(f) | {"ratio": f.ratio} for f in figures]}
    path.write_text(json.dumps(record, indent=1) + "\n")


def _before(path: Path, machine: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the figures that stand there, if the same kind of machine measured them."""
    if not path.exists():
        return []
    record = json.loads(path.read_text())
    return list(record["figures"]) if record["machine"] == machine else []
