"""Commands about letters to sources: templates, reply, letter, unsend, lost-words."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keys.command_line import json_option, say_json
from keys.sealing.atomic import atomic_write
from keys.sealing.letter import EntryKind, Outcome
from reviewer import caution_words, letter_words, lost_words, words
from reviewer.cautions import Danger
from reviewer.errors import ReviewerError
from reviewer.letter_preview import Draft, preview
from reviewer.letter_templates import DAYS, USUAL_DAYS, Choice, fill, languages, names
from reviewer.letters import write_to_source
from reviewer.terminal import TEXT_FILE, confirmed, given_text, no_vault_needed, say, with_vault
from reviewer.unsending import unsend
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations

if TYPE_CHECKING:
    from collections.abc import Collection

    from reviewer.letter_preview import Preview
    from reviewer.letter_templates import Filled

NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("templates")
@json_option
@no_vault_needed
def templates_command(*, as_json: bool) -> None:
    """Show the letters that are written already, and in which languages. No passphrase is needed.

    \b
    Example:
      khomo-reviewer templates
    """  # noqa: D301
    if as_json:
        known = {code: {"draft": one.draft, "checking": one.checking} for code, one in languages().items()}
        say_json({"templates": {name: letter_words.template(name) for name in names()}, "languages": known})
    else:
        say(letter_words.templates(languages().values(), names()))


@click.command()
@click.argument("case", type=int)
@click.argument("text", required=False)
@click.option("--file", type=TEXT_FILE, help="A text file instead of TEXT; - for standard input.")
@click.option("--question", is_flag=True, help="It asks for an answer, and gets a field for it.")
@click.option(
    "--template", type=click.Choice(names()), help="A letter that is written already; `templates` lists them."
)
@click.option(
    "--language", type=click.Choice(tuple(languages())), help="Of the template; that of the report if not said."
)
@click.option(
    "--days",
    type=click.IntRange(DAYS.start, DAYS.stop - 1),
    help=f"After how many days the source may look again; {USUAL_DAYS} if not said.",
)
@click.option("--outcome", type=click.Choice([one.value for one in Outcome]), help="What came of it, for `closed`.")
@click.option("--edit", type=NEW_FILE, help="Write the template into this new file instead, to change it first.")
@click.option(
    "--despite",
    multiple=True,
    type=click.Choice([danger.value for danger in Danger]),
    help="It goes although it holds this; the history says so.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether the letter goes so.")
@with_vault
def reply(vault: Vault, /, *, case: int, despite: tuple[str, ...], yes: bool, **wish: Any) -> None:
    """Write TEXT, or a template, into the letter of CASE's source. It leaves with the next outbox.

    First it shows what the source will see, and what in the text may endanger somebody. On a terminal it asks; a
    script names each such danger with --despite.

    A TEXT on the command line stays in the shell's history: give a file, or - and type it, ended by Ctrl-D.

    \b
    Example:
      khomo-reviewer reply 17 -
      khomo-reviewer reply 17 --question --file question.txt
      khomo-reviewer reply 17 --template received --language ar
    """  # noqa: D301
    made = _of_template(vault, case, wish)
    if made is not None and wish["edit"] is not None:
        _write_for_editing(vault, case, made, wish["edit"])
        return
    text = made.text if made else given_text(wish["text"], wish["file"])
    question = wish["question"] or (made is not None and made.question)
    draft = Draft(EntryKind.QUESTION if question else EntryKind.REPLY, text or "")
    seen = preview(vault, case, draft)
    say(letter_words.preview(case, seen))
    seen_dangers = _go_on(seen, frozenset(map(Danger, despite)), yes=yes)
    with vault.change() as change:
        write_to_source(change, case, draft.kind, draft.text, seen_dangers)
    say([words.WRITTEN])


def _of_template(vault: Vault, case: int, wish: dict[str, Any]) -> Filled | None:
    """Fill in the template that was named, if one was; says what to know of it."""
    if sum(wish[name] is not None for name in ("text", "file", "template")) != 1:
        raise click.UsageError(letter_words.ONE_TEXT)
    if wish["template"] is None:
        if any(wish[name] is not None for name in ("language", "days", "outcome", "edit")):
            raise click.UsageError(letter_words.OF_A_TEMPLATE)
        return None
    outcome = None if wish["outcome"] is None else Outcome(wish["outcome"])
    choice = Choice(wish["template"], wish["language"], wish["days"] or USUAL_DAYS, outcome)
    with vault.look() as rows:
        made = fill(rows, case, choice)
    say(letter_words.filled(made))
    return made


def _write_for_editing(vault: Vault, case: int, made: Filled, path: Path) -> None:
    if path.resolve().is_relative_to(vault.folder.resolve()):
        raise ReviewerError("Nothing is written in the clear inside the vault.", "Name a file elsewhere.")
    atomic_write(path, f"{made.text}\n".encode())
    say(letter_words.edited(case, str(path), question=made.question))


def _go_on(seen: Preview, despite: Collection[Danger], *, yes: bool) -> frozenset[Danger]:
    """Show what may endanger somebody and ask, on a terminal; returns the dangers that a person has seen."""
    new = [one for one in seen.cautions if one.danger not in despite]
    say(caution_words.cautions(seen.cautions))
    if not _somebody_is_there():
        return frozenset(despite)
    asked = [caution_words.ASK_DESPITE] if new else [] if yes else [letter_words.ASK_GO]
    if not all(map(confirmed, asked)):
        say([letter_words.NOT_WRITTEN])
        raise click.Abort
    return frozenset(despite) | {one.danger for one in new}


def _somebody_is_there() -> bool:
    """Whether a question would be read: scripts are asked nothing."""
    return sys.stdin.isatty()


@click.command("letter")
@click.argument("case", type=int)
@json_option
@with_vault
def letter_command(vault: Vault, *, case: int, as_json: bool) -> None:
    """Show what the source of CASE will see after the next outbox, and what no longer fits.

    \b
    Example:
      khomo-reviewer letter 17
    """  # noqa: D301
    seen = preview(vault, case)
    if as_json:
        entries = [asdict(entry) | {"audiences": sorted(entry.audiences)} for entry in seen.letter.entries]
        say_json(
            {"state": seen.letter.state, "outcome": seen.letter.outcome, "entries": entries}
            | {"dropped": len(seen.dropped), "text_bytes": seen.text_bytes}
        )
    else:
        say(letter_words.preview(case, seen))


@click.command("unsend")
@click.argument("case", type=int)
@with_vault
def unsend_command(vault: Vault, *, case: int) -> None:
    """Take back the last reply or question to CASE's source, if no outbox has carried it yet.

    \b
    Example:
      khomo-reviewer unsend 17
    """  # noqa: D301
    with vault.change() as change:
        unsend(change, case)
    say([letter_words.UNSENT])
    say(letter_words.preview(case, preview(vault, case)))


@click.command("lost-words")
@click.argument("new", type=int)
@click.option("--of", "old", type=int, help="The case of which the words were lost.")
@click.option("--with-letters", is_flag=True, help="What was written to it before goes to the new mailbox too.")
@click.option("--undo", "is_undone", is_flag=True, help="Give the old case its mailbox back.")
@click.option("--posing", is_flag=True, help="With --undo: whoever has the new mailbox is not the source.")
@click.option("--yes", is_flag=True, help="Do not ask: you have compared the answers, as this command prints them.")
@with_vault
def lost_words_command(vault: Vault, /, *, new: int, old: int | None, is_undone: bool, **flags: bool) -> None:
    """Let the letters of a case go to the mailbox of case NEW, whose source lost the words of the old one.

    Two questions must be asked and answered in the new mailbox first. You compare the answers; the history has your
    name. Exit code 4 where somebody may be posing.

    \b
    Example:
      khomo-reviewer lost-words 31 --of 17
      khomo-reviewer lost-words 31 --undo
    """  # noqa: D301
    if (old is None) != is_undone:
        raise click.UsageError(letter_words.OF_OR_UNDO)
    if (flags["posing"] and not is_undone) or (flags["with_letters"] and is_undone):
        raise click.UsageError(letter_words.OF_UNDO)
    if old is None:
        with vault.change() as change:
            taken_back = lost_words.undo(change, new, posing=flags["posing"])
        say(letter_words.given_back(new, taken_back))
        return
    with vault.look() as rows:
        found = lost_words.check_claim(rows, new, old)
    say(letter_words.answers(new, found))
    if not flags["yes"] and not confirmed(letter_words.ASK_ANSWERS.format(new=new, old=old)):
        say([letter_words.NOT_WRITTEN])
        raise click.Abort
    with vault.change() as change:
        lost_words.take_over(change, new, old, with_letters=flags["with_letters"])
    say(letter_words.taken_over(new, old, with_letters=flags["with_letters"]))


COMMANDS = (templates_command, reply, letter_command, unsend_command, lost_words_command)
