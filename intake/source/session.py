"""The return visit's session: a sealed cookie.

Rules:
1. The cookie is opaque: SecretBox under a key that is made at start and lives in RAM only. A restart ends all visits.
2. It holds the codename, for the letter is opened anew on every page, and what the next page is to say of what was
   just sent; nothing about a visit is kept on the server.
3. It ends after 30 minutes without a page, after 2 hours in any case, and at once on "leave", with every other visit of
   that mailbox that had begun by then: one in another language, one whose cookie was replaced, a copy. For that a mark
   of the mailbox, under a key in RAM only, is remembered until all those cookies would have ended anyway.
4. ``HttpOnly``, ``SameSite=Strict``, only for the pages of the visit, in its language. No ``Secure``: an onion address
   is plain http inside Tor's own encryption.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from intake.source.limits import SESSION_IDLE, SESSION_LONGEST
from keys.sealing.values import Codename

if TYPE_CHECKING:
    from collections.abc import Callable

COOKIE = "visit"
_DIGITS = 15
"""Of a visit's number in a cookie, whose length says nothing of how many visits there were."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One return visit.

    Attributes:
        number: of the visits that began since the start, this one included.
        started: when the words were typed.
        codename: the words.
        news: what the next page is to say, as text.
    """

    number: int
    started: datetime
    codename: Codename = field(repr=False)
    news: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Ended:
    """Visits of one mailbox that began before this number open no more; forgotten after ``until``."""

    number: int
    until: datetime


class Visits:
    """Seals visits into cookies and opens them again."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._box = SecretBox(secrets.token_bytes(SecretBox.KEY_SIZE))
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._mark_key = secrets.token_bytes(32)
        self._ended: dict[bytes, _Ended] = {}

    def start(self, codename: Codename) -> Visit:
        """Begin a visit for whoever knows these words."""
        return Visit(next(self._numbers), self._clock(), codename)

    def to_cookie(self, visit: Visit) -> str:
        """Seal a visit as of now."""
        times = [visit.started.timestamp(), self._clock().timestamp()]
        number = f"{visit.number:0{_DIGITS}}"
        said = [number, *times, visit.codename.expose(), visit.news]
        content = json.dumps(said, ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(self._box.encrypt(content)).decode("ascii")

    def from_cookie(self, cookie: str) -> Visit | None:
        """Open a cookie; ``None`` for whatever is not a visit that still lasts."""
        try:
            content = self._box.decrypt(base64.b64decode(cookie, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, CryptoError):
            return None
        number, started, seen, words, news = json.loads(content)
        visit = Visit(int(number), datetime.fromtimestamp(started, UTC), Codename(tuple(words.split(" "))), news)
        return visit if self._lasts(visit, datetime.fromtimestamp(seen, UTC)) else None

    def end(self, visit: Visit) -> None:
        """Let no cookie of this visit open any more, nor of any other of its mailbox that has begun."""
        now = self._clock()
        with self._lock:
            self._ended = {mark: one for mark, one in self._ended.items() if one.until > now}
            self._ended[self._mark(visit)] = _Ended(next(self._numbers), now + SESSION_LONGEST)

    def _lasts(self, visit: Visit, seen: datetime) -> bool:
        now = self._clock()
        with self._lock:
            ended = self._ended.get(self._mark(visit))
        left = ended is not None and visit.number < ended.number
        return not left and now < seen + SESSION_IDLE and now < visit.started + SESSION_LONGEST

    def _mark(self, visit: Visit) -> bytes:
        return hashlib.blake2b(visit.codename.expose().encode(), key=self._mark_key, digest_size=32).digest()
