"""The store's schema, moved by the release that knows the steps: the newer one, forward and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
    return str(_shown(release, config)["knows"])


def stored_schema(release: Release, config: Path) -> str:
    """Return the schema that the store has; nothing is changed."""
    return str(_shown(release, config)["store"])


def knows(release: Release, config: Path, schema: str) -> bool:
    """Tell whether a release knows every step to a schema; nothing is changed."""
    return schema in _shown(release, config)["steps"]


def _shown(release: Release, config: Path) -> dict[str, Any]:
    return dict(json.loads(_migrate(release, config, "--show", "--json")))


def bring_to(release: Release, config: Path, schema: str) -> None:
    """Bring the store to a schema, by a release that knows every step on the way."""
    _migrate(release, config, "--to", schema)
