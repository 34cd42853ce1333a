"""What happens at the desk, a machine without a network: import, read, triage, reply, forward, outbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deploy.rehearsal.samples import remake_photo
from deploy.rehearsal.steps_server import LEAD, PASSPHRASE_FILE, REVIEWER

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.rehearsal.stage import Stage

UNLOCK = ("--vault", "desk/vault", "--passphrase-file", PASSPHRASE_FILE)
REPLY = "Thank you. We have read all of it, and we can prove the second payment. Who signed the invoice?"
TITLE = "Road paid for, never built"
SUMMARY = "A contractor was paid twice for a road of which nothing stands. Two invoices are with us."
PHOTO = ".jpg"
RISKS = ("holders=many", "marks=no", "dots=no", "handwriting=no", "wording=no", "metadata=no", "place-time=no")


def make_vault(stage: Stage) -> None:
    """The keys of the ceremony move into the vault; from then on the reviewer's passphrase opens it."""
    papers = ("--bundle", "ceremony/keys/public-bundle.note", "--root", "ceremony/keys/root.pub")
    keys = ("--keys", "ceremony/keys/desk", "--keys-passphrase-file", PASSPHRASE_FILE)
    own = f"ceremony/keys/reviewers/{REVIEWER}"
    who = ("--yes", "--reviewer-keys", own, "--reviewer-keys-passphrase-file", PASSPHRASE_FILE)
    stage.commands.run("khomo-reviewer", "init", *keys, *papers, *who, *_in_vault("desk/vault"))
    stage.commands.run("khomo-reviewer", "leads", "add", "lead/keys/lead.txt", "--yes", *UNLOCK)
    stage.teller.happened(
        "desk/vault is an encrypted database; every attachment has a key of its own. The lead's card tells the desk "
        "the lead's keys. (--yes: a person would be asked whether the keys are those on paper.)"
    )


def _in_vault(vault: str) -> tuple[str, ...]:
    return (vault, "--passphrase-file", PASSPHRASE_FILE)


def take_in(stage: Stage, bundle: Path) -> int:
    """Import what the courier brought, list it and show the newest case; returns its number."""
    stage.commands.run("khomo-reviewer", "import", stage.shown(bundle), *UNLOCK, show_output=True)
    stage.commands.run("khomo-reviewer", "list", *UNLOCK, show_output=True)
    listed = json.loads(stage.commands.look_up("khomo-reviewer", "list", "--unread", "--json", *UNLOCK))
    case = int(listed["cases"][0]["case"])
    stage.commands.run("khomo-reviewer", "show", str(case), *UNLOCK, show_output=True)
    return case


def decide(stage: Stage, case: int) -> None:
    """Triage the case and answer the source."""
    wanted = ("--status", "assessing", "--severity", "high", "--category", "COR-01", "--label", "roads")
    stage.commands.run("khomo-reviewer", "triage", str(case), *wanted, *UNLOCK)
    stage.commands.run("khomo-reviewer", "reply", str(case), "--question", REPLY, *UNLOCK, show_output=True)


def forward(stage: Stage, case: int) -> None:
    """Pass the case on: own words, and a photo made anew from its pixels."""
    (stage.machine("desk") / "saved").mkdir()
    shown = json.loads(stage.commands.look_up("khomo-reviewer", "show", str(case), "--json", *UNLOCK))
    photo = next(each["id"] for each in shown["attachments"] if each["name"].endswith(PHOTO))
    stage.commands.run("khomo-reviewer", "save", str(photo), "desk/saved", *UNLOCK, show_output=True)
    saved = next((stage.machine("desk") / "saved").iterdir())
    remade = remake_photo(saved, stage.machine("desk") / "photo.png")
    stage.teller.happened(f"{stage.shown(remade)} was made anew from the photo's pixels: no camera, no time, no place.")
    words = ("--title", TITLE, "--summary", SUMMARY, "--field", "country=MWI")
    made = ("--attach", stage.shown(remade), "--made-anew")
    lead = ("--to", LEAD, *(f"--risk={answer}" for answer in RISKS), "--yes")
    stage.commands.run("khomo-reviewer", "forward", str(case), *lead, *words, *made, *UNLOCK, show_output=True)


def fill_outbox(stage: Stage) -> tuple[Path, Path]:
    """Write what leaves the desk; returns the bundle for the server and the envelope for the lead."""
    stick = stage.machine("stick")
    before = set(stick.iterdir())
    stage.commands.run("khomo-reviewer", "outbox", "stick", *UNLOCK, show_output=True)
    stage.teller.happened(
        "One of the letters is for our source. The others go to mailboxes that nobody has, so that the server cannot "
        "see who got an answer. The log now says what became of every row (a disposition). Random leaves fill it up "
        "to a multiple of 16, so that its length tells little."
    )
    written = [path for path in stick.iterdir() if path not in before]
    return next(path for path in written if "server" in path.name), next(p for p in written if LEAD in p.name)
