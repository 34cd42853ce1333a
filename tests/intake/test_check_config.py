from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from intake.commands import main
from intake.config import load_config
from intake.papers import LOOK_SECONDS, CurrentBundle, read_papers
from keys.sealing.errors import KhomoError
from keys.sealing.key_file import KeyFile
from keys.sealing.notes import SigningKey
from tests.intake.world import CONFIG, World

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.public_bundle import PublicBundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    World().write_papers(tmp_path)
    return tmp_path


def check(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check-config", str(folder / "config.toml"), *options])


def test_a_right_configuration_with_its_papers_is_confirmed(folder: Path) -> None:
    result = check(folder)
    assert result.exit_code == 0
    assert "every key is understood" in result.output
    assert "Main desk of The Open Door, sealed to epoch one" in result.output


def test_the_configuration_can_be_checked_before_the_papers_are_there(folder: Path) -> None:
    (folder / "server.key").unlink()
    assert check(folder, "--no-papers").exit_code == 0
    assert check(folder).exit_code == 1


def test_problems_end_with_exit_code_1_and_one_line_each(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG + "threads = 1\nsurprise = 2\n")
    result = check(folder)
    assert result.exit_code == 1
    assert sorted(line.split(": ")[1] for line in result.stderr.splitlines()) == ["limits.surprise", "limits.threads"]


def test_problems_can_be_had_as_json(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG + "threads = 1\n")
    result = check(folder, "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["problems"] == [
        {"key": "limits.threads", "what": "is 1", "right": "a whole number from 8 to 1024"}
    ]


def test_the_configuration_is_named_as_for_the_other_commands(folder: Path) -> None:
    path = str(folder / "config.toml")
    by_option = CliRunner().invoke(main, ["check-config", "--config", path])
    by_variable = CliRunner().invoke(main, ["check-config"], env={"KHOMO_INTAKE_CONFIG": path})
    assert by_option.exit_code == 0
    assert by_option.output == by_variable.output == check(folder).output


def test_the_configuration_is_named_once(folder: Path) -> None:
    result = check(folder, "--config", str(folder / "config.toml"))
    assert result.exit_code == 2
    assert "Name the configuration once" in result.stderr


def test_the_json_is_one_line(folder: Path) -> None:
    assert len(check(folder, "--json").output.splitlines()) == 1


def test_without_a_file_it_says_so(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert result.exit_code == 1
    assert "cannot be read (No such file or directory)" in result.stderr


@pytest.mark.parametrize("paper", ["public-bundle.note", "root.pub", "server.key"])
def test_a_missing_or_damaged_paper_is_named(folder: Path, paper: str) -> None:
    config = load_config(folder / "config.toml")
    (folder / paper).write_bytes(b"x" * 5_000_000)
    with pytest.raises(KhomoError):
        read_papers(config)
    (folder / paper).unlink()
    with pytest.raises(KhomoError, match=f"{paper} cannot be read"):
        read_papers(config)


def test_a_server_key_of_another_ceremony_is_refused(folder: Path) -> None:
    other = KeyFile.of_signing_key(SigningKey.generate("server-one"))
    (folder / "server.key").write_bytes(other.to_json())
    with pytest.raises(KhomoError, match="does not know the key"):
        read_papers(load_config(folder / "config.toml"))


def test_a_server_key_that_everybody_may_read_is_refused(folder: Path) -> None:
    (folder / "server.key").chmod(0o644)
    assert "chmod 600" in check(folder).stderr


def test_the_group_has_every_command_with_help_and_an_example() -> None:
    assert set(main.commands) == {"check-config", "serve", "export", "import", "rewrite", "doctor", "decoy"}
    for name in main.commands:
        shown = CliRunner().invoke(main, [name, "--help"])
        assert shown.exit_code == 0
        assert f"khomo-intake {name}" in shown.output
    assert "Exit codes: 0 done" in CliRunner().invoke(main, ["--help"]).output


def test_a_newer_public_bundle_is_taken_up_and_any_other_is_not(folder: Path) -> None:
    (folder / "server.key").unlink()
    world = World()
    world.write_papers(folder)
    path = folder / "public-bundle.note"
    seconds = itertools.count(step=LOOK_SECONDS)
    current = CurrentBundle(load_config(folder / "config.toml").paths, lambda: next(seconds))
    first = current()

    def put(bundle: PublicBundle, root: SigningKey = world.root) -> PublicBundle:
        path.write_bytes(bundle.to_note(root))
        return current()

    newer = replace(first, serial=2, organisation="The Open Doors")
    assert put(newer) == newer
    assert put(replace(first, serial=3), SigningKey.generate("root")) == newer  # another root
    assert put(first) == newer  # older
    assert put(replace(first, serial=4, salt=b"s" * 32)) == newer  # would lose every mailbox
    path.unlink()
    assert current() == newer
