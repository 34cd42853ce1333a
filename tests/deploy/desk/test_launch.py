"""The launcher picks the tree for the system's Python, takes nothing from elsewhere, and speaks where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from deploy.desk import launch
from deploy.desk.locked import PYTHONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
TELL = "import sys\ndef main(): print({name!r}, sys.argv[0].rpartition('/')[2], *sys.argv[1:], sys.pycache_prefix)\n"
MINE = launch.tree_name(sys.version_info[:2])


class Installed(NamedTuple):
    """The launcher as it is installed, with trees whose reviewer only tells that it was called."""

    program: Path
    home: Path

    def start(self, *words: str, **environment: str) -> str:
        """Start it where somebody left a folder of the same name."""
        done = subprocess.run(
            [str(self.program), *words],
            cwd=self.home,
            env={"HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


def _tell(folder: Path, name: str) -> None:
    (folder / "reviewer").mkdir(parents=True)
    (folder / "reviewer/__init__.py").touch()
    (folder / "reviewer/program.py").write_text(TELL.format(name=name))


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    library = tmp_path / "usr/lib/khomo"
    for python in PYTHONS:
        _tell(library / python.name, python.name)
    shutil.copyfile(str(launch.__file__), library / "launch")
    (library / "launch").chmod(0o755)
    (tmp_path / "usr/bin").mkdir()
    program = tmp_path / "usr/bin/khomo-reviewer"
    program.symlink_to("../lib/khomo/launch")
    _tell(tmp_path / "home", "a stranger's")
    return Installed(program, tmp_path / "home")


def test_it_picks_the_tree_for_the_system_s_python_whatever_lies_around(installed: Installed) -> None:
    said = installed.start("list", "--json", PYTHONPATH=str(installed.home), PYTHONSTARTUP="x")
    assert said == f"{MINE} khomo-reviewer list --json {installed.home}/.cache/khomo\n"


def test_what_python_makes_of_the_code_goes_into_the_user_s_cache(installed: Installed, tmp_path: Path) -> None:
    installed.start(XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert list((tmp_path / "cache/khomo").rglob("program.cpython-*.pyc"))
    assert not list((tmp_path / "usr").rglob("*.pyc"))


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        (
            (3, 12),
            (
                "Error: this was built for Python 3.11 (Debian 12 and Tails 6) or Python 3.13 (Debian 13 and Tails 7), "
                "and this system has Python 3.12.\nTake the file for your system, or a newer release of Khomo.\n"
            ),
        ),
        ((3, 11), None),
        ((3, 13), None),
    ],
)
def test_another_python_is_told_in_words(
    mine: tuple[int, int], said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (*mine, 1, "final", 0))
    assert launch.wrong_python(list(launch.SYSTEMS)) == said


def test_with_another_python_nothing_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    with pytest.raises(SystemExit) as ended:
        launch.installed()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("Error: this was built for")


def test_each_python_that_is_built_for_has_a_name_of_its_own_and_its_systems() -> None:
    assert {python.short for python in PYTHONS} == set(launch.SYSTEMS)
    assert [python.name for python in PYTHONS] == ["py311", "py313"]


@pytest.fixture
def carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], list[str]]:
    """What runs first in a ``.pyz``: built for a Python, called by a line; returns what the program then sees."""

    def call(built_for: str, line: str) -> list[str]:
        seen: list[str] = []
        (tmp_path / launch.BUILT_FOR).write_text(built_for)
        monkeypatch.setattr(launch, "__file__", str(tmp_path / "khomo_desk_launch.py"))
        monkeypatch.setitem(launch.PROGRAMS, "khomo-keys", lambda: seen.extend(sys.argv))
        monkeypatch.setattr(sys, "argv", line.split())
        launch.carried()
        return seen

    return call


THIS = ".".join(map(str, sys.version_info[:2]))


@pytest.mark.parametrize(
    "line", ["/media/stick/khomo-desk-py311.pyz khomo-keys epoch --help", "/home/me/khomo-keys epoch --help"]
)
def test_one_file_is_each_program_by_its_first_word_or_its_own_name(
    line: str, carried: Callable[[str, str], list[str]]
) -> None:
    assert carried(THIS, line) == ["khomo-keys", "epoch", "--help"]


@pytest.mark.parametrize("line", ["khomo.pyz", "khomo.pyz khomo-intake", "khomo.pyz --version"])
def test_one_file_without_a_program_says_which_there_are(
    line: str, carried: Callable[[str, str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        carried(THIS, line)
    assert ended.value.code == 2
    assert "\n  python3 khomo.pyz khomo-reviewer --help\n" in capsys.readouterr().err


def test_one_file_for_another_python_says_so(
    carried: Callable[[str, str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    other = "3.13" if THIS == "3.11" else "3.11"
    with pytest.raises(SystemExit) as ended:
        carried(other, "khomo.pyz khomo-keys")
    assert ended.value.code == 1
    assert f"this was built for Python {other} (" in capsys.readouterr().err


def test_the_tests_run_with_a_python_that_is_built_for() -> None:
    assert os.path.realpath(SYSTEM_PYTHON).endswith(THIS)
