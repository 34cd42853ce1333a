"""Options that the commands of khomo-caselog share, and what they open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import click

from caselog.errors import CaseLogError
from caselog.lead_store import LeadStore
from keys.command_line import for_screen, say_json
from keys.opening.key_files import read_key_file
from keys.opening.lead_card import LeadCard
from keys.opening.leads import CARD_FILE, IDENTITY_FILE, SIGNING_FILE
from keys.opening.terminal import passphrase_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.sealing.age import HybridIdentity
    from keys.sealing.canonical import JSON
    from keys.sealing.key_file import KeyFile
    from keys.sealing.notes import SigningKey

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OR_FOLDER = click.Path(exists=True, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

P = ParamSpec("P")

_OPTIONS = (
    click.option(
        "--store",
        "folder",
        type=FOLDER,
        envvar="KHOMO_CASELOG",
        default=Path("case-log"),
        show_default=True,
        help="Your case log folder, made by `khomo-caselog init` (or KHOMO_CASELOG).",
    ),
    click.option(
        "--keys",
        type=FOLDER,
        envvar="KHOMO_LEAD_KEYS",
        help="The folder that `khomo-keys lead` made (or KHOMO_LEAD_KEYS); `init` remembers it.",
    ),
    click.option("--passphrase-file", type=FILE, help="A file with the passphrase, instead of asking."),
)


@dataclass(frozen=True, slots=True)
class Lead:
    """Who is at the terminal: the case log folder, the key folder if named, and where the passphrase comes from."""

    folder: Path
    keys: Path | None
    passphrase_file: Path | None

    def store(self) -> LeadStore:
        """Open the case log folder."""
        return LeadStore.open(self.folder)

    def card(self) -> LeadCard:
        """Read the card in the key folder."""
        return LeadCard.read(self._file(CARD_FILE))

    def key_folder(self) -> Path:
        """Return the key folder that was named, or the one that ``init`` was told."""
        return self.keys or Path(self.store().keys)

    def identity(self) -> HybridIdentity:
        """Open the identity, to which cases are sealed."""
        return self._key(IDENTITY_FILE).identity()

    def signing_key(self) -> SigningKey:
        """Open the signing key."""
        return self._key(SIGNING_FILE).signing_key()

    def _key(self, name: str) -> KeyFile:
        path = self._file(name)
        return read_key_file(path, self._passphrase(path))

    def _file(self, name: str) -> Path:
        path = self.key_folder() / name
        if not path.is_file():
            raise CaseLogError(f"{path} is not there.", "Make your keys with `khomo-keys lead`, or name them: --keys.")
        return path

    def _passphrase(self, path: Path) -> str:
        if self.passphrase_file is None:
            answer: str = click.prompt(f"Passphrase of {path}", hide_input=True, err=True)
            return answer
        return passphrase_from(self.passphrase_file)


def lead_options(command: Callable[Concatenate[Lead, P], None]) -> Callable[..., None]:
    """Give a command the options that every one has, as its first argument."""

    @wraps(command)
    def called(folder: Path, keys: Path | None, passphrase_file: Path | None, *args: P.args, **rest: P.kwargs) -> None:
        command(Lead(folder, keys, passphrase_file), *args, **rest)

    for option in reversed(_OPTIONS):
        called = option(called)
    return called


def say(text: str, value: JSON, *, as_json: bool) -> None:
    """Print an answer, for people or for scripts; JSON in ASCII, which no terminal obeys."""
    if as_json:
        say_json(value)
    else:
        for line in for_screen(text):
            click.echo(line)
