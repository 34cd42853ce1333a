"""The store's schema, moved by the program that knows the steps: forward by the newer release, back by it too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deploy.installation.telling import run

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.installation.places import Places, Release


def _migrate(release: Release, config: Path, *words: str) -> str:
    return run("runuser", "-u", "khomo", "--", release.program, "migrate", "--config", config, *words)


def has_store(places: Places) -> bool:
    """Tell whether there is a store."""
    return (places.state / "store/current").is_symlink()


def known_schema(release: Release, config: Path) -> str:
    """Return the newest schema that a release knows; nothing is changed."""
    return str(json.loads(_migrate(release, config, "--show", "--json"))["knows"])


def stored_schema(release: Release, config: Path) -> str:
    """Return the schema that the store has; nothing is changed."""
    return str(json.loads(_migrate(release, config, "--show", "--json"))["store"])


def bring_to(release: Release, config: Path, schema: str) -> None:
    """Bring the store to a schema, by a release that knows every step on the way."""
    _migrate(release, config, "--to", schema)
