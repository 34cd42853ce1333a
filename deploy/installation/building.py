"""Builds a release from this tree: a virtual environment with hashed packages, our wheel, and the files beside it.

Rules:
1. Nothing comes over the network without its hash (``requirements/build.lock``, ``requirements/intake.lock``).
2. The wheel is ``khomo``, which holds nothing that opens a report; that is looked at before it is used.
3. What only builds (pip itself too) is taken out again at the end: a server has no use for it.
4. A release is named for its content, and counts only when it is whole: the same tree is built once, and one that was
   cut off is built anew.
5. Each Python is started with ``-I``: root may stand in a folder of somebody else, and nothing is taken from there.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.installation.places import Release
from deploy.installation.telling import RefusedError, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.installation.places import Places

TREE = Path(__file__).resolve().parents[2]
SERVER = TREE / "deploy" / "server"
BUILD_LOCK = TREE / "requirements/build.lock"
INTAKE_LOCK = TREE / "requirements/intake.lock"
PACKAGES = ("keys", "intake", "reviewer", "caselog")
PRIVATE = ("keys/opening/", "tests/")
OTHER_COMMANDS = ("khomo-keys", "khomo-reviewer", "khomo-caselog")
DIGITS = 12

_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_LEFT_OUT = {"__pycache__", ".mypy_cache", ".ruff_cache"}


def release_of_tree(places: Places) -> Release:
    """Name the release that this tree makes on this machine."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}\n".encode())
    for path in sorted(_sources()):
        digest.update(f"{path.relative_to(TREE)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return Release(places.releases / f"{version()}-{digest.hexdigest()[:DIGITS]}")


def version() -> str:
    """Return the version that this tree says it has."""
    said = re.search(r'^__version__ = "([^"]+)"', (TREE / "keys/__init__.py").read_text(), re.MULTILINE)
    if said is None:
        raise RefusedError("keys/__init__.py of this tree names no version.")
    return said[1]


def _sources() -> Iterator[Path]:
    """Yield every file that a release is made of."""
    yield from (TREE / "pyproject.toml", TREE / "README.md", TREE / "LICENSE", BUILD_LOCK, INTAKE_LOCK)
    for folder in (*(TREE / name for name in PACKAGES), SERVER):
        for path in folder.rglob("*"):
            if path.is_file() and not _LEFT_OUT & set(path.parts):
                yield path


def build(release: Release) -> None:
    """Build it; what was left by an earlier try that was cut off is removed before."""
    shutil.rmtree(release.folder, ignore_errors=True)
    release.folder.parent.mkdir(parents=True, exist_ok=True)
    run("/usr/bin/python3", "-I", "-m", "venv", release.folder)
    pip = (release.python, "-I", "-m", "pip", "install", "-q", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", BUILD_LOCK)
    run(*pip, "--require-hashes", "--no-build-isolation", "-r", INTAKE_LOCK)
    with tempfile.TemporaryDirectory(prefix="khomo-wheel-") as folder:
        run(*pip, "--no-deps", _wheel(release, Path(folder)))
    _take_out_what_builds(release)
    _take_out_other_machines(release)
    shutil.copytree(SERVER, release.files, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    _let_everybody_read(release.folder)
    run(release.program, "--version")
    release.done.touch()


def _wheel(release: Release, folder: Path) -> Path:
    """Build our wheel from a copy of the tree, which stays as it is."""
    copy = folder / "tree"
    for path in _sources():
        target = copy / path.relative_to(TREE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    run(release.python, "-I", "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, copy)
    (wheel,) = folder.glob("khomo-*.whl")
    private = [name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(PRIVATE)]
    if private:
        raise RefusedError(f"The wheel holds {private[0]}, which does not belong on a server. Use an unchanged tree.")
    return wheel


def names_in(lock: Path) -> set[str]:
    """Return the names of the packages in a lock file."""
    return {name.lower().replace("_", "-") for name in _LOCKED.findall(lock.read_text())}


def _take_out_what_builds(release: Release) -> None:
    """Remove what is in the build lock alone; pip goes last, as it removes the others."""
    extra = sorted((names_in(BUILD_LOCK) | {"pip"}) - names_in(INTAKE_LOCK))
    run(release.python, "-I", "-m", "pip", "uninstall", "-q", "-y", "--disable-pip-version-check", *extra)


def _take_out_other_machines(release: Release) -> None:
    """Remove the commands of desk and leads: they lack what they need here, and cannot start."""
    for name in OTHER_COMMANDS:
        (release.folder / "bin" / name).unlink(missing_ok=True)


def _let_everybody_read(folder: Path) -> None:
    """Let the service's user read it, whatever umask root has; only root may change it."""
    run("chmod", "-R", "u=rwX,go=rX", folder)
