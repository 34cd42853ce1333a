"""What goes into the store and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.errors import FormatError
from keys.sealing.limits import LETTER_BYTES
from keys.sealing.values import ID_BYTES, MailboxAddress, RowId, Sealed

if TYPE_CHECKING:
    from datetime import date

    from intake.store.incoming import Incoming

_SHA256_BYTES = 32


def check_letter(address: MailboxAddress, letter: Sealed) -> None:
    """Refuse a letter whose size or address would set it apart."""
    if len(address) != ID_BYTES or len(letter) != LETTER_BYTES:
        raise FormatError("A letter must have an address of 16 bytes and exactly the size of every other letter.")


@dataclass(frozen=True, slots=True)
class NewRow:
    """A sealed row that is complete in `incoming`. Size in bytes and SHA-256 (hex) are those of the ciphertext."""

    id: RowId
    incoming: Incoming
    size: int
    sha256: str

    def __post_init__(self) -> None:
        if len(self.id) != ID_BYTES or len(bytes.fromhex(self.sha256)) != _SHA256_BYTES or self.size <= 0:
            raise FormatError("A row needs an id of 16 bytes, a size and a SHA-256.")


@dataclass(frozen=True, slots=True)
class Commit:
    """What becomes durable together, or not at all.

    A row that is already there stays as it is. A letter is put only where the mailbox is new: intake never
    overwrites what a desk wrote, except where a source has written its mailbox off (``blanks``). On the disk a commit
    with a blank looks like one that opens a mailbox.
    """

    rows: tuple[NewRow, ...] = ()
    letters: tuple[tuple[MailboxAddress, Sealed], ...] = ()
    blanks: tuple[tuple[MailboxAddress, Sealed], ...] = ()

    def __post_init__(self) -> None:
        for address, letter in (*self.letters, *self.blanks):
            check_letter(address, letter)


@dataclass(frozen=True, slots=True)
class Committed:
    """On the disk now."""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """Every row had been committed before: the same report again. Nothing was changed."""


Outcome = Committed | AlreadyThere


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as the courier needs it. `sha256` is hex."""

    id: RowId
    day: date
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How the store is doing, in days, bytes and counts; no row is named.

    Of a store that was restored ``letters_away`` is true until every desk has sent a bundle. On ``rewritten`` a rewrite
    last ran to its end; ``rewrite_trouble`` says in a sentence if one is missing since.
    """

    published_days: tuple[date, ...]
    free_bytes: int
    unacknowledged: int
    waiting_days: int
    has_room: bool
    letters_away: bool
    rewritten: date | None
    rewrite_trouble: str
    warnings: tuple[str, ...]
