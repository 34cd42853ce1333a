"""What a measurement returns, and how a table of them is shown and kept."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RESULTS = Path(__file__).with_name("results.json")


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
    """

    subject: str
    name: str
    value: float
    unit: str
    beside: str = ""
    limit: float | None = None
    wanted: str = ""
    reached: bool | None = None

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


def _cells(figure: Figure) -> tuple[str, ...]:
    goal = {True: "reached", False: "MISSED", None: ""}[figure.reached]
    beside = f"{figure.limit:,.4g} {figure.beside}" if figure.limit is not None else figure.beside
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    return (figure.name, f"{figure.value:,.4g} {figure.unit}", beside, ratio, f"{figure.wanted} {goal}".strip())


def show(figures: Sequence[Figure]) -> None:
    """Print the table, one block a subject."""
    head = ("what", "measured", "beside", "ratio", "goal")
    rows = [_cells(figure) for figure in figures]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    subject = ""
    for figure, row in zip(figures, rows, strict=True):
        if figure.subject != subject:
            subject = figure.subject
            sys.stdout.write(f"\n{subject}\n")
            sys.stdout.write(
                "  " + "  ".join(cell.ljust(width) for cell, width in zip(head, widths, strict=True)) + "\n"
            )
        sys.stdout.write("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + "\n")
    sys.stdout.flush()


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
