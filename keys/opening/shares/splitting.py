"""A key split into sheets: what is printed, what is signed, and nothing else. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.opening.shares.drill import Split
from keys.opening.shares.record import make_record
from keys.opening.shares.sheets import Sheet, roll
from keys.opening.shares.slip39 import split_secret
from keys.opening.shares.split_keys import secret_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from keys.opening.shares.slip39 import Scheme
    from keys.sealing.key_file import KeyFile
    from keys.sealing.notes import SigningKey


@dataclass(frozen=True, slots=True)
class Sharing:
    """That root and archive are split: how, and what gets the sheets onto paper (it raises where that fails)."""

    scheme: Scheme
    hand_out: Callable[[Sequence[NewSplit]], None]


@dataclass(frozen=True, slots=True)
class NewSplit:
    """A split that was just made.

    Args:
        note: the record, signed by the root: public.
        split: the same as it was read back.
        sheets: one a holder: secret.
    """

    note: bytes
    split: Split
    sheets: tuple[Sheet, ...] = field(repr=False)

    @property
    def pages(self) -> dict[str, str]:
        """The pages to print, by file name; the caller now holds a secret."""
        pages = {sheet.file_name: sheet.text() for sheet in self.sheets}
        return pages | {f"{self.split.record.what}-roll.txt": roll(self.split.record, list(self.sheets))}


def split_key(key: KeyFile, organisation: str, scheme: Scheme, day: date, root: SigningKey) -> NewSplit:
    """Split a root or archive key; raises OpeningError for any other.

    Args:
        key: what is split.
        organisation: as the public bundle has it.
        scheme: how many sheets, and how many are needed.
        day: of the split.
        root: signs the record.
    """
    shares = split_secret(secret_of(key), scheme)
    note = make_record(key, organisation, day, shares).to_note(root)
    split = Split.from_note(note, root.verify_key)
    return NewSplit(note, split, tuple(Sheet(split.record, share) for share in shares))
