"""What the desk says in letters to sources, and of those who may see a case; to be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterable


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
