"""A home of GnuPG that is thrown away: no other key, no configuration, no agent of others, no network."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import gnupg

from keys.opening.errors import OpenPgpError

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPTIONS = ["--no-options", "--batch", "--no-auto-key-locate", "--no-auto-check-trustdb", "--disable-dirmngr"]
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it, for its owner only


@contextmanager
def throw_away_home(*, in_memory: bool = False) -> Iterator[gnupg.GPG]:
    """Give a GnuPG with an empty home that only we may read; afterwards nothing of it runs or lies there.

    Args:
        in_memory: for secrets; then nothing of the home ever lies on a disk, where the system has such a place.
    """
    place = str(_MEMORY) if in_memory and os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="khomo-gpg-", dir=place) as home:
        try:
            yield _gpg_in(home)
        finally:
            _kill_agents(home)


def _gpg_in(home: str) -> gnupg.GPG:
    try:
        gpg = gnupg.GPG(gnupghome=home, options=_OPTIONS)
    except OSError as error:
        raise OpenPgpError("GnuPG does not run here.", "Install the package gnupg.") from error
    gpg.encoding = "utf-8"
    return gpg


def _kill_agents(home: str) -> None:
    with suppress(FileNotFoundError):
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
