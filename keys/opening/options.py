"""Options that several commands of khomo-keys share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from keys.opening.limits import HIGHEST_LOG_N, KEY_FILE_LOG_N, LOWEST_LOG_N
from keys.sealing.public_bundle import Contact
from keys.sealing.submission import Lane

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

OFFERED = [Lane.ARRIVAL.value, Lane.PRESEALED.value]
LANE = click.Choice(OFFERED)


def a_day(value: str | date) -> date:
    """Read a date; click calls this with the default too."""
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a date like 2026-11-20.") from None


def a_contact(text: str) -> Contact:
    """Read LABEL=VALUE."""
    label, separator, value = text.partition("=")
    if not separator:
        raise click.BadParameter(f"{text!r} is not LABEL=VALUE.", param_hint="--contact")
    return Contact(label.strip(), value.strip())


def today() -> date:
    """Return today's date in UTC."""
    return datetime.now(UTC).date()


work_factor_option = click.option(
    "--work-factor",
    "log_n",
    type=click.IntRange(LOWEST_LOG_N, HIGHEST_LOG_N),
    default=KEY_FILE_LOG_N,
    show_default=True,
    help="log2 of the scrypt work factor of key files; 18 means 256 MiB and about a second.",
)

day_option = click.option(
    "--day", type=a_day, metavar="YYYY-MM-DD", default=today, help="Count from this day, not from today (UTC)."
)
