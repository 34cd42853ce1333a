"""What the commands share: how they find and unlock the vault, how they answer, and how they end."""

from __future__ import annotations

import shlex
import sys
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from keys.command_line import for_screen
from keys.opening.errors import WrongPassphraseError
from keys.opening.limits import PASSPHRASE_CHARACTERS
from keys.opening.terminal import passphrase_from
from keys.sealing.display import one_line
from keys.sealing.errors import KhomoError
from keys.sealing.system_errors import in_words
from reviewer import words
from reviewer.errors import LockedError, ReviewerError
from reviewer.vault.database import DISK_TROUBLE, disk_in_words
from reviewer.vault.unlock import check_passphrase, reviewers
from reviewer.vault.vault import Vault, check_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

ATTENTION = 6
EXIT_CODES = (
    *("3 the vault or a key file stays closed", "4 consent or policy says no", "5 a bundle was not taken in"),
    f"{ATTENTION} done, but something needs attention",
)
"""Beside those that every program has."""

PROGRAM = "khomo-reviewer"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TEXT_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


def _folder_of_open_vault(ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Ask for the folder, unless a shell holds the vault open."""
    if value is None and ctx.obj is None:
        raise click.MissingParameter(ctx=ctx, param=_parameter)
    return value


vault_option = click.option(
    "--vault",
    "vault_folder",
    type=FOLDER,
    envvar="KHOMO_VAULT",
    callback=_folder_of_open_vault,
    show_envvar=True,
    help="The vault's folder.",
)
passphrase_option = click.option("--passphrase-file", type=FILE, help="A file with the passphrase, instead of asking.")
reviewer_option = click.option("--reviewer", envvar="KHOMO_REVIEWER", help="Who you are, where several are known.")


def with_vault(command: Callable[Concatenate[Vault, P], T]) -> Callable[P, T]:
    """Give a command the options that find the vault; its first parameter is the vault, open."""

    @vault_option
    @reviewer_option
    @passphrase_option
    @wraps(command)
    def opened(
        vault_folder: Path, reviewer: str | None, passphrase_file: Path | None, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        session: Vault | None = click.get_current_context().obj
        if session is not None:
            return command(session, *args, **kwargs)
        with open_vault(vault_folder, reviewer, passphrase_file) as vault:
            return command(vault, *args, **kwargs)

    return opened  # type: ignore[return-value]  # click passes these options by name


def open_vault(folder: Path, reviewer: str | None, passphrase_file: Path | None) -> Vault:
    """Unlock the vault; whatever else is wrong is said before anybody types a passphrase."""
    check_there(folder)
    names = reviewers(folder / "wraps")
    if reviewer is None and passphrase_file is None and len(names) > 1:
        reviewer = click.prompt(words.ASK_WHO, type=click.Choice(names), err=True)
    if reviewer is not None and reviewer not in names:
        raise LockedError(words.NOBODY_SO.format(name=reviewer), words.KNOWN_ARE.format(names=", ".join(names)))
    return Vault.open(folder, read_passphrase(passphrase_file, words.ASK_VAULT), reviewer)


_UNREAD = "Taken, and not used."


def no_vault_needed(command: Callable[P, T]) -> Callable[P, T]:
    """Let a command without a vault take the options of all others, unread: scripts give them to each."""

    @click.option("--vault", hidden=True, expose_value=False, help=_UNREAD)
    @click.option("--reviewer", hidden=True, expose_value=False, help=_UNREAD)
    @click.option("--passphrase-file", hidden=True, expose_value=False, help=_UNREAD)
    @wraps(command)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        return command(*args, **kwargs)

    return called


def read_passphrase(file: Path | None, question: str) -> str:
    """Take a passphrase from a file with one line, or ask for it."""
    if file is not None:
        return passphrase_from(file)
    answer: str = click.prompt(question, hide_input=True, err=True)
    return answer


def new_passphrase(file: Path | None) -> str:
    """Take a passphrase for the vault from a file, or ask until one is long enough and was typed twice."""
    if file is not None:
        return passphrase_from(file)
    click.echo(words.PASSPHRASE_RULE.format(characters=PASSPHRASE_CHARACTERS), err=True)
    while True:
        typed = read_passphrase(None, words.ASK_NEW_VAULT)
        try:
            check_passphrase(typed)
        except ReviewerError as error:
            click.echo(error.message, err=True)
            continue
        if read_passphrase(None, words.ASK_AGAIN) == typed:
            return typed
        click.echo(words.NOT_THE_SAME, err=True)


_STDIN = Path("-")


def given_text(text: str | None, file: Path | None) -> str | None:
    """Take a text from an option, from a file, or from standard input, which ``-`` names; None where none is given.

    What is typed into a command line stays in the shell's history, readable for whoever takes the disk.
    """
    if text == str(_STDIN) or file == _STDIN:
        return sys.stdin.read()
    return text if file is None else file.read_text("utf-8")


class ReviewerGroup(click.Group):
    """Turns our errors into what happened, what to do next, and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (KhomoError, OSError, UnicodeError, *DISK_TROUBLE) as error:
            told = told_in_words(error)
            say([f"{words.ERROR} {one_line(str(told))}"], err=True)
            ctx.exit(_exit_code(told))


def _exit_code(told: Exception) -> int:
    if isinstance(told, WrongPassphraseError):
        return LockedError.exit_code
    return told.exit_code if isinstance(told, ReviewerError) else 1


def told_in_words(error: Exception) -> Exception:
    """Turn what a command or a page may raise into an error that says what happened and what to do."""
    if isinstance(error, OSError):
        return in_words(error)
    if isinstance(error, UnicodeError):
        return ReviewerError(words.NOT_UTF8)
    return disk_in_words(error) if isinstance(error, DISK_TROUBLE) else error


def typed_lines(question: str) -> Iterator[str]:
    """Lines as they are typed, until an empty one or the end of input."""
    with suppress(click.Abort):
        while line := click.prompt(question, default="", show_default=False, prompt_suffix=" ", err=True):
            yield line


def run_line(group: click.Group, line: str, vault: Vault) -> None:
    """Run one line of a shell on a vault that is open already; it ends the line and never the shell."""
    try:
        arguments = shlex.split(line)
    except ValueError:
        click.echo(f"{words.ERROR} {words.OPEN_QUOTE}", err=True)
        return
    try:
        group.main(_as_typed_outside(arguments), prog_name=PROGRAM, standalone_mode=False, obj=vault)
    except click.Abort:
        click.echo(err=True)
    except click.ClickException as error:
        error.show()


def _as_typed_outside(arguments: list[str]) -> list[str]:
    """Take what people type into a shell for what they mean: the program's name before a command, or ``help``."""
    if arguments[:1] == [PROGRAM]:
        arguments = arguments[1:]
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    return arguments


def say(lines: Iterable[str], *, err: bool = False, is_value: bool = False) -> None:
    """Print lines for a person, none wider than the screen; ``is_value`` for what other programs take as it is."""
    for line in lines:
        for piece in for_screen(line, is_value=is_value):
            click.echo(piece, err=err)


def confirmed(question: str) -> bool:
    """Ask for a yes; whatever others wrote in the question passes for no line of ours."""
    return click.confirm("\n".join(for_screen(question)), err=True)


@contextmanager
def progress(label: str, length: int, *, shown: bool = True) -> Iterator[Callable[[int], object]]:
    """Show how far something is, on a terminal only."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _step: None
        return
    bar: Any
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update
