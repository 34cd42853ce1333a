from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from intake.commands import main
from intake.config import load_config
from intake.papers import LOOK_SECONDS, CurrentBundle, read_papers, read_root_key
from keys.sealing.atomic import atomic_write
from keys.sealing.errors import KhomoError
from keys.sealing.key_file import KeyFile
from keys.sealing.notes import SigningKey
from tests.intake.world import CONFIG, World, config_in

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.public_bundle import PublicBundle


def check(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check-config", str(folder / "config.toml"), *options])


def test_a_right_configuration_with_its_papers_is_confirmed(folder: Path) -> None:
    result = check(folder)
    assert result.exit_code == 0
    assert "every key is understood" in result.output
    assert "Main desk of The Open Door, sealed to epoch one" in result.output


def test_languages_that_no_native_speaker_has_checked_are_told(folder: Path) -> None:
    assert "native speaker" not in check(folder).output
    (folder / "config.toml").write_text(config_in("en", "fr", "ny"))
    told = check(folder)
    assert told.exit_code == 0
    assert "Pages in French, Chichewa say that no native speaker has checked them" in told.output


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
    assert "config.toml: file: is not there. Right would be: the configuration" in result.stderr


@pytest.mark.parametrize("paper", ["public-bundle.note", "root.pub", "server.key"])
def test_a_missing_or_damaged_paper_is_named(folder: Path, paper: str) -> None:
    config = load_config(folder / "config.toml")
    (folder / paper).write_bytes(b"x" * 5_000_000)
    with pytest.raises(KhomoError):
        read_papers(config)
    (folder / paper).unlink()
    with pytest.raises(KhomoError, match=f"{paper} is not there"):
        read_papers(config)


def test_all_papers_that_are_missing_or_broken_are_named_together(folder: Path) -> None:
    (folder / "root.pub").write_text("no key\n")
    (folder / "public-bundle.note").unlink()
    (folder / "server.key").write_bytes(b"{}")
    told = check(folder).stderr.splitlines()
    assert [line.split(": ")[1] for line in told] == ["paths.root_key", "paths.public_bundle", "paths.server_key"]
    assert "root.pub holds no root key. Right would be: root.pub as the key ceremony made it" in told[0]
    assert "public-bundle.note is not there. Right would be: the public bundle that the desk gave you" in told[1]
    assert "server.key is no key of a server (" in told[2]
    with pytest.raises(KhomoError, match=r"(?s)root\.pub holds.*note is not there.*server\.key is no key"):
        read_papers(load_config(folder / "config.toml"))
    with pytest.raises(KhomoError, match="holds no root key"):
        read_root_key(load_config(folder / "config.toml").paths)


def test_papers_are_looked_at_beside_a_configuration_with_problems(folder: Path) -> None:
    (folder / "public-bundle.note").unlink()
    text = CONFIG.replace('server_key = "server.key"', "server_key = 1")
    (folder / "config.toml").write_text(text + 'threads = 1\n[onion]\ntor_binary = "no-tor"\n')
    told = check(folder).stderr.splitlines()
    keys = [line.split(": ")[1] for line in told]
    assert keys == ["paths.server_key", "limits.threads", "onion.tor_binary", "paths.public_bundle"]


def test_a_changed_bundle_is_named_with_whom_to_ask(folder: Path) -> None:
    path = folder / "public-bundle.note"
    path.write_bytes(path.read_bytes().replace(b"The Open Door", b"The Open Trap"))
    assert check(folder).stderr == (
        f"{folder / 'config.toml'}: paths.public_bundle: {path} was changed, or another root key signed it than the "
        "one in root.pub. Right would be: the file as the desk gave it; ask the desk for it again, and compare the "
        "root key's fingerprint.\n"
    )
    path.write_bytes(b"no note")
    assert "public-bundle.note cannot be understood (" in check(folder).stderr


def test_a_bundle_without_an_epoch_for_today_is_a_problem(folder: Path) -> None:
    bundle = World().bundle()
    world = World()
    ended = replace(bundle.desks[0].epochs[0], not_before=date(2000, 1, 1), not_after=date(2000, 2, 1))
    desk = replace(bundle.desks[0], epochs=(ended,))
    note = replace(world.bundle(), desks=(desk, *world.bundle().desks[1:])).to_note(world.root)
    (folder / "root.pub").write_text(f"{world.root.verify_key}\n")
    (folder / "public-bundle.note").write_bytes(note)
    (folder / "server.key").unlink()
    atomic_write(folder / "server.key", KeyFile.of_signing_key(world.server_key).to_json())
    assert "ask the desk for a newer one" in check(folder).stderr


def test_fingerprints_of_root_and_server_are_printed_to_be_compared_with_the_desk(folder: Path) -> None:
    papers = read_papers(load_config(folder / "config.toml"))
    said = check(folder).output
    root = read_root_key(load_config(folder / "config.toml").paths)
    for key in (root, papers.server_key.verify_key):
        assert f"    {key.fingerprint_words()}\n    {key.fingerprint_hex()}\n" in said
        assert len(key.fingerprint_words().split()) == 10


@pytest.mark.parametrize(("tor", "code"), [("own", 1), ("system", 0)])
def test_a_tor_that_is_not_there_is_told_where_it_is_to_be_started(folder: Path, tor: str, code: int) -> None:
    lines = f'[onion]\ntor = "{tor}"\ntor_binary = "no-tor"\ncontrol_socket = "c"\n'
    (folder / "config.toml").write_text(CONFIG + lines)
    result = check(folder, "--no-papers")
    assert result.exit_code == code
    assert result.stderr.count(f"onion.tor_binary: {folder / 'no-tor'} is not there. Right would be: a tor") == code


def test_a_server_key_of_another_ceremony_is_refused(folder: Path) -> None:
    other = KeyFile.of_signing_key(SigningKey.generate("server-one"))
    (folder / "server.key").write_bytes(other.to_json())
    with pytest.raises(KhomoError, match="does not know the key"):
        read_papers(load_config(folder / "config.toml"))


def test_a_server_key_that_everybody_may_read_is_refused(folder: Path) -> None:
    (folder / "server.key").chmod(0o644)
    assert "chmod 600" in check(folder).stderr


def test_the_group_has_every_command() -> None:
    assert set(main.commands) == {
        *("check-config", "check-form", "serve", "export", "import", "rewrite", "doctor", "decoy"),
        *("migrate", "backup", "restore", "leaflet", "clearnet", "leak-report", "status"),
    }
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
