"""Domain values that must never be mixed up, or printed.

``Plaintext`` and ``Codename`` print as their type's name only; ``expose()`` is the one way to what they hold,
so that a search for it finds every place that touches a secret.
"""

from __future__ import annotations

import hmac
import secrets
from typing import NewType

Sealed = NewType("Sealed", bytes)
"""An age v1 file in memory."""

RowId = NewType("RowId", bytes)
"""Name of one sealed row: 16 random bytes."""

MailboxAddress = NewType("MailboxAddress", bytes)
"""Name of one mailbox: 16 bytes derived from a codename."""

ID_BYTES = 16


def new_row_id() -> RowId:
    """Draw the name of a row."""
    return RowId(secrets.token_bytes(ID_BYTES))


class Plaintext:
    """Bytes in the clear."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def expose(self) -> bytes:
        """Return the bytes; the caller now holds a secret."""
        return self._data

    def __repr__(self) -> str:
        return "Plaintext"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plaintext) and hmac.compare_digest(self._data, other._data)

    __hash__ = None  # type: ignore[assignment]  # secrets are no dictionary keys


class Codename:
    """The words that a source keeps on paper, as their list spells them, in order."""

    __slots__ = ("_words",)

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    def expose(self) -> str:
        """Return the words joined by single spaces; the caller now holds a secret."""
        return " ".join(self._words)

    def __repr__(self) -> str:
        return "Codename"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Codename) and hmac.compare_digest(self.expose().encode(), other.expose().encode())

    __hash__ = None  # type: ignore[assignment]  # secrets are no dictionary keys
