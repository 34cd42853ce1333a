"""What a server gets when it installs: tried from an empty folder, because the working directory hides leaks."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


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


@pytest.fixture(scope="module")
def server_python(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's environment: the khomo wheel, and the third-party packages of this one (never its checkout)."""
    home = tmp_path_factory.mktemp("server")
    venv.create(home, with_pip=False, symlinks=True)
    site = next(home.glob("lib/python3*/site-packages"))
    with zipfile.ZipFile(wheels["khomo"]) as wheel:
        wheel.extractall(site)
    # A path file's line is only appended: the checkout, installed for editing over there, does not come along.
    (site / "third_party.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin/python"


def _run(python: Path, code: str, folder: Path) -> str:
    done = subprocess.run(
        [str(python), "-c", code], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
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
