"""Set-up says what it lacks, does only what is missing, and shows the output of what failed."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from deploy import setup

ROOT = Path(__file__).resolve().parent.parent.parent
MISSING = setup.Need("command:no-such-program-of-khomo", "no-such-package", "shows what happens")


def test_a_user_who_may_not_install_gets_a_list_with_reasons(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "_become_root", lambda: None)
    with pytest.raises(SystemExit):
        setup.install_packages((MISSING,))
    said = capsys.readouterr().out
    assert "no-such-package" in said
    assert "shows what happens" in said
    assert "sudo apt-get install no-such-package" in said


def test_nothing_is_installed_when_everything_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "run", lambda *_: pytest.fail("something was run"))
    setup.install_packages((setup.Need("command:sh", "dash", "is always there"),))


def test_a_step_that_fails_shows_its_command_and_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        setup.run(["sh", "-c", "echo what went wrong >&2; exit 3"], "trying")
    said = capsys.readouterr().out
    assert "failed" in said
    assert "what went wrong" in said


@pytest.mark.parametrize("purpose", ["run", "test"])
def test_an_environment_that_is_up_to_date_is_left_alone(
    purpose: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").touch()
    monkeypatch.setattr(setup, "VENV", tmp_path / "venv")
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    steps: list[str] = []
    monkeypatch.setattr(setup, "run", lambda _, what: steps.append(what))
    setup.make_environment(purpose)
    assert "installing Khomo itself" in steps
    steps.clear()
    setup.make_environment(purpose)
    assert steps == []


def test_the_tools_that_build_for_the_desk_stand_apart_and_are_made_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    commands: list[list[str]] = []
    monkeypatch.setattr(setup, "run", lambda command, _: commands.append(command))
    setup.make_desk_tools()
    made, installed = commands
    assert made[-2:] == ["--clear", str(ROOT / ".setup/desk-tools")]
    assert installed[-3:] == ["--require-hashes", "-r", str(ROOT / "requirements/desk-build.lock")]
    setup.make_desk_tools()
    assert len(commands) == 2


def test_an_environment_for_tests_serves_a_run_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").touch()
    monkeypatch.setattr(setup, "VENV", tmp_path / "venv")
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    steps: list[str] = []
    monkeypatch.setattr(setup, "run", lambda _, what: steps.append(what))
    setup.make_environment("test")
    steps.clear()
    setup.make_environment("run")
    assert steps == []


def test_every_locked_package_has_a_hash_and_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text, lock.name
        for block in text.split("\n\n"):
            for line in block.splitlines():
                if "==" in line and not line.startswith((" ", "#")):
                    assert line.endswith("\\"), f"{lock.name}: {line} has no hash"
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert all("integrity" in entry for name, entry in packages.items() if name)


def test_the_locks_of_server_and_desk_hold_nothing_of_each_other() -> None:
    """Both show pages with Flask; what a server speaks with, and what opens things, stays apart."""
    server, desk = ("\n" + (ROOT / f"requirements/{name}.lock").read_text() for name in ("intake", "desk"))
    for name in ("sqlcipher3", "python-gnupg", "shamir-mnemonic", "pillow", "pillow-heif", "pypdfium2"):
        assert f"\n{name}==" not in server
        assert f"\n{name}==" in desk
    for name in ("stem", "gunicorn", "flask-limiter", "multipart", "alembic"):
        assert f"\n{name}==" not in desk
        assert f"\n{name}==" in server


def test_every_debian_package_that_is_installed_says_why() -> None:
    assert all(need.why and need.package and ":" in need.probe for need in setup.TEST_NEEDS)


def test_both_wheels_carry_the_same_version() -> None:
    for settings in ("pyproject.toml", "deploy/opening-wheel/pyproject.toml"):
        path = ROOT / settings
        version = tomllib.loads(path.read_text())["tool"]["hatch"]["version"]["path"]
        assert (path.parent / version).resolve() == ROOT / "keys/__init__.py"
