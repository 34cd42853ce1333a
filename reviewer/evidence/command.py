"""khomo-reviewer evidence: what files say of themselves, and whether proofs hold."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keys.command_line import json_option, say_json
from keys.sealing.atomic import atomic_file
from reviewer.errors import ReviewerError
from reviewer.evidence import words
from reviewer.evidence.kept import Kept, KeyBefore, key_before, latest, needing_attention
from reviewer.evidence.looking import look, plan
from reviewer.evidence.report import report
from reviewer.terminal import ATTENTION, progress, say, with_vault
from reviewer.vault.vault import Vault  # noqa: TC001 - click reads the annotations

if TYPE_CHECKING:
    from collections.abc import Iterable

REPORT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("evidence")
@click.argument("case", type=int)
@click.argument("file", type=int, required=False)
@click.option("--again", is_flag=True, help="Look again at files that were looked at before.")
@click.option("--save", type=REPORT, help="Write a report on the bundles into a new text file.")
@json_option
@with_vault
def evidence_command(
    vault: Vault, /, *, case: int, file: int | None, save: Path | None, as_json: bool, **wish: bool
) -> None:
    """Look at the files of CASE in the sandbox: do ProofMode bundles hold, and what do pictures and PDFs say?

    FILE is a number as `show` prints it; that file is looked at again. What was found is kept with the case. Exit code
    6 if a proof does not hold, or could not all be checked.

    \b
    Example:
      khomo-reviewer evidence 17
      khomo-reviewer evidence 17 42 --save report.txt
    """  # noqa: D301
    if save is not None:
        _check_place(vault, save)
    wanted = plan(vault, case, file, again=wish["again"])
    with progress(words.LOOKING, sum(one.size for one in wanted), shown=not as_json) as advance:
        for one in wanted:
            look(vault, case, one)
            advance(one.size)
    with vault.look() as rows:
        numbers = None if file is None else {one.number for one in wanted}
        found = [kept for (_look, number), kept in latest(rows, case).items() if numbers is None or number in numbers]
        shown = [(one, key_before(rows, case, one) if one.seen.key else None) for one in found]
    if save is not None:
        with atomic_file(save) as text:
            text.write(report(found).encode())
    if as_json:
        say_json([_json(*one) for one in shown])
    else:
        _say(shown, case, named=file is not None)
        if save is not None:
            say([words.SAVED.format(path=save)], is_value=True)
    if needing_attention(found):
        click.get_current_context().exit(ATTENTION)


def _check_place(vault: Vault, save: Path) -> None:
    if save.resolve().is_relative_to(vault.folder.resolve()):
        raise ReviewerError("Nothing is saved in the clear inside the vault.", "Name another folder.")
    if save.exists() or save.is_symlink():
        raise ReviewerError(f"{save} is there already.", "Name a file that is not there yet.")


def _say(shown: Iterable[tuple[Kept, KeyBefore | None]], case: int, *, named: bool) -> None:
    told = [one for one in shown if named or one[0].seen.findings or one[0].seen.look == "clues"]
    if not told:
        say([words.NOTHING])
    for kept, before in told:
        say(words.shown(kept, before, case))


def _json(kept: Kept, before: KeyBefore | None) -> dict[str, Any]:
    return {
        **asdict(kept.seen),
        "verdict": kept.seen.word,
        "day": kept.day,
        "who": kept.who,
        "key_before": None if before is None else asdict(before),
    }
