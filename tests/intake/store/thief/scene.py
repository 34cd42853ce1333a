"""Some weeks at a door: sources with habits send through the real app, decoys come, nights pass, a desk answers."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.config import load_config
from intake.decoys import DecoyMaker
from intake.papers import read_papers
from intake.source.app import create_app
from intake.store import Store, StoreSettings
from intake.store.chains import Arrival
from intake.store.wiping import journal_bytes, turn_journal
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.codename import MailboxKeys, WordList
from keys.sealing.errors import KhomoError
from keys.sealing.limits import KIB, LETTER_BYTES
from keys.sealing.manifest import Acknowledgement
from keys.sealing.values import Sealed
from tests.intake.source.conftest import Site, hidden_fields
from tests.intake.world import CONFIG, Clock, World, at

if TYPE_CHECKING:
    import datetime as dt
    import random
    from pathlib import Path

    from keys.sealing.values import MailboxAddress, RowId

FILES = (0, 0, 0, 0, 0, 40 * KIB, 200 * KIB, 420 * KIB, 900 * KIB, 1900 * KIB)
DECOYS = ((), (), (300 * KIB,))


@dataclass(frozen=True)
class Sent:
    """The truth about one row: who sent it, on which day, as which of all, to which new mailbox."""

    row: RowId
    source: str
    day: dt.date
    place: int
    mailbox: MailboxAddress | None


@dataclass
class Scene:
    """What happens, and what is true of it.

    Attributes:
        turning: whether nights turn the file system's journal over too: on an image of their own only.
        sent: rows in the order in which they came, decoys left out.
        windows: when each day really was, as seconds of the machine's clock: a thief knows at which hour it was.
    """

    folder: Path
    sources: int
    chance: random.Random
    turning: bool
    sent: list[Sent] = field(default_factory=list)
    windows: dict[dt.date, tuple[float, float]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world, self.clock = World(), Clock()
        self.folder.mkdir(exist_ok=True)
        (self.folder / "config.toml").write_text(CONFIG)
        self.world.write_papers(self.folder)
        config = load_config(self.folder / "config.toml")
        settings = StoreSettings(free_floor_bytes=0, upkeep_bytes=0)  # its disk is small
        self.store = Store(config.paths.store_dir, settings, today=self.today)
        app = create_app(config, self.store, self.world.bundle(), self.world.server_key, self.clock)
        self.site = Site(app, self.store, self.world, self.clock, self.folder)
        self.decoys = DecoyMaker(self.store, read_papers(config), self.today)
        self.desk = ChainId.begin("desk-one", Direction.TO_SERVER)

    def forget(self) -> None:
        """Drop what a process without power would: its threads and open files."""
        with suppress(KhomoError, OSError):
            self.store.close()

    def today(self) -> dt.date:
        return self.clock().date()

    def live_through(self, days: int) -> None:
        """Let every source send once a day, at about its own hour; a night between two days, none after the last."""
        for day in range(days):
            began = time.time()
            habits = sorted(range(self.sources), key=lambda number: number + self.chance.uniform(-2, 2))
            for number in habits:
                if self.chance.random() < 0.1:
                    self.decoys.make(self.chance.choice(DECOYS))
                self._send(f"source {number}")
            self.windows[self.today()] = (began, time.time())
            if day % 3 == 1:
                self._hear_from_desk(day)
            if day < days - 1:
                self.night()

    def night(self) -> None:
        """Rewrite as the timer does, and let the next day begin."""
        self.clock.pass_by(days=1)
        self.store.rewrite_night()
        root = self.store.gate.layout.root
        if self.turning:
            turn_journal(root, journal_bytes(root))
            self.store.gate.layout.level_times()

    def _send(self, source: str) -> None:
        self.site.take_new_circuit()
        self.site.browser = self.site.app.test_client()
        before = {row.id for row in self.store.rows()}
        returns = source in self.words and self.chance.random() < 0.4
        mailbox = None if returns else self._first(source)
        if returns:
            self._again(source)
        for row in {row.id for row in self.store.rows()} - before:
            self.sent.append(Sent(row, source, self.today(), len(self.sent), mailbox))

    def _parts(self) -> list[tuple[str, str, bytes]]:
        size = self.chance.choice(FILES)
        return [("file", "a.bin", secrets.token_bytes(size - self.chance.randrange(KIB)))] if size else []

    def _first(self, source: str) -> MailboxAddress:
        form = self.site.form()
        answer = self.site.report("Something happened.", *self._parts(), form=form)
        assert answer.status_code == 200
        self.words[source] = form["codename"]
        return MailboxKeys.derive(WordList.load().read(form["codename"]), self.world.bundle().salt).address

    def _again(self, source: str) -> None:
        entered = self.site.post(at("box.come_back"), [("codename", self.words[source])])
        assert entered.status_code == 303
        fields = hidden_fields(self.site.get(at("box.show")).text)
        parts = [*fields.items(), ("message", "More of it."), *self._parts()]
        answer = self.site.post(at("box.add"), parts)
        assert answer.status_code in {200, 303}, answer.text

    def _hear_from_desk(self, day: int) -> None:
        """Export, and take in a bundle that replaces every letter and acknowledges what came."""
        chains = self.store.chains
        if chains.outgoing() is None:
            chains.open_chain(ChainId.begin("server-one", Direction.TO_DESK))
        begun = chains.begin_bundle(lambda _chain, rows: (b"".join(row.id for row in rows), "head"))
        chains.finish_bundle(begun.number)
        head = b"age-encryption.org/v1\n"
        written = (Sealed(head + secrets.token_bytes(LETTER_BYTES - len(head))) for _ in self.sent)
        letters = dict(zip((sent.mailbox for sent in self.sent if sent.mailbox), written, strict=False))
        position = ChainPosition(self.desk, day, "aa" * 32)
        said = Acknowledgement(begun.chain, begun.number)
        chains.accept(Arrival("main", position, said, sorted(letters.items())), {"main"})
