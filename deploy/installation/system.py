"""What this machine is and can do: Debian, systemd, AppArmor, tor."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from deploy import setup
from deploy.installation.telling import RefusedError, Step, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.installation.telling import Teller

DEBIANS = {"12", "13"}
NEEDS = (
    setup.Need("import:ensurepip", "python3-venv", "makes the virtual environment"),
    setup.Need("command:tor", "tor", "the onion service"),
    setup.Need("command:systemd-sysusers", "systemd", "makes the users, and runs the service"),
    setup.Need("command:systemd-tmpfiles", "systemd", "makes the folders"),
    setup.Need("command:apparmor_parser", "apparmor", "confines the service once more"),
    setup.Need("command:runuser", "util-linux", "runs a command as the service's user"),
)
PROFILE = Path("/etc/apparmor.d/khomo-intake")
PROFILES_IN_FORCE = Path("/sys/kernel/security/apparmor/profiles")
DEBIAN_TOR = ("tor.service", "tor@default.service")
NO_SYSTEMD = (
    "systemd does not run here. Boot the machine with it: everything is enabled and starts by itself. "
    "Or start tor and `khomo-intake serve` by hand, as the lines ExecStart of the units say."
)
NO_APPARMOR = (
    "AppArmor does not run in this kernel: the service is confined by systemd alone. To have both, boot with "
    "apparmor=1 security=apparmor, then run this command again."
)
OTHER_TOR = (
    "Debian's own tor was here before Khomo and is left as it is. If nothing else needs it: "
    "systemctl disable --now tor.service tor@default.service"
)
SWAP = "Swap is on, and what is swapped out can be read from the disk: swapoff -a, and take it out of /etc/fstab."


def check_debian(release_file: Path = Path("/etc/os-release")) -> None:
    """Refuse another system than the ones that this was tried on."""
    text = release_file.read_text() if release_file.is_file() else ""
    said = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    name, version = (said.get(key, "").strip('"') for key in ("ID", "VERSION_ID"))
    if name != "debian" or version not in DEBIANS:
        system = f"{name} {version}".strip() or "unknown"
        raise RefusedError(
            f"This system is {system}; the installer was tried on Debian 12 and 13 only. "
            "deploy/server/README.md says what it does, to be done by hand."
        )


def check_root() -> None:
    """Refuse an ordinary user."""
    if os.geteuid() != 0:
        raise RefusedError("Only root may do this. Run the same command with sudo.")


def bring_packages(teller: Teller) -> None:
    """Install the Debian packages that are missing; a tor that came with them does not start by itself."""
    missing = sorted({need.package for need in NEEDS if not setup.is_there(need)})
    if not missing:
        return
    teller.take([Step(f"installing Debian packages: {', '.join(missing)}", lambda: _apt(missing))])
    if "tor" in missing:
        teller.take([Step("switching Debian's own tor off: Khomo starts its own", _switch_debian_tor_off)])


def _apt(names: Sequence[str]) -> None:
    apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y")
    run(*apt, "update")
    run(*apt, "install", "--no-install-recommends", *names)


def _switch_debian_tor_off() -> None:
    run("systemctl", "disable", *(["--now"] if systemd_runs() else []), *DEBIAN_TOR)


def tor_has_proof_of_work() -> bool:
    """Tell whether tor was built with its module; true of a tor that is not there yet: Debian's has it."""
    if shutil.which("tor", path="/usr/bin:/usr/sbin") is None:
        return True
    said = subprocess.run(["tor", "--list-modules"], capture_output=True, text=True, check=False).stdout
    return "pow: yes" in said.splitlines()


def systemd_runs() -> bool:
    """Tell whether systemd runs this machine (sd_booted); in a chroot or a container it may not."""
    return Path("/run/systemd/system").is_dir()


def make_users_and_folders() -> None:
    """Let systemd's own tools read our two files; a second time changes nothing."""
    run("systemd-sysusers", "/etc/sysusers.d/khomo.conf")
    run("systemd-tmpfiles", "--create", "/etc/tmpfiles.d/khomo.conf")


def stop(names: Sequence[str]) -> list[Step]:
    """Return the step that stops units that run."""
    return [Step(f"stopping {' '.join(names)}", lambda: run("systemctl", "stop", *names), lambda: _active(names))]


def _active(names: Sequence[str]) -> bool:
    if not systemd_runs() or not names:
        return False
    asked = subprocess.run(["systemctl", "is-active", *names], capture_output=True, text=True, check=False)
    return "active" in asked.stdout.splitlines()


def start(names: Sequence[str], teller: Teller, *, changed: bool) -> None:
    """Enable units, and start them where systemd runs; else say what is left to do."""
    steps = [Step(f"enabling {' '.join(names)}", lambda: run("systemctl", "enable", *names), lambda: _disabled(names))]
    if systemd_runs():
        steps += [
            Step("reading the units anew", lambda: run("systemctl", "daemon-reload"), lambda: changed),
            Step("keeping the journal in memory", _restart_journal, lambda: changed),
            Step(
                f"starting {' '.join(names)}",
                lambda: run("systemctl", "restart", *names),
                lambda: changed or not _all_active(names),
            ),
        ]
    else:
        teller.leave(NO_SYSTEMD)
    teller.take(steps)


def _restart_journal() -> None:
    run("systemctl", "restart", "systemd-journald")


def _disabled(names: Sequence[str]) -> bool:
    if shutil.which("systemctl") is None:  # a dry run before the packages are there
        return True
    asked = subprocess.run(["systemctl", "is-enabled", *names], capture_output=True, text=True, check=False)
    return asked.stdout.split() != ["enabled"] * len(names)


def _all_active(names: Sequence[str]) -> bool:
    asked = subprocess.run(["systemctl", "is-active", *names], capture_output=True, text=True, check=False)
    return asked.stdout.split() == ["active"] * len(names)


def disable(names: Sequence[str]) -> list[Step]:
    """Return the step that disables units."""
    return [Step(f"disabling {' '.join(names)}", lambda: run("systemctl", "disable", *names))]


def load_profile(teller: Teller, *, changed: bool) -> None:
    """Let the kernel take the profile; where it cannot, say so."""
    if not PROFILES_IN_FORCE.exists():
        teller.leave(NO_APPARMOR)
        return
    load = Step("loading the AppArmor profile", lambda: run("apparmor_parser", "-r", PROFILE), lambda: changed)
    teller.take([load])


def unload_profile() -> list[Step]:
    """Return the step that takes the profile out of the kernel."""
    return [
        Step(
            "unloading the AppArmor profile",
            lambda: run("apparmor_parser", "-R", PROFILE),
            lambda: PROFILES_IN_FORCE.exists() and PROFILE.exists(),
        )
    ]


def look_around(teller: Teller) -> None:
    """Say what of this machine lies outside Khomo and matters."""
    swaps = Path("/proc/swaps")
    if swaps.is_file() and len(swaps.read_text().splitlines()) > 1:
        teller.leave(SWAP)
    if Path("/etc/systemd/system/multi-user.target.wants/tor.service").exists():
        teller.leave(OTHER_TOR)
