"""The real server's worker, watched from outside while marked bytes go in: nothing in the clear, nothing left over."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.intake.server.door_client import get, post
from tests.intake.source.conftest import hidden_fields, multipart
from tests.intake.source.test_served import FORM, MIB, ServedDoor
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Iterator

SCANNER = Path(__file__).parents[1] / "server" / "scan_memory.py"
UPLOADS, UPLOAD = 6, 50 * MIB


@pytest.fixture
def door(tmp_path: Path) -> Iterator[ServedDoor]:
    door = ServedDoor(tmp_path)
    yield door
    door.close()


class Watcher:
    """Looks again and again at every file that the server could have put a byte into."""

    def __init__(self, door: ServedDoor, marker: bytes) -> None:
        self._marker = marker
        self._worker = Path(f"/proc/{door.worker_pid()}/fd")
        self._folder = door.folder
        self._since = time.time()
        self.looks = 0
        self.growing: set[str] = set()
        self.bad: set[str] = set()

    def look(self) -> None:
        """Read what the worker has open, what lies below its folder, and what is new among temporary files."""
        self.looks += 1
        found = [path for path in self._folder.rglob("*") if path.is_file() and not path.is_symlink()]
        found += [path for path in Path(tempfile.gettempdir()).glob("tmp*") if self._is_new(path)]
        with suppress(PermissionError):  # a worker that is not dumpable shows its files to root alone
            found += list(self._worker.iterdir())
        for path in found:
            self._read(path)

    def _is_new(self, path: Path) -> bool:
        with suppress(OSError):
            return path.is_file() and path.stat().st_mtime >= self._since
        return False

    def _read(self, path: Path) -> None:
        with suppress(OSError):
            if not path.is_file():  # sockets and pipes among the descriptors
                return
            if "/incoming/" in str(path.resolve()):
                self.growing.add(path.name)
            with path.open("rb") as file:
                while piece := file.read(8 * MIB):
                    if self._marker in piece:
                        self.bad.add(str(path))

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look all the time, and once at the end."""
        done = threading.Event()

        def run() -> None:
            while not done.wait(0.05):
                self.look()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self.look()


def test_nothing_in_the_clear_is_on_the_disk_while_300_mb_come_in(door: ServedDoor) -> None:
    marker = os.urandom(16).hex().encode()
    content = marker * (UPLOAD // len(marker))
    watcher = Watcher(door, marker)
    with watcher.looking():
        for number in range(UPLOADS):
            body = door.filled(("message", f"{number} {marker.decode()}"), ("file", f"{marker.decode()}.bin", content))
            assert door.send(body).status == 200
    assert watcher.bad == set()
    assert watcher.growing, "an upload was seen while it grew"
    assert len(door.newly_stored()) == 2 * UPLOADS


def test_the_watcher_sees_what_would_be_wrong(door: ServedDoor) -> None:
    watcher = Watcher(door, b"a marker of ours")
    with tempfile.NamedTemporaryFile() as spooled:
        spooled.write(b"some a marker of ours some")
        spooled.flush()
        (door.folder / "store" / "spooled").write_bytes(b"a marker of ours")
        watcher.look()
    assert len(watcher.bad) == 2


def found_in_memory(door: ServedDoor, marker: str) -> int:
    scan = [sys.executable, str(SCANNER), str(door.worker_pid()), marker]
    return int(subprocess.run(scan, capture_output=True, text=True, check=True).stdout)


def test_text_file_name_and_words_do_not_stay_in_the_worker_s_memory(door: ServedDoor) -> None:
    text, content, name = (os.urandom(12).hex() for _ in range(3))
    form = hidden_fields(door.ask(get(at("report.write"))).body.decode())
    body = multipart([*form.items(), ("message", text * 50), ("file", f"{name}.pdf", content.encode() * 20_000)])
    assert door.ask(post(at("report.write"), len(body), FORM) + body).status == 200
    markers = {"text": text, "file": content, "name": name, "words": form["codename"]}
    deadline = time.monotonic() + 60
    left = dict.fromkeys(markers, 1)
    while any(left.values()) and time.monotonic() < deadline:
        for _ in range(3):
            door.ask(get(at("report.write")))
        left = {what: found_in_memory(door, marker) for what, marker in markers.items()}
    assert left == dict.fromkeys(markers, 0)
