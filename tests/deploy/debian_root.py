"""A fresh Debian in a folder: made by debootstrap, entered with chroot, its services started by their units' lines.

Nothing but files is shared with this machine: the tree (read only), a stick, and what pip is configured with. Mounts
live in a name space of each command and go with it. systemd does not run in it, as in any chroot.
"""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
CERTIFICATES_INSIDE = "/srv/certificates.crt"
"""Not where Debian keeps its own: its packages may write them anew."""
INSIDE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STOP_SECONDS = 40
WATCH = ("strace", "-f", "-y", "-qq", "--seccomp-bpf", "-e", "trace=%file,connect,bind,mmap", "-e", "signal=none")
ENTER = """
root=$1; tree=$2; stick=$3; cache=$4; folders=$5; shift 5
mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 99
bind() { mkdir -p "$root$2"; mount -o "bind,$3" "$1" "$root$2" || exit 99; }
bind "$tree" /tree ro
bind "$stick" /media/stick rw
bind "$cache" /srv/pip-cache rw
for folder in $folders; do bind "$folder" "$folder" ro; done
exec chroot "$root" "$@"
"""


@cache
def pip_settings() -> dict[str, str]:
    """Return what pip is configured with on this machine, as its environment."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\w+\.([a-z-]+)=(.*)$", said, re.MULTILINE)
    given = {f"PIP_{name.upper().replace('-', '_')}": str(ast.literal_eval(value)) for name, value in found}
    return given | {name: value for name, value in os.environ.items() if name.startswith("PIP_")}


def _folders_named(settings: dict[str, str]) -> list[str]:
    """Return the folders of this machine that pip's settings name; of one inside another only the outer."""
    words = " ".join(settings.values()).split()
    paths = {Path(word.removeprefix("file://")) for word in words if word.startswith(("/", "file:///"))}
    tops = {Path("/", *path.parts[1:3]) for path in paths if path.is_dir()}
    return sorted(map(str, tops))


def _watched(trace: Path | None) -> list[str]:
    return [] if trace is None else [*WATCH, "-o", str(trace)]


@dataclass
class DebianRoot:
    """One of them.

    Attributes:
        folder: where it lies.
        stick: this machine's folder that is its ``/media/stick``.
        cache: of pip, shared by several.
        tree: what is its ``/tree``.
        disks: folders where a disk of its own lies.
    """

    folder: Path
    stick: Path
    cache: Path
    tree: Path = ROOT
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    disks: list[Path] = field(default_factory=list)

    @classmethod
    def boot(cls, suite: str, folder: Path, stick: Path, cache: Path, only: tuple[str, ...] = ()) -> DebianRoot:
        """Make one of a Debian release; ``only`` names packages to have beside what every Debian cannot do without."""
        wanted = ["--variant=minbase", f"--include={','.join(only)}"] if only else []
        command = ["unshare", "--mount", "debootstrap", *wanted, suite, str(folder)]  # what it mounts is gone with it
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
        if CERTIFICATES.is_file():
            (folder / CERTIFICATES_INSIDE.lstrip("/")).write_bytes(CERTIFICATES.read_bytes())
        return cls(folder, stick, cache)

    def give_disk(self, path: str, mebibytes: int) -> None:
        """Let a disk of its own, with ext4, lie at a folder inside; ``take_disks`` takes it away."""
        image, place = self.folder.with_name(f"{self.folder.name}.img"), self.at(path)
        with image.open("wb") as file:
            file.truncate(mebibytes << 20)
        place.mkdir(parents=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=True, capture_output=True)
        self.disks.append(place)

    def take_disks(self) -> None:
        """Take the disks away that were given."""
        while self.disks:
            subprocess.run(["umount", str(self.disks.pop())], check=True, capture_output=True)

    def at(self, path: str) -> Path:
        """Return where a path inside lies on this machine."""
        return self.folder / path.lstrip("/")

    def run(self, *words: str, code: int = 0, feed: str = "", trace: Path | None = None) -> str:
        """Run a command inside, as root, to its end; returns what it said."""
        done = subprocess.run(
            [*_watched(trace), *self._entering(words)],
            env=self._environment(),
            input=feed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"$ {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    def install(self, *words: str, code: int = 0) -> str:
        """Run the installer."""
        return self.run("/tree/deploy/server/install", *words, code=code)

    def unit(self, name: str) -> dict[str, list[str]]:
        """Read the section Service of an installed unit."""
        found: dict[str, list[str]] = {}
        text = self.at(f"/etc/systemd/system/{name}.service").read_text().split("[Service]\n")[1].split("\n[")[0]
        for line in text.splitlines():
            if "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                found.setdefault(key, []).append(value)
        return found

    def as_unit(self, name: str, line: str) -> list[str]:
        """Return a command line of a unit, with the unit's user, groups and environment, and no rights beyond."""
        unit = self.unit(name)
        group = unit["Group"][0]
        groups = ",".join([group, *unit.get("SupplementaryGroups", [])])
        who = ["setpriv", f"--reuid={unit['User'][0]}", f"--regid={group}", f"--groups={groups}"]
        rights = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        environment = " ".join(unit.get("Environment", [])).split()
        return [*who, *rights, "env", "-i", "PATH=/usr/bin:/bin", *environment, *line.split()]

    def run_unit(self, name: str, trace: Path) -> str:
        """Do what a unit of type oneshot does. What it does with files goes to ``trace``."""
        (line,) = self.unit(name)["ExecStart"]
        return self.run(*self.as_unit(name, line), trace=trace)

    def start(self, name: str, trace: Path | None = None) -> Path:
        """Start a service by the lines of its unit; returns its log. What it does with files goes to ``trace``."""
        for line in self.unit(name).get("ExecStartPre", []):
            self.run(*self.as_unit(name, line))
        log = self.folder.with_name(f"{self.folder.name}-{name}.log")
        (line,) = self.unit(name)["ExecStart"]
        with log.open("wb") as out:
            self.processes[name] = subprocess.Popen(
                [*_watched(trace), *self._entering(self.as_unit(name, line))],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        return log

    def stop(self) -> None:
        """End what was started, the last first."""
        for name in reversed(list(self.processes)):
            process = self.processes.pop(name)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _entering(self, words: tuple[str, ...] | list[str]) -> list[str]:
        settings = pip_settings()
        given = (self.folder, self.tree, self.stick, self.cache, " ".join(_folders_named(settings)))
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", *map(str, given), *words]

    def _environment(self) -> dict[str, str]:
        """Return root's environment inside: pip's settings of this machine, and its certificates where they are."""
        inside = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/srv",
            "PIP_CACHE_DIR": "/srv/pip-cache",
            "LANG": "C.UTF-8",
        }
        settings = pip_settings()
        if CERTIFICATES.is_file():
            settings |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), CERTIFICATES_INSIDE)
        proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        return inside | settings | proxies
