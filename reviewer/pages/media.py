"""Sticks that are mounted, and what of theirs may be taken in. Nothing is mounted here, and nothing of them is opened.

The kernel lists mounts in ``/proc/self/mountinfo`` (proc(5)); a stick is what is mounted below the folders where
desktops and people mount media.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.pages import limits
from reviewer.translation import translated as _

TABLE = Path("/proc/self/mountinfo")
_PLACES = ("/media/", "/run/media/", "/mnt/")
_MOUNT_POINT = 4
_ESCAPED = re.compile(r"\\([0-7]{3})")
"""Spaces, tabs, newlines and backslashes of a path stand as octal numbers."""

SUFFIX = ".bundle"


@dataclass(frozen=True)
class Stick:
    """A folder on a stick, and the bundles in it, by name; ``more`` are not listed."""

    folder: Path
    bundles: tuple[Path, ...]
    more: int = 0


def mounted(table: str | None = None) -> list[Path]:
    """Folders on which media are mounted, in order."""
    lines = (TABLE.read_text("utf-8", "surrogateescape") if table is None else table).split("\n")
    points = {_unescaped(line.split(" ")[_MOUNT_POINT]) for line in lines if line}
    return sorted(Path(point) for point in points if point.startswith(_PLACES))


def look_into(folder: Path) -> Stick:
    """List the bundles of a folder; links and other strange things are none. One that cannot be read holds none."""
    try:
        found = sorted(
            path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file() and not path.is_symlink()
        )
    except OSError:
        found = []
    return Stick(folder, tuple(found[: limits.BUNDLES_SHOWN]), max(0, len(found) - limits.BUNDLES_SHOWN))


def path_typed(typed: str) -> Path:
    """Read a path as somebody typed it; raises ReviewerError where it can be none."""
    if not typed:
        raise ReviewerError(_("No path was given."), _("Choose one, or type it."))
    try:
        os.fsencode(typed)
        path = Path(typed).expanduser()
    except (RuntimeError, UnicodeError):
        path = None
    if path is None or "\0" in typed:
        raise ReviewerError(_("That is no path."), _("Type it as the file manager shows it."))
    return path


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), text)
