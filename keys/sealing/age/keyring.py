"""Recipients and identities from text, whatever their kind."""

from __future__ import annotations

from keys.sealing.age.errors import AgeError
from keys.sealing.age.hybrid import HybridIdentity, HybridRecipient
from keys.sealing.age.x25519 import X25519Identity, X25519Recipient


def parse_recipient(text: str) -> HybridRecipient | X25519Recipient:
    """Read ``age1pq1…`` or ``age1…``; raises AgeError."""
    text = text.strip()
    return HybridRecipient.parse(text) if text.lower().startswith("age1pq1") else X25519Recipient.parse(text)


def parse_identities(text: str) -> list[HybridIdentity | X25519Identity]:
    """Read an identity file: one identity a line, empty lines and lines beginning with # left out.

    Raises:
        AgeError: names the line that is wrong and never echoes it; also for a file without an identity.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    found = [_parse_identity(number, line) for number, line in lines if line and not line.startswith("#")]
    if not found:
        raise AgeError("There is no identity in this file.")
    return found


def _parse_identity(number: int, line: str) -> HybridIdentity | X25519Identity:
    hybrid = line.upper().startswith("AGE-SECRET-KEY-PQ-1")
    try:
        return HybridIdentity.parse(line) if hybrid else X25519Identity.parse(line)
    except AgeError as error:
        raise AgeError(f"Line {number} is not an identity: {error.message}", error.remedy) from None
