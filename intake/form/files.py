"""Which form is in use: the operator's, or the one that ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from intake.form.reader import read_form

if TYPE_CHECKING:
    from intake.form.model import Form

DEFAULT_FORM = Path(__file__).with_name("default.toml")


def form_in_use(path: Path | None) -> Form:
    """Read the form at ``path``, or the default one; raises ``FormError`` with every mistake."""
    return read_form(path or DEFAULT_FORM)
