"""Talks to a server as tor does: a unix socket, the PROXY line, then whatever a client sends."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.rehearsal.door_socket import proxy_line

if TYPE_CHECKING:
    from pathlib import Path


def get(path: str) -> bytes:
    """Return a request for a page."""
    return f"GET {path} HTTP/1.1\r\nHost: khomo.onion\r\n\r\n".encode()


def post(path: str, length: int, *fields: str) -> bytes:
    """Return the header of a request with a body."""
    head = (f"POST {path} HTTP/1.1", "Host: khomo.onion", f"Content-Length: {length}", *fields, "", "")
    return "\r\n".join(head).encode()


@dataclass
class Answer:
    """What came back."""

    status: int
    head: bytes
    body: bytes


def read_answer(connection: socket.socket) -> Answer:
    """Read to the end of the stream; status 0 if nothing came."""
    data = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            data += chunk
    head, _, body = bytes(data).partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]) if head else 0, head, body)


class RunningDoor:
    """A server in a process of its own."""

    def __init__(self, command: list[str], socket_path: Path, log: Path) -> None:
        self.socket_path = socket_path
        self.log = log
        self._connections = contextlib.ExitStack()
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)
        self._wait_until_open()

    def _wait_until_open(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                self.ask(get("/page"))
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def connect(self, sent: bytes = b"", *, timeout: float = 10.0) -> socket.socket:
        """Connect and send something."""
        connection = self._connections.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        connection.settimeout(timeout)
        connection.connect(str(self.socket_path))
        connection.sendall(sent)
        return connection

    def ask(self, request: bytes, circuit: int | None = None) -> Answer:
        """Send a whole request and read the answer."""
        with self.connect(proxy_line(circuit) + request) as connection:
            return read_answer(connection)

    def worker_pid(self) -> int:
        """Return the process that holds the requests."""
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=True)
        return int(out.stdout.split()[0])

    def stop(self, sign: int = signal.SIGTERM) -> None:
        """Stop the server; subprocess.TimeoutExpired where it goes on."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
            self.process.wait(20)

    def close(self) -> None:
        """Stop the server and close every connection."""
        self.stop()
        self._connections.close()
