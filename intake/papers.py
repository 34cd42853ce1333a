"""Reads what the server is given in writing: the public bundle under the root key, and its own signing key."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError, KhomoError
from keys.sealing.key_file import read_plain_key_file
from keys.sealing.limits import PUBLIC_BUNDLE_BYTES
from keys.sealing.notes import VerifyKey
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from intake.config import Config, Paths
    from keys.sealing.notes import SigningKey


LOOK_SECONDS = 1.0
"""How old the public bundle in use may be."""


class PapersError(KhomoError):
    """A paper is missing, or it does not belong to the others."""


@dataclass(frozen=True, slots=True)
class Papers:
    """All of them, checked against each other.

    Attributes:
        bundle: signed by the root key.
        server_key: one of the server keys that the bundle names.
    """

    bundle: PublicBundle
    server_key: SigningKey


def read_papers(config: Config) -> Papers:
    """Read all papers.

    Raises:
        KhomoError: which paper, and what is wrong with it.
    """
    bundle = read_public_bundle(config.paths)
    key = _server_key(config.paths.server_key)
    if key.verify_key not in bundle.servers:
        raise PapersError(
            f"The public bundle does not know the key in {config.paths.server_key}.",
            "Take the server.key and the public bundle of the same ceremony.",
        )
    return Papers(bundle, key)


def read_public_bundle(paths: Paths) -> PublicBundle:
    """Read the public bundle and check it against the root key; raises ``KhomoError``."""
    root = VerifyKey.parse(_read(paths.root_key).decode(errors="replace").strip())
    return PublicBundle.from_note(_read(paths.public_bundle), root)


class CurrentBundle:
    """The public bundle as it is now: a newer one that ``khomo-intake import`` brings is taken up without a restart.

    A file that cannot be read, is not signed by the root key or may not replace the bundle in use changes nothing;
    ``khomo-intake check-config`` says what is wrong with it. The file is looked at once a second, not once a question.
    """

    def __init__(self, paths: Paths, clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = paths
        self._clock = clock
        self._next_look = clock() + LOOK_SECONDS
        self._lock = threading.Lock()
        self._seen = self._look()
        self._bundle = read_public_bundle(paths)

    def __call__(self) -> PublicBundle:
        """Return the bundle in use."""
        if self._clock() >= self._next_look:
            with self._lock:
                self._next_look = self._clock() + LOOK_SECONDS
                self._take_up()
        return self._bundle

    def _take_up(self) -> None:
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            with suppress(KhomoError):
                self._bundle = self._bundle.replaced_by(read_public_bundle(self._paths))

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._paths.public_bundle.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _server_key(path: Path) -> SigningKey:
    try:
        return read_plain_key_file(path).signing_key()
    except OSError as error:
        raise _unreadable(path, error) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(PUBLIC_BUNDLE_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(data) > PUBLIC_BUNDLE_BYTES:
        raise FormatError(f"{path} is too large.")
    return data


def _unreadable(path: Path, error: OSError) -> PapersError:
    reason = error.strerror or "unknown reason"
    return PapersError(f"{path} cannot be read ({reason}).", "Put the file there, readable for this user.")
