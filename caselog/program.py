"""Where khomo-caselog starts: one wheel goes to every machine, and not every machine has what each program needs."""

from __future__ import annotations

import sys

from keys.command_line import not_installed


def main() -> None:
    """Run khomo-caselog, or say that it is not installed here."""
    try:
        from caselog.commands import main as run  # noqa: PLC0415  # what it needs may be missing
    except ModuleNotFoundError as error:
        sys.exit(not_installed("khomo-caselog", error))
    run()
