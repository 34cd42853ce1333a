#!/usr/bin/python3 -I
"""Starts a program of the desk with the libraries that were built for this system's Python.

In the Debian package this file lies beside the trees, and the programs' names are links to it. In a ``.pyz`` it is
what runs first: the program is the name that the file was called by, or the first word after it.

Rules:
1. Another Python than those that a tree was built for: it is said in words, and nothing is started.
2. Installed, nothing but the tree comes before the system's own modules (``-I``: no variable or folder of the user's).
3. What Python makes of the code so as to start sooner goes into the user's cache: the package stays as it came.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SYSTEMS = {(3, 11): "Debian 12 and Tails 6", (3, 13): "Debian 13 and Tails 7"}
"""The Pythons that are built for, and which systems have them."""
BUILT_FOR = "khomo-desk-python"
"""In a ``.pyz``, beside this file: the Python that it was built for."""
NOT_STARTED = 1
WRONG_LINE = 2


def _reviewer() -> None:
    from reviewer.program import main as run  # noqa: PLC0415  # found only when the tree is

    run()


def _caselog() -> None:
    from caselog.program import main as run  # noqa: PLC0415  # likewise

    run()


def _keys() -> None:
    from keys.opening.commands import main as run  # noqa: PLC0415  # likewise

    run()


PROGRAMS: dict[str, Callable[[], None]] = {
    "khomo-reviewer": _reviewer,
    "khomo-caselog": _caselog,
    "khomo-keys": _keys,
}


def tree_name(python: tuple[int, int]) -> str:
    """Return what the tree for a Python is called."""
    return f"py{python[0]}{python[1]}"


def wrong_python(built: list[tuple[int, int]]) -> str | None:
    """Return what to tell somebody whose Python is none of those that were built for; None: it is one."""
    mine = sys.version_info[:2]
    if mine in built:
        return None
    wanted = " or ".join(f"Python {major}.{minor} ({SYSTEMS[major, minor]})" for major, minor in built)
    return (
        f"Error: this was built for {wanted}, and this system has Python {mine[0]}.{mine[1]}.\n"
        "Take the file for your system, or a newer release of Khomo.\n"
    )


def installed() -> None:
    """Start the program whose link in /usr/bin was called."""
    _refuse_unless(wrong_python(list(SYSTEMS)))
    sys.path.insert(0, str(Path(__file__).resolve().parent / tree_name(sys.version_info[:2])))
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    sys.pycache_prefix = str(Path(cache) / "khomo")
    _start()


def carried() -> None:
    """Start a program out of a ``.pyz``, which holds the tree for one Python."""
    major, minor = Path(__file__).with_name(BUILT_FOR).read_text().split(".")
    _refuse_unless(wrong_python([(int(major), int(minor))]))
    _start()


def _start() -> None:
    """Start the program that this file is called by, or else the one that the first word names."""
    file = sys.argv[0]
    name = Path(file).name
    if name not in PROGRAMS and sys.argv[1:] and sys.argv[1] in PROGRAMS:
        name = sys.argv.pop(1)
    if name not in PROGRAMS:
        lines = "".join(f"  python3 {file} {program} --help\n" for program in PROGRAMS)
        sys.stderr.write(f"Say which program, or call this file by its name (a link will do):\n{lines}")
        sys.exit(WRONG_LINE)
    sys.argv[0] = name
    PROGRAMS[name]()


def _refuse_unless(refusal: str | None) -> None:
    if refusal is not None:
        sys.stderr.write(refusal)
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    installed()
