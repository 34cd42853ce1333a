"""``khomo-intake check-form``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from intake.command_line import told
from intake.form.errors import FormError
from intake.form.model import FIRST_PAGE
from intake.form.reader import read_form
from keys.command_line import exit_codes, json_option, say_json


@click.command("check-form", epilog=exit_codes(done="nothing is wrong"))
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@json_option
@told
def check_form(path: Path, *, as_json: bool) -> None:
    """Check the questions of a form FILE before the pages ask them.

    Every mistake is told in one go: line, what is wrong, what would be right. docs/formats/form.md explains the file.

    \b
    Example:
      khomo-intake check-form /etc/khomo/form.toml
    """  # noqa: D301  # click reads the backspace
    try:
        form = read_form(path)
    except FormError as error:
        if as_json:
            say_json({"file": path, "mistakes": [asdict(one) for one in error.mistakes]})
        for mistake in () if as_json else error.mistakes:
            click.echo(f"{path}:{mistake.line}: {mistake}", err=True)
        raise click.exceptions.Exit(1) from None
    if as_json:
        say_json({"file": path, "mistakes": [], "questions": len(form.fields), "pages": form.pages})
        return
    first = sum(len(section.fields) for section in form.asked(FIRST_PAGE))
    click.echo(f"{path}: every key is understood.")
    click.echo(
        f"It asks {len(form.fields)} questions: {first} on the first page, others on {len(form.pages) - 1} more."
    )
    for desk in sorted(form.desks):
        click.echo(f"Some reports go to the desk {desk}; check-config says whether the public bundle has it.")
