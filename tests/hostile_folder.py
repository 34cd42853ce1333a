"""A folder of somebody else: modules of the names that a program of ours asks for; each tells that it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    *(
        "flask",
        "click",
        "gunicorn",
        "sqlalchemy",
        "stem",
        "cryptography",
        "nacl",
        "tomllib",
        "json",
        "runpy",
        "logging",
    ),
    *("intake", "keys", "reviewer", "caselog", "deploy", "pip", "venv", "build", "ensurepip", "sitecustomize"),
)
TAKEN = "taken"


def make_hostile(folder: Path) -> Path:
    """Fill a folder; ``taken_from`` tells which of it was ever run."""
    folder.mkdir()
    for name in NAMES:
        code = f"import os, sys\nopen({str(folder / TAKEN)!r}, 'a').write('{name} ')\nos._exit(66)\n"
        (folder / f"{name}.py").write_text(code)
    return folder


def taken_from(folder: Path) -> str:
    """Return the names of the modules that were taken; empty as it should be."""
    taken = folder / TAKEN
    return taken.read_text() if taken.exists() else ""
