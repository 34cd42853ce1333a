"""What is built is told by the commit and the lock alone, and the package does nothing by itself."""

from __future__ import annotations

import os
import re
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from deploy.desk import debian, release, sums, trees
from deploy.desk.locked import PYTHONS, Python, needed
from deploy.desk.release import Release, settle
from deploy.installation.telling import RefusedError

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "deploy/desk/package"
HASH = "    --hash=sha256:" + "0" * 64
LOCK = f"""\
# made by hand
always==1.0 \\
{HASH} \\
{HASH}
    # via somebody
old-only==2.0 ; python_full_version < '3.11.3' \\
{HASH}
    # via always
new-only==3.0 ; python_version >= '3.13' and platform_python_implementation != 'PyPy' \\
{HASH}
windows-only==4.0 ; os_name == 'nt' \\
{HASH}
"""


@pytest.mark.parametrize(
    ("python", "names"), [(PYTHONS[0], ["always", "old-only"]), (PYTHONS[1], ["always", "new-only"])], ids=str
)
def test_each_python_gets_what_its_own_conditions_say_with_every_hash(python: Python, names: list[str]) -> None:
    lines = needed(LOCK, python).splitlines()
    assert [line.split("==")[0] for line in lines if "==" in line] == names
    assert sum("--hash=" in line for line in lines) == 3
    assert not [line for line in lines if ";" in line or "#" in line]


def _wanted_at_the_desk() -> set[str]:
    """Return the names of all libraries that our two wheels ask for at a desk."""
    ours, opening = (tomllib.loads((ROOT / at / "pyproject.toml").read_text())["project"] for at in trees.OURS)
    extras = ours["optional-dependencies"]
    lines = [*ours["dependencies"], *opening["dependencies"], *extras["reviewer"], *extras["caselog"]]
    return {re.split(r"[<>=]", line)[0] for line in lines} - {"khomo", "khomo-opening"}


@pytest.mark.parametrize("python", PYTHONS, ids=str)
def test_each_python_gets_all_that_the_desk_asks_for_from_the_lock(python: Python) -> None:
    chosen = needed((ROOT / trees.LOCK).read_text(), python)
    assert _wanted_at_the_desk() <= set(re.findall(r"^([a-z0-9-]+)==", chosen, re.MULTILINE))


def test_libraries_are_for_the_c_library_of_debian_12_and_come_ready_to_be_used() -> None:
    words = PYTHONS[1].pip_words()
    platforms = [word for word in words if word.startswith("manylinux")]
    assert platforms[0] == "manylinux_2_36_x86_64"
    assert {"manylinux_2_17_x86_64", "manylinux2014_x86_64"} <= set(platforms)
    assert words[:2] == ["--only-binary", ":all:"]
    assert {"cp313", "abi3", "none"} <= set(words)


def test_the_control_file_names_the_version_and_what_the_desk_needs() -> None:
    control = debian.filled((PACKAGE / "control").read_text(), "1.2.3", 5000 * 1024)
    fields = dict(line.split(": ", 1) for line in control.splitlines() if re.match("[A-Z]", line))
    assert (fields["Package"], fields["Version"], fields["Architecture"]) == ("khomo-desk", "1.2.3", "amd64")
    assert fields["Installed-Size"] == "5000"
    needs = {re.sub(r" \(.*\)", "", word) for word in fields["Depends"].split(", ")}
    assert {"python3", "libc6", "bubblewrap", "util-linux", "libseccomp2", "gnupg", "gpgv"} <= needs
    assert "@" not in control.replace(debian.MAINTAINER, "")


def test_nothing_runs_when_the_package_is_installed_or_removed() -> None:
    """Debian would run these files; what is in DEBIAN/ is written by ``debian.py`` from a control file alone."""
    scripts = {"preinst", "postinst", "prerm", "postrm", "config", "triggers"}
    assert {path.name for path in PACKAGE.iterdir()} == {"control", "copyright", "lintian-overrides", "program.1"}
    assert not [name for name in scripts if name in Path(debian.__file__).read_text()]


def test_a_release_is_the_newest_commit_and_not_what_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, work = tmp_path / "tree", tmp_path / "work"
    (tree / "keys").mkdir(parents=True)
    work.mkdir()
    (tree / "keys/__init__.py").write_text('__version__ = "7.8.9"\n')
    git = ["git", "-C", str(tree), "-c", "user.name=a", "-c", "user.email=a@khomo.invalid"]
    for words in (["init", "-q"], ["add", "keys"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True, env=os.environ | {"GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"})
    monkeypatch.setattr(release, "TREE", tree)
    assert not release.unsaved()
    (tree / "keys/__init__.py").write_text('__version__ = "9.9.9"\n')
    (tree / "keys/new.py").touch()
    made = Release.of_tree(work)
    assert release.unsaved()
    assert (made.version, made.epoch, len(made.commit)) == ("7.8.9", 1767323045, 40)
    assert [path.name for path in (made.sources / "keys").iterdir()] == ["__init__.py"]
    assert made.timed("sh", "-c", "echo $SOURCE_DATE_EPOCH") == "1767323045\n"


def test_neither_umask_nor_the_time_of_day_shows(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o700)
    (tmp_path / "a/b").touch(mode=0o600)
    settle(tmp_path, 86400)
    states = [(tmp_path / name).stat() for name in ("a", "a/b")]
    assert [(state.st_mode & 0o777, state.st_mtime) for state in states] == [(0o755, 86400), (0o644, 86400)]


@pytest.mark.parametrize("name", ["direct_url.json", "lib.so"])
def test_a_tree_that_names_a_folder_of_this_machine_is_refused(name: str, tmp_path: Path) -> None:
    work, tree = tmp_path / "work", tmp_path / "tree"
    tree.mkdir()
    made = Release("0" * 40, 0, "1", tmp_path, work)
    (tree / name).write_bytes(b"\0 /home/somebody/lib \0")
    made.refuse_traces(tree)
    (tree / name).write_bytes(b"\0" + str(work).encode() + b"/wheels\0")
    with pytest.raises(RefusedError, match=f"^{re.escape(name)} names a folder"):
        made.refuse_traces(tree)


def test_the_list_is_one_that_sha256sum_checks(tmp_path: Path) -> None:
    for name in ("b.pyz", "a.deb"):
        (tmp_path / name).write_text(name)
    sums.write_sums(tmp_path)
    checked = ["sha256sum", "--check", "--strict", sums.NAME]
    done = subprocess.run(checked, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "a.deb: OK\nb.pyz: OK\n"


def test_the_changes_bear_the_time_of_the_commit_as_debian_writes_it() -> None:
    when = time.strftime(debian.WHEN, time.gmtime(1767323045))
    text = debian.CHANGES.format(name="khomo-desk", version="1.0", by=debian.MAINTAINER, when=when)
    assert text.startswith("khomo-desk (1.0) unstable; urgency=medium\n\n  * ")
    assert text.endswith("\n\n -- The contributors of Khomo <nobody@khomo.invalid>  Fri, 02 Jan 2026 03:04:05 +0000\n")
