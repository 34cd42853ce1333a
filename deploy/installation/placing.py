"""Files where the system looks for them. Each is written beside its place and renamed: it is never half there."""

from __future__ import annotations

import grp
import os
import pwd
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.installation.places import FOLDERS
from deploy.installation.system import tor_has_proof_of_work
from deploy.installation.telling import Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from deploy.installation.places import Places

WORK_LINE = "HiddenServicePoW"
COMMAND = """\
#!/bin/sh
# What an operator types. Whatever works on the store alone runs as the store's own user, so that no file of root's
# stays in it; what also touches keys, papers or a stick runs as whoever typed it.
program=/opt/khomo/bin/khomo-intake
case "${1:-}" in
decoy | doctor | migrate | rewrite | serve | status)
    if [ "$(id -u)" = 0 ]; then
        exec runuser -u khomo -- "$program" "$@"
    fi
    ;;
esac
exec "$program" "$@"
"""


@dataclass(frozen=True)
class Placed:
    """A file, what it holds, and whose it is.

    Attributes:
        owner: user and group, ``khomo:khomo``.
    """

    target: Path
    content: bytes
    mode: int = 0o644
    owner: str = "root:root"

    def is_there(self) -> bool:
        """Tell whether it is in place."""
        return self.target.is_file() and self.target.read_bytes() == self.content

    def put(self) -> None:
        """Put it in place; it belongs to its owner before it holds a byte."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        beside = self.target.with_name(f".{self.target.name}.new")
        beside.unlink(missing_ok=True)
        beside.touch(mode=0o600)
        user, _, group = self.owner.partition(":")
        if os.geteuid() == 0:
            os.chown(beside, pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid)
        beside.chmod(self.mode)
        beside.write_bytes(self.content)
        beside.replace(self.target)

    def step(self) -> Step:
        """Return the step that puts it in place if it is not there."""
        return Step(f"writing {self.target}", self.put, lambda: not self.is_there())


COURIER = """
HiddenServiceDir "/var/lib/khomo/tor/courier"
HiddenServiceDirGroupReadable 1
HiddenServiceVersion 3
HiddenServicePort 80 unix:"/run/khomo/courier/door"
HiddenServiceExportCircuitID haproxy
"""
"""What the torrc has in addition where couriers are let in over Tor, as ``intake/onion/torrc.py`` writes it."""

_CLIENT = re.compile(r"[A-Za-z0-9-]+")


def couriers_let_in(config: bytes) -> dict[str, str]:
    """Return the keys of couriers by name, as far as a configuration says so; the program itself judges it."""
    try:
        said = tomllib.loads(config.decode()).get("courier", {}).get("clients", {})
        return {name: str(key) for name, key in said.items() if _CLIENT.fullmatch(name)}
    except (AttributeError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def placed_files(places: Places, files: Path, config: bytes = b"") -> list[Placed]:
    """Return every file of a folder ``deploy/server`` with its place, and what the configuration adds for tor."""
    couriers = couriers_let_in(config)
    let_in = [
        Placed(
            places.state / "tor/courier/authorized_clients" / f"{name}.auth",
            f"{key}\n".encode(),
            0o600,
            "khomo-tor:khomo-door",
        )
        for name, key in couriers.items()
    ]
    copied = [
        Placed(places.root / target / source.name, source.read_bytes())
        for folder, target in FOLDERS.items()
        for source in sorted((files / folder).glob("*"))
        if source.is_file()
    ]
    text = torrc_for_this_tor((files / "torrc").read_text()) + (COURIER if couriers else "")
    torrc = Placed(places.settings / "torrc", text.encode())
    return [*copied, torrc, *let_in, Placed(places.command, COMMAND.encode(), 0o755)]


def take_away(files: Sequence[Placed], kept: Sequence[Placed] = ()) -> list[Step]:
    """Return a step for each file that goes, unless it is among those that are kept."""
    staying = {file.target for file in kept}
    return [
        Step(f"removing {file.target}", file.target.unlink, file.target.exists)
        for file in files
        if file.target not in staying
    ]


def enabled_units(files: Sequence[Placed]) -> list[str]:
    """Return the names of the units that say when they start."""
    return [file.target.name for file in files if b"\n[Install]\n" in file.content]


def torrc_for_this_tor(text: str) -> str:
    """Return the torrc without the lines that a tor built without proof of work does not know."""
    if tor_has_proof_of_work():
        return text
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(WORK_LINE))
