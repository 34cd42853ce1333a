"""One ``khomo-intake serve`` for one configuration: a second one is refused before it has touched anything."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from intake.onion.errors import OnionError
from intake.server.run import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "serve.lock"


@contextmanager
def alone(door: Path) -> Iterator[None]:
    """Hold the door's lock; a dead process frees it.

    Args:
        door: the socket of the pages; the lock lies beside it.

    Raises:
        OnionError: another process serves there.
    """
    private_folder(door.parent)
    descriptor = os.open(door.with_name(LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(door) from None
        _refuse_answer(door)
        yield
    finally:
        os.close(descriptor)


def _refuse_answer(door: Path) -> None:
    """Refuse what a server leaves that was killed and whose pages are still ending."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        if knock.connect_ex(str(door)) == 0:
            raise _taken(door)


def _taken(door: Path) -> OnionError:
    return OnionError(
        f"The pages of this configuration are served already, at {door}.",
        "Leave it, or stop the other `khomo-intake serve` first (systemctl stop khomo-intake).",
    )
