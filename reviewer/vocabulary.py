"""The coalition's categories, shipped as ``vocabulary.csv`` (code, label, source, HURIDOCS act)."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

from reviewer.errors import ReviewerError


@cache
def categories() -> dict[str, str]:
    """Labels by code, in the order of the file."""
    text = resources.files("reviewer").joinpath("vocabulary.csv").read_text("utf-8")
    return {row["code"]: row["label"] for row in csv.DictReader(text.splitlines())}


def check_category(code: str) -> str:
    """Return a category's code as the file spells it; raises ReviewerError naming what is near."""
    known = categories()
    if code.upper() in known:
        return code.upper()
    near = [f"{name} ({label})" for name, label in known.items() if code.casefold() in label.casefold()]
    hint = f"Did you mean {', '.join(near[:5])}?" if near else "`khomo-reviewer categories` shows all."
    raise ReviewerError(f"{code!r} is not a category of the vocabulary.", hint)
