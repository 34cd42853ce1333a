"""``khomo-intake``: the commands of the intake server."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from intake.backup.commands import backup_group, restore_command
from intake.checking import check
from intake.command_line import config_option, told
from intake.courier.commands import export_command, import_command
from intake.form.commands import check_form
from intake.leaflet.commands import clearnet_command, leaflet_command
from intake.leak_report import leak_report_command
from intake.migrating import migrate_command
from intake.onion.commands import serve
from intake.upkeep_commands import decoy_command, doctor_command, rewrite_command, status_command
from keys import __version__
from keys.command_line import end_with_exit_codes, exit_codes, json_option, say_json


@click.group(epilog=exit_codes(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="khomo-intake")
def main() -> None:
    """Run the onion service of a Khomo door.

    It keeps ciphertext only and holds no key that opens a report.

    \b
    Example:
      khomo-intake check-config /etc/khomo/config.toml
      khomo-intake serve --config /etc/khomo/config.toml
    """  # noqa: D301  # click reads the backspace


@main.command("check-config", epilog=exit_codes(done="nothing is wrong"))
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("papers", "--papers/--no-papers", default=True, help="Also read the keys and the public bundle.")
@json_option
@config_option
@told
def check_config(path: Path | None, config_path: Path, as_json: bool, papers: bool) -> None:
    """Check the configuration, and the papers that it names. PATH is short for --config PATH.

    Every problem is told in one go: file, key, what is wrong, what would be right. The fingerprints of the root key
    and of this server's key are printed: compare them with the desk, over a line that you trust.

    \b
    Example:
      khomo-intake check-config config.toml
      khomo-intake check-config --config config.toml --no-papers
    """  # noqa: D301  # click reads the backspace
    path = config_path if path is None else _only(path)
    found = check(path, datetime.now(UTC).date(), papers=papers)
    if as_json:
        say_json({"file": path, "problems": [asdict(problem) for problem in found.problems], "facts": found.facts})
    for problem in () if as_json else found.problems:
        click.echo(f"{path}: {problem}", err=True)
    for fact in () if as_json else found.facts:
        click.echo(fact)
    if found.problems:
        raise click.exceptions.Exit(1)


def _only(path: Path) -> Path:
    """Return the PATH of a command line that names no other configuration."""
    if click.get_current_context().get_parameter_source("config_path") is ParameterSource.COMMANDLINE:
        raise click.UsageError("Name the configuration once: as PATH or with --config.")
    return path


for command in (
    serve,
    check_form,
    export_command,
    import_command,
    rewrite_command,
    doctor_command,
    status_command,
    decoy_command,
    leak_report_command,
    migrate_command,
    backup_group,
    restore_command,
    leaflet_command,
    clearnet_command,
):
    main.add_command(command)
end_with_exit_codes(main)
main.epilog = exit_codes(  # of the commands below, those that say codes of their own have them
    "3 doctor has warnings, or leak-report something that can be made less", "4 doctor found damage that remains"
)
