"""The gates of the house hold: who may import whom, which names are banned, what never enters the tree."""

from __future__ import annotations

import graphlib
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("keys", "intake", "reviewer", "caselog")


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the four packages and the contracts, to break."""
    copy = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def _contracts_hold(house: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_tool("lint-imports"), "--no-cache"], cwd=house, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_import_contracts_hold(house: Path) -> None:
    done = _contracts_hold(house)
    assert done.returncode == 0, done.stdout


def test_no_module_imports_one_that_imports_it() -> None:
    """Imports for types count too: a reader has to follow them."""
    graph = grimp.build_graph(*PACKAGES, "deploy", "bench", cache_dir=None)
    graphlib.TopologicalSorter(
        {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    ).prepare()


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("keys/sealing/intruder.py", "import keys.opening"),
        ("keys/opening/intruder.py", "import reviewer"),
        ("intake/intruder.py", "from keys.opening import commands"),
        ("intake/intruder.py", "import reviewer"),
        ("caselog/intruder.py", "import reviewer"),
        ("reviewer/intruder.py", "import intake"),
        ("reviewer/intruder.py", "import stem"),
        ("reviewer/intruder.py", "import PIL.Image"),
        ("caselog/intruder.py", "import stem"),
    ],
)
def test_a_forbidden_import_is_caught(house: Path, module: str, forbidden: str) -> None:
    intruder = house / module
    intruder.write_text(f"{forbidden}\n")
    try:
        done = _contracts_hold(house)
    finally:
        intruder.unlink()
    assert done.returncode != 0
    assert intruder.with_suffix("").relative_to(house).as_posix().replace("/", ".") in done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey",
        "from cryptography.hazmat.primitives.asymmetric import mlkem",
        "from nacl.signing import SigningKey",
        "import nacl.bindings",
        "import shamir_mnemonic",
        "import importlib\nimportlib.import_module('keys.opening')",
    ],
)
def test_a_dangerous_name_is_caught_outside_its_home(line: str) -> None:
    done = subprocess.run(
        [_tool("ruff"), "check", "--no-cache", "--select", "TID251", "--stdin-filename", "intake/intruder.py", "-"],
        input=f"{line}\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "TID251" in done.stdout


def test_every_exemption_in_the_lint_settings_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("[tool.ruff.lint]")[1].split("[tool.ruff.lint.flake8-tidy-imports")[0]
    for line in block.splitlines():
        if re.match(r'\s+"[A-Z]+\d*",', line) or re.match(r'"[^"]+" = \[.*\]\s*$', line):
            assert "#" in line, line


def _tracked_text() -> list[tuple[str, str]]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = []
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            try:
                found.append((name, path.read_text(encoding="utf-8")))
            except UnicodeDecodeError:
                continue
    return found


def test_no_registry_address_and_no_unfinished_mark_is_in_the_tree() -> None:
    registry = re.compile(r"https?://([a-z.-]*\.)?(pypi|pythonhosted|registry\.npmjs|deb\.debian)\.")
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError|pragma: no cover|mark\.(skip|xfail)\b")
    bad = [
        name
        for name, text in _tracked_text()
        if name != "tests/test_house.py"
        and (registry.search(text) or (name.endswith(".py") and unfinished.search(text)))
    ]
    assert bad == []


def test_every_direct_dependency_has_its_reason_in_the_docs() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    opening = tomllib.loads((ROOT / "deploy/opening-wheel/pyproject.toml").read_text())["project"]
    wanted = [*settings["dependencies"], *opening["dependencies"]]
    for extra in settings["optional-dependencies"].values():
        wanted += extra
    page = (ROOT / "docs/dependencies.md").read_text()
    for requirement in wanted:
        name = re.split(r"[<>=!~ ]", requirement)[0]
        assert name.startswith("khomo") or f"`{name}`" in page, name


def test_tests_cannot_reach_another_machine() -> None:
    with socket.socket() as probe, pytest.raises(PermissionError, match="loopback"):
        probe.connect(("192.0.2.1", 80))
