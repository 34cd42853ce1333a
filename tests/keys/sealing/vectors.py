"""Reading and comparing vectors: ``tests/vectors/<subject>/<what should happen>/<defect>.<ending>``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

VECTORS = Path(__file__).parents[2] / "vectors"


def vectors(subject: str, *outcomes: str) -> pytest.MarkDecorator:
    """Run a test with each file of these folders, as ``path``; none of them is empty."""
    found = []
    for outcome in outcomes:
        folder = VECTORS / subject / outcome
        files = sorted(folder.iterdir())
        assert files, folder
        found += files
    return pytest.mark.parametrize("path", found, ids=lambda path: path.name.partition(".")[0])


def write_vectors(subject: str, made: Mapping[str, bytes]) -> None:
    """Write vectors again; names are ``<outcome>/<defect>.<ending>``."""
    for name, content in made.items():
        path = VECTORS / subject / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def stored(subject: str) -> dict[str, bytes]:
    """Return all vectors of a subject by name."""
    folder = VECTORS / subject
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
