"""Where everything of an installed server lies.

::

    /opt/khomo/releases/<version>-<digest>/   one release: a virtual environment, the files that go with it, its config
    /opt/khomo/current                        link to the release in use; an upgrade and a rollback switch it
    /opt/khomo/previous                       link to the one before
    /opt/khomo/bin                            link to current/bin, the path that the units name
    /etc/khomo/                               configuration, papers, torrc
    /var/lib/khomo/                           the store, and tor's folder with the onion key: never removed here
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """All of them, below ``root``: ``/``, or a folder that stands for it."""

    root: Path = Path("/")

    @property
    def home(self) -> Path:
        """The program."""
        return self.root / "opt/khomo"

    @property
    def releases(self) -> Path:
        """A folder for each release."""
        return self.home / "releases"

    @property
    def current(self) -> Path:
        """Link to the release in use."""
        return self.home / "current"

    @property
    def previous(self) -> Path:
        """Link to the one before."""
        return self.home / "previous"

    @property
    def programs(self) -> Path:
        """Link that the units name."""
        return self.home / "bin"

    @property
    def settings(self) -> Path:
        """Configuration and papers."""
        return self.root / "etc/khomo"

    @property
    def config(self) -> Path:
        """The configuration in use."""
        return self.settings / "config.toml"

    @property
    def state(self) -> Path:
        """The store and tor's folder."""
        return self.root / "var/lib/khomo"

    @property
    def command(self) -> Path:
        """What an operator types."""
        return self.root / "usr/local/bin/khomo-intake"

    @property
    def units(self) -> Path:
        """Units and timers."""
        return self.root / "etc/systemd/system"


FOLDERS = {
    "systemd": "etc/systemd/system",
    "sysusers.d": "etc/sysusers.d",
    "tmpfiles.d": "etc/tmpfiles.d",
    "apparmor.d": "etc/apparmor.d",
    "journald.conf.d": "etc/systemd/journald.conf.d",
}
"""Folders of ``deploy/server`` whose files are copied as they are, and where to."""


@dataclass(frozen=True)
class Release:
    """One release on the disk."""

    folder: Path

    @property
    def name(self) -> str:
        """Version and digest."""
        return self.folder.name

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.folder / "bin/python"

    @property
    def program(self) -> Path:
        """Its command."""
        return self.folder / "bin/khomo-intake"

    @property
    def files(self) -> Path:
        """Its copy of ``deploy/server``."""
        return self.folder / "server"

    @property
    def config(self) -> Path:
        """The configuration that was in use with it, once it is not in use any more."""
        return self.folder / "config.toml"

    @property
    def done(self) -> Path:
        """Stands there when the release is whole."""
        return self.folder / "whole"

    def is_whole(self) -> bool:
        """Tell whether it was built to the end."""
        return self.done.is_file()


def release_behind(link: Path) -> Release | None:
    """Return the release that a link names, if it is whole."""
    if not link.is_symlink():
        return None
    release = Release(link.resolve())
    return release if release.is_whole() else None
