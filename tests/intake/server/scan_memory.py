"""Counts where a marker stands in the memory of another process: ``python scan_memory.py PID MARKER``."""

from __future__ import annotations

import sys
from pathlib import Path


def count(pid: int, marker: bytes) -> int:
    """Read everything that the process can write to."""
    found = 0
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            region, permissions = line.split()[:2]
            if "rw" not in permissions:
                continue
            start, end = (int(number, 16) for number in region.split("-"))
            memory.seek(start)
            found += (memory.read(end - start) or b"").count(marker)
    return found


if __name__ == "__main__":
    sys.stdout.write(str(count(int(sys.argv[1]), sys.argv[2].encode())))
