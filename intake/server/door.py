"""The WSGI layer in front of every app: no circuit address, no app; nothing of gunicorn's in the app's environment."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from intake.server.heads import is_circuit_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_NOT_FOR_APPS = ("gunicorn.socket", "wsgi.early_hints", "REMOTE_PORT", "PROXY_ADDR", "PROXY_PORT", "PROXY_PROTOCOL")


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


def at_the_door(app: WSGIApplication) -> WSGIApplication:
    """Wrap ``app``."""

    def door(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        circuit_address(environ)
        for name in _NOT_FOR_APPS:
            environ.pop(name, None)
        environ["wsgi.errors"] = _Nowhere()
        return app(environ, start_response)

    return door
