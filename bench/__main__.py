"""``make bench``: measures everything, prints the table, writes ``bench/results.json``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from bench import arrival, codenames, desk, envelope, pages, reports, slow_uploads
from bench.figures import Figure, keep, show

if TYPE_CHECKING:
    from collections.abc import Callable

MEASUREMENTS: dict[str, Callable[[], list[Figure]]] = {
    "envelope": envelope.measure,
    "arrival": arrival.measure,
    "reports": reports.measure,
    "slow-uploads": slow_uploads.measure,
    "codenames": codenames.measure,
    "pages": pages.measure,
    "desk": desk.measure,
}


def main() -> None:
    """Run the measurements that were asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: python -m bench envelope pages")
    parser.add_argument("which", nargs="*", choices=[[], *MEASUREMENTS], help="default: all")
    which = parser.parse_args().which or list(MEASUREMENTS)
    figures: list[Figure] = []
    for name in which:
        sys.stderr.write(f"measuring {name} …\n")
        figures += MEASUREMENTS[name]()
    show(figures)
    keep(figures)


if __name__ == "__main__":
    main()
