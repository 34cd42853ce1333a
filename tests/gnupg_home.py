"""A GnuPG home of a lead, with a key in it, for tests that let a real gpg open what we made."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAD = "Lead <lead@example.org>"


class Gpg(Protocol):
    """Runs gpg in its home and returns what it printed."""

    def __call__(self, *arguments: str, data: bytes = b"") -> bytes: ...


@contextmanager
def gnupg_home() -> Iterator[Gpg]:
    """Make a home with the key of ``LEAD``, in a short path: its agent's socket must fit."""
    with tempfile.TemporaryDirectory(prefix="lead-") as home:
        command = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]

        def run(*arguments: str, data: bytes = b"") -> bytes:
            whole = [*command, *arguments]
            return subprocess.run(whole, input=data, capture_output=True, check=True, timeout=60).stdout

        run("--quick-generate-key", LEAD, "default", "default", "never")
        yield run
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


@contextmanager
def gnupg_home_of_three() -> Iterator[Gpg]:
    """Make a home with three keys: of ``LEAD``, of a signer who cannot encrypt, and one that is over since 2020."""
    with gnupg_home() as run:
        run("--quick-generate-key", "Signer <signer@example.org>", "ed25519", "sign", "never")
        past = ("--faked-system-time", "20200101T000000!")
        run(*past, "--quick-generate-key", "Old <old@example.org>", "default", "default", "1d")
        yield run
