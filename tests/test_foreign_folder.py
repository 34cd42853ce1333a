"""Whoever starts a program of ours in a folder of somebody else runs nothing that lies there."""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy import setup
from tests.hostile_folder import make_hostile, taken_from
from tests.intake.world import CONFIG, World

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
COURIER_KEY = "descriptor:x25519:" + "A" * 52

OPEN_BOTH_DOORS = """
import sys
from pathlib import Path
from intake.config import load_config
from intake.onion.numbers import OnionNumbers
from intake.onion.serve import DoorService
from intake.onion.telling import Steps
numbers = OnionNumbers(control_seconds=0.1)
try:
    DoorService(load_config(Path(sys.argv[1])), Steps(sys.stdout), numbers).run()
except Exception as error:
    sys.exit(str(error))
"""
"""``khomo-intake serve``, less patient: the pages and the courier's app are started, tor is not there."""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    return make_hostile(tmp_path / "stick")


def run_in(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_such_a_folder_would_be_noticed(hostile: Path) -> None:
    assert run_in(hostile, sys.executable, "-c", "import flask").returncode == 66
    assert run_in(hostile, sys.executable, "-m", "intake.onion.source_door").returncode == 66
    assert taken_from(hostile) == "flask intake "


def test_both_doors_take_nothing_from_the_folder_in_which_they_are_opened(hostile: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="door-") as name:
        server = Path(name)
        World().write_papers(server)
        lines = (
            f'[onion]\ntor = "system"\ncontrol_socket = "no-tor"\n[courier]\nclients = {{ laptop = "{COURIER_KEY}" }}\n'
        )
        (server / "config.toml").write_text(CONFIG + "free_space_floor_mib = 64\n" + lines)
        done = run_in(hostile, sys.executable, "-P", "-c", OPEN_BOTH_DOORS, str(server / "config.toml"))
    assert "Pages answer at" in done.stdout
    assert "The courier's app answers at" in done.stdout
    assert "Tor cannot be steered" in done.stderr, "both doors were open before tor was asked"
    assert taken_from(hostile) == ""


@pytest.mark.parametrize("program", ["khomo-keys", "khomo-intake", "khomo-reviewer", "khomo-caselog"])
def test_a_command_takes_nothing_from_the_folder_in_which_it_is_run(hostile: Path, program: str) -> None:
    assert run_in(hostile, str(Path(sys.executable).with_name(program)), "--help").returncode == 0
    assert taken_from(hostile) == ""


def test_the_installer_takes_nothing_from_the_folder_in_which_root_stands(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_in(hostile, str(ROOT / "deploy/server/install"), "--dry-run")
    monkeypatch.chdir(hostile)
    assert setup.is_there(setup.Need("import:ensurepip", "python3-venv", "looked for on the system"))
    assert taken_from(hostile) == ""


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_isolated_means_that_a_module_beside_root_is_not_the_one_that_runs(hostile: Path, module: str) -> None:
    assert run_in(hostile, "/usr/bin/python3", "-I", "-m", module, "--help").returncode == 0
    assert taken_from(hostile) == ""


def test_every_python_that_our_code_starts_is_told_to_keep_out_of_the_folder() -> None:
    started = list(_pythons_started())
    assert len(started) >= 8, "the search finds them"
    assert [place for place, told in started if told not in {"-P", "-I"}] == []


def _pythons_started() -> Iterator[tuple[str, str]]:
    """Yield where a module or a text is run by a Python, and the option that stands right after the program."""
    for package in ("intake", "reviewer", "caselog", "keys", "deploy"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                words = _words(node)
                if {"-m", "-c"} & {word for word in words if isinstance(word, str)} and _is_python(words[0]):
                    told = words[1]
                    yield (
                        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}",
                        told if isinstance(told, str) else "",
                    )


def _words(node: ast.AST) -> list[object]:
    """Return the parts of a command, texts as such."""
    match node:
        case ast.Call(args=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [part.value if isinstance(part, ast.Constant) else part for part in parts]
        case _:
            return []


def _is_python(program: object) -> bool:
    said = program if isinstance(program, str) else ast.unparse(program) if isinstance(program, ast.AST) else ""
    return "python" in said.lower() or said == "sys.executable"
