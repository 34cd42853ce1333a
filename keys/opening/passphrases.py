"""Passphrases of key files: drawn, checked, read from a file for scripts, typed with small errors. Pure.

Rules:
- What protects a key is exactly the text: any stock age tool opens a key file with it.
- Who types the words of a drawn passphrase with capitals, hyphens or a typing error is understood.
- A file for scripts holds one passphrase for all, or one line ``name: passphrase`` for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError
from keys.opening.limits import PASSPHRASE_CHARACTERS
from keys.sealing.codename import CodenameError, WordList

if TYPE_CHECKING:
    from collections.abc import Mapping

HOLDERS = ("root", "archive", "desk", "spare")
ON_PAPER = frozenset({"root", "archive"})
"""Keys without a file, and so without a passphrase, where they are split."""


@dataclass(frozen=True, slots=True)
class Passphrases:
    """One passphrase for each set of keys that goes another way after the ceremony."""

    root: str = field(repr=False)
    archive: str = field(repr=False)
    desk: str = field(repr=False)
    spare: str = field(repr=False)

    @classmethod
    def of(cls, by_holder: Mapping[str, str]) -> Passphrases:
        """Check all; raises OpeningError."""
        return cls(**{holder: check_passphrase(by_holder[holder]) for holder in HOLDERS})

    @classmethod
    def from_text(cls, text: str) -> Passphrases:
        """Read the text of a passphrase file; raises OpeningError and never repeats a passphrase."""
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) == 1:
            return cls.of(dict.fromkeys(HOLDERS, lines[0]))
        pairs = dict(_pair(line) for line in lines)
        if sorted(pairs) != sorted(HOLDERS) or len(lines) != len(HOLDERS):
            raise OpeningError(
                "The passphrase file is not understood.",
                f"It holds one line, or a line 'name: passphrase' for each of {', '.join(HOLDERS)}.",
            )
        return cls.of(pairs)


def _pair(line: str) -> tuple[str, str]:
    name, _, passphrase = line.partition(":")
    return name.strip(), passphrase.strip()


def draw_passphrase() -> str:
    """Draw eight words of the codename list, more than 100 bits."""
    return WordList.load().draw().expose()


def check_passphrase(text: str) -> str:
    """Return a passphrase that may protect a key; raises OpeningError."""
    if len(text) < PASSPHRASE_CHARACTERS:
        raise OpeningError(
            f"The passphrase has fewer than {PASSPHRASE_CHARACTERS} characters.", "Take one that was drawn for you."
        )
    return text


def one_passphrase(text: str) -> str:
    """Read the text of a file with a single passphrase; raises OpeningError."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        raise OpeningError("The passphrase file does not hold exactly one line.", "Write only the passphrase into it.")
    return lines[0]


def readings(typed: str) -> tuple[str, ...]:
    """Return what may have been meant: the text as it is, then the drawn words that it stands for."""
    try:
        words = WordList.load().read(typed).expose()
    except CodenameError:
        return (typed,)
    return (typed,) if words == typed else (typed, words)
