"""What a measurement leaves behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.figures import Figure, keep

if TYPE_CHECKING:
    from pathlib import Path


def kept(path: Path) -> list[tuple[str, str, float]]:
    figures = json.loads(path.read_text())["figures"]
    return [(one["subject"], one["name"], one["value"]) for one in figures]


def test_measuring_one_subject_leaves_the_figures_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    keep([Figure("envelope", "old name", 1, "ms"), Figure("envelope", "sealing", 1, "ms")], path)
    keep([Figure("pages", "first page", 2, "ms")], path)
    keep([Figure("envelope", "sealing", 3, "ms")], path)
    assert kept(path) == [("pages", "first page", 2), ("envelope", "sealing", 3)]


def test_figures_of_another_kind_of_machine_are_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    keep([Figure("envelope", "sealing", 1, "ms")], path)
    path.write_text(path.read_text().replace('"cores": ', '"cores": 1'))
    keep([Figure("pages", "first page", 2, "ms")], path)
    assert kept(path) == [("pages", "first page", 2)]
