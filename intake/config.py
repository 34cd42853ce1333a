"""What an operator decides: one TOML file, read once into frozen values.

Rules: unknown keys are refused; every problem (unknown keys, bad values, unsafe combinations) is reported in one go;
relative paths count from the folder of the file; nothing here is global. ``config.example.toml`` explains every key.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
import typing
from collections.abc import Mapping  # noqa: TC003  # the model's types are read at run time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from intake.combinations import unsafe_combinations
from intake.language_states import DRAFTS, LANGUAGES
from intake.server.numbers import SERVER_NUMBERS, ServerNumbers
from intake.settings import (
    Problem,
    WrongValueError,
    one_of,
    read_values,
    several,
    switch,
    tables,
    text,
    translated,
    whole,
)
from keys.sealing import limits
from keys.sealing.errors import KhomoError
from keys.sealing.system_errors import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_CLIENT_NAME = re.compile(r"[a-z0-9-]{1,32}")
_CLIENT_KEY = re.compile(r"descriptor:x25519:[A-Z2-7]{52}")

SUBMISSION_MIB = limits.SUBMISSION_BYTES // limits.MIB


class ConfigError(KhomoError):
    """The configuration cannot be used.

    Attributes:
        problems: all of them, in the order of the file's model.
        known: for each table the values that could be read.
    """

    def __init__(
        self, path: Path, problems: Sequence[Problem], known: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        lines = [f"{path}: {problem}" for problem in problems]
        super().__init__("\n".join(lines), "")
        self.problems = tuple(problems)
        self.known = {name: {} for name in SECTIONS} if known is None else known


def a_path(value: object) -> Path:
    """Read a path; ``~`` and variables are not expanded, so that what is written is what is used."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise WrongValueError("is not a path", "a path in quotes, such as /var/lib/khomo/store")
    return Path(value)


@dataclass(frozen=True)
class Paths:
    """Where things lie. The three folders must be apart from each other."""

    store_dir: Annotated[Path, a_path]
    run_dir: Annotated[Path, a_path]
    tor_dir: Annotated[Path, a_path]
    public_bundle: Annotated[Path, a_path]
    root_key: Annotated[Path, a_path]
    server_key: Annotated[Path, a_path]


@dataclass(frozen=True)
class DangerContact:
    """Whom to turn to when waiting for the box to be opened is too long.

    Attributes:
        only_in: languages of the pages that name it; empty for all of them.
    """

    name: Annotated[str, text(80)]
    reach: Annotated[str, text(120)]
    note: Annotated[Mapping[str, str] | None, translated(160)] = None
    only_in: Annotated[tuple[str, ...], several(one_of(*LANGUAGES))] = ()

    def answers_in(self, language: str) -> bool:
        """Whether pages in this language name it."""
        return not self.only_in or language in self.only_in


@dataclass(frozen=True)
class Door:
    """What the pages say about the people behind them."""

    about: Annotated[Mapping[str, str], translated(600)]
    opening_days: Annotated[tuple[str, ...], several(one_of(*WEEKDAYS), at_least=1)]
    danger_contacts: Annotated[tuple[DangerContact, ...], tables(DangerContact, at_least=1)]
    languages: Annotated[tuple[str, ...], several(one_of(*LANGUAGES), at_least=1)] = ("en",)
    draft_languages: Annotated[tuple[str, ...], several(one_of(*sorted(DRAFTS)))] = ()
    honest_belief: Annotated[Mapping[str, str] | None, translated(800)] = None
    safe_authorities: Annotated[Mapping[str, str] | None, translated(600)] = None
    unsafe_authorities: Annotated[Mapping[str, str] | None, translated(600)] = None


@dataclass(frozen=True)
class FormFile:
    """Which questions the pages ask."""

    file: Annotated[Path | None, a_path] = None


@dataclass(frozen=True)
class Lanes:
    """Which ways in are open."""

    arrival: Annotated[bool, switch] = True
    presealed: Annotated[bool, switch] = True


@dataclass(frozen=True)
class Limits:
    """What one machine can carry. Sizes in MiB, as the names say."""

    submission_mib: Annotated[int, whole(1, SUBMISSION_MIB)] = SUBMISSION_MIB
    file_fields: Annotated[int, whole(1, limits.FILES_PER_SUBMISSION)] = 5
    free_space_floor_mib: Annotated[int, whole(64, 1 << 20)] = 2048
    day_mib: Annotated[int, whole(64, 1 << 24)] = 20480
    day_text_mib: Annotated[int, whole(16, 1 << 20)] = 2048
    threads: Annotated[int, whole(8, 1024)] = 256
    upload_slots: Annotated[int, whole(2, 1000)] = 128
    reserved_text_slots: Annotated[int, whole(1, 500)] = 32

    @property
    def submission_bytes(self) -> int:
        """The files of one submission, in bytes."""
        return self.submission_mib * limits.MIB

    @property
    def free_space_floor_bytes(self) -> int:
        """Space that uploads leave free, in bytes."""
        return self.free_space_floor_mib * limits.MIB

    @property
    def day_bytes(self) -> int:
        """What one day may bring, in bytes."""
        return self.day_mib * limits.MIB

    @property
    def day_text_bytes(self) -> int:
        """The part of it that files leave to text, in bytes."""
        return self.day_text_mib * limits.MIB

    def server_numbers(self) -> ServerNumbers:
        """Return the server's numbers with these in place."""
        slots = dataclasses.replace(SERVER_NUMBERS.slots, bodies=self.upload_slots, texts=self.reserved_text_slots)
        return dataclasses.replace(SERVER_NUMBERS, threads=self.threads, slots=slots)


@dataclass(frozen=True)
class Onion:
    """How the service meets tor."""

    tor: Annotated[str, one_of("own", "system")] = "own"
    tor_binary: Annotated[Path, a_path] = Path("/usr/bin/tor")
    control_socket: Annotated[Path | None, a_path] = None
    proof_of_work: Annotated[bool, switch] = True
    torrc_additions: Annotated[Path | None, a_path] = None


def client_keys(value: object) -> Mapping[str, str]:
    """Read a table from a name to the key that lets a tor in: ``laptop = "descriptor:x25519:…"``."""
    if not isinstance(value, dict):
        raise WrongValueError("is not a table", 'a table such as { laptop = "descriptor:x25519:…" }')
    for name, key in value.items():
        if not _CLIENT_NAME.fullmatch(name) or not isinstance(key, str) or not _CLIENT_KEY.fullmatch(key):
            right = "a name of small letters and what `khomo-reviewer courier init` printed: descriptor:x25519:…"
            raise WrongValueError(f"has {name!r}, which is no client's key", right)
    return value


@dataclass(frozen=True)
class Courier:
    """The second onion service, for couriers' laptops; there is none while nobody is let in."""

    clients: Annotated[Mapping[str, str] | None, client_keys] = None


@dataclass(frozen=True)
class Decoys:
    """Sealed rows without a report in them, that hide how many reports come."""

    a_day: Annotated[int, whole(0, 200)] = 6


@dataclass(frozen=True)
class Keeping:
    """How long the store keeps what it no longer needs."""

    keep_acknowledged_days: Annotated[int, whole(1, 365)] = 30


@dataclass(frozen=True)
class Config:
    """Everything, read and checked.

    Attributes:
        file: where it was read from.
    """

    file: Path
    paths: Paths
    door: Door
    form: FormFile
    lanes: Lanes
    limits: Limits
    onion: Onion
    courier: Courier
    decoys: Decoys
    store: Keeping


SECTIONS: dict[str, type[Any]] = {name: kind for name, kind in typing.get_type_hints(Config).items() if name != "file"}
"""The tables of the file."""


def load_config(path: Path) -> Config:
    """Read the file at ``path``.

    Raises:
        ConfigError: with every problem of the file.
    """
    try:
        content = path.read_bytes().decode()
    except OSError as error:
        what = in_words(error).message.removeprefix(f"{path} ").rstrip(".")
        right = "the configuration; a commented example is config.example.toml"
        raise ConfigError(path, [Problem("file", what, right)]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, [Problem("file", "is not UTF-8", "a text file in UTF-8")]) from error
    return parse_config(content, path)


def _not_toml(error: str) -> Problem:
    twice = re.match(r"Cannot declare \('(\w+)',\) twice", error)
    if twice:
        return Problem("file", f"has [{twice[1]}] twice: {error}", f"all lines of it below one [{twice[1]}]")
    return Problem("file", f"is not TOML ({error})", "TOML 1.0")


def parse_config(content: str, path: Path) -> Config:
    """Read the text of a configuration; ``path`` is where relative paths start.

    Raises:
        ConfigError: with every problem of the text.
    """
    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, [_not_toml(str(error))]) from error
    tables_there = ", ".join(SECTIONS)
    strangers = [name for name in document if name not in SECTIONS]
    problems = [Problem(name, "is not a table of this file", f"one of {tables_there}") for name in strangers]
    known = {
        name: _from_folder(read_values(kind, document.get(name, {}), name, problems), path.parent)
        for name, kind in SECTIONS.items()
    }
    problems += unsafe_combinations(known)
    if problems:
        raise ConfigError(path, problems, known)
    return Config(file=path, **{name: kind(**known[name]) for name, kind in SECTIONS.items()})


def _from_folder(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Let relative paths start at the file's folder."""
    at = folder.absolute()
    return {name: at / value if isinstance(value, Path) else value for name, value in values.items()}
