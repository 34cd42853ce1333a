"""What the desk says on a terminal and in letters, in one place, to be translated.

Texts go through ``gettext`` (domain ``khomo-reviewer``); values are put in after translation. Whatever a source wrote
passes ``visible`` first: nothing in it may move a cursor, colour a screen or turn a line around.
"""

from __future__ import annotations

import gettext
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_translation = gettext.translation("khomo-reviewer", Path(__file__).with_name("translations"), fallback=True)
_ = _translation.gettext

_KEPT = "\n\t\u200c\u200d"
"""Line ends, tabs, and the joiners that Persian and Indic scripts are written with."""


def visible(text: str) -> str:
    """Replace what a terminal would obey: control characters and direction overrides."""
    return "".join(
        character if character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"} else "\ufffd"
        for character in text.replace("\r\n", "\n")
    )


def audience(name: str) -> str:
    """A kind of audience in words."""
    return {
        "leads": _("the coalition's leads"),
        "lawyer": _("a lawyer"),
        "journalist": _("a journalist"),
        "authority": _("an authority"),
        "un_body": _("a body of the United Nations"),
    }.get(name, name)


def audiences(names: Iterable[str]) -> str:
    """Kinds of audiences in words."""
    return ", ".join(audience(name) for name in sorted(names)) or _("nobody beyond the desk")


def told_forwarded(names: Iterable[str]) -> str:
    """What a letter says when a case was forwarded."""
    return _("Your report was passed on to: {audiences}.").format(audiences=audiences(names))
