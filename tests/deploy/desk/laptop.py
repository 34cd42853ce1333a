"""A laptop with a fresh Debian and no network: a folder that is the whole disk of those who are in it.

It can talk to itself, and to nobody else. Other than in a chroot, people there can build the sandbox, as on a real
laptop. Nothing of this machine is in it but a stick, which cannot be written to.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.deploy.debian_root import INSIDE_PATH

if TYPE_CHECKING:
    from pathlib import Path

ENTER = """
root=$1; stick=$2; shift 2
mount --bind "$root" "$root" && cd "$root" || exit 99
mkdir -p media/stick this-machine
ip link set lo up || exit 99
mount -t proc proc proc && mount --rbind /dev dev && mount -o bind,ro "$stick" media/stick || exit 99
pivot_root . this-machine && umount -l /this-machine && cd / || exit 99
exec "$@"
"""
WITHOUT_NETWORK = ("unshare", "--mount", "--net", "sh", "-c", ENTER, "sh")
PERSON = "yusuf"
HOME = f"/home/{PERSON}"


@dataclass(frozen=True)
class Laptop:
    """One of them.

    Attributes:
        disk: this machine's folder that is its disk.
        stick: this machine's folder that is its stick.
    """

    disk: Path
    stick: Path

    def as_root(self, *words: str) -> str:
        """Run a command to its end; returns what it said."""
        return self._run(words)

    def as_person(self, *words: str, code: int = 0) -> str:
        """Run a command as whoever works with it, in their home."""
        user = ("runuser", "-u", PERSON, "--", "env", "-C", HOME, f"HOME={HOME}", f"PATH={HOME}/bin:{INSIDE_PATH}")
        return self._run((*user, *words), code)

    def at(self, path: str) -> Path:
        """Return where a path inside lies on this machine."""
        return self.disk / path.lstrip("/")

    def _run(self, words: tuple[str, ...], code: int = 0) -> str:
        done = subprocess.run(
            [*WITHOUT_NETWORK, str(self.disk), str(self.stick), *words],
            env={"PATH": INSIDE_PATH, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"$ {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr
