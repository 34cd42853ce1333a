"""Commands about the case log that leads read: append, show, verify, cosigned, resume."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - click reads the annotations

import click

from keys.command_line import json_option, say_json
from reviewer import case_log, words
from reviewer.cosigning import take_cosigned
from reviewer.forgetting import resume, standing
from reviewer.terminal import FILE, progress, say, with_vault
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations


@click.group("log")
def log_group() -> None:
    """The case log that leads read.

    \b
    Example:
      khomo-reviewer log verify
    """  # noqa: D301


@log_group.command()
@with_vault
def append(vault: Vault) -> None:
    """Put into the log what is not there yet; `outbox` does this too.

    \b
    Example:
      khomo-reviewer log append
    """  # noqa: D301
    with vault.look() as rows:
        total = case_log.count_rows(rows)
    with progress(words.LOGGING, total) as advance:
        appended = case_log.append_pending(vault, advance)
    say(words.appended(appended))


@log_group.command("show")
@with_vault
def show_log(vault: Vault) -> None:
    """Show the newest head, signed by the desk.

    \b
    Example:
      khomo-reviewer log show
    """  # noqa: D301
    with vault.look() as rows:
        head = case_log.head(rows)
    say([words.NO_HEAD if head is None else head.note.decode()], is_value=True)


@log_group.command("verify")
@with_vault
def verify_log(vault: Vault) -> None:
    """Check that the leaves in the vault give every head that was ever signed.

    \b
    Example:
      khomo-reviewer log verify
    """  # noqa: D301
    with vault.look() as rows:
        say([words.log_verified(case_log.verify(rows))])


@log_group.command("cosigned")
@click.argument("file", type=FILE)
@json_option
@with_vault
def cosigned(vault: Vault, *, file: Path, as_json: bool) -> None:
    """Take back a head that a lead co-signed: the FILE that `khomo-caselog cosign` wrote.

    The co-signatures stay in the vault, and every lead gets them with the next delivery.

    \b
    Example:
      khomo-reviewer log cosigned /media/stick/head-anna.note
    """  # noqa: D301
    found = take_cosigned(vault, file.read_bytes())
    if as_json:
        say_json(asdict(found))
    else:
        say(words.cosigned(found))


@log_group.command("resume")
@click.option("--yes", is_flag=True, help="Everybody was asked already.")
@with_vault
def resume_log(vault: Vault, *, yes: bool) -> None:
    """Go on with a vault that may have forgotten something, once people have found that nothing is missing.

    It says up to where this vault remembers. Compare that with what each lead and the server have, in person: if
    anybody has more, take a newer backup instead. Leads refuse a log that contradicts what they saw.

    \b
    Example:
      khomo-reviewer log resume
    """  # noqa: D301
    with vault.look() as rows:
        say(words.standing(standing(rows)))
    if not yes:
        click.confirm(words.ASK_RESUME, abort=True, err=True)
    with vault.change() as change:
        resume(change)
    say([words.RESUMED])
