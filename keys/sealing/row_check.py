"""What a sealed row must look like from outside, before a server accepts it.

Rules:
1. One ``mlkem768x25519`` stanza and nothing else, in a header of the one length that this gives.
2. The length is that of a sealed container of a size class.

So rows of all lanes look alike. What lies inside, and whether the desk can open it, no server can tell.
"""

from __future__ import annotations

import io
from itertools import takewhile

from keys.sealing.age import HYBRID_HEADER_BYTES, read_header, sealed_size
from keys.sealing.errors import FormatError
from keys.sealing.sizes import size_classes

HYBRID = "mlkem768x25519"


def check_seal(beginning: bytes) -> None:
    """Check the header of an age file by its first ``HYBRID_HEADER_BYTES``, rule 1; raises ``FormatError``."""
    header = read_header(io.BytesIO(beginning))
    if [stanza.kind for stanza in header.stanzas] != [HYBRID] or header.length != HYBRID_HEADER_BYTES:
        raise FormatError("It is not sealed to exactly one mlkem768x25519 recipient.")


def check_row(beginning: bytes, size: int) -> None:
    """Check a row of ``size`` bytes by its first ``HYBRID_HEADER_BYTES``; raises ``FormatError``."""
    check_seal(beginning)
    possible = (sealed_size(plaintext, HYBRID_HEADER_BYTES) for plaintext in size_classes())
    if size not in takewhile(lambda candidate: candidate <= size, possible):
        raise FormatError("The length of the row is that of no size class.")
