"""What broken and hostile clients send: requests that are none, each with a mark that must not be found afterwards.

Each stands alone on its connection, without the line of a circuit: tor writes that one.
"""

from __future__ import annotations

from urllib.parse import quote

BOUNDARY = "----formdata-malformed"
_FORM = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
_LARGE = 3_000_000


def malformed_requests(mark: str, form: str) -> dict[str, bytes]:
    """Return them by what is wrong with each; ``form`` is the path that takes reports, ``mark`` plain ASCII."""
    return {**_lines(mark), **_headers(mark, form), **_lengths(mark, form), **_bodies(mark, form), **_others(mark)}


def _get(target: str, *fields: str, version: str = "HTTP/1.1", method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {target} {version}", "Host: khomo.onion", *fields, "", "")).encode("latin-1")


def _post(form: str, body: bytes, *fields: str, length: int | str | None = None) -> bytes:
    declared = f"Content-Length: {len(body) if length is None else length}"
    return _get(form, declared, *(fields or (_FORM,)), method="POST") + body


def _lines(mark: str) -> dict[str, bytes]:
    return {
        "a page that is not there": _get(f"/{mark}"),
        "a query": _get(f"/?{mark}={mark}"),
        "a path in percent signs": _get(f"/{quote(mark, safe='').replace('m', '%6d')}"),
        "a path that climbs": _get(f"/../../{mark}"),
        "an address of another machine": _get(f"http://{mark}.example/"),
        "a path of bytes that are no characters": _get(f"/\xff\xfe{mark}"),
        "a control character": _get(f"/\x01{mark}"),
        "a method that nobody knows": _get("/", method=mark),
        "a method in small letters": _get(f"/{mark}", method="get"),
        "no version": f"GET /{mark}\r\n\r\n".encode(),
        "a version that is not": _get(f"/{mark}", version="HTTP/9.9"),
        "a line that is too long": _get("/" + mark * 400),
        "line ends without a return": f"GET /{mark} HTTP/1.1\nHost: k\n\n".encode(),
    }


def _headers(mark: str, form: str) -> dict[str, bytes]:
    return {
        "a header without a colon": _get("/", mark),
        "a header with a space in its name": _get("/", f"{mark} x: y"),
        "a header that goes on in the next line": _get("/", f"X: a\r\n {mark}"),
        "a second host": _get("/", f"Host: {mark}"),
        "a header that is too large": _get("/", f"X: {mark * 2000}"),
        "too many headers": _get("/", *(f"X-{number}: {mark}" for number in range(200))),
        "a cookie that is none of ours": _get(form, f"Cookie: visit={mark}; other={mark}"),
        "a language that nobody speaks": _get("/", f"Accept-Language: {mark};q={mark}"),
        "names of proxies": _get("/", f"X-Forwarded-For: {mark}", f"Forwarded: for={mark}", f"SCRIPT_NAME: /{mark}"),
        "another protocol": _get("/", "Connection: Upgrade", f"Upgrade: {mark}"),
        "an expectation": _post(form, b"12345", f"Expect: {mark}", _FORM),
    }


def _lengths(mark: str, form: str) -> dict[str, bytes]:
    chunked = "Transfer-Encoding: chunked"
    return {
        "a length that is no number": _post(form, mark.encode(), length=mark),
        "a length below nothing": _post(form, mark.encode(), length=-5),
        "two lengths": _post(form, mark.encode(), "Content-Length: 7", _FORM),
        "a length, and chunks": _post(form, mark.encode(), chunked, _FORM),
        "chunks of no size": _get(form, chunked, _FORM, method="POST") + f"{mark}\r\n{mark}\r\n".encode(),
        "a coding that nobody knows": _get(form, f"Transfer-Encoding: {mark}", _FORM, method="POST"),
        "a length beyond all limits": _post(form, mark.encode(), length="9" * 30),
    }


def _part(name: str, value: str, extra: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return f"{head}{value}\r\n".encode("latin-1")


def _bodies(mark: str, form: str) -> dict[str, bytes]:
    end = f"--{BOUNDARY}--\r\n".encode()
    other_kind = "Content-Type: application/x-www-form-urlencoded"
    file = f'; filename="{mark}.pdf"'
    return {
        "a form of another kind": _post(form, f"message={mark}".encode(), other_kind),
        "a form without a boundary": _post(form, mark.encode(), "Content-Type: multipart/form-data"),
        "a boundary that is too long": _post(form, mark.encode(), f"{_FORM}{mark * 20}"),
        "a body that is no form": _post(form, mark.encode()),
        "a field that the form has not": _post(form, _part(mark, mark) + end),
        "a field twice": _post(form, _part("token", mark) * 2 + end),
        "a field of bytes that are no characters": _post(form, _part("message", f"\xff{mark}") + end),
        "a zero in a field": _post(form, _part("message", f"\x00{mark}") + end),
        "a field that is too long": _post(form, _part("codename", mark * 100) + end),
        "a token that is none of ours": _post(form, _part("token", mark) + _part("codename", mark) + end),
        "too many fields": _post(form, _part("consent", mark) * 200 + end),
        "a header in a part that is too long": _post(form, _part("file", mark, f'; filename="{mark * 900}"') + end),
        "a part without a name": _post(form, f"--{BOUNDARY}\r\nX: {mark}\r\n\r\n{mark}\r\n".encode() + end),
        "a file for a field that takes none": _post(form, _part("token", mark, file) + end),
        "a form without its end": _post(form, _part("message", mark)),
        "a file that breaks off": _post(form, _part("file", mark * 900, file), length=_LARGE),
    }


def _others(mark: str) -> dict[str, bytes]:
    return {
        "nothing but noise": mark.encode() * 3 + b"\r\n\r\n",
        "a line of a circuit of one's own": f"PROXY TCP4 {mark} {mark} 1 2\r\n".encode() + _get("/"),
        "a hello of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + mark.encode() * 8,
        "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + mark.encode(),
    }
