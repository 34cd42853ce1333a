"""The Debian package: both trees, three programs, pages to read. Made without root; nothing runs when it is installed.

::

    /usr/bin/khomo-reviewer, khomo-caselog, khomo-keys   links to the launcher
    /usr/lib/khomo/launch                                picks the tree for the system's Python
    /usr/lib/khomo/py311, py313                          the trees; a file that is the same in both is there once
    /usr/share/doc/khomo-desk/                           licence, changes, the commit, the guides
    /usr/share/man/man1/                                 a page for each program

What people keep (vaults, keys) lies in their own folders: neither an upgrade nor a removal touches it.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.desk.launch import PROGRAMS
from deploy.desk.locked import PYTHONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.desk.release import Release

NAME = "khomo-desk"
ARCHITECTURE = "amd64"
FILES = Path(__file__).resolve().parent.relative_to(Path(__file__).resolve().parents[2]) / "package"
MAINTAINER = "The contributors of Khomo <nobody@khomo.invalid>"
"""Debian wants a name and an address; ``.invalid`` says that nobody reads mail there (RFC 2606)."""
WHEN = "%a, %d %b %Y %H:%M:%S +0000"
CHANGES = """\
{name} ({version}) unstable; urgency=medium

  * What changed is told in CHANGELOG.md, beside this file.

 -- {by}  {when}
"""
_GUIDES = ("docs/*.md", "docs/pictures/*", "docs/formats/*", "docs/adr/*", "SECURITY.md")


def write_package(release: Release, out: Path) -> None:
    """Write the package."""
    root = release.work / "package"
    library = root / "usr/lib/khomo"
    library.mkdir(parents=True)
    trees = [library / python.name for python in PYTHONS]
    for tree in trees:
        shutil.copytree(release.tree(tree.name), tree)
    _keep_once(trees)
    shutil.copyfile(release.sources / "deploy/desk/launch.py", library / "launch")
    _programs(release, root)
    _pages(release, root)
    _papers(release, root)
    release.settle(root)
    (library / "launch").chmod(0o755)
    how = ("--root-owner-group", "-Zgzip", "-z6", "--threads-max=1", "--build")
    release.timed("dpkg-deb", *how, root, out / f"{NAME}_{release.version}_{ARCHITECTURE}.deb")


def _keep_once(trees: Sequence[Path]) -> None:
    """Let a file that is the same in the first tree and in another be the same file on the disk too."""
    first, *others = trees
    for tree in others:
        for path in sorted(tree.rglob("*")):
            twin = first / path.relative_to(tree)
            if path.is_file() and twin.is_file() and path.read_bytes() == twin.read_bytes():
                path.unlink()
                os.link(twin, path)


def _programs(release: Release, root: Path) -> None:
    """Put the programs into the path, and a page about each where ``man`` looks."""
    commands, manual = root / "usr/bin", root / "usr/share/man/man1"
    commands.mkdir(parents=True)
    manual.mkdir(parents=True)
    page = (release.sources / FILES / "program.1").read_text()
    for name in PROGRAMS:
        (commands / name).symlink_to("../lib/khomo/launch")
        day = time.strftime("%Y-%m-%d", time.gmtime(release.epoch))
        text = page.replace("@PROGRAM@", name).replace("@DAY@", day).replace("@VERSION@", release.version)
        _write_packed(manual / f"{name}.1.gz", text)


def _pages(release: Release, root: Path) -> None:
    """Put the guides where Debian has its documents."""
    doc = root / "usr/share/doc" / NAME
    for pattern in _GUIDES:
        for path in sorted(release.sources.glob(pattern)):
            target = doc / path.relative_to(release.sources)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    shutil.copyfile(release.sources / FILES / "copyright", doc / "copyright")
    (doc / "commit").write_text(f"{release.commit}\n")
    shutil.copyfile(release.sources / "CHANGELOG.md", doc / "CHANGELOG.md")
    when = time.strftime(WHEN, time.gmtime(release.epoch))
    _write_packed(doc / "changelog.gz", CHANGES.format(name=NAME, version=release.version, by=MAINTAINER, when=when))
    overrides = root / "usr/share/lintian/overrides"
    overrides.mkdir(parents=True)
    shutil.copyfile(release.sources / FILES / "lintian-overrides", overrides / NAME)


def _papers(release: Release, root: Path) -> None:
    """Write what dpkg reads."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
    sums = "".join(f"{_md5(path)}  {path.relative_to(root)}\n" for path in files)
    inodes = {path.stat().st_ino: path.stat().st_size for path in files}
    control = (release.sources / FILES / "control").read_text()
    papers = root / "DEBIAN"
    papers.mkdir()
    (papers / "md5sums").write_text(sums)
    (papers / "control").write_text(filled(control, release.version, sum(inodes.values())))


def filled(control: str, version: str, size: int) -> str:
    """Return the control file of a version whose files have so many bytes."""
    given = {"VERSION": version, "ARCHITECTURE": ARCHITECTURE, "MAINTAINER": MAINTAINER, "KIBIBYTES": str(size // 1024)}
    return re.sub(r"@([A-Z]+)@", lambda found: given[found[1]], control)


def _md5(path: Path) -> str:
    """Return the sum that ``dpkg --verify`` compares: against mishaps, not against people."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _write_packed(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
