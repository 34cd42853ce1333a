"""What the desk says on a terminal of a source's name, to be translated. A name is somebody else's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.display import quoted
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reviewer.source_names import OpenedName
    from reviewer.vault.rows import SourceNameRow

ASK_SPARE = _("The second person: passphrase of the spare desk's key file")
ASK_WHY = _("Why do you open the name? This stands in the case's history")
WISH = _("KEEP APART; two people open it together")
NONE_YET = _("none was given so far")


def names(case_id: int, given: Sequence[SourceNameRow]) -> Iterator[str]:
    """The names of a case, the newest first."""
    for row in given:
        yield ""
        yield _("--- name that the source gave, {day} ---").format(day=row.day)
        if row.sealed:
            yield kept(case_id)
        else:
            yield from quoted(row.text)


def kept(case_id: int) -> str:
    """How a name that is kept apart is opened."""
    return _("a name is kept apart; two people open it together: khomo-reviewer name {case} --spare-key FILE").format(
        case=case_id
    )


def opened(found: Sequence[OpenedName]) -> Iterator[str]:
    """Names as they are shown once, the newest first."""
    for name in found:
        yield _("--- name that the source gave, {day} ---").format(day=name.day)
        if name.text:
            yield from quoted(name.text)
        else:
            yield name.problem
    yield _("It is kept nowhere. Clear this screen when both of you have read it, and take the key away.")
