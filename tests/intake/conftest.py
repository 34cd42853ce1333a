from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.intake.world import CONFIG, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A server's folder: a configuration and the papers that it names."""
    (tmp_path / "config.toml").write_text(CONFIG)
    World().write_papers(tmp_path)
    return tmp_path
