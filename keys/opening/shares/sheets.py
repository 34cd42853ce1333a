"""The page that a holder keeps: plain text for any printer, 72 columns, one page of A4 or Letter. Pure.

Rules:
1. It names the organisation, the key and how many sheets are needed; never who else has one, nor how many there are.
2. The words stand in numbered columns, so that a person can say "word 14" and find it again.
3. It says how the key comes back without Khomo too: the standard, and what the words give.
4. An empty one is for printers that remember: the words are then written by hand.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.opening.shares.proofs import label
from keys.opening.shares.slip39 import WORDS
from keys.opening.shares.split_keys import SplitKey
from keys.sealing.display import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keys.opening.shares.record import SplitRecord
    from keys.opening.shares.slip39 import Share

WIDTH = 72
PAGE_LINES = 60
"""What a page of Letter holds at six lines an inch, less its margins."""
_COLUMNS = 3
_GAP = "_" * 14
_LONG_GAP = "_" * 40
_POWER = {
    SplitKey.ROOT: "The root key vouches for all other keys: for new keys and for new people.",
    SplitKey.ARCHIVE: "The archive key opens what was laid away when its time was over.",
}
_KEEP = (
    "- On this paper only. No photo, no copy, no scan, not in a phone.",
    "- Where nobody else reads it, in an envelope that shows if it was opened.",
    "- Tell nobody that you have it. You need not know who has another.",
    "- If it is lost, or somebody saw it, say so the same day. Nobody will be angry: new sheets can be made in time.",
)
_CALLED = (
    "- Call back over a way that you know before you come.",
    "- To see that it is still good (a drill): you type the words alone, at a machine with no network.",
    "- After a drill the sheet goes home with you. Nobody needs to see it.",
    "- To bring the key back: only in one room, with people you know, at a machine with no network.",
    "- Never read the words out, and never send them, whoever asks. If you are forced, your life comes first.",
)
_BACK = (
    "Type: khomo-keys shares recover --help",
    "Without Khomo: any tool for SLIP-39 gives the 32 bytes of the key (no passphrase).",
)
_ALONE = "Fewer tell nothing about it."
_ROLL = (
    "Any {needed} of these {sheets} sheets bring the key back. Write by hand who got which, or a hint that only you "
    "understand. Keep this page far from the desk and from every sheet: who finds it knows whom to press. "
    "No machine keeps it."
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One holder's page before it is printed; its repr hides the words."""

    record: SplitRecord
    share: Share = field(repr=False)

    @property
    def label(self) -> str:
        """The two words that name the sheet."""
        return label(self.record.proof_of(self.share))

    @property
    def file_name(self) -> str:
        """How its file is called in the folder that is printed."""
        return f"{self.record.what}-{self.label.replace(' ', '-')}.txt"

    def text(self) -> str:
        """Return the page; the caller now holds a secret."""
        record = self.record
        return _page(
            (f"{one_line(record.organisation)}: the {record.what} key", f"Sheet “{self.label}”, made on {record.day}"),
            (_POWER[record.what], f"This is one sheet of it. Any {record.needed} such sheets bring it back. {_ALONE}"),
            self.share.expose(),
            (f"Name of the key: {one_line(record.name)}", f"Its ten words (not secret): {record.fingerprint.words}"),
        )


def blank_sheet(organisation: str = "") -> str:
    """Return an empty page, to be written by hand."""
    return _page(
        (f"{one_line(organisation) or _LONG_GAP}: the {_GAP} key", f"Sheet “{_GAP} {_GAP}”, made on {_GAP}"),
        (f"This is one sheet of a key. Any {_GAP[:4]} such sheets bring it back. {_ALONE}",),
        (_GAP,) * WORDS,
        (f"Name of the key: {_LONG_GAP}", "Its ten words (not secret):", *(_LONG_GAP,) * 2),
    )


def roll(record: SplitRecord, sheets: Sequence[Sheet]) -> str:
    """Return the page on which somebody may write by hand who got which sheet: no secret, but a list of people."""
    head = f"{one_line(record.organisation)}: who holds the sheets of the {record.what} key"
    labels = sorted(sheet.label for sheet in sheets)
    rows = [line for label_ in labels for line in (f"  {label_:<28} {_LONG_GAP}", "")]
    text = _ROLL.format(needed=record.needed, sheets=len(sheets))
    return "\n".join([*_wrapped((head,)), "", *_wrapped((text,)), "", *rows])


def _page(head: Iterable[str], what: Iterable[str], words: Sequence[str], public: Iterable[str]) -> str:
    parts: list[tuple[str, list[str]]] = [
        ("WHAT THIS IS", _wrapped(what)),
        ("THE WORDS", _columns(words)),
        ("HOW TO KEEP IT", _wrapped(_KEEP)),
        ("WHEN YOU ARE CALLED", _wrapped(_CALLED)),
        ("FOR WHO BRINGS THE KEY BACK", _wrapped((*_BACK, *public))),
    ]
    lines = [line for title, body in parts for line in ("", title, *body)]
    return "\n".join([*_wrapped(head), "=" * WIDTH, *lines]) + "\n"


def _columns(words: Sequence[str]) -> list[str]:
    """Number the words down three columns."""
    rows = WORDS // _COLUMNS
    return [
        "".join(f"{place + 1:>6}  {words[place]:<16}" for place in range(row, WORDS, rows)).rstrip()
        for row in range(rows)
    ]


def _wrapped(texts: Iterable[str]) -> list[str]:
    return [
        line
        for text in texts
        for line in textwrap.wrap(text, WIDTH, subsequent_indent="  " * text.startswith("- "), break_on_hyphens=False)
    ]
