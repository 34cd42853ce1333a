"""The installer says what it would do, does each thing once, and refuses before it touches a running server."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.installation import building, configuring, installing, switching, system
from deploy.installation.building import INTAKE_LOCK, names_in, release_of_tree, version
from deploy.installation.configuring import PLACES_NAMED, read_given
from deploy.installation.places import FOLDERS, Places, Release, release_behind
from deploy.installation.placing import COMMAND, Placed, enabled_units, placed_files, take_away, torrc_for_this_tor
from deploy.installation.telling import RefusedError, Step, Teller, run
from intake.commands import main as intake
from intake.config import ConfigError, parse_config
from intake.onion.torrc import Layout, torrc_text
from keys import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[3]
SERVER = ROOT / "deploy" / "server"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "root")


def release(places: Places, name: str) -> Release:
    """Make a release of which nothing but its files is there."""
    made = Release(places.releases / name)
    (made.files / "systemd").mkdir(parents=True)
    (made.files / "torrc").write_text(f"# {name}\n")
    (made.files / "systemd" / f"{name}.service").write_text("[Service]\n[Install]\n")
    made.done.touch()
    return made


# Steps.


def test_a_dry_run_says_every_step_that_is_needed_and_takes_none(capsys: pytest.CaptureFixture[str]) -> None:
    taken: list[str] = []
    steps = [
        Step("making a thing", lambda: taken.append("made")),
        Step("what is there already", lambda: taken.append("again"), lambda: False),
    ]
    dry = Teller(dry=True)
    dry.take(steps)
    assert taken == []
    assert capsys.readouterr().out == "  would: making a thing\n"
    wet = Teller()
    wet.take(steps)
    assert taken == ["made"]


def test_what_is_left_to_a_person_stands_at_the_end_once(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller()
    teller.leave("boot the machine")
    teller.leave("boot the machine")
    teller.end("Installed.")
    assert capsys.readouterr().out == "Nothing had to be done.\n  left to do 1: boot the machine\n"


def test_a_step_that_fails_says_so_and_stops_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    later: list[str] = []
    with pytest.raises(RefusedError, match=r"\$ sh -c .*\nwhat went wrong"):
        Teller().take(
            [Step("trying", lambda: run("sh", "-c", "echo what went wrong >&2; exit 3")),
             Step("going on", lambda: later.append("went on"))]
        )  # fmt: skip
    assert later == []
    assert "trying … failed" in capsys.readouterr().out
    with pytest.raises(RefusedError, match="cannot be started"):
        run("no-such-program-of-khomo")


def test_a_program_of_a_release_takes_no_module_from_the_tree_or_from_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, str(ROOT))
    monkeypatch.setenv("KEPT", "yes")
    said = run("env")
    assert "KEPT=yes" in said
    assert "PYTHON" not in said


# The machine.


@pytest.mark.parametrize(("name", "number"), [("ubuntu", "24.04"), ("debian", "11"), ("debian", "14"), ("", "")])
def test_another_system_is_refused_with_the_page_that_says_how(tmp_path: Path, name: str, number: str) -> None:
    (tmp_path / "os-release").write_text(f'ID={name}\nVERSION_ID="{number}"\n')
    with pytest.raises(RefusedError, match=r"Debian 12 and 13 only\. deploy/server/README\.md"):
        system.check_debian(tmp_path / "os-release")
    with pytest.raises(RefusedError, match="system is unknown"):
        system.check_debian(tmp_path / "nowhere")


@pytest.mark.parametrize("number", ["12", "13"])
def test_both_debians_are_taken(tmp_path: Path, number: str) -> None:
    (tmp_path / "os-release").write_text(f'PRETTY_NAME="x"\nID=debian\nVERSION_ID="{number}"\n')
    system.check_debian(tmp_path / "os-release")


def test_every_debian_package_says_what_it_is_for() -> None:
    assert all(need.why and need.package for need in system.NEEDS)


def test_a_tor_without_proof_of_work_gets_a_torrc_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    torrc = (SERVER / "torrc").read_text()
    monkeypatch.setattr("deploy.installation.placing.tor_has_proof_of_work", lambda: False)
    without = torrc_for_this_tor(torrc)
    assert "HiddenServicePoW" not in without
    assert [line for line in torrc.splitlines() if line not in without.splitlines()] == [
        "HiddenServicePoWDefensesEnabled 1",
        "HiddenServicePoWQueueRate 250",
        "HiddenServicePoWQueueBurst 2500",
    ]
    monkeypatch.undo()
    assert torrc_for_this_tor(torrc) == torrc


# Files.


def test_every_file_of_the_tree_goes_where_the_readme_says(places: Places) -> None:
    placed = {str(file.target.relative_to(places.root)): file for file in placed_files(places, SERVER)}
    tracked = subprocess.run(["git", "ls-files", "deploy/server"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.split():
        folder, _, file = name.removeprefix("deploy/server/").rpartition("/")
        if folder in FOLDERS and (ROOT / name).is_file():
            assert placed[f"{FOLDERS[folder]}/{file}"].content == (ROOT / name).read_bytes()
    assert "etc/khomo/torrc" in placed
    page = (SERVER / "README.md").read_text()
    for folder, target in FOLDERS.items():
        assert f"| `{folder}/" in page
        assert f"/{target}/" in page


LAPTOP = b'[courier]\nclients = { laptop = "descriptor:x25519:AAAA", "../bad" = "x" }\n'


def test_a_courier_that_the_configuration_lets_in_gets_a_service_and_one_that_it_drops_is_shut_out(
    places: Places,
) -> None:
    layout = Layout(Path("/var/lib/khomo/tor"), Path("/run/khomo"), with_group=True)
    with_courier = torrc_text(replace(layout, courier_clients={"laptop": "descriptor:x25519:AAAA"}))
    files = {file.target.relative_to(places.root).as_posix(): file for file in placed_files(places, SERVER, LAPTOP)}
    let_in = files["var/lib/khomo/tor/courier/authorized_clients/laptop.auth"]
    assert (let_in.content, let_in.mode, let_in.owner) == (b"descriptor:x25519:AAAA\n", 0o600, "khomo-tor:khomo-door")
    written = files["etc/khomo/torrc"].content.decode().splitlines()
    assert sorted(filter(None, with_courier.splitlines())) == sorted(
        line for line in written if line and not line.startswith("#")
    )
    before, after = placed_files(places, SERVER, LAPTOP), placed_files(places, SERVER)
    gone = [step.words for step in take_away(before, after)]
    assert gone == [f"removing {let_in.target}"]


def test_a_file_is_written_once_and_never_half(places: Places) -> None:
    file = Placed(places.root / "etc/khomo/torrc", b"SafeLogging 1\n", 0o640)
    assert not file.is_there()
    file.put()
    assert file.is_there()
    assert stat.S_IMODE(file.target.stat().st_mode) == 0o640
    assert [path.name for path in file.target.parent.iterdir()] == ["torrc"]


def test_a_unit_that_a_release_no_longer_has_goes(places: Places) -> None:
    old, new = release(places, "one"), release(places, "two")
    before, after = placed_files(places, old.files), placed_files(places, new.files)
    for file in (*before, *after):
        if "khomo-intake" not in file.target.name:
            file.put()
    Teller().take(take_away(before, after))
    assert [path.name for path in places.units.iterdir()] == ["two.service"]
    assert (places.settings / "torrc").exists()


def test_units_that_say_when_they_start_are_enabled_and_the_others_are_not(places: Places) -> None:
    names = enabled_units(placed_files(places, SERVER))
    units = [unit for unit in (SERVER / "systemd").iterdir() if "\n[Install]\n" in unit.read_text()]
    assert sorted(names) == sorted(unit.name for unit in units)
    assert {"khomo-intake.service", "khomo-tor.service", "khomo-rewrite.timer", "khomo-decoy.timer"} <= set(names)
    assert "khomo-decoy.service" not in names


def test_commands_that_work_on_the_store_run_as_its_user_and_the_others_as_root(tmp_path: Path) -> None:
    """The script is run with programs that say who would be called."""
    (said := tmp_path / "said").mkdir()
    script = COMMAND.replace("/opt/khomo/bin/khomo-intake", f"{said}/khomo-intake").replace(
        "runuser", f"{said}/runuser"
    )
    for name in ("khomo-intake", "runuser"):
        (said / name).write_text(f'#!/bin/sh\necho {name} "$@"\n')
        (said / name).chmod(0o755)
    (tmp_path / "id").write_text("#!/bin/sh\necho 0\n")
    (tmp_path / "id").chmod(0o755)
    (tmp_path / "command").write_text(script)
    as_root = {"backup", "restore", "export", "import", "check-config", "check-form"}
    for name in intake.commands:
        done = subprocess.run(
            ["sh", str(tmp_path / "command"), name, "a b"],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        by_khomo = done.stdout.startswith(f"runuser -u khomo -- {said}/khomo-intake {name} a b")
        as_it_is = done.stdout.startswith(f"khomo-intake {name} a b")
        assert by_khomo != as_it_is
        if name in {"rewrite", "decoy", "doctor", "serve", "migrate"}:
            assert by_khomo, name
        if name in as_root:
            assert as_it_is, name


# Releases.


def test_a_release_is_named_for_what_it_is_made_of(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    first = release_of_tree(places)
    assert first == release_of_tree(places)
    assert first.name.startswith(f"{__version__}-")
    assert version() == __version__
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert release_of_tree(places) != first


def test_what_is_built_is_what_the_wheel_is_made_of_and_the_server_s_files() -> None:
    sources = {path.relative_to(ROOT).as_posix() for path in building._sources()}
    assert {"pyproject.toml", "requirements/intake.lock", "deploy/server/torrc", "intake/source/style.css"} <= sources
    assert not [name for name in sources if name.startswith(("tests", "bench", "docs", "deploy/rehearsal"))]
    assert not [name for name in sources if "__pycache__" in name]


def test_names_in_a_lock_are_those_of_its_packages() -> None:
    names = names_in(INTAKE_LOCK)
    assert {"flask", "cryptography", "typing-extensions"} <= names
    assert not names & {"pip", "hatchling", "pytest", "sqlcipher3"}


def test_the_link_is_switched_and_the_release_before_is_kept(places: Places) -> None:
    one, two, three = (release(places, name) for name in ("one", "two", "three"))
    for each in (one, two, two):
        switching.switch(places, each)
        assert switching.is_in_use(places, each)
    assert release_behind(places.current) == Release(two.folder.resolve())
    assert release_behind(places.previous) == Release(one.folder.resolve())
    assert places.programs.readlink() == Path("current/bin")
    switching.switch(places, three)
    assert switching.old_releases(places) == [one.folder]
    switching.remove_old(places)
    assert sorted(path.name for path in places.releases.iterdir()) == ["three", "two"]


def test_a_release_that_was_cut_off_counts_for_nothing(places: Places) -> None:
    cut = release(places, "cut")
    switching.switch(places, cut)
    cut.done.unlink()
    assert release_behind(places.current) is None
    assert not switching.is_in_use(places, cut)


# The configuration.


def example() -> str:
    """The example with an operator's answers, as the README asks for them."""
    text = (ROOT / "config.example.toml").read_text()
    text = text.replace('tor = "own"', 'tor = "system"').replace("# control_socket = ", "control_socket = ")
    return text.replace("Example legal aid line", "Legal aid").replace("+000 000 0000", "+999 555 0100")


def test_the_example_needs_two_lines_for_the_installer(places: Places, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text((ROOT / "config.example.toml").read_text())
    with pytest.raises(RefusedError) as refused:
        read_given(tmp_path / "mine.toml", places)
    lines = str(refused.value).splitlines()[1:]
    assert lines == ['  [onion] tor = "system"', '  [onion] control_socket = "/run/khomo/tor/control"']
    (tmp_path / "mine.toml").write_text(example())
    given = read_given(tmp_path / "mine.toml", places)
    assert given.config.target == places.config
    assert (given.config.mode, given.config.owner) == (0o640, "root:khomo")
    assert given.beside == ()


def test_the_lines_that_the_installer_needs_are_marked_in_the_example() -> None:
    lines = (ROOT / "config.example.toml").read_text().splitlines()
    at = lines.index('tor = "own"')
    assert lines[at - 1].startswith("# CHANGE for a server that deploy/server/install sets up")
    assert f'# control_socket = "{PLACES_NAMED["onion"]["control_socket"]}"' in lines[at:]


def test_the_readme_shows_the_lines_that_the_installer_wants() -> None:
    page = (SERVER / "README.md").read_text()
    (shown,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    document = tomllib.loads(shown)
    for table, values in PLACES_NAMED.items():
        assert document[table].items() <= values.items()


@pytest.mark.parametrize("text", ["[paths", "\0", ""])
def test_a_file_that_is_no_configuration_is_refused_in_words(places: Places, tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(RefusedError, match=r"cannot be read as a configuration|These lines would be right"):
        read_given(tmp_path / "mine.toml", places)
    with pytest.raises(RefusedError, match="cannot be read as a configuration"):
        read_given(tmp_path / "nowhere.toml", places)


@pytest.mark.parametrize("named", ["extra.torrc", "/etc/khomo/extra.torrc"])
def test_papers_and_files_that_the_configuration_names_come_along_and_nothing_else(
    places: Places, tmp_path: Path, named: str
) -> None:
    for name in ("public-bundle.note", "server.key", "extra.torrc", "diary.txt"):
        (tmp_path / name).write_text(name)
    text = example().replace('# torrc_additions = "/etc/khomo/torrc.d/extra"', f'torrc_additions = "{named}"')
    (tmp_path / "mine.toml").write_text(text)
    beside = {file.target.name: file for file in read_given(tmp_path / "mine.toml", places).beside}
    assert set(beside) == {"public-bundle.note", "server.key", "extra.torrc"}
    assert (beside["server.key"].mode, beside["server.key"].owner) == (0o400, "khomo:khomo")


def test_a_server_that_was_never_configured_is_told_what_to_do(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "bring_packages", lambda _teller: None)
    with pytest.raises(RefusedError, match=r"Copy config\.example\.toml"):
        installing.install(places, Teller(dry=True), None, for_restore=False)
    assert not places.root.exists()


def test_where_a_program_was_put_by_hand_without_links_nothing_is_begun(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.programs.mkdir(parents=True)
    monkeypatch.setattr(system, "bring_packages", lambda _teller: pytest.fail("something was begun"))
    with pytest.raises(RefusedError, match=r"opt/khomo/bin is a folder.*\bmove \S+opt/khomo away"):
        installing.install(places, Teller(), None, for_restore=False)


def test_the_way_by_hand_has_the_folder_and_the_links_of_the_installer(places: Places) -> None:
    """Else the profile would keep the service from its own program, and a later upgrade would find a folder."""
    by_hand = release(places, "by-hand")
    switching.switch(places, by_hand)
    lines = (SERVER / "README.md").read_text().splitlines()
    for link in (places.current, places.programs):
        assert f"ln -s {link.readlink()} /{link.relative_to(places.root)}" in lines
    assert f"python3 -m venv /{by_hand.folder.relative_to(places.root)}" in lines


def test_the_program_reads_a_new_configuration_before_anything_is_stopped(
    places: Places, tmp_path: Path, as_myself: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows the check would stop the service; a refusal leaves the old configuration and the old link."""
    old = release(places, "old")
    switching.switch(places, old)
    places.settings.mkdir(parents=True)
    places.config.write_text("the old one")
    (tmp_path / "mine.toml").write_text(example())
    new = release(places, "new")
    monkeypatch.setattr(building, "release_of_tree", lambda _places: new)
    monkeypatch.setattr(system, "bring_packages", lambda _teller: None)
    monkeypatch.setattr(system, "make_users_and_folders", lambda: None)
    monkeypatch.setattr(system, "stop", lambda _names: pytest.fail("something was stopped"))

    def refuse(_release: Release, config: Path) -> None:
        assert config.read_text() == example()
        raise RefusedError("limits.threads: is wrong")

    monkeypatch.setattr(configuring, "check", refuse)
    with pytest.raises(RefusedError, match="is wrong"):
        installing.install(places, Teller(), tmp_path / "mine.toml", for_restore=False)
    assert places.config.read_text() == "the old one"
    assert sorted(path.name for path in places.settings.iterdir()) == ["config.toml"]
    assert switching.is_in_use(places, old)


# The command line.


def installer(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SERVER / "install"), *words], capture_output=True, text=True, check=False)


def test_the_installer_says_how_it_is_used_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "__init__.py").write_text("raise SystemExit('of somebody else')")
    hostile = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [str(SERVER / "install"), "--help"], cwd=tmp_path, env=hostile, capture_output=True, text=True, check=True
    )
    assert "--dry-run" in done.stdout
    assert "exit codes:" in done.stdout
    assert os.access(SERVER / "install", os.X_OK)


@pytest.mark.parametrize("words", [("--rollback", "--uninstall"), ("my.toml", "--rollback"), ("--no-such-thing",)])
def test_a_command_line_that_asks_for_two_things_is_refused(words: tuple[str, ...]) -> None:
    assert installer(*words).returncode == 2


def test_pages_show_only_words_that_the_installer_knows() -> None:
    shown = re.findall(r"deploy/server/install((?: +[^\s`#|]+)*)", _pages())
    assert len(shown) >= 6
    known: Callable[[str], bool] = lambda word: not word.startswith("--") or word in installer("--help").stdout  # noqa: E731
    assert [words for words in shown if not all(map(known, words.split()))] == []


def _pages() -> str:
    pages = ("deploy/server/README.md", "docs/operator-guide.md", "docs/seized-server-runbook.md")
    return "\n".join((ROOT / page).read_text() for page in pages)


def test_with_the_lines_of_the_readme_only_the_operator_s_own_texts_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_config(example(), tmp_path / "config.toml")
    assert {problem.what for problem in refused.value.problems} == {"is still the text of the example"}


# AppArmor.

PROFILE = SERVER / "apparmor.d" / "khomo-intake"


def test_the_profile_is_taken_by_the_parser() -> None:
    done = subprocess.run(
        ["apparmor_parser", "--skip-kernel-load", "--skip-cache", str(PROFILE)],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()


def test_a_profile_that_is_wrong_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text(PROFILE.read_text().replace("deny ptrace,", "deny ptraces,"))
    done = subprocess.run(
        ["apparmor_parser", "--skip-kernel-load", "--skip-cache", str(tmp_path / "wrong")],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0


def test_every_unit_of_the_pages_user_names_the_profile() -> None:
    for unit in (SERVER / "systemd").glob("*.service"):
        text = unit.read_text()
        assert ("\nAppArmorProfile=-khomo-intake\n" in text) == ("\nUser=khomo\n" in text), unit.name


def test_the_profile_lets_nobody_reach_a_network_or_a_key_of_tor() -> None:
    text = PROFILE.read_text()
    for rule in ("deny network inet,", "deny network inet6,", "deny capability,", "deny ptrace,"):
        assert f"\n  {rule}\n" in text
    assert not re.search(r"^\s+network ", text, re.MULTILINE)
    assert "deny /var/lib/khomo/tor/*/hs_ed25519_secret_key rw," in text
