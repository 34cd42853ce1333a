"""Decides, without a thread, when a request is complete enough to be given one. Pure: bytes in, a verdict out.

Rules:

1. The first line is the PROXY v1 line that tor writes (``HiddenServiceExportCircuitID haproxy``), at most 107 bytes,
   with an address from tor's own range. Anything else did not come through a circuit and is refused.
2. The request header ends with an empty line and stays within ``head_bytes``. Lines end with CRLF: one empty line may
   come first (RFC 9112, 2.2).
3. Of a declared body the first ``small_body_bytes`` are waited for as well: all of a small one, and of a large one more
   than the text that stands before its files. The rest, and a body that is chunked or announced (``Expect``), is the
   app's to read, at the pace that the socket enforces.
4. What a header means is gunicorn's to judge: nothing here refuses a header that gunicorn would take.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from intake.server.numbers import Anteroom

PROXY_LINE_BYTES = 107
"""The longest PROXY v1 line, CRLF included (HAProxy's specification, 2.1)."""

CIRCUIT_NETWORK = ipaddress.IPv6Network("fc00:dead:beef:4dad::/64")
"""Where tor takes the addresses from that stand for circuits; the last 32 bits are the circuit's number."""

_CIRCUITS = CIRCUIT_NETWORK.network_address.packed[: CIRCUIT_NETWORK.prefixlen // 8]
_PROXY_LINE = re.compile(rb"PROXY TCP6 ([0-9a-fA-F:]{2,39}) ([0-9a-fA-F:]{2,39}) (\d{1,5}) (\d{1,5})\r\n")
_FIELD = re.compile(rb"\r\n(content-length|transfer-encoding|expect):[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
_END = b"\r\n\r\n"
_LONGEST_LENGTH = 19
"""Digits of a declared length that is believed; 2**63 has nineteen."""


class RefusedHeadError(Exception):
    """The connection gets no thread.

    Attributes:
        status: the answer's status.
        kind: one word for the log; never anything that was sent.
    """

    def __init__(self, status: HTTPStatus, kind: str) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind


class HeadBuffer:
    """Collects one request until a thread may have it."""

    def __init__(self, limits: Anteroom) -> None:
        self._limits = limits
        self._data = bytearray()
        self._start = 0  # of the request line; 0 while the PROXY line is not complete
        self._searched = 0
        self._wanted: int | None = None  # bytes in all; None while the header is not complete
        self.body_bytes = 0
        self.circuit = ""  # until the PROXY line is complete

    def __len__(self) -> int:
        return len(self._data)

    @property
    def has_head(self) -> bool:
        """Whether the header is complete."""
        return self._wanted is not None

    @property
    def complete(self) -> bool:
        """Whether a thread may have it."""
        return self._wanted is not None and len(self._data) >= self._wanted

    def feed(self, data: bytes) -> None:
        """Take what was read.

        Raises:
            RefusedHeadError: the connection is to be answered and closed.
        """
        self._data += data
        if self._start or self._read_proxy_line():
            self._find_end()

    def take(self) -> bytes:
        """Give everything away; the buffer is empty afterwards."""
        data = bytes(self._data)
        self._data = bytearray()
        return data

    def _read_proxy_line(self) -> bool:
        if not b"PROXY ".startswith(self._data[:6]):
            raise RefusedHeadError(HTTPStatus.BAD_REQUEST, "no-circuit-address")
        end = self._data.find(b"\r\n", 0, PROXY_LINE_BYTES) + 2
        if end > 1:
            self.circuit = circuit_of(bytes(self._data[:end]))
            self._start = self._searched = end
        elif len(self._data) >= PROXY_LINE_BYTES:
            raise RefusedHeadError(HTTPStatus.BAD_REQUEST, "no-circuit-address")
        return end > 1

    def _find_end(self) -> None:
        if self._wanted is not None:
            return
        first = self._start + 2 * self._data.startswith(b"\r\n", self._start)
        found = self._data.find(_END, max(first, self._searched - len(_END)))
        self._searched = len(self._data)
        size = (found + len(_END) if found >= 0 else len(self._data)) - self._start
        if size > self._limits.head_bytes:
            raise RefusedHeadError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large")
        if found >= 0:
            self.body_bytes = collected_bytes(bytes(self._data[first : found + 2]), self._limits.small_body_bytes)
            self._wanted = self._start + size + self.body_bytes


def circuit_of(line: bytes) -> str:
    """Return the circuit address of a whole PROXY line.

    Raises:
        RefusedHeadError: it is none, or not one of tor's.
    """
    match = _PROXY_LINE.fullmatch(line)
    if match and is_circuit_address(match[1].decode("ascii")):
        return match[1].decode("ascii")
    raise RefusedHeadError(HTTPStatus.BAD_REQUEST, "no-circuit-address")


def is_circuit_address(text: str) -> bool:
    """Tell whether an address stands for a circuit."""
    try:
        return socket.inet_pton(socket.AF_INET6, text).startswith(_CIRCUITS)
    except OSError:
        return False


def collected_bytes(head: bytes, most: int) -> int:
    """Return how many bytes of body belong to a request before it gets a thread; 0 where it reads all itself."""
    fields = [(name.lower(), value) for name, value in _FIELD.findall(head)]
    if len(fields) != 1 or fields[0][0] != b"content-length":
        return 0
    return min(_length(fields[0][1].decode("latin-1")), most)


def arrives_complete(environ: Mapping[str, object], most: int) -> bool:
    """Tell whether the body of a request that has a thread was collected before it got one."""
    return begins_collected(environ) and _length(str(environ.get("CONTENT_LENGTH", ""))) <= most


def begins_collected(environ: Mapping[str, object]) -> bool:
    """Tell whether the beginning of a body was collected, so that reading it waits for nobody."""
    if "HTTP_EXPECT" in environ or "HTTP_TRANSFER_ENCODING" in environ:
        return False
    return _length(str(environ.get("CONTENT_LENGTH", ""))) > 0


def _length(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_LENGTH else 0
