"""The hidden value that makes a form ours, fresh and unrepeatable.

Rules:
1. A token is a random name, an expiry, and a MAC over these and the form's purpose by a key that lives in RAM only.
2. Names of rows are derived from the token's name and the content, so the same form sent twice is one report. This
   holds across a restart too: the name can be read when the MAC cannot be checked any more, and the form that is then
   handed back bears the same name again.
3. A token that is expired, forged or from before a restart is *stale*: no error, the source gets the form back.
4. Whoever makes up a name gains nothing: to meet another's row takes that person's random name and content.
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
from intake.source.refusals import Reason, Refusal
from keys.sealing.values import ID_BYTES, RowId

if TYPE_CHECKING:
    from datetime import datetime

TIME_BYTES = 5
MAC_BYTES = 16
TOKEN_BYTES = ID_BYTES + TIME_BYTES + MAC_BYTES


@dataclass(frozen=True, slots=True)
class FormToken:
    """What a token says.

    Attributes:
        name: 16 random bytes.
        fresh: whether the form may be taken as it is.
    """

    name: bytes = field(repr=False)
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
    """Issues and reads tokens; forgets its key with the process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def issue(self, purpose: str, now: datetime, name: bytes | None = None) -> str:
        """Make a token that lasts for ``FORM_LIFETIME``; ``name`` renews the form of that name."""
        expires = int((now + FORM_LIFETIME).timestamp()).to_bytes(TIME_BYTES, "big")
        claim = (name or secrets.token_bytes(ID_BYTES)) + expires
        return base64.urlsafe_b64encode(claim + self._mac(purpose, claim)).decode("ascii").rstrip("=")

    def read(self, purpose: str, token: str, now: datetime) -> FormToken:
        """Read a token; ``Refusal`` if it is none at all."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refusal(Reason.BROKEN_FORM) from error
        if len(raw) != TOKEN_BYTES:
            raise Refusal(Reason.BROKEN_FORM)
        claim, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        expires = int.from_bytes(claim[ID_BYTES:], "big")
        ours = hmac.compare_digest(mac, self._mac(purpose, claim))
        return FormToken(claim[:ID_BYTES], fresh=ours and now.timestamp() < expires)

    def _mac(self, purpose: str, claim: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + claim, "sha256")[:MAC_BYTES]
