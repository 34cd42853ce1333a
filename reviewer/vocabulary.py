"""The coalition's categories, as reviewers name them."""

from __future__ import annotations

from keys.sealing.vocabulary import vocabulary
from reviewer.errors import ReviewerError


def categories() -> dict[str, str]:
    """Labels by code, in the order of the file."""
    return vocabulary()


def check_category(code: str) -> str:
    """Return a category's code as the file spells it; raises ReviewerError naming what is near."""
    known = categories()
    if code.upper() in known:
        return code.upper()
    near = [f"{name} ({label})" for name, label in known.items() if code.casefold() in label.casefold()]
    hint = f"Did you mean {', '.join(near[:5])}?" if near else "`khomo-reviewer categories` shows all."
    raise ReviewerError(f"{code!r} is not a category of the vocabulary.", hint)
