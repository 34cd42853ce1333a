"""What a source will see, before it is written: the letter as the next outbox would make it, and what falls out of it.

The letter is made by what makes the real one, in a transaction that is taken back: nothing of it stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.age import AgeError, HybridRecipient
from keys.sealing.letter import as_it_fits
from reviewer.cases import get_case
from reviewer.cautions import Danger, cautions
from reviewer.errors import ReviewerError
from reviewer.letters import letter_of, writable, write_to_source
from reviewer.outbox import next_round
from reviewer.vault.vault import Change

if TYPE_CHECKING:
    from keys.sealing.letter import Entry, EntryKind, Letter
    from reviewer.cautions import Caution
    from reviewer.vault.vault import Vault


@dataclass(frozen=True)
class Draft:
    """What a reviewer is about to say."""

    kind: EntryKind
    text: str


@dataclass(frozen=True)
class Preview:
    """A letter as its source will have it.

    Attributes:
        letter: what fits, oldest entry first.
        dropped: older entries for which there is no room.
        text_bytes: what the texts in it take of ``LETTER_TEXT_BYTES``.
        cautions: what in the draft may endanger somebody.
    """

    letter: Letter
    dropped: tuple[Entry, ...]
    text_bytes: int
    cautions: tuple[Caution, ...]


def preview(vault: Vault, case_id: int, draft: Draft | None = None) -> Preview:
    """Show the letter of a case's source as it is, or with a draft added; raises KhomoError as writing it would."""
    with vault.look() as rows:
        box = writable(rows, get_case(rows, case_id))
        try:
            HybridRecipient.parse(box.recipient or "")
        except AgeError:
            raise ReviewerError(f"The key that the report of case {case_id} named is none: no letter opens.") from None
        found = () if draft is None else cautions(rows, get_case(rows, case_id), draft.text)
        if draft is not None:
            dry = Change(rows, vault.reviewer, vault.today())
            write_to_source(dry, case_id, draft.kind, draft.text, despite=frozenset(Danger))
        to_all = next_round(rows)
        whole = letter_of(rows, box, to_all)
    letter = as_it_fits(whole, to_all.key)
    kept = set(map(id, letter.entries))
    dropped = tuple(entry for entry in whole.entries if id(entry) not in kept)
    return Preview(letter, dropped, sum(len(entry.text.encode()) for entry in letter.entries), found)
