"""The arrival lane: one large file through the real server, beside the same server copying or only reading it."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from bench.door import Served, plain_door, real_door
from bench.figures import Figure, seconds
from bench.unix_http import ask, form_at, submit
from deploy.rehearsal.forms import ChosenFile, Control, Form, Multipart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = (1 << 30) - (1 << 20)
"""Just below a size class: padding, up to a quarter by design, is not what is measured here."""
RUNS = 3
MANY = 4
MANY_SIZE = 256 << 20
SUBJECT = "Arrival lane: one file of 1 GiB (1,023 MiB and its padding) on a unix socket"
MIB = 1 << 20


class Watch:
    """Samples memory and disk of a served process while something runs."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._store = served.folder / "store"
        self._running = True
        self.memory = self.memory_before = served.memory()
        self.disk_before = self.disk = self._disk_used()

    def _disk_used(self) -> int:
        total = 0
        for path in self._store.rglob("*") if self._store.is_dir() else ():
            try:
                total += path.stat().st_blocks * 512
            except FileNotFoundError:
                continue
        return total

    def run(self) -> None:
        """Sample until told to stop."""
        while self._running:
            self.memory = max(self.memory, self._served.memory())
            self.disk = max(self.disk, self._disk_used())
            time.sleep(0.05)

    def stop(self) -> None:
        """End the sampling."""
        self._running = False


@contextmanager
def watching(served: Served) -> Iterator[Watch]:
    """Watch a served process for the length of a block."""
    watch = Watch(served)
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop()
        thread.join()


def _sparse(folder: Path, size: int) -> ChosenFile:
    path = folder / f"sparse-{size}"
    with path.open("wb") as file:
        file.truncate(size)
    return ChosenFile(path, "large.bin")


def _filled(served: Served, file: ChosenFile) -> Form:
    form = form_at(served.socket)
    form.fill("message", "A large file comes with this.")
    form.choose("file", file)
    return form


def _send(served: Served, form: Form) -> None:
    answer = submit(served.socket, form)
    if answer.status != 200 or "large.bin" not in answer.html:
        raise RuntimeError(f"the upload was not accepted: {answer.status}")


def _rate_of_plain(app: str) -> float:
    with plain_door(app) as served:
        form = Form("/", [])
        body = _sparse(served.folder, SIZE)

        def once() -> None:
            upload = Multipart(_with_file(form, body))
            headers = {"Content-Type": upload.content_type, "Content-Length": str(upload.size)}
            ask(served.socket, "POST", "/", upload, headers)

        once()
        return SIZE / 1e6 / statistics.median(seconds(once) for _ in range(RUNS))


def _with_file(form: Form, file: ChosenFile) -> Form:
    return Form(form.action, [Control("file", "file", file=file)])


def measure() -> list[Figure]:
    """Measure; takes about two minutes and 5 GiB of disk for a moment."""
    reading, copying = _rate_of_plain("reading"), _rate_of_plain("copying")
    with real_door() as served:
        small = _sparse(served.folder, 1 << 20)
        _send(served, _filled(served, small))
        file = _sparse(served.folder, SIZE)
        forms = [_filled(served, file) for _ in range(RUNS)]
        with watching(served) as one:
            rate = SIZE / 1e6 / statistics.median(seconds(partial(_send, served, form)) for form in forms)
        disk = (one.disk - one.disk_before) / (RUNS * SIZE)
        many = _sparse(served.folder, MANY_SIZE)
        with watching(served) as several, ThreadPoolExecutor(MANY) as pool:
            list(pool.map(lambda form: _send(served, form), [_filled(served, many) for _ in range(MANY)]))
    growth = max(one.memory - one.memory_before, 0) / MIB
    growth_many = max(several.memory - several.memory_before, 0) / MIB / MANY
    return [
        Figure(
            SUBJECT,
            "sealed and stored",
            rate,
            "MB/s",
            "MB/s copied with fsync",
            copying,
            "ratio >= 0.60",
            rate >= 0.6 * copying,
        ),
        Figure(SUBJECT, "sealed and stored", rate, "MB/s", "MB/s only read", reading),
        Figure(SUBJECT, "memory growth, one upload", growth, "MiB", wanted="<= 1 MiB", reached=growth <= 1),
        Figure(
            SUBJECT,
            f"memory growth an upload, {MANY} at once",
            growth_many,
            "MiB",
            wanted="<= 1 MiB",
            reached=growth_many <= 1,
        ),
        Figure(SUBJECT, "disk at the peak, of the files stored", disk, "x", wanted="<= 1.1 x", reached=disk <= 1.1),
    ]
