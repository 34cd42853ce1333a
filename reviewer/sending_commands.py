"""Commands about what leaves the desk: settle, forward, sign, outbox, leads."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - click reads the annotations
from typing import Any

import click
from sqlalchemy import select

from keys.command_line import json_option, say_json
from keys.sealing.display import one_line
from keys.sealing.submission import Audience
from reviewer import forward_words, leads, words
from reviewer.errors import RefusedError
from reviewer.forwarding import Wish, forward
from reviewer.keyring import reviewer_key
from reviewer.mailboxes import settle_mailbox
from reviewer.packages import sign_again
from reviewer.prepared import prepared
from reviewer.rounds import count_letters, send_out
from reviewer.terminal import FILE, FOLDER, TEXT_FILE, confirmed, given_text, progress, say, with_vault
from reviewer.vault.log_rows import LeadRow
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations


@click.command()
@click.argument("case", type=int)
@with_vault
def settle(vault: Vault, *, case: int) -> None:
    """Say that the disputed mailbox of CASE is its source's, because you know it by other means.

    \b
    Example:
      khomo-reviewer settle 17
    """  # noqa: D301
    with vault.change() as change:
        settle_mailbox(change, case)
    say([words.SETTLED])


@click.command("forward")
@click.argument("case", type=int)
@click.option("--to", "leads", multiple=True, required=True, help="A lead; may be given several times.")
@click.option("--title", help="The case in a line, in your words.")
@click.option("--title-file", type=TEXT_FILE, help="A text file instead of --title; - for standard input.")
@click.option("--summary", help="The case in your words; the source's words stay here.")
@click.option("--summary-file", type=TEXT_FILE, help="A text file instead of --summary; - for standard input.")
@click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="A further field, as country=MWI.")
@click.option(
    "--attach",
    "made_files",
    multiple=True,
    type=FILE,
    help="A file that you made anew, without traces of the source; leads see its name.",
)
@click.option("--made-anew", is_flag=True, help="Do not ask: nothing of a source's file is left in those of --attach.")
@click.option("--original", "originals", multiple=True, type=int, help="An attachment as it came, by its number.")
@click.option("--signer", "more_signers", multiple=True, help="Another reviewer who will sign.")
@json_option
@with_vault
def forward_command(vault: Vault, /, *, case: int, made_anew: bool, as_json: bool, **wish: Any) -> None:
    """Pass CASE on to leads. Exit code 4 where the source's consent does not cover them.

    Of each file it asks whether it was made anew: a program sees copies, and not all that a file may tell.

    Title and summary on the command line stay in the shell's history: files, or - for standard input, do not.

    \b
    Example:
      khomo-reviewer forward 17 --to anna --title-file title.txt --summary-file summary.txt \\
        --field country=MWI --attach photo-remade.png
    """  # noqa: D301
    wish["title"], wish["summary"] = _title_and_summary(wish, wish.pop("title_file"), wish.pop("summary_file"))
    wish["fields"] = _fields(wish["fields"])
    if not made_anew:
        _ask_made(wish["made_files"])
    signed = forward(vault, case, Wish(**wish), reviewer_key(vault))
    if as_json:
        say_json(asdict(signed))
    else:
        say(forward_words.signed(signed))


def _ask_made(files: tuple[Path, ...]) -> None:
    for path in files:
        if not confirmed(forward_words.ASK_MADE.format(name=one_line(path.name))):
            raise RefusedError(forward_words.NOT_MADE.format(name=path.name), forward_words.MAKE_IT)


def _title_and_summary(wish: dict[str, Any], title_file: Path | None, summary_file: Path | None) -> tuple[str, str]:
    given = [(wish["title"], title_file, words.ONE_TITLE), (wish["summary"], summary_file, words.ONE_SUMMARY)]
    for text, file, problem in given:
        if (text is None) == (file is None):
            raise click.UsageError(problem)
    if sum("-" in {text, str(file)} for text, file, _problem in given) > 1:
        raise click.UsageError(words.ONE_STDIN)
    title, summary = (given_text(text, file) or "" for text, file, _problem in given)
    return " ".join(title.split()), summary.strip()


def _fields(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(words.FIELD_FORM.format(field=pair))
        found[name] = value
    return found


@click.command()
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help="Do not ask: you have read it, as `show` or `sign` prints it.")
@json_option
@with_vault
def sign(vault: Vault, *, number: int, yes: bool, as_json: bool) -> None:
    """Sign what another reviewer prepared with `forward`; NUMBER is the one that it printed.

    All of it is shown first: the leads, every field, every file. Open the files before you sign for them.

    \b
    Example:
      khomo-reviewer sign 3
    """  # noqa: D301
    with vault.look() as rows:
        found = prepared(rows, number)
    say(forward_words.prepared(found), err=as_json)
    if not yes:
        click.confirm(forward_words.ASK_SIGN, abort=True, err=True)
    signed = sign_again(vault, number, reviewer_key(vault))
    if as_json:
        say_json(asdict(signed))
    else:
        say(forward_words.signed(signed))


@click.command()
@click.argument("destination", type=FOLDER)
@click.option("--again", is_flag=True, help="Copy the last outbox once more: its stick was lost.")
@json_option
@with_vault
def outbox(vault: Vault, *, destination: Path, again: bool, as_json: bool) -> None:
    """Write to DESTINATION: the bundle for the server (a letter for every mailbox), and an envelope for each lead.

    An outbox that was not written whole, as onto a full stick, is written before another is made.

    \b
    Example:
      khomo-reviewer outbox /media/stick
    """  # noqa: D301
    with progress(words.WRITING_LETTERS, count_letters(vault), shown=not as_json) as advance:
        sent = send_out(vault, destination, advance, again=again)
    if as_json:
        say_json(sent.to_json())
    else:
        say(sent.told(), is_value=sent.made is None)


@click.group("leads")
def leads_group() -> None:
    """Leads to whom cases can go.

    \b
    Example:
      khomo-reviewer leads list
    """  # noqa: D301


@leads_group.command("add")
@click.argument("card", type=FILE)
@click.option(
    "--audience",
    type=click.Choice([audience.value for audience in Audience]),
    default=Audience.LEADS.value,
    show_default=True,
    help="What the lead is, towards the source's consent.",
)
@click.option("--uncertified", is_flag=True, help="Take in a card that the root has not signed, on your own word.")
@click.option("--replace", is_flag=True, help="Put these keys in the place of those that the name has here.")
@click.option("--yes", is_flag=True, help="The words were compared already.")
@with_vault
def add_lead(vault: Vault, /, *, card: Path, audience: str, **said: bool) -> None:
    """Take in a lead's CARD (`khomo-keys lead` writes it), after its words were read out over another way.

    A card that the public bundle does not certify needs --uncertified. One whose name is known with other keys needs
    --replace: cases sent to the keys before are not sent to the new ones, unless somebody forwards them again.

    \b
    Example:
      khomo-reviewer leads add /media/stick/lead.txt
    """  # noqa: D301
    read = leads.read_card(card)
    with vault.look() as rows:
        certified, replaced = leads.is_certified(rows, read), leads.replaces(rows, read)
    say(words.card(read, certified=certified, replaced=replaced))
    if not (certified or said["uncertified"]):
        raise RefusedError(
            f"The public bundle does not certify the key of {read.name}.",
            "Let the root sign it (khomo-keys amend), or say --uncertified once you have spoken to the lead.",
        )
    if not said["yes"] and (said["replace"] or not certified):
        click.confirm(words.ASK_COMPARE, abort=True, err=True)
    with vault.change() as change:
        leads.add_lead(change, read, Audience(audience), replace=said["replace"])
    say([words.lead_added(read.name)])


@leads_group.command("list")
@json_option
@with_vault
def list_leads(vault: Vault, *, as_json: bool) -> None:
    """List the leads.

    \b
    Example:
      khomo-reviewer leads list
    """  # noqa: D301
    with vault.look() as rows:
        found = rows.scalars(select(LeadRow).order_by(LeadRow.name)).all()
    if as_json:
        say_json([{"name": one.name, "audience": one.audience, "deliveries": one.deliveries} for one in found])
    else:
        say(list(map(words.lead_line, found)) or [words.NO_LEADS])


@leads_group.command("resend")
@click.argument("name")
@with_vault
def resend(vault: Vault, *, name: str) -> None:
    """Let every case of the lead NAME travel again with the next outbox.

    \b
    Example:
      khomo-reviewer leads resend anna
    """  # noqa: D301
    with vault.change() as change:
        count = leads.send_again(change, name)
    say([words.resent(name, count)])


COMMANDS = (settle, forward_command, sign, outbox, leads_group)
