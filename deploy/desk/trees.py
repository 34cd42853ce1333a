"""A tree for one Python: all libraries of the desk and Khomo itself, as they lie in the package and in the ``.pyz``.

Rules:
1. A library comes with its hash or not at all (``requirements/desk.lock``), and ready to be used: nothing of it runs.
2. Our own two wheels are built from the commit. What is a server's alone (``intake``) is left out.
3. Nothing that names the machine on which it was built, and nothing compiled: programs that pip writes, ``.pyc``.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from deploy.desk.locked import needed
from deploy.installation.telling import RefusedError, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from deploy.desk.locked import Python
    from deploy.desk.release import Release

LOCK = "requirements/desk.lock"
OURS = (".", "deploy/opening-wheel")
LEFT_OUT = ("intake", "bin")
_PIP = (sys.executable, "-I", "-m", "pip", "install", "-q", "--disable-pip-version-check")


def build_wheels(release: Release) -> None:
    """Build our two wheels."""
    for project in OURS:
        words = ("--no-isolation", "--wheel", "--outdir", release.wheels, release.sources / project)
        release.timed(sys.executable, "-I", "-m", "build", *words)


def plant(release: Release, python: Python) -> None:
    """Make the tree for one Python."""
    tree = release.tree(python.name)
    chosen = release.work / f"{python.name}.lock"
    chosen.write_text(needed((release.sources / LOCK).read_text(), python))
    into = (*_PIP, "--no-compile", "--no-deps", "--target", tree, *python.pip_words())
    run(*into, "--require-hashes", "-r", chosen)
    run(*into, "--no-index", "--find-links", release.wheels, "khomo", "khomo-opening")
    for name in LEFT_OUT:
        _leave_out(tree, name)
    _check(tree)
    release.refuse_traces(tree)
    release.settle(tree)


def _leave_out(tree: Path, name: str) -> None:
    """Take a folder out of a tree, and out of the lists of what its packages brought."""
    shutil.rmtree(tree / name, ignore_errors=True)
    for record in tree.glob("*.dist-info/RECORD"):
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith((f"{name}/", f"../../{name}/"))))


def _check(tree: Path) -> None:
    """Refuse a tree with what would run by being there (``.pth``), or was compiled."""
    odd: Sequence[Path] = [path for path in sorted(tree.rglob("*")) if path.suffix in {".pth", ".pyc"}]
    if odd:
        raise RefusedError(f"{odd[0].relative_to(tree)} does not belong into a tree of libraries.")
