"""On which day the nightly rewrite last ran to its end, and why it did not since: a night that fails is heard of.

Rules:
1. Two days and a sentence, in a file beside the store's own. A disk that was rewritten shows that day in any case.
2. A try that failed is said from then on, until one runs to its end.
3. A rewrite that nobody started is said once a row has lain through two midnights.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from intake.store.layout import level_time
from intake.store.ownership import give_to_owner_of
from keys.sealing.atomic import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "nights.json"
VERSION = 1

_WHAT_IT_MEANS = "A stolen disk shows order and times of {what}. Run: khomo-intake rewrite"


@dataclass(frozen=True, slots=True)
class Nights:
    """What is known of the rewrites.

    Attributes:
        done: the day on which one last ran to its end.
        failed: the day of the last try, if it did not.
        why: what kept it from that, as a sentence.
    """

    done: date | None = None
    failed: date | None = None
    why: str = ""

    def trouble(self, today: date, oldest: date | None) -> str:
        """Say what is wrong; nothing if all is well.

        Args:
            today: the day in UTC.
            oldest: the day of the oldest row that came since the last rewrite.
        """
        what = _WHAT_IT_MEANS.format(what="all that has come" if self.done is None else f"all since {self.done}")
        if self.failed is not None:
            return f"The nightly rewrite failed on {self.failed}: {self.why} {what}"
        if oldest is not None and oldest < today - timedelta(days=1):
            when = "never run" if self.done is None else f"not run since {self.done}"
            return f"The nightly rewrite has {when}. {what}"
        return ""


def read_nights(root: Path) -> Nights:
    """Read what is known; nothing where the file is missing or says nothing that we know."""
    with suppress(OSError, ValueError, TypeError, LookupError, RecursionError):
        record = json.loads((root / FILE_NAME).read_bytes())
        if record["version"] == VERSION:
            return Nights(_day(record["done"]), _day(record["failed"]), str(record["why"]))
    return Nights()


def note_done(root: Path, today: date) -> None:
    """Note that a rewrite ran to its end. Raises OSError."""
    _write(root, Nights(done=today))


def note_failed(root: Path, today: date, why: str) -> None:
    """Note that one did not. Raises OSError."""
    _write(root, replace(read_nights(root), failed=today, why=why))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _write(root: Path, nights: Nights) -> None:
    days = {name: None if day is None else day.isoformat() for name, day in _days(nights).items()}
    path = root / FILE_NAME
    atomic_write(path, json.dumps({"version": VERSION, **days, "why": nights.why}).encode() + b"\n", overwrite=True)
    give_to_owner_of(root, path)
    level_time(path)
    level_time(root)


def _days(nights: Nights) -> dict[str, date | None]:
    return {"done": nights.done, "failed": nights.failed}
