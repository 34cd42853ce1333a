"""The body of a request as it comes from the socket, counted.

A client that goes away gives a short read and no error (gunicorn, and every other WSGI server that was tried); so what
was declared is compared with what came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from intake.server.limits import TEXT_ALONE, TEXT_ALONE_BYTES
from intake.source.limits import READ_BYTES
from intake.source.refusals import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Body:
    """Reads a body once, in pieces.

    A body that is declared longer than ``longest`` is refused before its first byte, and so is one for which the server
    has no slot. Where it begins with what must not be lost, ``longest_head`` bytes of it may be read all the same: the
    text that somebody wrote for hours stands before the files that make the body too large, and Firefox forgets it when
    one goes back to the form (tried with 153 ESR). Without a slot nothing is read that has not come already.

    Attributes:
        declared: its length in bytes as the client said it; ``None`` if it said none.
        head_alone: why only its head can be read, if so.
        read_bytes: what has come so far.
    """

    def __init__(self, environ: Mapping[str, Any], longest: int, longest_head: int = 0) -> None:
        self._source = environ["wsgi.input"]
        self.declared = _declared_length(environ)
        self.head_alone: Reason | None = None
        self.read_bytes = 0
        self._longest = longest
        if self.declared is not None and self.declared > longest:
            self._keep_to_head(Reason.TOO_LARGE, longest_head)
        if environ.get(TEXT_ALONE):
            self._keep_to_head(Reason.BUSY, min(longest_head, TEXT_ALONE_BYTES))

    def _keep_to_head(self, reason: Reason, longest: int) -> None:
        if not longest:
            raise Refusal(reason)
        self.head_alone, self._longest = self.head_alone or reason, longest

    @property
    def still_to_come(self) -> int:
        """How many bytes are declared and not yet here; 0 if nothing was declared."""
        return max(0, (self.declared or 0) - self.read_bytes)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body to its end; ``Refusal`` if it is cut off or longer than allowed."""
        while chunk := self._read():
            self.read_bytes += len(chunk)
            if self.read_bytes > self._longest:
                raise Refusal(self.head_alone or Reason.TOO_LARGE)
            yield chunk
        if self.declared is not None and self.read_bytes < self.declared:
            raise Refusal(Reason.CUT_OFF)

    def _read(self) -> bytes:
        wanted = min(READ_BYTES, self._longest + 1 - self.read_bytes)
        if self.declared is not None:
            wanted = min(wanted, self.declared - self.read_bytes)
        if not wanted:
            return b""
        try:
            return bytes(self._source.read(wanted))
        except OSError as error:  # reset, timed out, or chunks that do not parse
            raise Refusal(Reason.CUT_OFF) from error


def _declared_length(environ: Mapping[str, Any]) -> int | None:
    """Return Content-Length; a body without it is read to its end only where the server marks that end."""
    text = environ.get("CONTENT_LENGTH") or ""
    if text.isascii() and text.isdecimal():
        return int(text)
    if text:
        raise Refusal(Reason.BROKEN_FORM)
    return None if environ.get("wsgi.input_terminated") else 0
