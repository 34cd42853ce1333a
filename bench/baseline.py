"""The limits to compare with: the same server and worker, but an app that only reads, or copies to a file with fsync.

``python -m bench.baseline reading|copying SOCKET OUT``
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


def _app(kind: str, out: Path) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            if kind == "reading":
                _reading(environ)
            else:
                _copying(environ, out)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
        return [b"ok\n"]

    return answer


if __name__ == "__main__":
    restart_with_wiping_environment()
    serve(partial(_app, sys.argv[1], Path(sys.argv[3])), Path(sys.argv[2]))
