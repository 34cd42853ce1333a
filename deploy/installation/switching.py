"""Which release is in use: two links, each switched by the rename of one name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from deploy.installation.places import Release, release_behind

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.installation.places import Places


def switch(places: Places, release: Release) -> None:
    """Put a release in use; the one that was becomes the previous one."""
    before = release_behind(places.current)
    if before is not None and before.folder != release.folder.resolve():
        _link(places.previous, f"releases/{before.name}")
    _link(places.current, f"releases/{release.name}")
    _link(places.programs, "current/bin")


def is_in_use(places: Places, release: Release) -> bool:
    """Tell whether the links name a release."""
    return places.programs.is_symlink() and release_behind(places.current) == Release(release.folder.resolve())


def remove_old(places: Places) -> None:
    """Remove every release that no link names."""
    for folder in old_releases(places):
        shutil.rmtree(folder)


def old_releases(places: Places) -> list[Path]:
    """Return the releases that no link names."""
    named = {link.resolve() for link in (places.current, places.previous) if link.is_symlink()}
    there = sorted(places.releases.iterdir()) if places.releases.is_dir() else []
    return [folder for folder in there if folder.resolve() not in named]


def _link(link: Path, target: str) -> None:
    beside = link.with_name(f".{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)
