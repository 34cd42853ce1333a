"""The hidden value that makes a form ours, fresh and unrepeatable.

Rules:
1. A token is a random name, an expiry, and a MAC over these, the form's purpose and the codename of its box. So a form
   works with the words that the server drew with it, and with no others: nobody can choose words, for himself or for
   somebody else.
2. The MAC's key follows from the server's key: a form outlives a restart. It guards nothing that is stored.
3. Names of rows are derived from the token's name and the content, so the same form sent twice is one report.
4. A token that is *ours* and expired is no error: the source gets the form back, with the same words and name. Of a
   form that is not ours only the text comes back.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from intake.source.limits import FORM_LIFETIME
from keys.sealing.values import ID_BYTES, RowId

if TYPE_CHECKING:
    from datetime import datetime

    from keys.sealing.values import Codename

TIME_BYTES = 5
MAC_BYTES = 16
MAC_KEY_BYTES = 32
TOKEN_BYTES = ID_BYTES + TIME_BYTES + MAC_BYTES


@dataclass(frozen=True, slots=True)
class Form:
    """What a token is bound to.

    Attributes:
        purpose: the kind of form.
        codename: the words of the box that it writes to.
    """

    purpose: str
    codename: Codename = field(repr=False)


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a token says.

    Attributes:
        name: 16 random bytes.
        ours: whether this server made it, for these words.
        fresh: whether the form may be taken as it is: ours, and not expired.
    """

    name: bytes = field(repr=False)
    ours: bool
    fresh: bool

    def report_id(self) -> bytes:
        """Name what the rows of one form share, inside their envelopes."""
        return self._derived(b"khomo/report/v1")

    def row_id(self, content_digest: bytes) -> RowId:
        """Name a row by what is in it; equal content under the same form gets the equal name."""
        return RowId(self._derived(b"khomo/row/v1/" + content_digest))

    def _derived(self, purpose: bytes) -> bytes:
        return HKDF(SHA256(), ID_BYTES, salt=None, info=purpose).derive(self.name)


class FormTokens:
    """Issues and reads tokens of one server.

    Args:
        seed: of the server's key.
    """

    def __init__(self, seed: bytes) -> None:
        self._key = HKDF(SHA256(), MAC_KEY_BYTES, salt=None, info=b"khomo/form-token-key/v1").derive(seed)

    def issue(self, form: Form, now: datetime, name: bytes | None = None) -> str:
        """Make a token that lasts for ``FORM_LIFETIME``; ``name`` renews the form of that name."""
        expires = int((now + FORM_LIFETIME).timestamp()).to_bytes(TIME_BYTES, "big")
        claim = (name or secrets.token_bytes(ID_BYTES)) + expires
        return base64.urlsafe_b64encode(claim + self._mac(form, claim)).decode("ascii").rstrip("=")

    def read(self, form: Form, token: str, now: datetime) -> FormToken:
        """Read a token; what is none at all is not ours, under a name of its own."""
        raw = _decoded(token)
        if len(raw) != TOKEN_BYTES:
            return FormToken(secrets.token_bytes(ID_BYTES), ours=False, fresh=False)
        claim, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        expires = int.from_bytes(claim[ID_BYTES:], "big")
        ours = hmac.compare_digest(mac, self._mac(form, claim))
        return FormToken(claim[:ID_BYTES], ours=ours, fresh=ours and now.timestamp() < expires)

    def _mac(self, form: Form, claim: bytes) -> bytes:
        bound = f"{form.purpose}\0{form.codename.expose()}\0".encode()
        return hmac.digest(self._key, bound + claim, "sha256")[:MAC_BYTES]


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
