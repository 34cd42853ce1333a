"""Formats of root and archive on paper: words of a sheet, records of splits, drills."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from keys.opening.errors import OpeningError
from keys.opening.shares.drill import Drill
from keys.opening.shares.record import SplitRecord
from keys.opening.shares.typed_words import TypedWords
from tests.keys.opening.shares.shares_forge import ARCHIVE_NOTE, DRILL, NOTE, SHARES, SIGNERS, SPLIT
from tests.keys.sealing.signers import ROOT
from tests.long.file_mutants import damaged_json
from tests.long.format_table import SIGNED, Format, Promise, body_of, signed_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keys.opening.shares.slip39 import Share

FILES = 2000
"""Each is some signatures or a checksum; the readers stand on those of notes, which are tried more often."""


def sheets() -> Iterator[Format]:
    """Yield what holders type and what a split and its drills leave."""
    words = tuple(" ".join(share.expose()).encode() for share in SHARES)
    yield Format("sheet", Promise.SEALED, words, _typed, (OpeningError,), files=FILES)
    record = partial(SplitRecord.from_note, root=ROOT.verify_key)
    yield Format("split-record", Promise.SEALED, (NOTE, ARCHIVE_NOTE), record, SIGNED, files=FILES)
    yield Format(
        "split-record-by-the-root",
        Promise.ONE_SPELLING,
        (body_of(NOTE), body_of(ARCHIVE_NOTE)),
        lambda data: record(data).to_note(ROOT),
        SIGNED,
        damaged_json,
        signed_again("shares", ROOT),
        FILES,
    )
    yield Format("drill", Promise.SEALED, (DRILL,), _day, SIGNED, files=FILES)
    by_a_sheet = signed_again("share-drill", SIGNERS[0])
    yield Format("drill-by-a-sheet", Promise.OUTER, (body_of(DRILL),), _day, SIGNED, damaged_json, by_a_sheet, FILES)


def _typed(data: bytes) -> Share:
    """Read words as a person types them."""
    words, wrong = TypedWords().and_line(data.decode(errors="replace"))
    if wrong is not None:
        raise wrong
    return words.share()


def _day(data: bytes) -> object:
    """Read a drill; a line that is cut off takes a sheet away, and changes nothing else."""
    return Drill.from_note(data, SPLIT).day
