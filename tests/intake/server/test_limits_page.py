"""The operator's reference has a line for each limit that counts, with the numbers of the code."""

from __future__ import annotations

import re
from pathlib import Path

from intake.config import Limits
from intake.server.acted import KINDS
from intake.server.numbers import SERVER_NUMBERS
from intake.store.settings import BUSY_SECONDS, LOCK_SECONDS
from keys.sealing.limits import FILES_PER_SUBMISSION, KIB, MESSAGE_BYTES, MIB

GUIDE = Path(__file__).parents[3] / "docs" / "operator-reference.md"
TABLE = GUIDE.read_text(encoding="utf-8").split("| what is limited |")[1].split("\n\n")[0]
ROWS = {
    re.findall(r"`([\w-]+)`", cells[3])[-1]: cells for cells in (line.split("|") for line in TABLE.splitlines()[2:])
}


def numbers_in(kind: str) -> list[int]:
    """Return the numbers of what a limit lets through."""
    return [int(found.replace(",", "")) for found in re.findall(r"\b\d[\d,]*", ROWS[kind][2])]


def test_every_limit_that_counts_has_its_line_and_what_to_do() -> None:
    assert set(ROWS) == set(KINDS)
    assert all(cell.strip() for cells in ROWS.values() for cell in cells[1:5])


def test_the_numbers_are_those_of_the_code() -> None:
    server, ours = SERVER_NUMBERS, Limits()
    room, slots = server.anteroom, server.slots
    assert numbers_in("head-too-large") == [room.head_bytes // KIB]
    assert numbers_in("malformed") == [server.request_line_bytes, server.header_fields]
    assert numbers_in("never-complete") == [room.head_seconds]
    pace = server.inbound
    assert pace == server.outbound
    assert numbers_in("too-slow") == [
        pace.idle_seconds, pace.window_bytes // KIB, pace.average_bytes // KIB, pace.patient_seconds // 60,
        pace.longest_seconds // 3600,
    ]  # fmt: skip
    assert pace.window_seconds == 60
    assert numbers_in("too-many-waiting") == [room.connections]
    assert numbers_in("too-much-waiting") == [room.buffered_bytes // MIB]
    drain = server.draining
    assert numbers_in("drained-too-long") == [drain.most_bytes // MIB, drain.most_seconds, drain.idle_seconds]
    assert numbers_in("too-many-draining") == [drain.connections]
    assert numbers_in("circuits-forgotten") == [server.rates.circuits]
    assert numbers_in("no-slot") == [ours.upload_slots, slots.uploads_a_circuit, slots.waiting, slots.patience_seconds]
    assert numbers_in("text-alone") == [ours.reserved_text_slots]
    assert numbers_in("too-large") == [ours.submission_mib, FILES_PER_SUBMISSION, MESSAGE_BYTES]
    assert numbers_in("files-no-space") == [ours.free_space_floor_mib]
    assert numbers_in("files-day-over") == [ours.day_mib, ours.day_text_mib]
    assert numbers_in("store-busy") == [LOCK_SECONDS, BUSY_SECONDS]


def test_what_a_circuit_may_ask_for_is_what_the_code_lets_it() -> None:
    rates = SERVER_NUMBERS.rates
    assert numbers_in("too-many-requests") == [int(rates.pages.split()[0]), int(rates.bodies.split()[0])]
    assert (rates.pages.split()[1:], rates.bodies.split()[1:]) == (["per", "minute"], ["per", "minute"])
    assert rates.tries == "{} per {} minutes".format(*numbers_in("too-many-tries"))


def test_the_unit_lets_the_process_have_as_many_files_as_the_page_says() -> None:
    unit = (GUIDE.parents[1] / "deploy/server/systemd/khomo-intake.service").read_text()
    [said] = re.findall(r"`LimitNOFILE` in the unit: ([\d,]+)", ROWS["no-descriptors"][4])
    assert f"LimitNOFILE={said.replace(',', '')}\n" in unit
