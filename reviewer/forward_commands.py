"""Commands that prepare and sign what leads get: forward, correct, withdraw, sign."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import reduce
from pathlib import Path  # noqa: TC003 - click reads the annotations
from typing import TYPE_CHECKING, Any, TypeVar

import click

from keys.command_line import json_option, say_json
from keys.sealing.display import one_line
from reviewer import forward_words, last_page_words, risks, words
from reviewer.case_commands import care_reminder
from reviewer.errors import RefusedError
from reviewer.forwarding import Wish, forward, plan_forward
from reviewer.keyring import reviewer_key
from reviewer.overrides import Override
from reviewer.packages import sign_again
from reviewer.prepared import prepared
from reviewer.terminal import FILE, TEXT_FILE, confirmed, given_text, say, with_vault
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations
from reviewer.withdrawing import Withdrawal, plan_withdrawal, withdraw

if TYPE_CHECKING:
    from collections.abc import Callable

    from reviewer.last_page import LastPage
    from reviewer.packages import Signed

C = TypeVar("C", bound="Callable[..., object]")

_CONTENT = (
    click.option("--title", help="The case in a line, in your words."),
    click.option("--title-file", type=TEXT_FILE, help="A text file instead of --title; - for standard input."),
    click.option("--summary", help="The case in your words; the source's words stay here."),
    click.option("--summary-file", type=TEXT_FILE, help="A text file instead of --summary; - for standard input."),
    click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="A further field, as country=MWI."),
    click.option(
        "--attach",
        "made_files",
        multiple=True,
        type=FILE,
        help="A file that you made anew, without traces of the source; leads see its name.",
    ),
    click.option(
        "--made-anew", is_flag=True, help="Do not ask: nothing of a source's file is left in those of --attach."
    ),
    click.option("--original", "originals", multiple=True, type=int, help="An attachment as it came, by its number."),
    click.option("--risk", "risks", multiple=True, metavar="NAME=ANSWER", help="What could lead to the source."),
    click.option("--files-anyway-because", "files_why", default="", help="Why files go though few people had them."),
    click.option("--withhold", multiple=True, metavar="LEAD:FIELD", help="A field that this lead is not told."),
    click.option(
        "--against-consent",
        type=FILE,
        help="A text file: why leads get it whom the source did not allow. Two sign; leads and source read it.",
    ),
    click.option("--tell-source", type=FILE, help="A text file: what the source reads of that, in its language."),
)
_SENDING = (
    click.option("--signer", "more_signers", multiple=True, help="Another reviewer who will sign."),
    click.option("--dry-run", is_flag=True, help="Show the last page, and do nothing."),
    click.option("--yes", is_flag=True, help="Do not ask: you have read the last page, as --dry-run shows it."),
)


def _with(options: tuple[Callable[[C], C], ...]) -> Callable[[C], C]:
    """Put several options on a command, in their order."""
    return lambda command: reduce(lambda done, option: option(done), reversed(options), command)


@click.command("forward")
@click.argument("case", type=int)
@click.option("--to", "leads", multiple=True, required=True, help="A lead; may be given several times.")
@_with(_CONTENT)
@_with(_SENDING)
@json_option
@with_vault
def forward_command(vault: Vault, /, *, case: int, **given: Any) -> None:
    """Pass CASE on to leads. Exit code 4 where consent, policy or a risk to the source says no.

    It asks what could lead to the source, and of each file whether it was made anew: a program sees copies, and not all
    that a file may tell. Then it shows the last page: exactly what each lead gets, and what the source is told.

    Title and summary on the command line stay in the shell's history: files, or - for standard input, do not.

    \b
    Example:
      khomo-reviewer forward 17 --to anna --title-file title.txt --summary-file summary.txt \\
        --field country=MWI --attach photo-remade.png --withhold anna:language --dry-run
    """  # noqa: D301
    _forward(vault, case, given)


@click.command("correct")
@click.argument("case", type=int)
@click.option("--reason", "correction", required=True, help="What was wrong, in your words: leads read it.")
@click.option("--to", "leads", multiple=True, help="A lead who does not have it yet.")
@_with(_CONTENT)
@_with(_SENDING)
@json_option
@with_vault
def correct_command(vault: Vault, /, *, case: int, **given: Any) -> None:
    """Put another version of CASE in the place of what leads have: to everybody who ever got it.

    Give all of it again, as for `forward`. Leads read first that it is a correction, and why.

    \b
    Example:
      khomo-reviewer correct 17 --reason "the day was wrong" --title-file title.txt --summary-file summary.txt
    """  # noqa: D301
    _forward(vault, case, given)


@click.command("withdraw")
@click.argument("case", type=int)
@click.option("--reason", required=True, help="Why, in your words: leads read it.")
@click.option("--from", "leads", multiple=True, help="Only from this lead; from all who have it if you name none.")
@_with(_SENDING)
@json_option
@with_vault
def withdraw_command(vault: Vault, /, *, case: int, dry_run: bool, yes: bool, as_json: bool, **given: Any) -> None:
    """Take CASE back from leads who have it: they are told first of all what to do, and get nothing older of it again.

    \b
    Example:
      khomo-reviewer withdraw 17 --reason "the source asked us to"
    """  # noqa: D301
    wish, key = Withdrawal(**given), reviewer_key(vault)
    with vault.look() as rows:
        page = plan_withdrawal(rows, case, wish, key.name)
    if _shown(page, dry_run=dry_run, yes=yes, as_json=as_json):
        _told(withdraw(vault, case, wish, key, page), as_json=as_json)


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
    _told(sign_again(vault, number, reviewer_key(vault)), as_json=as_json)


def _forward(vault: Vault, case: int, given: dict[str, Any]) -> None:
    """Ask what is to be asked, show the last page, and prepare what stands on it."""
    said = {name: given.pop(name) for name in ("dry_run", "yes", "as_json")}
    made_anew = given.pop("made_anew")
    wish, key = _wish(given), reviewer_key(vault)
    say(care_reminder(vault, case), err=True)
    if not (made_anew or said["dry_run"]):
        _ask_made(wish.made_files)
    page = plan_forward(vault, case, wish, key.name).page
    if _shown(page, **said):
        _told(forward(vault, case, wish, key, page), as_json=said["as_json"])


def _shown(page: LastPage, *, dry_run: bool, yes: bool, as_json: bool) -> bool:
    """Show the last page; whether to go on. Raises RefusedError where somebody says no."""
    if dry_run and as_json:
        say_json(last_page_words.last_page_json(page))
    else:
        say(last_page_words.last_page(page), err=as_json)
    if dry_run:
        return False
    if not yes and not confirmed(last_page_words.ASK[page.purpose]):
        raise RefusedError(last_page_words.NOT_YES, last_page_words.ASK_AGAIN)
    return True


def _told(signed: Signed, *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(signed))
    else:
        say(forward_words.signed(signed))


def _wish(given: dict[str, Any]) -> Wish:
    given["title"], given["summary"] = _title_and_summary(given, given.pop("title_file"), given.pop("summary_file"))
    given["fields"] = _pairs(given["fields"], words.FIELD_FORM)
    given["risks"] = _risks(_pairs(given["risks"], last_page_words.RISK_FORM))
    given["withheld"] = _withheld(given.pop("withhold"))
    why, told = (given_text(None, given.pop(name)) for name in ("against_consent", "tell_source"))
    if told is not None and why is None:
        raise click.UsageError(last_page_words.ONLY_AGAINST)
    given["override"] = None if why is None else Override(why, told or "")
    return Wish(**given)


def is_typed() -> bool:
    """Whether a person sits before it."""
    return sys.stdin.isatty()


def _risks(answers: dict[str, str]) -> dict[str, str]:
    """Ask at a terminal what nobody answered; a script has to say it."""
    if not is_typed():
        return answers
    return answers | {
        one.name: click.prompt(one.asks, type=click.Choice(one.answers), err=True) for one in risks.unanswered(answers)
    }


def _withheld(pairs: tuple[str, ...]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for pair in pairs:
        lead, colon, field = pair.partition(":")
        if not colon:
            raise click.UsageError(last_page_words.WITHHOLD_FORM.format(given=pair))
        found[lead] = found.get(lead, frozenset()) | {field}
    return found


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


def _pairs(pairs: tuple[str, ...], problem: str) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(problem.format(field=pair))
        found[name] = value
    return found


COMMANDS = (forward_command, correct_command, withdraw_command, sign)
