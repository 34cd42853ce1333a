"""The pages about the desk say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from reviewer import limits
from reviewer.commands import main
from reviewer.vault.database import SCHEMA_VERSION
from reviewer.vault.rows import Base

DOCS = Path(__file__).parents[2] / "docs"
_TYPED = re.compile(r"khomo-reviewer ([a-z][a-z-]*)([^\n`|]*)")


def _typed() -> list[tuple[str, str]]:
    return _TYPED.findall((DOCS / "reviewer-guide.md").read_text())


@pytest.mark.parametrize(("name", "rest"), _typed(), ids=lambda value: str(value).strip()[:40])
def test_commands_in_the_guide_are_there_with_their_options(name: str, rest: str) -> None:
    command = main.commands[name]
    if isinstance(command, click.Group):
        command = command.commands[rest.split(maxsplit=1)[0]]
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"(?<=\s)--[a-z-]+", rest)) <= known


def test_the_guide_names_every_command_but_those_that_speak_for_themselves() -> None:
    named = {name for name, _ in _typed()}
    assert set(main.commands) - named <= {"status", "history", "log", "passphrase", "sign"}


def test_the_vault_s_page_names_every_table_and_the_schema() -> None:
    page = (DOCS / "formats/vault.md").read_text()
    assert set(Base.metadata.tables) | {"words"} <= set(re.findall(r"`([a-z_]+)`", page))
    assert f"version of the schema, now {SCHEMA_VERSION}" in page.replace("\n", " ")
    assert f"{limits.KDF_OPERATIONS} when written" in page
    assert f"{limits.KDF_MEMORY // 2**20} MiB when written" in page
