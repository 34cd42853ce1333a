"""Passphrases of key files: drawn, checked, read from a file for scripts, typed with small errors. Pure.

Rules:
- What protects a key is exactly the text: any stock age tool opens a key file with it.
- Who types the words of a drawn passphrase with capitals, hyphens or a typing error is understood.
- Where there are several reviewers, the passphrase of each is nobody else's: whoever opens the desk's keys, or another
  reviewer's, cannot sign for two.
- A file for scripts holds one passphrase for all, or one line ``name: passphrase`` for each.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError
from keys.opening.limits import PASSPHRASE_CHARACTERS
from keys.sealing.codename import CodenameError, WordList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOLDERS = ("root", "archive", "desk", "spare")
ON_PAPER = frozenset({"root", "archive"})
"""Keys without a file, and so without a passphrase, where they are split."""
_REVIEWER = "reviewer "


def of_reviewer(name: str) -> str:
    """Return what begins the line of a reviewer in a file for scripts."""
    return f"{_REVIEWER}{name}"


@dataclass(frozen=True, slots=True)
class Passphrases:
    """One passphrase for each set of keys that goes another way after the ceremony; of reviewers by name."""

    root: str = field(repr=False)
    archive: str = field(repr=False)
    desk: str = field(repr=False)
    spare: str = field(repr=False)
    reviewers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        used = Counter((self.root, self.archive, self.desk, self.spare, *self.reviewers.values()))
        if len(self.reviewers) > 1 and any(used[one] > 1 for one in self.reviewers.values()):
            raise OpeningError(
                "A reviewer's passphrase is another's, too: one person could sign as two.",
                "Each reviewer takes one that nobody else knows.",
            )

    @classmethod
    def of(cls, by_holder: Mapping[str, str], reviewers: Iterable[str] = ()) -> Passphrases:
        """Check all, of these reviewers too; raises OpeningError."""
        of_keys = {holder: check_passphrase(by_holder[holder]) for holder in HOLDERS}
        return cls(**of_keys, reviewers={name: check_passphrase(by_holder[of_reviewer(name)]) for name in reviewers})

    @classmethod
    def from_text(cls, text: str, reviewers: Iterable[str] = ()) -> Passphrases:
        """Read the text of a passphrase file; raises OpeningError and never repeats a passphrase.

        Args:
            text: of the file; it may name reviewers whom nobody asked for.
            reviewers: names of those whose passphrases are needed.
        """
        lines = [line for line in text.splitlines() if line.strip()]
        people = tuple(reviewers)
        needed = (*HOLDERS, *map(of_reviewer, people))
        if len(lines) == 1:
            return cls.of(dict.fromkeys(needed, lines[0]), people)
        pairs = dict(_pair(line) for line in lines)
        unknown = {name for name in pairs if name not in HOLDERS and not name.startswith(_REVIEWER)}
        if unknown or not pairs.keys() >= set(needed) or len(lines) != len(pairs):
            raise OpeningError(
                "The passphrase file is not understood.",
                f"It holds one line, or a line 'name: passphrase' for each of {', '.join(needed)}.",
            )
        return cls.of(pairs, people)

    def of_signer(self, name: str) -> str:
        """Return a reviewer's passphrase; raises OpeningError if none was given."""
        if name not in self.reviewers:
            raise OpeningError(f"There is no passphrase for the key of reviewer {name}.")
        return self.reviewers[name]


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
