"""What the leak report says about what was measured, and what would make it less."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from intake.counting import counted
from intake.store.leaks import ONE_NIGHT, SQLITE_ITSELF, Spread, Trace, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intake.store.leaks import Disk

REWRITE = "Run: khomo-intake rewrite --turn-journal"
DECOYS = "More decoys make them fewer: decoys.a_day in the configuration."
NOT_SEEN = (
    "Not looked at: freed blocks, the file system's own journal, old blocks of a flash disk, backups, "
    "and the system's logs."
)


def spreads(disk: Disk) -> dict[str, Spread]:
    """Return how far sizes and days tell rows apart."""
    rows = disk.rows.rows
    return {
        "sizes": Spread.of(Counter(size for _id, _day, size in rows)),
        "days": Spread.of(Counter(day for _id, day, _size in rows)),
        "size and day": Spread.of(Counter((day, size) for _id, day, size in rows)),
    }


def traces(disk: Disk) -> list[Trace]:
    """Return every trace that is there now, those of today first."""
    found = (*_today(disk), *_older(disk), *_bundles(disk), *_leftovers(disk), *disk.extra)
    return [trace for trace in found if trace.count]


def _today(disk: Disk) -> Iterator[Trace]:
    if disk.fresh:
        first, last, _seconds = span(disk.fresh.values())
        says = (
            f"order and times of {counted(len(disk.fresh), 'row')} since the last rewrite: from {first} to {last} UTC."
        )
        yield Trace("today", len(disk.fresh), f"The file system shows the {says}", REWRITE)
    rows, boxes = disk.places.rows_out_of_order, disk.places.mailboxes_out_of_order
    if rows > SQLITE_ITSELF * len(disk.rows.rows):
        says = f"{counted(rows, 'row lies', 'rows lie')} in the database in the order in which they came."
        yield Trace("row_places", rows, says, REWRITE)
    if boxes > SQLITE_ITSELF * disk.rows.mailboxes:
        says = (
            f"{counted(boxes, 'letter lies', 'letters lie')} in the database in the order in which they were written."
        )
        yield Trace(
            "mailbox_places", boxes, f"{says} Together with the rows' order it ties mailboxes to rows.", REWRITE
        )


def _older(disk: Disk) -> Iterator[Trace]:
    odd = sum(not blob.leveled for blob in (*disk.fresh.values(), *disk.settled.values()))
    says = f"{counted(odd, 'blob bears', 'blobs bear')} a time of its own."
    yield Trace("file_times", odd, says, "Run: khomo-intake doctor --repair")
    linked = sum(blob.links > 1 for blob in (*disk.fresh.values(), *disk.settled.values()))
    says = f"{counted(linked, 'blob has', 'blobs have')} a second name: a rewrite is running, or was cut off."
    yield Trace("hard_links", linked, says, REWRITE)
    if disk.settled:
        first, last, seconds = span(disk.settled.values())
        if seconds > ONE_NIGHT:
            says = f"Older blobs were touched at different times, from {first} to {last} UTC, not in one night."
            yield Trace("nights", len(disk.settled), says, REWRITE)
    alone = sum(count == 1 for count in Counter((day, size) for _id, day, size in disk.rows.rows).values())
    says = f"{counted(alone, 'row is', 'rows are')} the only one of the day and size: who knows both finds it."
    yield Trace("alone", alone, says, DECOYS)


def _bundles(disk: Disk) -> Iterator[Trace]:
    if disk.rows.listed:
        says = "The list of the last bundle is there: of the rows of its day it shows which came before the export."
        unfinished = "Finish the export: khomo-intake export DEST. The next rewrite forgets the list."
        yield Trace("bundle_list", 1, says, REWRITE if disk.rows.complete else unfinished)
    days = len(disk.rows.bundle_days)
    yield Trace("bundle_days", days, f"The days of {counted(days, 'export')} are noted; they name no row.")
    held = disk.rows.held
    says = f"{counted(held, 'row is', 'rows are')} marked as left out of a bundle, by day."
    yield Trace("held_rows", held, says, "Run: khomo-intake doctor")
    lost = disk.rows.lost
    yield Trace("lost_rows", lost, f"{counted(lost, 'row')} that was given up is noted, by day, until all desks know.")


def _leftovers(disk: Disk) -> Iterator[Trace]:
    uploads = len(disk.uploads)
    says = (
        f"{counted(uploads, 'upload is', 'uploads are')} under way or left over; how far each came shows to the byte."
    )
    yield Trace("uploads", uploads, says, "When the service is stopped, run: khomo-intake doctor --repair")
    says = f"{counted(disk.left_over, 'older state', 'older states')} of the store: what was there before a rewrite."
    yield Trace("left_over", disk.left_over, says, REWRITE)
    pages = disk.places.free_pages_with_content
    yield Trace("free_pages", pages, f"{counted(pages, 'free page')} of the database still holds something.", REWRITE)
    says = f"SQLite's journal holds {counted(disk.journal_bytes, 'byte')} of what was there before the last write."
    yield Trace("journal", disk.journal_bytes, says, "Run: khomo-intake doctor, then a rewrite")
    says = f"{counted(disk.orphans, 'file belongs', 'files belong')} to no row."
    yield Trace("orphans", disk.orphans, says, "Run: khomo-intake doctor --repair")


def sentences(disk: Disk, found: list[Trace]) -> Iterator[str]:
    """Say it to a person, in the order of worth."""
    rows = disk.rows
    yield f"A thief who took the disk now would find {counted(len(rows.rows), 'row')} and {_mailboxes(rows.mailboxes)}."
    for what, spread in spreads(disk).items():
        yield f"By {what}: {counted(spread.distinct, 'value')}, {spread.bits:.1f} bits a row."
    today, older = len(disk.fresh), len(disk.settled)
    yield f"Since the last rewrite: {counted(today, 'row')}, in order and with times. Older: {counted(older, 'row')}."
    yield from (f"- {trace.says} {trace.remedy}".rstrip() for trace in found)
    if not any(trace.name != "bundle_days" for trace in found):
        yield "Nothing else ties rows to each other, to mailboxes or to a time of day."
    yield NOT_SEEN


def _mailboxes(number: int) -> str:
    return f"{counted(number, 'mailbox', 'mailboxes')}, each with a letter of one size"
