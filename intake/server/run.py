"""Serves one WSGI app on one unix socket, with everything switched off that a hidden service must not have.

The socket lies in a folder that only tor and this process can enter:

- one user for both (rehearsal, one machine for trying out): folder 0700, socket 0600;
- a user each (``deploy/server``): folder 2750 of a group that both are in, socket 0660. tor may connect, and can
  neither list nor change anything else of ours.

A folder that others may enter is refused. Two apps never share a socket: a socket that answers is not replaced.
"""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication

from intake.server.hardening import PRIVATE_UMASK, harden_process, raise_file_limit
from intake.server.numbers import SERVER_NUMBERS, ServerNumbers
from intake.server.quiet_log import QuietLogger
from intake.server.worker import DoorWorker
from keys.sealing.errors import KhomoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

SOCKET_PATH_BYTES = 107
"""What fits into ``sun_path``."""

_OTHERS = stat.S_IRWXO | stat.S_IWGRP
_SPARE_DESCRIPTORS = 512
"""Database, blobs, log, and what libraries hold."""


class SocketError(KhomoError):
    """The app cannot listen where it should."""


class DoorApplication(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn, configured.

    Args:
        factory: makes the app; called in the worker, so that keys and counters exist once.
        listener: the socket, bound.
        numbers: the limits.
        acted: the file that keeps which limits acted, and the time that it bears.
    """

    def __init__(
        self,
        factory: Callable[[], WSGIApplication],
        listener: socket.socket,
        numbers: ServerNumbers = SERVER_NUMBERS,
        acted: tuple[Path | None, int] = (None, 0),
    ) -> None:
        self._factory = factory
        self._folder = Path(listener.getsockname()).parent
        self._descriptor = listener.detach()  # gunicorn closes it
        self.numbers = numbers
        self.acted, self.acted_time = acted
        super().__init__()

    def load_config(self) -> None:
        """Set everything that matters; nothing is read from files or the environment."""
        for name, value in settings(self.numbers).items():
            self.cfg.set(name, value)
        self.cfg.set("bind", f"fd://{self._descriptor}")
        self.cfg.set("worker_tmp_dir", str(self._folder))

    def load(self) -> WSGIApplication:
        """Make the app."""
        return self._factory()


def settings(numbers: ServerNumbers) -> dict[str, object]:
    """Return gunicorn's settings, by their names."""
    return {
        "workers": 1,
        "threads": numbers.threads,
        "worker_class": DoorWorker,
        "worker_connections": numbers.connections,
        "backlog": numbers.backlog,
        "keepalive": 0,  # on a kept connection the second request has no PROXY line
        "graceful_timeout": round(numbers.stop_seconds) + 3,  # the arbiter's patience, after ours
        "limit_request_line": numbers.request_line_bytes,
        "limit_request_fields": numbers.header_fields,
        "http_parser": "python",  # the one our worker was tried with
        "proxy_protocol": "v1",
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        "control_socket_disable": True,
        "preload_app": False,
        "sendfile": False,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "info",
        "logger_class": QuietLogger,
        "umask": PRIVATE_UMASK,
        "proc_name": "khomo",
    }


def serve(
    factory: Callable[[], WSGIApplication],
    socket_path: Path,
    numbers: ServerNumbers = SERVER_NUMBERS,
    acted: tuple[Path | None, int] = (None, 0),
) -> None:
    """Serve the app that ``factory`` makes until SIGTERM or SIGINT; ends the process with gunicorn's exit status.

    ``acted`` is the file that keeps how often each limit acted, and the time that this file bears.

    Raises:
        KhomoError: the process cannot be hardened, or the socket cannot be made.
    """
    harden_process()
    raise_file_limit(numbers.connections + numbers.threads + _SPARE_DESCRIPTORS)
    DoorApplication(factory, listen(socket_path), numbers, acted).run()


def listen(path: Path) -> socket.socket:
    """Make the socket at ``path``; it is for the folder's owner, and for its group if the folder lets the group in.

    Raises:
        SocketError: the path is too long, the folder is open to others, or another app listens there.
    """
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        raise SocketError(f"A socket's path has at most {SOCKET_PATH_BYTES} bytes.", "Choose a shorter run_dir.")
    folder_mode = private_folder(path.parent)
    _remove_left_over(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    if folder_mode & stat.S_IXGRP:
        path.chmod(0o660)
    return listener


def private_folder(folder: Path) -> int:
    """Make ``folder`` if it is missing, and return its mode.

    Raises:
        SocketError: others may enter it, or its group may write.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & _OTHERS:
        raise SocketError(f"Others may enter {folder}.", "chmod 700, or 2750 with a group that only tor shares.")
    return mode


def _remove_left_over(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock, suppress(FileNotFoundError):
        try:
            knock.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise SocketError(f"Something listens at {path} already.", "Stop it: two apps never share a socket.")
