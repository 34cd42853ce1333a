"""A WSGI app for trying the server, served as the real one is: ``python small_app.py SOCKET NUMBERS`` (JSON)."""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intake.server.hardening import restart_with_wiping_environment
from intake.server.numbers import Anteroom, Draining, Pace, ServerNumbers, Slots
from intake.server.run import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

READ = 64 * 1024


def read_body(environ: WSGIEnvironment) -> bytes:
    """Read and forget the body; say how long it was."""
    count = 0
    while chunk := environ["wsgi.input"].read(READ):
        count += len(chunk)
    return str(count).encode()


def late_failure(_environ: WSGIEnvironment) -> Iterable[bytes]:
    """Fail after the answer has begun."""
    yield b"half an ans"
    raise OSError("late-failure")


def fail(environ: WSGIEnvironment) -> bytes:
    """Say what came with the request in every way that an app can."""
    words = environ["QUERY_STRING"] + environ["wsgi.input"].read().decode()
    cycle: list[object] = [words]
    cycle.append(cycle)
    print(words, file=environ["wsgi.errors"])
    logging.getLogger("some.library").error("words: %s", words)
    logging.getLogger("some.library").info("words: %s", words)
    logging.getLogger("gunicorn.error").error("words: %s", words)
    warnings.warn(f"words: {words}", stacklevel=1)
    raise ValueError(f"words: {words}") from KeyError(words)


def slow(_environ: WSGIEnvironment) -> bytes:
    """Work for a while."""
    time.sleep(0.5)
    return b"done"


PAGES: dict[str, Callable[[WSGIEnvironment], bytes | Iterable[bytes]]] = {
    "/page": lambda environ: environ["REMOTE_ADDR"].encode(),
    "/environ": lambda environ: json.dumps({k: str(v) for k, v in environ.items()}).encode(),
    "/upload": read_body,
    "/early": lambda _: b"too large",
    "/large": lambda _: bytes(16 * 1024 * 1024),
    "/fail": fail,
    "/late-failure": late_failure,
    "/slow": slow,
}


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer by path."""
    answer = PAGES[environ["PATH_INFO"]](environ)
    length = [("Content-Length", str(len(answer)))] if isinstance(answer, bytes) else []
    start_response("200 OK", [("Content-Type", "text/plain"), *length])
    return [answer] if isinstance(answer, bytes) else answer


def numbers(given: dict[str, Any]) -> ServerNumbers:
    """Make numbers of JSON."""
    kinds = {"inbound": Pace, "outbound": Pace, "anteroom": Anteroom, "draining": Draining, "slots": Slots}
    return ServerNumbers(**{name: kinds[name](**value) if name in kinds else value for name, value in given.items()})


if __name__ == "__main__":
    restart_with_wiping_environment()
    door = Path(sys.argv[1])
    serve(lambda: app, door, numbers(json.loads(sys.argv[2])), (door.with_name("acted.json"), 0))
