"""The WSGI layer in front of every app: no circuit address, no app; nothing of gunicorn's in the app's environment."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from intake.server.heads import is_circuit_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_NOT_FOR_APPS = ("gunicorn.socket", "wsgi.early_hints", "REMOTE_PORT", "PROXY_ADDR", "PROXY_PORT", "PROXY_PROTOCOL")


_NOTE = "khomo.note"


class NoCircuitError(Exception):
    """A request reached the app without passing through tor."""


class _Nowhere(io.TextIOBase):
    """Takes what an app writes about its errors; what it holds may be a source's words."""

    def write(self, text: str) -> int:
        return len(text)


def circuit_address(environ: Mapping[str, object]) -> str:
    """Return the address that stands for the circuit of a request.

    Raises:
        NoCircuitError: it has none.
    """
    address = str(environ.get("REMOTE_ADDR", ""))
    if not is_circuit_address(address):
        raise NoCircuitError
    return address


def note(environ: Mapping[str, object], kind: str) -> None:
    """Count that a limit acted on a request: the kind, one of ``acted.KINDS``, and nothing else."""
    counted = environ.get(_NOTE)
    if callable(counted):
        counted(kind)


def at_the_door(app: WSGIApplication, counted: Callable[[str], None] | None = None) -> WSGIApplication:
    """Wrap ``app``; what ``note`` is told goes to ``counted``."""

    def door(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        circuit_address(environ)
        for name in _NOT_FOR_APPS:
            environ.pop(name, None)
        environ["wsgi.errors"] = _Nowhere()
        environ[_NOTE] = counted
        return app(environ, start_response)

    return door
