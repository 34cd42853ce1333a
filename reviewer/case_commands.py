"""Commands about cases: list, show, save, triage, categories, search, history, opinions, profile."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - click reads the annotations
from typing import Any

import click

from keys.command_line import json_option, say_json
from reviewer import case_words, followup_words, last_page_words, triage_words, words
from reviewer.as_json import case_json, details_json, hit_json, listing_json
from reviewer.care import care_of
from reviewer.cases import details, get_case, history, list_cases, mark_read, rows_in
from reviewer.evidence.standing import below_files
from reviewer.followups import opinions
from reviewer.health import look_at
from reviewer.likeness.likeness_words import together
from reviewer.likeness.merging import Together, decide_together
from reviewer.likeness.standing import as_fields, below_case, below_list
from reviewer.prepared import pending
from reviewer.profile_command import profile_command
from reviewer.recipients import to_withdraw
from reviewer.saving import save_attachment
from reviewer.search import search
from reviewer.terminal import FOLDER, confirmed, given_text, no_vault_needed, say, with_vault
from reviewer.triage import Decision, ends, set_back
from reviewer.triage_options import decision_from, filter_from, list_options, triage_options
from reviewer.values import SEALED_STATES, ArrivalState, Severity
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations
from reviewer.vocabulary import categories


@click.command("list")
@list_options
@click.option("--sealed", is_flag=True, help="Instead: rows that could not be opened, and why.")
@click.option("--decoys", is_flag=True, help="Instead: rows that the server signed as its own decoys.")
@json_option
@with_vault
def list_command(vault: Vault, /, *, sealed: bool, decoys: bool, as_json: bool, **wish: Any) -> None:
    """List cases: danger first, then late letters, severity, unread, newest; ended last. Trouble comes before all.

    \b
    Example:
      khomo-reviewer list --unread
      khomo-reviewer list --status assessing --assignee amina --json
      khomo-reviewer list --due soon
    """  # noqa: D301
    if sealed or decoys:
        _list_rows(vault, SEALED_STATES if sealed else (ArrivalState.DECOY,), as_json=as_json)
        return
    with vault.look() as rows:
        health = look_at(rows, vault.today())
        found = list_cases(rows, filter_from(wish), vault.today())
        if as_json:
            say_json(listing_json(health, found))
        else:
            say([*words.health(health), *case_words.listing(found), *below_list(rows, found)])


def _list_rows(vault: Vault, states: tuple[ArrivalState, ...], *, as_json: bool) -> None:
    with vault.look() as rows:
        found = rows_in(rows, states)
        if as_json:
            say_json([{"row": row.id.hex(), "state": row.state, "problem": row.problem} for row in found])
        else:
            nothing = case_words.NO_DECOYS if ArrivalState.DECOY in states else case_words.NO_SEALED
            say(list(map(case_words.arrival_line, found)) or [nothing])


@click.command()
@click.argument("case", type=int)
@click.option("--keep-unread", is_flag=True, help="Look without marking the case as read.")
@json_option
@with_vault
def show(vault: Vault, *, case: int, keep_unread: bool, as_json: bool) -> None:
    """Show all of CASE: texts, attachments, consent, notes, letters.

    \b
    Example:
      khomo-reviewer show 17
    """  # noqa: D301
    with vault.look() as rows:
        found = details(rows, case)
        waiting = pending(rows, case)
        if as_json:
            say_json(details_json(found) | {"waiting": [asdict(one) for one in waiting]} | as_fields(rows, case))
        else:
            proposed = last_page_words.to_withdraw(to_withdraw(rows, case))
            say(
                [
                    *proposed,
                    *case_words.details(found, waiting),
                    *below_files(rows, case, found.attachments),
                    *below_case(rows, case),
                ]
            )
        unread = found.case.unread
    if unread and not keep_unread:
        with vault.change() as change:
            mark_read(change, case)


@click.command()
@click.argument("attachment", type=int)
@click.argument("folder", type=FOLDER)
@with_vault
def save(vault: Vault, *, attachment: int, folder: Path) -> None:
    """Save ATTACHMENT (its number as `show` prints it) into FOLDER, in the clear, under a safe name.

    A file that is there is never replaced. The file is as the source sent it: it may attack whatever opens it.

    \b
    Example:
      khomo-reviewer save 42 /media/quarantine
    """  # noqa: D301
    say([str(save_attachment(vault, attachment, folder))], is_value=True)


@click.command()
@click.argument("case", type=int)
@triage_options
@click.option("--undo", is_flag=True, help="Set back what was decided last; again, what was decided before that.")
@click.option("--yes", is_flag=True, help="Do not ask whether a case of danger is closed that nobody has read.")
@json_option
@with_vault
def triage(vault: Vault, /, *, case: int, undo: bool, yes: bool, as_json: bool, **wish: Any) -> None:
    """Decide about CASE. Only what is named changes; every change stands in the history.

    A case is closed once its source has a letter of a person (exit code 4); spam needs none. Names and places that you
    type into a command line stay in the shell's history: in `khomo-reviewer shell` they do not.

    \b
    Example:
      khomo-reviewer triage 17 --status assessing --severity high --category COR-01 --label water --assignee amina
      khomo-reviewer triage 17 --place "Old harbour" --when 2026-10 --person accused "head of the works" --reliability B
      khomo-reviewer triage 18 --disposition closed --reason "outside our mandate" --outcome not-ours
      khomo-reviewer triage 18 --undo
    """  # noqa: D301
    note_file = wish.pop("note_file")
    if wish["note"] is not None and note_file is not None:
        raise click.UsageError(words.ONE_NOTE)
    wish["note"] = given_text(wish["note"], note_file)
    decision = decision_from(wish)
    if undo and decision != Decision():
        raise click.UsageError(words.UNDO_ALONE)
    if ends(decision):
        _before_the_end(vault, case, ask=not yes)
    with vault.change() as change:
        done = Together(tuple(set_back(change, case))) if undo else decide_together(change, case, decision)
        shown = get_case(change.rows, case)
        if as_json:
            say_json({"changed": done.changed, "case": case_json(shown), "followed": done.followed})
        else:
            told = case_words.set_back if undo else case_words.changed
            say([*told(done.changed, shown), *together(done)])


def is_unread_danger(vault: Vault, number: int) -> bool:
    """Whether a person may be in danger in a case that nobody has read."""
    with vault.look() as rows:
        case = get_case(rows, number)
        return case.unread and case.severity == Severity.DANGER


def _before_the_end(vault: Vault, number: int, *, ask: bool) -> None:
    """Remind of what is owed to people in danger; ask where nobody has read of it."""
    say(care_reminder(vault, number), err=True)
    if ask and is_unread_danger(vault, number) and not confirmed(words.ASK_UNREAD_DANGER.format(case=number)):
        raise click.Abort


def care_reminder(vault: Vault, number: int) -> list[str]:
    """What of the list for those in danger is open, before a case ends or goes out; nothing where all is done."""
    with vault.look() as rows:
        return list(triage_words.reminder(number, care_of(rows, get_case(rows, number))))


@click.command("categories")
@json_option
@no_vault_needed
def categories_command(*, as_json: bool) -> None:
    """Show the codes that `triage --category` takes. No passphrase is needed.

    \b
    Example:
      khomo-reviewer categories
    """  # noqa: D301
    if as_json:
        say_json(categories())
    else:
        say(case_words.vocabulary())


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@json_option
@with_vault
def search_command(vault: Vault, *, query: tuple[str, ...], as_json: bool) -> None:
    """Find cases by words in texts, notes, file names and labels, however accents, Arabic letters or digits were typed.

    All words must be there; "several words" stand together; word* begins so; -word must be absent (after --).

    \b
    Example:
      khomo-reviewer search waste water
      khomo-reviewer search '"river bank" pol*'
    """  # noqa: D301
    with vault.look() as rows:
        found = search(rows, " ".join(query))
        if as_json:
            say_json([hit_json(one) for one in found])
        else:
            say([line for one in found for line in case_words.hit(one)] or [case_words.NO_HITS])


@click.command("history")
@click.argument("case", type=int, required=False)
@json_option
@with_vault
def history_command(vault: Vault, *, case: int | None, as_json: bool) -> None:
    """Show who did what, on which day: of CASE, or of the whole desk.

    \b
    Example:
      khomo-reviewer history 17
    """  # noqa: D301
    with vault.look() as rows:
        acts = history(rows, case)
    if as_json:
        say_json(
            [
                {"day": act.day, "who": act.who, "act": act.act, "case": act.case_id}
                | {"values": {value.field: [value.before, value.after] for value in values}}
                for act, values in acts
            ]
        )
    else:
        say(line for act, values in acts for line in case_words.act(act, values))


@click.command("opinions")
@json_option
@with_vault
def opinions_command(vault: Vault, *, as_json: bool) -> None:
    """Count what sources said of the service when their cases were closed; what they wrote stands in their cases.

    \b
    Example:
      khomo-reviewer opinions
    """  # noqa: D301
    with vault.look() as rows:
        found = opinions(rows)
    if as_json:
        ticked = [{"asked": asked, "answer": answer, "times": times} for (asked, answer), times in found.ticked.items()]
        say_json({"sources": found.sources, "ticked": ticked})
    else:
        say(followup_words.opinions(found))


COMMANDS = (
    *(list_command, show, save, triage, categories_command, search_command, history_command),
    *(opinions_command, profile_command),
)
