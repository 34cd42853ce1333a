"""Response headers of every page: nothing from elsewhere, nothing kept, no script, no frame.

The source's pages (``intake``) forbid the same; the two share no code, since the desk imports nothing of a server.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask, Response

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",  # with none at all, browsers name no origin of a form either
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def install_headers(app: Flask, style: str) -> None:
    """Put the headers on whatever the app answers."""
    headers = {**_HEADERS, "Content-Security-Policy": content_security_policy(style)}

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(headers)
        return response


def content_security_policy(style: str) -> str:
    """Allow this style sheet, forms to ourselves, and the empty icon that keeps browsers from asking for one."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    rules = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": f"'sha256-{digest}'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
