"""Commands about what leaves the desk: settle, outbox, leads; what leads get stands in ``forward_commands``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - click reads the annotations

import click
from sqlalchemy import select

from keys.command_line import json_option, say_json
from keys.sealing.submission import Audience
from reviewer import forward_commands, last_page_words, leads, words
from reviewer.errors import RefusedError
from reviewer.mailboxes import settle_mailbox
from reviewer.purposes import from_column
from reviewer.rounds import count_letters, send_out
from reviewer.terminal import FILE, FOLDER, progress, say, with_vault
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
        known = ("name", "audience", "deliveries")
        lines = [{name: getattr(one, name) for name in known} for one in found]
        say_json(
            [line | {"withheld": sorted(from_column(one.withheld))} for line, one in zip(lines, found, strict=True)]
        )
    else:
        say([line for one in found for line in _lead(one)] or [words.NO_LEADS])


def _lead(one: LeadRow) -> list[str]:
    withheld = from_column(one.withheld)
    return [words.lead_line(one), *([last_page_words.lead_withheld(one.name, withheld)] if withheld else [])]


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


@leads_group.command("withhold")
@click.argument("name")
@click.argument("fields", nargs=-1)
@with_vault
def withhold(vault: Vault, *, name: str, fields: tuple[str, ...]) -> None:
    """Never tell the lead NAME these FIELDS of any case, in place of those named before; none to tell all again.

    It counts for what is prepared from now on. `forward --withhold` leaves out a field of one case.

    \b
    Example:
      khomo-reviewer leads withhold anna perpetrator language
    """  # noqa: D301
    with vault.change() as change:
        withheld = leads.choose_withheld(change, name, fields)
    say([last_page_words.lead_withheld(name, withheld)])


COMMANDS = (settle, *forward_commands.COMMANDS, outbox, leads_group)
