"""Onion addresses, version 3: read strictly, and written so that people can compare them.

Rules (Tor's rend-spec-v3, section "Encoding onion addresses"):
1. 56 base32 characters: an Ed25519 public key, a checksum of two bytes, the version 3; then ``.onion``.
2. The checksum is the beginning of SHA3-256 over ``.onion checksum``, key and version: a wrong
   letter is noticed, but for one in 65,536.
3. People see it in fourteen groups of four.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from keys.sealing.errors import FormatError

SUFFIX = ".onion"
GROUP = 4
_VERSION = b"\x03"
_KEY_BYTES = 32
_CHECKSUM_BYTES = 2
_TEXT = re.compile(r"([a-z2-7]{56})\.onion")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class OnionAddress:
    """A checked address.

    Args:
        host: 56 characters and ``.onion``, in lower case.
    """

    host: str

    @classmethod
    def parse(cls, text: str) -> OnionAddress:
        """Read an address as people write it: with ``http://``, a path, capitals or spaces; raises ``FormatError``."""
        if len(text) > _LONGEST:
            raise FormatError("This is too long for an onion address.", "Give only the address.")
        host = "".join(text.lower().split()).removeprefix("http://").partition("/")[0]
        found = _TEXT.fullmatch(host)
        if found is None:
            raise FormatError("This is no onion address of version 3.", "It has 56 letters and digits, then .onion.")
        raw = base64.b32decode(found[1].upper())
        key, checksum, version = raw[:_KEY_BYTES], raw[_KEY_BYTES:-1], raw[-1:]
        right = hashlib.sha3_256(b".onion checksum" + key + version).digest()[:_CHECKSUM_BYTES]
        if version != _VERSION or not hmac.compare_digest(checksum, right):
            raise FormatError("A letter of this onion address is wrong.", "Compare it with its source, group by group.")
        return cls(host)

    @property
    def groups(self) -> tuple[str, ...]:
        """The 56 characters in fourteen groups of four, without ``.onion``."""
        name = self.host.removesuffix(SUFFIX)
        return tuple(name[start : start + GROUP] for start in range(0, len(name), GROUP))

    @property
    def url(self) -> str:
        """What a browser opens; an onion address is encrypted without https."""
        return f"http://{self.host}/"

    def __str__(self) -> str:
        return self.host
