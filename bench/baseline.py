"""The limits to compare with: the same server and worker, but an app that does next to nothing.

``python -m bench.baseline reading|copying|giving SOCKET OUT``

- ``reading`` only reads what comes in.
- ``copying`` copies it to a file, with fsync.
- ``giving`` reads it, and answers as many bytes as the path says: ``/6132``.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from intake.server.hardening import restart_with_wiping_environment
from intake.server.run import serve

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

STEP = 64 * 1024
HEAD_BYTES = 141
"""What the server writes before a body of some kilobytes, to a byte; the path counts it in."""


def _reading(environ: WSGIEnvironment) -> None:
    while environ["wsgi.input"].read(STEP):
        pass


def _copying(environ: WSGIEnvironment, out: Path) -> None:
    with out.open("wb") as file:
        while block := environ["wsgi.input"].read(STEP):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    out.unlink()


def _given(environ: WSGIEnvironment) -> bytes:
    wanted = environ["PATH_INFO"].strip("/")
    return b"x" * max(0, int(wanted) - HEAD_BYTES) if wanted else b"ok\n"


def _app(kind: str, out: Path) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            if kind == "copying":
                _copying(environ, out)
            else:
                _reading(environ)
        body = _given(environ) if kind == "giving" else b"ok\n"
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return answer


if __name__ == "__main__":
    restart_with_wiping_environment()
    serve(partial(_app, sys.argv[1], Path(sys.argv[3])), Path(sys.argv[2]))
