"""Where the rehearsal happens: one folder a machine, as if each were a computer of its own."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.rehearsal.commands import Commands

if TYPE_CHECKING:
    from deploy.rehearsal.public_tor import TorNetwork
    from deploy.rehearsal.telling import Teller

MACHINES = ("ceremony", "server", "source", "stick", "desk", "lead")
FOLDERS = (*MACHINES, "sockets")
MADE = "made-by-the-rehearsal.txt"
"""Names the folders that a rehearsal made and the next one may remove."""

LONGEST_SOCKET = 107 - len("/source/door.socket")


@dataclass
class Stage:
    """Folders, the network, and what the steps learn on their way.

    Attributes:
        folder: holds a folder for each machine, and ``passphrase.txt``.
        network: set once it is up; the first steps need none.
        sockets: the server's run_dir; elsewhere if ``folder`` is too deep for the names of sockets.
        onion: the service's address, once it is open.
        codename: what the source wrote down.
    """

    folder: Path
    teller: Teller
    sockets: Path
    network: TorNetwork = field(init=False)
    commands: Commands = field(init=False)
    onion: str = ""
    codename: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.commands = Commands(self.folder, self.teller)

    @classmethod
    def build(cls, folder: Path, teller: Teller) -> Stage:
        """Make the folders, empty; those that an earlier rehearsal made are removed, and that is said before.

        Raises FileExistsError if a folder of such a name is there that no rehearsal made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        _remove_earlier(folder, teller)
        (folder / MADE).write_text("\n".join(FOLDERS) + "\n")
        for name in MACHINES:
            (folder / name).mkdir(mode=0o700)
        return cls(folder, teller, _sockets(folder))

    def machine(self, name: str) -> Path:
        """Return the folder of a machine."""
        return self.folder / name

    def shown(self, path: Path) -> str:
        """Return a path as the commands show it."""
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else str(path)


def _remove_earlier(folder: Path, teller: Teller) -> None:
    made = (folder / MADE).read_text().split() if (folder / MADE).exists() else []
    there = [name for name in FOLDERS if (folder / name).exists()]
    for name in there:
        if name not in made:
            raise FileExistsError(f"{folder / name} was not made by a rehearsal. Move it away, then start again.")
    if there:
        teller.say(f"Removing what the last rehearsal left: {', '.join(there)}")
    for name in there:
        shutil.rmtree(folder / name)


def _sockets(folder: Path) -> Path:
    sockets = folder / "sockets"
    if len(bytes(sockets)) > LONGEST_SOCKET:
        sockets = Path(tempfile.mkdtemp(prefix="khomo-"))
    sockets.mkdir(mode=0o700, exist_ok=True)
    return sockets
