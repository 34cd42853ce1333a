"""Whether the desks that a form names are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intake.form.model import Form
    from keys.sealing.public_bundle import PublicBundle


def desks_missing(form: Form, bundle: PublicBundle) -> Iterator[Problem]:
    """Find desks that the form names and that receive nothing: reports for them could not be taken."""
    there = sorted(desk.id for desk in bundle.receiving_desks)
    for desk in sorted(form.desks.difference(there)):
        what = f'sends reports to the desk "{desk}", which the public bundle does not have, or does not let receive'
        yield Problem("form.file", what, "one of " + ", ".join(f'"{name}"' for name in there))
