"""The operator's one file, and the papers beside it.

Rules:
1. The units, the folders and tor's lines name places; a configuration that names others is refused, with the lines
   that would be right.
2. A paper that is in place stays: a newer public bundle may have come from the desk, and a key is never replaced.
3. The program itself reads the new configuration before anything of a running server is touched.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deploy.installation.placing import Placed
from deploy.installation.telling import RefusedError, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from deploy.installation.places import Places, Release

PLACES_NAMED = {
    "paths": {
        "store_dir": "/var/lib/khomo/store",
        "run_dir": "/run/khomo",
        "tor_dir": "/var/lib/khomo/tor",
        "public_bundle": "/etc/khomo/public-bundle.note",
        "root_key": "/etc/khomo/root.pub",
        "server_key": "/etc/khomo/server.key",
    },
    "onion": {"tor": "system", "control_socket": "/run/khomo/tor/control"},
}
"""What the units and folders of ``deploy/server`` stand on."""

PAPERS = {
    "public-bundle.note": (0o644, "root:root"),
    "root.pub": (0o644, "root:root"),
    "server.key": (0o400, "khomo:khomo"),
}


@dataclass(frozen=True)
class Given:
    """What the operator gave.

    Attributes:
        config: the configuration, for its place.
        beside: papers, and files that the configuration names by a relative path.
    """

    config: Placed
    beside: tuple[Placed, ...]


def read_given(path: Path, places: Places) -> Given:
    """Read the operator's file and look at what lies beside it; raises ``RefusedError``."""
    try:
        content = path.read_bytes()
        document = tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RefusedError(f"{path} cannot be read as a configuration: {error}") from error
    wrong = [f"[{table}] {key} = {right!r}".replace("'", '"') for table, key, right in _wrong(document)]
    if wrong:
        lines = "\n  ".join(wrong)
        raise RefusedError(f"{path} names other places than the units do. These lines would be right:\n  {lines}")
    config = Placed(places.config, content, 0o640, "root:khomo")
    papers = (
        Placed(places.settings / name, (path.parent / name).read_bytes(), *PAPERS[name])
        for name in PAPERS
        if (path.parent / name).is_file()
    )
    named = (
        Placed(places.settings / name, (path.parent / name).read_bytes())
        for name in _relative(document)
        if (path.parent / name).is_file()
    )
    return Given(config, (*papers, *named))


def _wrong(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for table, values in PLACES_NAMED.items():
        said = document.get(table)
        for key, right in values.items():
            if not isinstance(said, dict) or said.get(key) != right:
                yield table, key, right


def _relative(value: object) -> Iterator[str]:
    """Yield texts that could be names of files below the configuration's folder, here or where it is installed."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _relative(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _relative(inner)
    elif isinstance(value, str) and value.endswith(FILES) and ".." not in value:
        name = value.removeprefix(SETTINGS)
        if not name.startswith("/"):
            yield name


SETTINGS = "/etc/khomo/"
FILES = (".toml", ".torrc", ".txt")
"""Endings of files that a configuration may name beside it."""


def check(release: Release, config: Path, *words: str) -> None:
    """Let a release read a configuration as the service would; raises ``RefusedError`` with its words."""
    run("runuser", "-u", "khomo", "--", release.program, "check-config", config, *words)
