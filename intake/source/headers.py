"""Response headers of every page: nothing from elsewhere, nothing kept, nothing told to the next site.

No page has a script, a picture or a frame. The style sheets stand in the page and are named by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask, Response


def install_headers(app: Flask, styles: Sequence[str]) -> None:
    """Put the headers on whatever the app answers."""
    headers = {**_HEADERS, "Content-Security-Policy": content_security_policy(styles)}

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(headers)
        return response


def content_security_policy(styles: Sequence[str]) -> str:
    """Allow these style sheets, forms to ourselves, and the empty icon that keeps browsers from asking for one."""
    digests = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii") for style in styles]
    rules = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": " ".join(f"'sha256-{digest}'" for digest in digests),
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
