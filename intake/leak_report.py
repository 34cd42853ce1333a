"""``khomo-intake leak-report``: what a disk that is seized now would show."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from intake.command_line import with_config
from intake.config import Config  # noqa: TC001  # part of the command's signature
from intake.counting import counted
from intake.leak_words import sentences, spreads, traces
from intake.onion.torrc import Layout
from intake.reporting import say
from intake.store.errors import translated
from intake.store.leaks import Trace, look
from keys.command_line import exit_codes, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from intake.store.leaks import Disk, Spread

EXIT_LESS_IS_POSSIBLE = 3
_TRAFFIC = re.compile(rb"^BWHistory(?:Read|Write)Values ([\d,]+)", re.MULTILINE)
_TIME = re.compile(rb"^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{3} \[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Report:
    """What a thief would find.

    Attributes:
        rows: how many sealed rows, decoys among them.
        mailboxes: how many.
        fresh: rows since the last rewrite.
        spread: bits of information in sizes, days and both.
        traces: everything that tells more, with what would make it less.
    """

    rows: int
    mailboxes: int
    fresh: int
    spread: dict[str, Spread]
    traces: list[Trace]


@click.command("leak-report", epilog=exit_codes("3 something can be made less", done="nothing can be made less"))
@json_option
@with_config
def leak_report_command(config: Config, as_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Say what a disk that is seized right now would show, and what would make it less.

    It measures the store as it lies, and tor's files beside it; it changes nothing and tells no row.

    \b
    Example:
      khomo-intake leak-report
    """  # noqa: D301  # click reads the backspace
    disk = replace(look(config.paths.store_dir), extra=tuple(tor_traces(config)))
    found = traces(disk)
    say(_report(disk, found), sentences(disk, found), as_json=as_json)
    if any(trace.remedy and trace.name != "alone" for trace in found):
        raise click.exceptions.Exit(EXIT_LESS_IS_POSSIBLE)


def _report(disk: Disk, found: list[Trace]) -> Report:
    return Report(len(disk.rows.rows), disk.rows.mailboxes, len(disk.fresh), spreads(disk), found)


def tor_traces(config: Config) -> Iterator[Trace]:
    """Measure what tor's own files say of days and of times."""
    layout = Layout.of(config)
    with translated():
        days = max((line.count(b",") + 1 for line in _TRAFFIC.findall(_read(layout.data / "state"))), default=0)
        lines = len(_TIME.findall(_read(layout.log)))
    says = "how many bytes came and went. Decoys do not come over tor, so they can be subtracted."
    yield Trace("tor_traffic", days, f"Tor's state tells of {counted(days, 'day')} {says}")
    yield Trace("tor_log", lines, f"Tor's log has {counted(lines, 'line')} with a time; they name no visitor.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
