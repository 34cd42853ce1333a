"""The whole journey, in order: from a source's browser to a lead's case log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.rehearsal import steps_desk, steps_lead, steps_server, steps_source
from deploy.rehearsal.door import Door

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.rehearsal.samples import Samples
    from deploy.rehearsal.stage import Stage


@dataclass
class Journey:
    """A report on its way; what later steps and tests want to know is kept.

    Attributes:
        stage: machines and network.
        door: the service, once it is open.
        samples: what the source sent.
        to_desk: the bundle from the server.
        shown_to_lead: the case as the lead saw it.
    """

    stage: Stage
    door: Door = field(init=False)
    samples: Samples = field(init=False)
    to_desk: Path = field(init=False)
    shown_to_lead: str = ""

    def __post_init__(self) -> None:
        self.door = Door(self.stage)

    def make_keys(self) -> None:
        """Before anything: keys."""
        with self.stage.teller.step("Keys are made: the lead's own, and at the ceremony those of the desk"):
            steps_server.make_keys(self.stage)

    def open_door(self) -> None:
        """Start the service."""
        say = self.stage.teller
        with say.step("The server gets its papers: no key among them opens a report"):
            steps_server.configure(self.stage)
        with say.step("The door opens: the server's pages can be reached over Tor"):
            onion = self.door.open()
            say.output("\n".join(line for line in self.door.said().splitlines() if " ok " in line))
            say.happened(f"http://{onion}")

    def report(self) -> None:
        """Send a report, and look at the server's disk as a thief would."""
        say = self.stage.teller
        with say.step("A source sends a report over Tor, from a browser without JavaScript"):
            self.samples = steps_source.report(self.stage)
        with say.step("Suppose the server is seized now: what a thief finds on its disk"):
            steps_server.look_at_seized_disk(self.stage, self.samples)

    def carry_to_desk(self) -> int:
        """Cross the air gap and read; returns the case's number."""
        stage, say = self.stage, self.stage.teller
        with say.step("The courier takes the sealed rows away, on a stick"):
            self.to_desk = steps_server.export(stage)
        with say.step("At the desk, once: the keys move into the vault"):
            steps_desk.make_vault(stage)
        with say.step("The desk takes the courier's bundle in, and a reviewer reads the report"):
            return steps_desk.take_in(stage, self.to_desk)

    def work_on(self, case: int) -> Path:
        """Decide, answer, forward and fill the outbox; letters go back to the server. Returns the lead's envelope."""
        stage, say = self.stage, self.stage.teller
        with say.step("A reviewer decides about the case and asks the source a question"):
            steps_desk.decide(stage, case)
        with say.step("The case is passed on in the reviewer's words, with a photo made anew"):
            steps_desk.forward(stage, case)
        with say.step("The outbox: what leaves the desk, for the server and for the lead"):
            to_server, to_lead = steps_desk.fill_outbox(stage)
        with say.step("The courier brings the letters to the server"):
            steps_server.take_in(stage, to_server)
        return to_lead

    def answer(self) -> None:
        """The source reads."""
        with self.stage.teller.step("The source comes back with eight words and reads the answer"):
            steps_source.read_letter(self.stage, steps_desk.REPLY)

    def read_as_lead(self, delivery: Path) -> None:
        """The lead checks and reads."""
        stage, say = self.stage, self.stage.teller
        with say.step("The lead takes the delivery in and checks the log"):
            steps_lead.make_case_log(stage)
            steps_lead.take_in(stage, delivery)
        with say.step("The lead asks: is every row that reached the door accounted for?"):
            steps_lead.audit(stage, self.to_desk)
        with say.step("The lead reads the case"):
            self.shown_to_lead = steps_lead.read_case(stage)

    def open_with_stock_tools(self) -> None:
        """Show that nothing depends on Khomo: any age tool and unzip open a row."""
        with self.stage.teller.step("Nobody depends on Khomo: any age tool and unzip open a row of the server"):
            steps_server.open_with_stock_tools(self.stage, steps_server.blobs(self.stage)[0])

    def whole(self) -> None:
        """Everything after the keys, in order."""
        self.open_door()
        self.report()
        to_lead = self.work_on(self.carry_to_desk())
        self.answer()
        self.read_as_lead(to_lead)
        self.open_with_stock_tools()
