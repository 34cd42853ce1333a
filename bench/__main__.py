"""``make bench``: measures everything, prints the table, writes ``bench/results.json``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from bench import arrival, codenames, desk, envelope, first_report, likeness, pages, reports, slow_uploads
from bench.figures import Figure, goals, keep, table
from bench.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MEASUREMENTS: dict[str, Callable[[], list[Figure]]] = {
    "envelope": envelope.measure,
    "arrival": arrival.measure,
    "reports": reports.measure,
    "slow-uploads": slow_uploads.measure,
    "codenames": codenames.measure,
    "pages": pages.measure,
    "first-report": first_report.measure,
    "desk": desk.measure,
    "likeness": likeness.measure,
}


def run(which: Sequence[str], *, kept: bool) -> None:
    """Measure subjects one after the other; what was measured is kept and shown even if a later one fails."""
    figures: list[Figure] = []
    progress = Progress(sys.stderr, len(which))
    try:
        for name in which:
            with progress.subject(name):
                some = MEASUREMENTS[name]()
            figures += some
            if kept:
                keep(some)
    finally:
        sys.stdout.write(f"{table(figures)}\n{goals(figures)}It took {progress.so_far} (minutes:seconds).\n")


def main() -> None:
    """Run the measurements that were asked for, all by default."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, epilog="example: python -m bench envelope pages"
    )
    several = f"one or more of: {', '.join(MEASUREMENTS)}; all by default"
    parser.add_argument("which", metavar="SUBJECT", nargs="*", choices=[[], *MEASUREMENTS], help=several)
    parser.add_argument(
        "--no-keep", action="store_true", help="only show the figures: on a busy machine they are worth nothing"
    )
    asked = parser.parse_args()
    run(asked.which or list(MEASUREMENTS), kept=not asked.no_keep)


if __name__ == "__main__":
    main()
