"""Commands about what is alike: like, merge, unmerge, mute, unmute."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from keys.command_line import json_option, say_json
from reviewer.cases import get_case
from reviewer.likeness import likeness_words as words
from reviewer.likeness.finding import like
from reviewer.likeness.looking import count_unseen, look_at_pictures
from reviewer.likeness.merging import merge, unmerge
from reviewer.likeness.muting import mute, unmute
from reviewer.terminal import progress, say, with_vault
from reviewer.vault.likeness_rows import MergedRow
from reviewer.vault.rows import CaseRow
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from reviewer.likeness.finding import Likeness


@click.command("like")
@click.argument("case", type=int)
@click.option("--pictures", is_flag=True, help="First open, in the sandbox, all pictures that were never compared.")
@json_option
@with_vault
def like_command(vault: Vault, *, case: int, pictures: bool, as_json: bool) -> None:
    """List cases that look like CASE, each with the reason: the same file, nearly the same text or picture.

    These are hints. Nothing is merged by itself.

    \b
    Example:
      khomo-reviewer like 17
      khomo-reviewer like 17 --pictures
    """  # noqa: D301
    with vault.look() as rows:
        get_case(rows, case)  # told before a long work
        waiting = count_unseen(rows)
    said: list[str] = []
    if pictures:
        with progress(words.LOOKING, waiting, shown=not as_json) as advance:
            said += words.looked(look_at_pictures(vault, advance))
    with vault.look() as rows:
        found = like(rows, case)
        waiting = count_unseen(rows)
        if as_json:
            say_json(_json(found) | {"unseen": waiting})
        else:
            alike = words.alike(found, _cases(rows, found.cases), _above(rows, found.cases))
            say([*said, *alike, *words.unseen(waiting)])


def _json(found: Likeness) -> dict[str, object]:
    return {**asdict(found), "cases": found.cases}


def _cases(rows: Session, numbers: Sequence[int]) -> dict[int, CaseRow]:
    return {case.id: case for case in rows.scalars(select(CaseRow).where(CaseRow.id.in_(numbers)))}


def _above(rows: Session, numbers: Sequence[int]) -> dict[int, int]:
    return {row.case_id: row.into_id for row in rows.scalars(select(MergedRow).where(MergedRow.case_id.in_(numbers)))}


@click.command("merge")
@click.argument("cases", type=int, nargs=-1, required=True, metavar="CASE...")
@click.option("--into", type=int, required=True, help="The case under which they are listed from then on.")
@click.option("--label", help="A label for all of them, as the name of a campaign.")
@json_option
@with_vault
def merge_command(vault: Vault, *, cases: tuple[int, ...], into: int, label: str | None, as_json: bool) -> None:
    """Count one CASE, or many, to another. Nothing is deleted or copied, and `unmerge` takes it back.

    What becomes of the other case becomes of them too, but for forwarding. What their sources still send stands in
    the list until it is read.

    \b
    Example:
      khomo-reviewer merge 18 --into 17
      khomo-reviewer merge 21 22 23 24 --into 20 --label letter-writing
    """  # noqa: D301
    with vault.change() as change:
        numbers = merge(change, cases, into, label)
    if as_json:
        say_json({"merged": numbers, "into": into})
    else:
        say(words.merged(numbers, into))


@click.command("unmerge")
@click.argument("cases", type=int, nargs=-1, required=True, metavar="CASE...")
@json_option
@with_vault
def unmerge_command(vault: Vault, *, cases: tuple[int, ...], as_json: bool) -> None:
    """Let a merged CASE, or many, stand alone again.

    \b
    Example:
      khomo-reviewer unmerge 18
    """  # noqa: D301
    with vault.change() as change:
        numbers = unmerge(change, cases)
    if as_json:
        say_json({"unmerged": numbers})
    else:
        say(words.unmerged(numbers))


@click.command("mute")
@click.argument("case", type=int)
@with_vault
def mute_command(vault: Vault, *, case: int) -> None:
    """Let what else comes into CASE call nobody. It is kept and counted; the source sees no difference.

    Danger to somebody, or a child, still calls, and ends it.

    \b
    Example:
      khomo-reviewer mute 19
    """  # noqa: D301
    with vault.change() as change:
        mute(change, case)
    say([words.MUTED.format(case=case)])


@click.command("unmute")
@click.argument("case", type=int)
@with_vault
def unmute_command(vault: Vault, *, case: int) -> None:
    """Let what comes into CASE call again; it is unread if anything came meanwhile.

    \b
    Example:
      khomo-reviewer unmute 19
    """  # noqa: D301
    with vault.change() as change:
        came = unmute(change, case)
    say(words.unmuted(case, came))


COMMANDS = (like_command, merge_command, unmerge_command, mute_command, unmute_command)
