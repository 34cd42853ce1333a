"""Who may come in: one browser, by an address that is shown once, and only with forms of our own.

Rules:
1. The address printed at the start holds 256 random bits and opens once. Whoever has it becomes *the* browser; nobody
   else comes in until the program is started anew.
2. The browser holds a cookie, sealed under a key that lives in memory: its own random name, and the number of the
   unlocking that it belongs to. After a lock a cookie of before leads to the passphrase and to nothing else.
3. ``HttpOnly`` and ``SameSite=Strict``. No ``Secure``: nothing leaves this machine. Cookies do not know ports: another
   program on 127.0.0.1 that the browser visits is shown this one; so the socket too must be of our own user (``peer``).
4. Each form carries a token: a MAC over the browser's name, the unlocking and the address that it is sent to.
5. A request must name exactly our address as its host: a name of a stranger that leads here (DNS rebinding) does not.
   A form must come from our own page, as far as the browser says where it comes from.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

COOKIE = "desk"
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
OURS = frozenset({"same-origin", "none"})
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser, and the unlocking that its cookie is of; 0 before any."""

    browser: str
    unlocking: int = 0


class Doorway:
    """Issues and reads the address, the cookie and the tokens of forms; all keys live in memory."""

    def __init__(self) -> None:
        self._box = SecretBox(secrets.token_bytes(SecretBox.KEY_SIZE))
        self._key = secrets.token_bytes(_BYTES)
        self._token: str | None = secrets.token_urlsafe(_BYTES)
        self._browser: str | None = None

    @property
    def path(self) -> str:
        """Where the browser comes in, once."""
        return f"/enter/{self._token}"

    def enter(self, token: str) -> Visitor | None:
        """Let a browser in; None where the token is wrong, or was used."""
        if self._token is None or not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        self._token, self._browser = None, secrets.token_hex(_BYTES)
        return Visitor(self._browser)

    def cookie(self, visitor: Visitor) -> str:
        """Seal what a browser holds."""
        content = json.dumps([visitor.browser, visitor.unlocking]).encode()
        return base64.urlsafe_b64encode(self._box.encrypt(content)).decode("ascii")

    def visitor(self, cookie: str) -> Visitor | None:
        """Open a cookie; None for whatever is not one of the browser that was let in."""
        try:
            content = self._box.decrypt(base64.b64decode(cookie, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, CryptoError):
            return None
        return Visitor(*json.loads(content))

    def form_token(self, visitor: Visitor, address: str) -> str:
        """Make the hidden value of a form that is sent to an address."""
        bound = f"{visitor.browser}\0{visitor.unlocking}\0{address}".encode()
        return hmac.digest(self._key, bound, "sha256").hex()

    def is_ours(self, visitor: Visitor, address: str, token: str) -> bool:
        """Whether a form was made here, for this browser, this unlocking and this address."""
        return hmac.compare_digest(self.form_token(visitor, address).encode(), token.encode())
