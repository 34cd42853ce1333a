"""What a source gives of themselves: a name, or a way to be reached, kept apart from the report where they ask for it.

Rules:
1. Nothing is asked of a source: without a name there is nothing to keep.
2. A name that is to be kept apart is sealed to the spare desk alone, before the row around it is. Where that cannot be,
   nothing is taken, and the source decides.
3. Nothing is cut off: half a way to be reached reaches nobody.
4. A name lies in a row of text only. All of these have one size, so none tells whether a name is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.source.refusals import Reason, Refusal
from keys.sealing.display import one_line
from keys.sealing.limits import NAME_BYTES
from keys.sealing.source_name import SourceName

if TYPE_CHECKING:
    from intake.source.services import Services


@dataclass(frozen=True, slots=True)
class GivenName:
    """What stands in the form.

    Attributes:
        text: one line, as a screen can show it; empty if nothing was given.
        apart: whether it is to be kept apart.
    """

    text: str = field(default="", repr=False)
    apart: bool = False

    @classmethod
    def typed(cls, text: str, apart: str) -> GivenName:
        """Read the two fields."""
        return cls(" ".join(one_line(text).split()), bool(apart))


NO_NAME = GivenName()


def kept(at: Services, given: GivenName) -> SourceName | None:
    """Return what the row holds of it; ``Refusal`` if it cannot be kept as the source wishes."""
    if not given.text:
        return None
    if len(given.text.encode()) > NAME_BYTES:
        raise Refusal(Reason.NAME_TOO_LONG)
    if not given.apart:
        return SourceName(given.text)
    recipient = at.name_recipient
    if recipient is None:
        raise Refusal(Reason.NAME_NOT_APART)
    return SourceName.apart(given.text, recipient)
