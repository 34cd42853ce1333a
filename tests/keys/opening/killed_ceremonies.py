"""Ceremonies that are killed: ``python -m tests.keys.opening.killed_ceremonies PLACE new|there``.

The first dies at its first access to a file's name, the second at its second, and so on, until one lives to its end.
Each works in ``PLACE/<number>/keys``; the number of the last is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from keys.opening import ceremony as of_ceremonies
from keys.opening.ceremony import Plan, hold_ceremony
from keys.opening.openpgp_keys import NewOpenPgpKey, make_openpgp_key
from keys.opening.passphrases import Passphrases

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = date(2026, 11, 20)
EVENTS = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "tempfile.mkdtemp"}
QUICK = 4


def die_at(moment: int, place: Path) -> None:
    """End this process without a word before its access number ``moment`` below ``place``."""
    seen = 0

    def hook(event: str, args: tuple[object, ...]) -> None:
        nonlocal seen
        if event in EVENTS and str(args[0]).startswith(str(place)):
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def ceremony(folder: Path, moment: int, openpgp: Iterator[NewOpenPgpKey]) -> None:
    """Hold a ceremony in this forked child, as far as it gets; its OpenPGP keys were made before, for all."""
    plan = Plan("Open Harbour", "open-harbour", DAY, log_n=QUICK)
    setattr(of_ceremonies, "make_openpgp_key", lambda *_: next(openpgp))  # noqa: B010 - mypy knows no such export
    passphrases = Passphrases(*("a passphrase for nothing",) * 4, {"first": "another one for nothing"})
    die_at(moment, folder.parent)
    hold_ceremony(plan, passphrases, folder)


def main(place: Path, there: str) -> None:
    """Let each moment be the last once."""
    moment, status = 0, 1
    keys = [make_openpgp_key("Open Harbour", "Desk", DAY) for _ in range(2)]
    while status:
        moment += 1
        folder = place / str(moment) / "keys"
        (folder if there == "there" else folder.parent).mkdir(parents=True)
        if not (child := os.fork()):
            ceremony(folder, moment, iter(keys))
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        assert status in {0, signal.SIGKILL}, status
    print(moment)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
