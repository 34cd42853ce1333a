"""Whoever holds slots or announces much takes no text from anybody, and no files from other circuits."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.door_socket import proxy_line
from intake.server.limits import TEXT_ALONE_BYTES, BodyKind, DoorBusyError, UploadSlots
from intake.server.numbers import SERVER_NUMBERS
from intake.store import Store, StoreSettings
from tests.intake.server.door_client import post, read_answer
from tests.intake.source.conftest import BOUNDARY, hidden_fields, multipart
from tests.intake.source.raw import Answer, Socket, call, repeated
from tests.intake.source.test_served import FORM, MIB, ServedDoor
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.intake.source.conftest import Site

COLLECTED = SERVER_NUMBERS.anteroom.small_body_bytes


def beginning(site: Site, message: str) -> bytes:
    """Write a form up to the first byte of its file."""
    form = multipart([*site.form().items(), ("message", message), ("file", "a.jpg", b"")])
    return form.removesuffix(f"\r\n--{BOUNDARY}--\r\n".encode())


def test_an_upload_that_announces_much_and_sends_nothing_takes_nobody_s_room(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file must fit twice, for the copy of the night. Were all 60 MiB kept free, the 40 would not fit."""
    site = make_site(settings=StoreSettings(free_floor_bytes=0, upkeep_bytes=0, step_bytes=1, step_seconds=0.0))
    monkeypatch.setattr(Store, "free_bytes", lambda _store: 130 * MIB)
    start, circuit = beginning(site, ""), site.circuit
    arrived, go_on = threading.Event(), threading.Event()

    def stalled() -> Iterator[bytes]:
        yield start + b"x"
        arrived.set()
        go_on.wait(30)

    stall = Socket(stalled(), short_reads=True)
    staller = threading.Thread(target=lambda: call(site.app, stall, 60 * MIB, circuit=circuit))
    staller.start()
    assert arrived.wait(30)
    site.take_new_circuit()
    page = site.report("", ("file", "a.jpg", b"x" * 40 * MIB))
    go_on.set()
    staller.join()
    assert page.status_code == 200


@pytest.fixture
def no_upload_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    """All slots for uploads are taken."""
    take: Callable[[UploadSlots, BodyKind, str], None] = UploadSlots.take

    def only_texts(slots: UploadSlots, kind: BodyKind, circuit: str) -> None:
        if kind is BodyKind.UPLOAD:
            raise DoorBusyError
        take(slots, kind, circuit)

    monkeypatch.setattr(UploadSlots, "take", only_texts)


def send_large(site: Site, start: bytes, **extra: str) -> tuple[Answer, Socket]:
    socket = Socket(iter([start, *repeated(MIB)]))
    return call(site.app, socket, 10 * MIB, circuit=site.circuit, **extra), socket


@pytest.mark.usefixtures("no_upload_slot")
def test_without_a_slot_for_files_the_text_goes_in_and_nothing_is_waited_for(site: Site) -> None:
    answer, socket = send_large(site, beginning(site, "They are here tonight"))
    assert answer.status == 503
    assert "Your files are not here. Your message is" in answer.text
    assert "busy right now" in answer.text
    assert [row.message for row in site.rows()] == [b"They are here tonight"]
    assert socket.given <= COLLECTED


@pytest.mark.usefixtures("no_upload_slot")
def test_the_longest_text_goes_in_without_a_slot_for_files(site: Site) -> None:
    answer, socket = send_large(site, beginning(site, "x" * 100_000))
    assert (answer.status, len(site.rows())) == (503, 1)
    assert socket.given <= COLLECTED
    too_long = "\N{EURO SIGN}" * 100_000
    answer, socket = send_large(site, beginning(site, too_long))
    assert too_long in answer.text
    assert socket.given <= COLLECTED


@pytest.mark.usefixtures("no_upload_slot")
def test_without_a_slot_and_without_text_the_form_comes_back(site: Site) -> None:
    start = beginning(site, "")
    answer, _socket = send_large(site, start)
    assert answer.status == 503
    assert hidden_fields(answer.text)["codename"].encode() in start
    assert site.rows() == []


@pytest.mark.usefixtures("no_upload_slot")
def test_what_is_no_form_is_read_no_further_than_it_has_come(site: Site) -> None:
    junk = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="consent"\r\n\r\nleads\r\n--{BOUNDARY}--'.encode()
    answer, socket = send_large(site, junk)
    assert answer.status == 503
    assert TEXT_ALONE_BYTES < socket.given <= COLLECTED


@pytest.mark.usefixtures("no_upload_slot")
def test_what_did_not_begin_to_come_is_refused_in_words(site: Site) -> None:
    answer, socket = send_large(site, beginning(site, "Hello"), HTTP_EXPECT="100-continue")
    assert (answer.status, socket.given) == (503, 0)
    assert "busy right now" in answer.text


def test_one_circuit_that_holds_uploads_shuts_out_nobody_else_and_loses_no_text(tmp_path: Path) -> None:
    door = ServedDoor(tmp_path)
    with ExitStack() as held:
        held.callback(door.close)
        form = door.filled(("message", ""), ("file", "x.bin", bytes(2 * COLLECTED)))[: COLLECTED + 1000]
        for _ in range(SERVER_NUMBERS.slots.uploads_a_circuit):
            stalled = proxy_line(77) + post(at("report.write"), 60 * MIB, FORM) + form
            held.enter_context(door.connect(stalled))
        deadline = time.monotonic() + 30
        while len(door.growing()) < SERVER_NUMBERS.slots.uploads_a_circuit and time.monotonic() < deadline:
            time.sleep(0.02)
        body = door.filled(("message", "They are here tonight"), ("file", "a.jpg", b"x" * 2 * MIB))
        with door.connect(proxy_line(77) + post(at("report.write"), len(body), FORM) + body) as connection:
            same = read_answer(connection)
        other = door.send(door.filled(("message", "Hello"), ("file", "a.jpg", b"x" * 2 * MIB)))
        assert same.status == 503
        assert b"Your message is" in same.body
        assert other.status == 200
        assert (b"They are here tonight", []) in door.newly_stored()
