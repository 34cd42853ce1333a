"""The source pages as tor meets them: the real server on its unix socket."""

from __future__ import annotations

import re
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.door_socket import proxy_line
from intake.config import load_config
from intake.store.configured import open_store
from keys.sealing.submission_reader import read_submission
from tests.intake.server.door_client import Answer, RunningDoor, get, post, read_answer
from tests.intake.source.conftest import BOUNDARY, hidden_fields, multipart
from tests.intake.world import CONFIG, World, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keys.sealing.values import RowId

FORM = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
MIB = 1024 * 1024


class ServedDoor(RunningDoor):
    """The server, and what it has stored; another program may start it, and look on."""

    def __init__(self, folder: Path, *starter: str) -> None:
        self.world, self.folder = World(), folder
        self.seen: set[RowId] = set()
        self.world.write_papers(folder)
        (folder / "config.toml").write_text(CONFIG + "free_space_floor_mib = 64\n")
        command = [str(Path(sys.executable).with_name("khomo-intake")), "serve", "--no-tor"]
        config = ["--config", str(folder / "config.toml")]
        super().__init__([*starter, *command, *config], folder / "run" / "source" / "door", folder / "log")

    def filled(self, *parts: tuple[str, str] | tuple[str, str, bytes]) -> bytes:
        form = hidden_fields(self.ask(get(at("report.write"))).body.decode())
        return multipart([*form.items(), *parts])

    def send(self, body: bytes) -> Answer:
        return self.ask(post(at("report.write"), len(body), FORM) + body)

    def newly_stored(self) -> list[tuple[bytes | None, list[bytes]]]:
        """Open every row that came since the last call with the desk's key."""
        found = []
        with open_store(load_config(self.folder / "config.toml")) as store:
            for stored in store.unacknowledged():
                if stored.id in self.seen:
                    continue
                self.seen.add(stored.id)
                with store.open_blob(stored.id) as blob:
                    row = read_submission(blob, [self.world.epoch])
                    files = [row.open(file.member).read() for file in row.submission.files]
                    found.append((row.message.expose() if row.message else None, files))
        return sorted(found, key=lambda row: row[0] is None)

    def growing(self) -> list[Path]:
        return [path for path in (self.folder / "store" / "incoming").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDoor]:
    door = ServedDoor(tmp_path_factory.mktemp("door"))
    yield door
    door.close()


@pytest.fixture
def door(running: ServedDoor) -> ServedDoor:
    running.newly_stored()
    return running


def test_a_report_with_a_file_is_taken_in_and_answered_with_a_receipt(door: ServedDoor) -> None:
    photo = b"\xff\xd8" + b"x" * 5 * MIB
    answer = door.send(door.filled(("message", "Hello"), ("file", "a.jpg", photo)))
    assert answer.status == 200
    assert b"We have it" in answer.body
    assert b"a.jpg" in answer.body
    assert door.newly_stored() == [(b"Hello", []), (None, [photo])]


def test_a_return_visit_works_over_cookies(door: ServedDoor) -> None:
    body = door.filled(("message", "Hello"))
    door.send(body)
    words = re.findall(rb'name="codename"\r\n\r\n([a-z ]+)', body)[0].decode()
    answer = door.ask(post(at("box.come_back"), len(typed := multipart([("codename", words)])), FORM) + typed)
    assert answer.status == 303
    cookie = re.findall(rb"Set-Cookie: (visit=[^;]+)", answer.head)[0]
    box = door.ask(get(at("box.show")).removesuffix(b"\r\n") + b"Cookie: " + cookie + b"\r\n\r\n")
    assert b"Not yet read" in box.body


def test_whoever_sends_too_much_sees_the_page_and_no_reset(door: ServedDoor) -> None:
    body = door.filled(("message", "Hello"), ("file", "a.bin", b"x" * 70 * MIB))
    with door.connect(proxy_line() + post(at("report.write"), len(body), FORM)) as connection:
        connection.sendall(body)
        answer = read_answer(connection)
    assert answer.status == 413
    assert b"more than we can take" in answer.body
    assert door.newly_stored() == [(b"Hello", [])]


@pytest.mark.parametrize("end", [b"", b"0\r\n", b"no size\r\n"], ids=["cut off", "no end", "no chunk"])
def test_an_upload_in_chunks_that_breaks_off_is_told_that_its_text_is_here(door: ServedDoor, end: bytes) -> None:
    body = door.filled(("message", "Hello"), ("file", "a.bin", b"x" * MIB))
    head = f"POST {at('report.write')} HTTP/1.1\r\nHost: k\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunks = b"%x\r\n%b\r\n" % (len(body) - 1000, body[:-1000])
    with door.connect(proxy_line() + head + chunks[: None if end else -2] + end) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = read_answer(connection)
    assert answer.status == 408
    assert b"Your files are not here. Your message is" in answer.body
    assert door.newly_stored() == [(b"Hello", [])]
    assert door.growing() == []


def test_an_upload_whose_line_breaks_leaves_nothing_half_stored_and_harms_nobody(door: ServedDoor) -> None:
    body = door.filled(("message", "Hello"), ("file", "a.bin", b"x" * 10 * MIB))
    with door.connect(proxy_line() + post(at("report.write"), len(body), FORM) + body[: 5 * MIB]) as connection:
        deadline = time.monotonic() + 10
        while not door.growing() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert door.ask(get("/")).status == 200
        connection.close()
    while door.growing() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert door.growing() == []
    assert door.newly_stored() == [(b"Hello", [])]
    assert door.send(door.filled(("message", "Another"))).status == 200


def test_the_log_says_nothing_about_a_request(door: ServedDoor) -> None:
    door.send(door.filled(("message", "a secret text"), ("file", "secret.pdf", b"secret")))
    door.send(b"secret")
    door.ask(get("/secret?secret=secret"))
    assert "secret" not in door.log.read_text()


def test_a_public_bundle_that_an_import_puts_in_place_is_shown_soon(door: ServedDoor) -> None:
    newer = replace(door.world.bundle(), serial=2, organisation="The Open Doors")
    (door.folder / "public-bundle.note").write_bytes(newer.to_note(door.world.root))
    deadline = time.monotonic() + 30
    while b"<header><bdi>The Open Doors</bdi></header>" not in door.ask(get("/")).body:
        assert time.monotonic() < deadline
        time.sleep(0.2)
