"""Every format that our readers parse outside the sandbox, in one table."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tests.long import case_formats, sealed_formats, sheet_formats, signed_formats

if TYPE_CHECKING:
    from tests.long.format_table import Format


@cache
def formats() -> dict[str, Format]:
    """Return the table by name."""
    sealed = (sealed_formats.envelopes(), sealed_formats.submissions(), sealed_formats.keys())
    signed = (signed_formats.notes(), signed_formats.people(), signed_formats.letters(), signed_formats.bundles())
    return {
        one.name: one for group in (*sealed, *signed, sheet_formats.sheets(), case_formats.cases()) for one in group
    }
