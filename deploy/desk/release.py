"""What a release is made of: the newest commit of this tree, never what lies beside it unsaved."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.installation.telling import RefusedError, run

TREE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Release:
    """One commit.

    Attributes:
        commit: its number.
        epoch: when it was made, in seconds since 1970; every file of the release bears this time.
        version: what it calls itself.
        sources: a copy of its files.
        work: the folder that all is built in; no file of the release may name it.
    """

    commit: str
    epoch: int
    version: str
    sources: Path
    work: Path

    @classmethod
    def of_tree(cls, work: Path) -> Release:
        """Copy the newest commit into ``work``; raises ``RefusedError`` where there is none."""
        commit, epoch = run("git", "-C", TREE, "log", "-1", "--format=%H %ct").split()
        packed, sources = work / "sources.tar", work / "sources"
        run("git", "-C", TREE, "archive", "--format=tar", "-o", packed, commit)
        sources.mkdir()
        run("tar", "-xf", packed, "-C", sources)
        settle(sources, int(epoch))
        return cls(commit, int(epoch), _version(sources), sources, work)

    @property
    def wheels(self) -> Path:
        """Where our own two wheels are built."""
        return self.work / "wheels"

    def tree(self, name: str) -> Path:
        """Return where the tree with a name grows."""
        return self.work / "trees" / name

    def timed(self, *command: object) -> str:
        """Run a command that takes its times from this release."""
        return run("env", f"SOURCE_DATE_EPOCH={self.epoch}", *command)

    def settle(self, folder: Path) -> None:
        """Give all files below a folder the modes and the time of this release."""
        settle(folder, self.epoch)

    def refuse_traces(self, folder: Path) -> None:
        """Refuse a tree that names the machine on which it was built, or where its parts came from."""
        traces = [str(self.work).encode(), sys.prefix.encode(), b'"url": "file:']
        for path in sorted(folder.rglob("*")):
            if path.is_file() and any(trace in path.read_bytes() for trace in traces):
                raise RefusedError(f"{path.relative_to(folder)} names a folder of this machine: it was not built.")


def unsaved() -> bool:
    """Tell whether the tree has changes that no commit has."""
    return bool(run("git", "-C", TREE, "status", "--porcelain", "--untracked-files=no").strip())


def settle(folder: Path, epoch: int) -> None:
    """Let nothing of this machine's habits show: umask, and the time of day."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def _version(sources: Path) -> str:
    said = re.search(r'^__version__ = "([^"]+)"', (sources / "keys/__init__.py").read_text(), re.MULTILINE)
    if said is None:
        raise RefusedError("keys/__init__.py of this commit names no version.")
    return said[1]
