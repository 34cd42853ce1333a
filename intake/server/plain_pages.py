"""Answers for requests that never reach the app. All alike, and nothing in them comes from the request."""

from __future__ import annotations

from http import HTTPStatus

_WORDS = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side. Please try again in a few minutes.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Too many people are here right now. Please try again in a few minutes.",
}
_OTHERWISE = "This request could not be read. Nothing of it was stored."

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<h1>{title}</h1>
<p>{words}</p>
</html>
"""


def plain_answer(status: HTTPStatus) -> bytes:
    """Return a whole response with a short page."""
    body = _PAGE.format(title=status.phrase, words=_WORDS.get(status, _OTHERWISE)).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Connection: close\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "Content-Security-Policy: default-src 'none'\r\n"
        "Cache-Control: no-store\r\n"
        f"Content-Length: {len(body)}\r\n"
        "\r\n"
    )
    return head.encode("ascii") + body
