"""The desk with 1,000 and 10,000 text reports: what reviewers do, as whole commands, unlocking included."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.door import CONFIG, PROGRAMS, make_organisation
from bench.figures import Figure, median_seconds, seconds
from intake.config import load_config
from intake.papers import Papers, read_papers
from intake.store import Commit, NewRow, Store
from intake.store.configured import open_store
from keys.sealing.age import HybridRecipient
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.letter import filler_letter
from keys.sealing.submission import Lane, MailboxSlip, Part, SubmissionHead, new_report_id
from keys.sealing.submission_writer import SubmissionWriter
from keys.sealing.values import new_row_id

COUNTS = (1_000, 10_000)
PAGE_OF_WORDS = 120
RUNS = 3
WORDS = WordList.load()


@dataclass(frozen=True)
class Desk:
    """A folder with an organisation, a server's store and a vault."""

    folder: Path

    def run(self, program: str, *words: str) -> str:
        """Run one of our commands; returns what it wrote."""
        environment = {**os.environ, "KHOMO_INTAKE_CONFIG": str(self.folder / "config.toml")}
        environment["KHOMO_VAULT"] = str(self.folder / "vault")
        command = [str(PROGRAMS / program), *words]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=self.folder)
        if done.returncode not in {0, 6}:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def desk(self, *words: str) -> str:
        """Run a command of the desk, unlocked by the passphrase file."""
        return self.run("khomo-reviewer", *words, "--passphrase-file", "passphrase")


def _text(dice: random.Random) -> bytes:
    words = [" ".join(WORDS.draw().expose().split()[:1]) for _ in range(PAGE_OF_WORDS // 8)]
    return " ".join(dice.choices(words, k=PAGE_OF_WORDS)).encode()


def _fill(folder: Path, count: int) -> None:
    """Put text reports into the store, as the source pages would."""
    config = load_config(folder / "config.toml")
    papers = read_papers(config)
    today = datetime.now(UTC).date()
    recipient = HybridRecipient.parse(papers.bundle.epoch_for(papers.bundle.receiving_desks[0].id, today).recipient)
    dice = random.Random(count)  # words of a measurement
    with open_store(config) as store:
        for _ in range(count):
            _store_report(store, recipient, _text(dice), MailboxKeys.derive(WORDS.draw(), papers.bundle.salt), papers)


def _store_report(store: Store, recipient: HybridRecipient, text: bytes, mailbox: MailboxKeys, papers: Papers) -> None:
    slip = MailboxSlip(mailbox.address, str(mailbox.identity.recipient()))
    with store.incoming() as incoming:
        writer = SubmissionWriter(recipient, incoming.write)
        writer.write_message(text)
        sealed = writer.finish(SubmissionHead(new_report_id(), Part.MESSAGE, Lane.ARRIVAL, mailbox=slip))
        letter = filler_letter(mailbox.address, papers.server_key, mailbox.identity.recipient())
        row = NewRow(new_row_id(), incoming, sealed.size, sealed.sha256)
        store.commit(Commit((row,), ((mailbox.address, letter),)))


def _measure(count: int) -> list[Figure]:
    subject = f"Desk with {count:,} text reports, whole commands"
    with tempfile.TemporaryDirectory(prefix="khomo-bench-") as name:
        desk = Desk(Path(name))
        make_organisation(desk.folder)
        (desk.folder / "config.toml").write_text(CONFIG.format(sockets=desk.folder / "run"))
        _fill(desk.folder, count)
        exporting = seconds(lambda: desk.run("khomo-intake", "export", str(desk.folder), "--json"))
        bundle = next(desk.folder.glob("*.bundle"))
        keys = ("--keys", "keys/desk", "--bundle", "keys/public-bundle.note", "--root", "keys/root.pub")
        own = ("--reviewer-keys", "keys/reviewers/first", "--reviewer-keys-passphrase-file", "passphrase")
        desk.desk("init", "vault", *keys, "--keys-passphrase-file", "passphrase", *own, "--yes")
        unlock = median_seconds(lambda: desk.desk("status"), RUNS) * 1000
        importing = seconds(lambda: desk.desk("import", str(bundle)))
        outgoing = seconds(lambda: desk.desk("outbox", str(desk.folder)))
        at_hand = _at_hand(desk)
        saving = seconds(lambda: desk.desk("backup", str(desk.folder))) * 1000
    return [
        Figure(subject, "export at the server", count / exporting, "rows/s"),
        Figure(subject, "import", count / importing, "rows/s"),
        *(Figure(subject, name, taken, "ms", "ms: unlock alone", unlock) for name, taken in at_hand.items()),
        Figure(subject, "outbox: a new letter for every mailbox", count / outgoing, "letters/s"),
        Figure(subject, "backup, read back", saving, "ms"),
    ]


def _at_hand(desk: Desk) -> dict[str, float]:
    """Return how many milliseconds each of those commands takes that nobody wants to wait for."""
    shown = len(json.loads(desk.desk("list", "--json"))["cases"])
    commands = {
        f"list, {shown} cases a page": ("list",),
        "search for a word": ("search", WORDS.draw().expose().split()[0]),
        "show a case": ("show", "1"),
        "decide about a case": ("triage", "1", "--note", "Check the dates."),
        "reply to a source": ("reply", "1", "Thank you."),
        "check the log": ("log", "verify"),
    }
    return {name: median_seconds(partial(desk.desk, *words), RUNS) * 1000 for name, words in commands.items()}


def measure() -> list[Figure]:
    """Measure both sizes; the larger takes some minutes and 6 GB of disk for a moment."""
    return [figure for count in COUNTS for figure in _measure(count)]
