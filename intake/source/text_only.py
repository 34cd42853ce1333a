"""Text only: while files cannot come in, the form says so before anybody chooses one; and while text cannot, too.

Rules:
1. It is worked out for each form that is shown, from what is so now, and ends with its cause: a new day, room on the
   disk, a free place. Nobody switches it, and nothing remembers it.
2. Without room, or when the day has brought its share of files, the form has no file fields.
3. While every place for files is taken they stay: places come free while somebody writes. The form says what is safer.
4. Files that come all the same are refused in words; the text before them is safe by then (``reception``).
5. Where a flood of texts has left no room for text either, the form says that before anybody writes for hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request

from intake.server.door import note
from intake.source.limits import LEAST_ROOM_BYTES
from intake.source.refusal_pages import STORE_BUSY, reason_of
from intake.source.refusals import Reason, Refusal
from intake.source.translation import LazyText, lazy_gettext
from intake.source.words import REFUSALS
from intake.store import StoreError, StoreFull

if TYPE_CHECKING:
    from intake.server.limits import UploadSlots
    from intake.store import Store


@dataclass(frozen=True, slots=True)
class TextOnlyNote:
    """What stands where the file fields are.

    Attributes:
        title: what is so.
        advice: what to do.
        fields: whether the file fields stay.
    """

    title: LazyText
    advice: LazyText
    fields: bool = False


_ALL_PLACES_TAKEN = TextOnlyNote(
    lazy_gettext("Many files are coming in right now."),
    lazy_gettext("Send your text first. You can add your files later with your eight words."),
    fields=True,
)
_NOTHING_GOES_IN = TextOnlyNote(
    lazy_gettext("We have no room right now, not even for text."),
    lazy_gettext(
        "Write your text in a safe place of your own, and send it tomorrow. If you are in danger, see the first page."
    ),
)


class TextOnly:
    """Knows whether files can come in."""

    def __init__(self, store: Store, slots: UploadSlots) -> None:
        self._store = store
        self._slots = slots

    def note(self) -> TextOnlyNote | None:
        """Return what a form says of files; ``None`` while they can come in."""
        try:
            if not self._store.takes_text():
                return _NOTHING_GOES_IN
            self._store.check_room(LEAST_ROOM_BYTES)
        except StoreFull as full:
            text = REFUSALS[reason_of(full)]
            return TextOnlyNote(text.title, text.advice)
        except StoreError:  # the form is shown all the same; `doctor` tells the operator
            return None
        return None if self._slots.takes_uploads else _ALL_PLACES_TAKEN


COUNTED_AS = {
    Reason.FULL: "files-no-space",
    Reason.DAY_OVER: "files-day-over",
    Reason.NO_ROOM: "text-no-space",
    Reason.BUSY: STORE_BUSY,
}
"""What is counted when a form is refused: no more than that it happened."""


def refused(error: StoreError, *, text: bool = False) -> Refusal:
    """Refuse what the store could not take, and count that a limit acted if one did; ``text``: it was no file."""
    reason = Reason.NO_ROOM if text and isinstance(error, StoreFull) else reason_of(error)
    if reason in COUNTED_AS:
        note(request.environ, COUNTED_AS[reason])
    return Refusal(reason)
