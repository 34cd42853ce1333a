"""`khomo-intake status`, `doctor`, `rewrite` and `decoy`: how a server is, and what keeps it in order."""

from __future__ import annotations

import re
from contextlib import suppress

import click

from intake.command_line import with_config
from intake.config import Config  # noqa: TC001  # part of the commands' signatures
from intake.counting import counted
from intake.decoys import MINUTES_A_DAY, Decoy, DecoyMaker, drawn
from intake.doctor import Doctor
from intake.papers import read_papers, read_public_bundle
from intake.reporting import Stages, say
from intake.status import take_status
from intake.store import StoreFull, open_store, utc_today
from intake.store.giving_up import give_up, look_at_row
from intake.store.wiping import JOURNALLED, file_system, journal_bytes, turn_journal
from keys.command_line import exit_codes, json_option
from keys.sealing.errors import KhomoError
from keys.sealing.values import ID_BYTES, RowId

LOST = (
    "Row {row} came on {day}; its file {fault}. The report in it is lost: nobody can read it any more, and its source "
    "will wait for an answer. The next bundles name the row to the desk. Tell the desk in person too."
)
DELIVERED = "Row {row} came on {day}; its file {fault}. Every desk has it: nothing is lost with it here."
ASK_FORGET = "Give the row up?"

STAGES = {
    "copying": "Copying the day's rows",
    "turning": "Turning the file system's journal over",
    "checking": "Checking rows",
}


@click.command("rewrite")
@click.option(
    "turning",
    "--turn-journal",
    is_flag=True,
    help="Then let noise through the file system's own journal, as much as ext4 gives it on a disk of this size (up to "
    "1 GiB is written): it keeps sizes and times of files for weeks. On ext3 and ext4; elsewhere nothing is done.",
)
@json_option
@with_config
def rewrite_command(config: Config, *, turning: bool, as_json: bool) -> None:
    """Rewrite what came since the last time, so that a stolen disk shows no order; once a night, by a timer.

    Deletes rows that every desk has acknowledged and that have served their time, and overwrites what it replaces. The
    service may run meanwhile.

    \b
    Example:
      khomo-intake rewrite --turn-journal
    """  # noqa: D301  # click reads the backspace
    with open_store(config) as store, Stages(STAGES, shown=not as_json) as progress:
        result = store.rewrite_night(lambda done, total: progress("copying", done, total))
        root = store.gate.layout.root
        if turning and file_system(root) in JOURNALLED:
            turn_journal(root, journal_bytes(root), lambda done, total: progress("turning", done, total))
            store.gate.layout.level_times()
    copied = counted(result.copied, "row")
    told = f"{copied} copied, {result.linked} kept as they were, {result.deleted} deleted after their time."
    say(result, [told], as_json=as_json)


def _as_row(_context: click.Context, _parameter: click.Parameter, value: str | None) -> RowId | None:
    """Read a row's id as `doctor` prints it."""
    if value is None:
        return None
    if not re.fullmatch(rf"[0-9a-f]{{{2 * ID_BYTES}}}", value):
        raise click.BadParameter(f"an id of a row is {2 * ID_BYTES} hex digits, as doctor prints it")
    return RowId(bytes.fromhex(value))


@click.command("status")
@json_option
@with_config
def status_command(config: Config, *, as_json: bool) -> None:
    """Say how this server is doing: reachable, waiting, carried, space, keys, limits. What is wrong `doctor` says.

    \b
    Example:
      khomo-intake status
    """  # noqa: D301  # click reads the backspace
    bundle = read_public_bundle(config.paths)
    with open_store(config, policy=bundle.policy) as store:
        status = take_status(config, store, bundle, utc_today())
    say(status, list(status.lines()), as_json=as_json)


@click.command("doctor", epilog=exit_codes("3 warnings remain", "4 damage remains", done="all is well or was repaired"))
@click.option("--repair", is_flag=True, help="Repair what is safe: leftovers, orphans, modes, times.")
@click.option(
    "hopeless",
    "--forget-row",
    metavar="ID",
    callback=_as_row,
    help="Give a row up whose file is lost for good, before looking. The report in it is lost; the next bundle tells "
    "the desk.",
)
@click.option("--yes", is_flag=True, help="With --forget-row: do not ask.")
@json_option
@with_config
def doctor_command(config: Config, *, repair: bool, hopeless: RowId | None, yes: bool, as_json: bool) -> None:
    """Look for what is wrong with this server, and say what to do.

    It reads every stored row once. The service may run meanwhile.

    \b
    Example:
      khomo-intake doctor --repair
      khomo-intake doctor --forget-row 5f1c22aa0b3d4e6f8091a2b3c4d5e6f7
    """  # noqa: D301  # click reads the backspace
    if hopeless is not None:
        _forget(config, hopeless, yes=yes)
    with Stages(STAGES, shown=not as_json) as progress:
        diagnosis = Doctor(config, utc_today, repair=repair, progress=progress).diagnose()
    told = [
        f"{'repaired' if finding.repaired else finding.gravity}: {finding.message} {finding.remedy}".rstrip()
        for finding in diagnosis.findings
    ]
    say(diagnosis, told or ["All is well."], as_json=as_json)
    raise click.exceptions.Exit(diagnosis.exit_code)


def _forget(config: Config, row: RowId, *, yes: bool) -> None:
    with open_store(config) as store:
        found = look_at_row(store, row)
        told = DELIVERED if found.delivered else LOST
        click.echo(told.format(row=row.hex(), day=found.day, fault=found.fault), err=True)
        if not yes:
            click.confirm(ASK_FORGET, abort=True, err=True)
        give_up(store, found)


@click.command("decoy")
@click.option(
    "minutes",
    "--by-chance",
    type=click.IntRange(1, MINUTES_A_DAY),
    metavar="MINUTES",
    help="Draw whether to make one, for a timer that calls every so many MINUTES. On average decoys.a_day of the "
    "configuration are made a day; 0 makes none. Prints nothing: a journal must not tell when decoys came.",
)
@json_option
@with_config
def decoy_command(config: Config, *, minutes: int | None, as_json: bool) -> None:
    """Put a decoy report into the store: a row, one more for each file, and a mailbox that nobody has.

    Nothing in the store tells a decoy from a report. The desk recognises it by this server's signature.

    \b
    Example:
      khomo-intake decoy
      khomo-intake decoy --by-chance 20
    """  # noqa: D301  # click reads the backspace
    if minutes is not None:
        with suppress(StoreFull):  # what room is left belongs to texts; the doctor tells of it, the journal not when
            _make_decoys(config, drawn(config.decoys.a_day, minutes))
        return
    if config.decoys.a_day == 0:
        raise KhomoError("Decoys are switched off.", "To switch them on, set decoys.a_day in the configuration.")
    for made in _make_decoys(config, 1):
        say(made, [f"A decoy of {counted(made.rows, 'row')}, {made.size:,} bytes."], as_json=as_json)


def _make_decoys(config: Config, number: int) -> list[Decoy]:
    if not number:
        return []
    with open_store(config) as store:
        maker = DecoyMaker(store, read_papers(config), utc_today)
        return [maker.make() for _ in range(number)]
