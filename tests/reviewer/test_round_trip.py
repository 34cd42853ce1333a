"""A mailbox from its first report to its end: the source's pages on one side of the gap, the desk on the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from caselog.commands import main as caselog
from intake.config import parse_config
from intake.source.app import create_app
from intake.store import Store, StoreSettings
from keys.sealing.letter import EntryKind, Outcome
from keys.sealing.values import MailboxAddress, Sealed
from reviewer.errors import RefusedError
from reviewer.followups import opinions
from reviewer.forwarding import Wish, forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.letters import write_to_source
from reviewer.outbox import write_server_bundle
from tests.intake.source.conftest import Site, hidden_fields, texts
from tests.intake.world import Clock, World, at, config_in
from tests.reviewer.closing import close
from tests.reviewer.organisation import NO_RISK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.lead import Lead
    from tests.reviewer.organisation import Organisation


@dataclass
class Door:
    """The pages of the organisation, and a courier who carries both ways."""

    site: Site
    desk: Vault
    org: Organisation
    carry: Carry

    def round(self) -> None:
        """Carry what waits to the desk, and its letters back."""
        for stored in self.site.store.unacknowledged():
            with self.site.store.open_blob(stored.id) as blob:
                self.org.accept(blob.read(), stored.id.hex())
        self.carry()
        bundle = self.org.read_desk_bundle(write_server_bundle(self.desk, no_progress).path)
        letters = [(MailboxAddress(bytes.fromhex(entry.id)), Sealed(blob.read())) for entry, blob in bundle.blobs()]
        self.site.store.replace_letters(letters)

    def enter(self, words: str) -> int:
        self.site.take_new_circuit()
        return self.site.post(at("box.enter"), [("codename", words)]).status_code

    def box(self, words: str) -> str:
        assert self.enter(words) == 303
        return self.site.get(at("box.show")).text

    def do(self, page: str, *parts: tuple[str, str]) -> None:
        token = hidden_fields(self.site.get(at("box.show")).text)["token"]
        assert self.site.post(at(page), [("token", token), *parts]).status_code == 303


@pytest.fixture
def door(org: Organisation, desk: Vault, carry: Carry, tmp_path: Path) -> Iterator[Door]:
    config = parse_config(config_in("en"), tmp_path / "config.toml")
    with Store(tmp_path / "store", StoreSettings(free_floor_bytes=0)) as store:
        clock = Clock()
        app = create_app(config, store, org.ceremony.bundle, org.server, clock)
        yield Door(Site(app, store, World(), clock, tmp_path), desk, org, carry)


def test_a_mailbox_from_its_first_report_to_its_end(door: Door, lead: Lead) -> None:
    form = door.site.form()
    door.site.report("The invoice was paid twice.", form=form)
    words = form["codename"]
    assert "Not yet read" in texts(door.box(words))

    door.round()
    with door.desk.change() as change:
        write_to_source(change, 1, EntryKind.QUESTION, "Who signed it?")
    door.round()
    page = door.box(words)
    assert "We have a question for you Who signed it?" in texts(page)
    assert "Besides our reviewers: The groups in our coalition" in texts(page)
    proof = _saved(door, page)

    question = hidden_fields(page)["question"]
    door.do("box.add", ("question", question), ("message", "The treasurer."))
    door.do("acts.consent", ("consent", "lawyer"))
    door.round()
    page = texts(door.box(words))
    assert "We have a question for you" not in page
    assert re.search(r"Besides our reviewers: A lawyer What you changed A lawyer week of \w+ \d+, 2026", page)
    with pytest.raises(RefusedError, match="did not allow"):
        forward(door.desk, 1, Wish(("anna",), "t", "s", risks=NO_RISK), reviewer_key(door.desk))

    close(door.desk, reason="done", outcome=Outcome.UPHELD)
    door.round()
    assert "We found that what you told us is true." in door.box(words)
    door.do("acts.opinion", ("easy", "yes"))
    door.do("acts.end", ("sure", "yes"))
    assert door.enter(words) == 403
    door.round()
    assert door.enter(words) == 403
    with door.desk.look() as rows:
        assert opinions(rows).ticked["easy", "yes"] == 1
    assert _check(door, proof, b"The invoice was paid twice.") == 0
    assert _check(door, proof, b"The invoice was paid once.") == 4


def _saved(door: Door, page: str) -> bytes:
    address = re.findall(r'href="([^"]*/box/proof/\d+)"', page)[-1]
    return bytes(door.site.get(address).data)


def _check(door: Door, proof: bytes, document: bytes) -> int:
    """Ask the command for leads whether a text was filed."""
    folder = door.site.folder
    (folder / "notes.txt").write_bytes(proof)
    (folder / "document.txt").write_bytes(document)
    papers = ["--root", str(door.org.root_file), "--bundle", str(door.org.bundle_note)]
    asked = ["check-proof", str(folder / "notes.txt"), *papers, "--document", str(folder / "document.txt")]
    return CliRunner().invoke(caselog, asked).exit_code


def test_two_boxes_of_one_person_are_two_strangers_to_the_desk(door: Door) -> None:
    """A cover report is a report: its box shows a receipt and an ordinary state, and nothing of the other."""
    true, cover = door.site.form(), door.site.form()
    door.site.report("The true one", form=true)
    door.site.take_new_circuit()
    door.site.report("The street lamp is broken.", form=cover)
    door.round()
    with door.desk.change() as change:
        write_to_source(change, 1, EntryKind.REPLY, "Thank you.")
        write_to_source(change, 2, EntryKind.REPLY, "Thank you.")
    door.round()
    pages = [texts(door.box(form["codename"])) for form in (true, cover)]
    receipts = [re.sub(r"(?:[a-z]+ ){9}[a-z]+ (?=Save)", "", page) for page in pages]
    assert receipts[0] == receipts[1]
