"""What a server gets when it installs: tried from an empty folder, because the working directory hides leaks."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = {
    "server": {"khomo-intake"},
    "desk": {"khomo-keys", "khomo-reviewer", "khomo-caselog"},
    "lead": {"khomo-keys", "khomo-caselog"},
}
START = """
import sys
from importlib.metadata import entry_points
(program,) = entry_points(group="console_scripts", name=sys.argv[1])
sys.argv[:] = sys.argv[1:]
program.load()()
"""


def _build(project: Path, out: Path) -> Path:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(project)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        name: _build(project, tmp_path_factory.mktemp(name))
        for name, project in (("khomo", ROOT), ("opening", ROOT / "deploy/opening-wheel"))
    }


def _needed(requirement: str) -> set[str]:
    """Return the names of all distributions that ``requirement`` brings, as their own papers declare them."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(requirement)]
    while waiting:
        wanted = waiting.pop()
        extras = wanted.extras | {""}
        fresh = extras - found.get(wanted.name, set())
        found.setdefault(wanted.name, set()).update(extras)
        for line in distribution(wanted.name).requires or () if fresh else ():
            one = Requirement(line)
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in fresh):
                waiting.append(one)
    return set(found)


def _installation(home: Path, ours: list[Path], requirement: str) -> Path:
    """Make an environment: our wheels, and of this one's packages only those that ``requirement`` brings."""
    venv.create(home, with_pip=False, symlinks=True)
    site = next(home.glob("lib/python3*/site-packages"))
    for path in ours:
        with zipfile.ZipFile(path) as wheel:
            wheel.extractall(site)
    for name in _needed(requirement) - {"khomo", "khomo-opening"}:
        there = distribution(name)
        for top in {file.parts[0] for file in there.files or ()} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(there.locate_file(top))))
    return home / "bin/python"


@pytest.fixture(scope="module")
def machines(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The Python of each machine, installed as its guide says."""
    both = [wheels["khomo"], wheels["opening"]]
    wanted = {
        "server": ([wheels["khomo"]], "khomo[intake]"),
        "desk": (both, "khomo[reviewer,caselog]"),
        "lead": (both, "khomo[caselog]"),
    }
    return {name: _installation(tmp_path_factory.mktemp(name), *given) for name, given in wanted.items()}


@pytest.fixture(scope="module")
def server_python(machines: dict[str, Path]) -> Path:
    return machines["server"]


def _start(python: Path, code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def _run(python: Path, code: str, folder: Path) -> str:
    done = _start(python, code, folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_server_wheel_holds_nothing_that_opens(wheels: dict[str, Path]) -> None:
    names = zipfile.ZipFile(wheels["khomo"]).namelist()
    assert any(name.startswith("keys/sealing/age/") for name in names)
    assert not [name for name in names if name.startswith(("keys/opening", "tests"))]


def test_the_opening_wheel_holds_only_what_opens(wheels: dict[str, Path]) -> None:
    names = zipfile.ZipFile(wheels["opening"]).namelist()
    assert all(name.startswith(("keys/opening/", "khomo_opening-")) for name in names)
    assert "keys/opening/commands.py" in names


def test_a_server_installation_cannot_import_what_opens(server_python: Path, tmp_path: Path) -> None:
    code = "import importlib.util as u; print(u.find_spec('keys.opening'), u.find_spec('keys').origin)"
    answer = _run(server_python, code, tmp_path)
    assert answer.startswith("None ")
    assert str(ROOT / "keys") not in answer


def test_a_running_source_app_holds_no_module_that_opens(server_python: Path, tmp_path: Path) -> None:
    code = (
        "import sys, intake.commands, intake.source, intake.courier, intake.store, intake.server.run\n"
        "banned = ('keys.opening', 'reviewer', 'caselog', 'gnupg', 'sqlcipher3')\n"
        "print([name for name in sys.modules if name.startswith(banned)])"
    )
    assert _run(server_python, code, tmp_path).strip() == "[]"


@pytest.mark.parametrize("machine", PROGRAMS)
@pytest.mark.parametrize("program", sorted(set.union(*PROGRAMS.values())))
def test_a_program_starts_where_it_belongs_and_nowhere_else(
    machines: dict[str, Path], machine: str, program: str, tmp_path: Path
) -> None:
    done = _start(machines[machine], START, tmp_path, program, "--help")
    if program in PROGRAMS[machine]:
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"Usage: {program} ")
    else:
        assert done.returncode == 1
        missing = rf"Error: {program} is not installed on this machine: [a-z0-9_.]+ is missing\. Use it where [^\n]+\n"
        nowhere = machine == "server" and program == "khomo-keys"  # its wheel is not there
        assert nowhere or re.fullmatch(missing, done.stderr), done.stderr


def test_every_file_of_the_packages_travels_in_one_of_the_wheels(wheels: dict[str, Path]) -> None:
    """Words, templates, style, vocabulary, translations and migrations are files beside the code."""
    command = ["git", "ls-files", "keys", "intake", "reviewer", "caselog"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    there = {name for path in wheels.values() for name in zipfile.ZipFile(path).namelist()}
    assert {name for name in tracked if (ROOT / name).is_file()} - there == set()
    for kind in (".txt", ".html", ".css", ".csv", ".pot"):
        assert any(name.endswith(kind) for name in tracked)


def test_the_desk_finds_its_vocabulary_and_its_words_where_they_were_installed(
    machines: dict[str, Path], tmp_path: Path
) -> None:
    code = (
        "import reviewer.vocabulary as v, reviewer.translation, keys.sealing.codename as c\n"
        "print(v.__file__, len(v.categories()) > 20, len(c.WordList.load().draw().expose().split()))"
    )
    place, known, words = _run(machines["desk"], code, tmp_path).split()
    assert (known, words) == ("True", "8")
    assert str(ROOT) not in place


def test_the_server_makes_its_store_with_the_migrations_where_they_were_installed(
    server_python: Path, tmp_path: Path
) -> None:
    code = (
        "from pathlib import Path\n"
        "from intake.store.settings import StoreSettings, utc_today\n"
        "from intake.store.store import Store\n"
        "with Store(Path('store'), StoreSettings(), utc_today) as store:\n"
        "    print(store.health().unacknowledged)"
    )
    assert _run(server_python, code, tmp_path).strip() == "0"


@pytest.mark.parametrize("name", ["templates", "style.css", "style_more.css", "translations"])
def test_the_server_has_what_its_pages_are_made_of(server_python: Path, name: str, tmp_path: Path) -> None:
    code = f"from importlib.resources import files; print((files('intake.source') / {name!r}).exists())"
    assert _run(server_python, code, tmp_path).strip() == "True"
