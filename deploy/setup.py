"""Set-up for `make run`, `make test` and `make desk`: needs nothing but Python 3.11 and its standard library.

Does only what is missing, so the second call is quick: Debian packages (by apt, when root or sudo is there; else
it says what to install and why), a virtual environment of the system's Python with hashed locks, npm packages.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = ROOT / ".setup"
SYSTEM_PYTHON = Path("/usr/bin/python3")
LOCKS = {"run": "requirements/run.lock", "test": "requirements/dev.lock"}
DESK_TOOLS = STAMPS / "desk-tools"
DESK_LOCK = ROOT / "requirements/desk-build.lock"


class Need(NamedTuple):
    """One thing of the system: how to see that it is there, which Debian package brings it, and what for."""

    probe: str
    package: str
    why: str


RUN_NEEDS = (
    Need("import:ensurepip", "python3-venv", "makes the virtual environment"),
    Need("command:tor", "tor", "the onion service and the private rehearsal network"),
    Need("command:tor-gencert", "tor", "keys of the rehearsal network's directory authorities"),
    Need("command:gpg", "gnupg", "OpenPGP keys of desks, and of leads and sources who have nothing else"),
    Need("command:bwrap", "bubblewrap", "the sandbox in which the desk opens what others made"),
    Need("command:prlimit", "util-linux", "limits what a program in the sandbox may take"),
    Need("command:unzip", "unzip", "shows that a submission opens with stock tools"),
)
TEST_NEEDS = (
    *RUN_NEEDS,
    Need("command:git", "git", "tests read the list of tracked files"),
    Need("command:chromium", "chromium", "pages are driven in a real browser"),
    Need("command:firefox-esr", "firefox-esr", "the engine of Tor Browser"),
    Need("command:node", "nodejs", "the stock age implementation with post-quantum recipients"),
    Need("command:npm", "npm", "fetches age-encryption, the age test kit and axe-core"),
    Need("command:strace", "strace", "shows the order of system calls"),
    Need("command:ps", "procps", "finds the processes of a service under test"),
    Need("command:bsdtar", "libarchive-tools", "opens our containers"),
    Need("command:7z", "p7zip-full", "opens our containers"),
    Need("file:/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf", "fonts-dejavu-core", "letters of the leaflet"),
    Need("command:pdftoppm", "poppler-utils", "looks at the leaflet"),
    Need("command:zbarimg", "zbar-tools", "reads the leaflet's QR code"),
    Need("command:systemd-analyze", "systemd", "judges the hardening of the units"),
    Need("command:apparmor_parser", "apparmor", "reads the service's profile"),
    Need("command:mkfs.ext4", "e2fsprogs", "makes the disk that the thief of the tests carries away"),
    Need("command:debootstrap", "debootstrap", "makes the fresh Debian that the installer is tried in"),
    Need("command:ip", "iproute2", "lets such a Debian without a network talk to itself"),
)


DESK_NEEDS = (
    Need("import:ensurepip", "python3-venv", "makes the virtual environment of the tools"),
    Need("command:git", "git", "says what the newest commit holds"),
    Need("command:dpkg-deb", "dpkg", "makes the Debian package"),
)


def _find_command(name: str) -> str | None:
    """Find a command, also where only root's path looks."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/games")


def is_there(need: Need) -> bool:
    """Tell whether the system has what ``need`` names."""
    kind, name = need.probe.split(":", 1)
    if kind == "command":
        return _find_command(name) is not None
    if kind == "file":
        return Path(name).is_file()
    probe = [str(SYSTEM_PYTHON), "-I", "-c", f"import {name}"]  # root may stand anywhere
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


def say(text: str) -> None:
    """Tell the person at the terminal what goes on."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(command: list[str], what: str) -> None:
    """Run one step, quietly; show its output only when it failed."""
    started = time.monotonic()
    sys.stdout.write(f"  {what} … ")
    sys.stdout.flush()
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        say("failed")
        say(f"\nThe command was: {' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        raise SystemExit(1)
    say(f"{time.monotonic() - started:.0f} s")


def install_packages(needs: tuple[Need, ...]) -> None:
    """Bring in the Debian packages that are missing, or say which and why."""
    missing = [need for need in needs if not is_there(need)]
    if not missing:
        return
    packages = sorted({need.package for need in missing})
    prefix = _become_root()
    if prefix is None or not _find_command("apt-get"):
        say("These packages are missing, and this user may not install them:\n")
        for need in missing:
            say(f"  {need.package:18} {need.why}")
        say(f"\nPlease run:  sudo apt-get install {' '.join(packages)}\nand then the same make command again.")
        raise SystemExit(1)
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]
    run([*quiet, "update"], "asking Debian what there is")
    run([*quiet, "install", "--no-install-recommends", *packages], f"installing {', '.join(packages)}")
    still = [need.probe for need in missing if not is_there(need)]
    if still:
        say(f"Installed, but still not found: {', '.join(still)}. Please look at the packages above.")
        raise SystemExit(1)


def _become_root() -> list[str] | None:
    """Say how to run a command as root: nothing, sudo, or not at all (None)."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    question = ["sudo", "-v"] if sys.stdin.isatty() else ["sudo", "-n", "true"]
    return ["sudo"] if subprocess.run(question, check=False).returncode == 0 else None


def _digest(*paths: Path) -> str:
    """Name a state of files: changes when any of them changes."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _is_done(name: str, digest: str) -> bool:
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == digest


def _mark_done(name: str, digest: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(digest)


def make_environment(purpose: str) -> None:
    """Make the virtual environment from hashed locks and put both wheels' code into it.

    What the tests need holds all that a run needs, so going from one to the other only adds.
    """
    there = (VENV / "bin/python").exists()
    if there and (_environment_is(purpose) or (purpose == "run" and _environment_is("test"))):
        return
    build, lock = ROOT / "requirements/build.lock", ROOT / LOCKS[purpose]
    pip = [str(VENV / "bin/python"), "-I", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if not there:
        run([str(SYSTEM_PYTHON), "-I", "-m", "venv", str(VENV)], "making the virtual environment")
    run([*pip, "--require-hashes", "-r", str(build)], "installing the build tools")
    hashed = ["--no-build-isolation", "--require-hashes", "-r", str(lock)]
    run([*pip, *hashed], "installing the Python packages (the longest step)")
    ours = ["--no-build-isolation", "--no-deps", "-e", "deploy/opening-wheel", "-e", "."]
    run([*pip, *ours], "installing Khomo itself")
    _mark_done(f"environment-for-{purpose}", _environment_digest(purpose))


def _environment_digest(purpose: str) -> str:
    inputs = ("requirements/build.lock", LOCKS[purpose], "pyproject.toml", "deploy/opening-wheel/pyproject.toml")
    return _digest(*(ROOT / name for name in inputs))


def _environment_is(purpose: str) -> bool:
    return _is_done(f"environment-for-{purpose}", _environment_digest(purpose))


def make_desk_tools() -> None:
    """Make an environment of its own with what builds the desk's packages, and nothing else."""
    digest = _digest(DESK_LOCK)
    if _is_done("environment-for-desk", digest):
        return
    run([str(SYSTEM_PYTHON), "-I", "-m", "venv", "--clear", str(DESK_TOOLS)], "making an environment for the tools")
    pip = [str(DESK_TOOLS / "bin/python"), "-I", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(DESK_LOCK)], "installing the tools that build packages")
    _mark_done("environment-for-desk", digest)


def install_node_packages() -> None:
    """Install what the tests take from npm."""
    digest = _digest(ROOT / "package-lock.json")
    if (ROOT / "node_modules").is_dir() and _is_done("node", digest):
        return
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], "installing npm packages")
    _mark_done("node", digest)


def main() -> None:
    """Set up for one purpose."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: python3 deploy/setup.py test")
    parser.add_argument("purpose", choices=("run", "test", "desk"))
    purpose = parser.parse_args().purpose
    if not SYSTEM_PYTHON.exists():
        say("Khomo needs Debian's own Python at /usr/bin/python3: sudo apt-get install python3")
        raise SystemExit(1)
    install_packages({"run": RUN_NEEDS, "test": TEST_NEEDS, "desk": DESK_NEEDS}[purpose])
    if purpose == "desk":
        make_desk_tools()
        return
    make_environment(purpose)
    if purpose == "test":
        install_node_packages()


if __name__ == "__main__":
    main()
