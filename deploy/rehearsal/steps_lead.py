"""What a lead does: takes the delivery in, checks the log, asks whether every row is accounted for, reads the case."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deploy.rehearsal.steps_server import PASSPHRASE_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.rehearsal.stage import Stage

MINE = ("--store", "lead/case-log", "--keys", "lead/keys", "--passphrase-file", PASSPHRASE_FILE)


def make_case_log(stage: Stage) -> None:
    """Make the lead's folder, once; it believes one root key."""
    papers = ("--root", "ceremony/keys/root.pub", "--bundle", "ceremony/keys/public-bundle.note")
    stage.commands.run("khomo-caselog", "init", *papers, *MINE)


def take_in(stage: Stage, delivery: Path) -> None:
    """Import the delivery and check everything again."""
    stage.commands.run("khomo-caselog", "import", stage.shown(delivery), *MINE, show_output=True)
    stage.commands.run("khomo-caselog", "verify", *MINE, show_output=True)


def audit(stage: Stage, bundle: Path) -> None:
    """Compare what the server signed with what the desk put into the log."""
    stage.commands.run("khomo-caselog", "audit", stage.shown(bundle), *MINE, show_output=True)


def read_case(stage: Stage) -> str:
    """Show the case; returns what was shown."""
    listed = json.loads(stage.commands.look_up("khomo-caselog", "list", "--json", *MINE))
    case = str(listed[0]["case"])
    return stage.commands.run("khomo-caselog", "show", case[:8], "--save", "lead/case", *MINE, show_output=True)
