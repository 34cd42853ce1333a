"""A process of its own that takes uploads in, for tests that look at a process from outside.

    python -m tests.intake.source.upload_process FOLDER NAME...

For each NAME it does one upload, then prints a line of JSON with the status and by how much its peak memory grew.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from intake.config import parse_config
from intake.source.app import create_app
from intake.store import Store, StoreSettings
from tests.intake.source.conftest import BOUNDARY, multipart
from tests.intake.source.raw import Answer, Socket, call, repeated
from tests.intake.world import CONFIG, WRITE, Clock, World, at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

MIB = 1024 * 1024
CIRCUIT = "fc00:dead:beef:4dad::0:1"
MARK = b"MARKED-PLAINTEXT-OF-A-SOURCE-"
MARKS = MARK * (65536 // len(MARK))
END = f"\r\n--{BOUNDARY}--\r\n".encode()


def hidden(app: Flask, path: str = WRITE) -> list[tuple[str, str]]:
    page = app.test_client().get(path, environ_base={"REMOTE_ADDR": CIRCUIT}).text
    return re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)


def posted(app: Flask, start: bytes, size: int, path: str = WRITE, *, declared: bool = True) -> Answer:
    """Post a form whose last part is ``size`` bytes of marks."""
    body: Iterator[bytes] = chain([start.removesuffix(END)], repeated(size, MARKS), [END])
    length = len(start) + size if declared else None
    return call(app, Socket(body), length, path=path, circuit=CIRCUIT)


def text(app: Flask, size: int = 50_000) -> Answer:
    return posted(app, multipart([*hidden(app), ("message", "")]), size)


def file(app: Flask, size: int = 8 * MIB, field: str = "file", *, declared: bool = True) -> Answer:
    message = MARKS[:5000]
    start = multipart([*hidden(app), ("message", message), (field, MARK.decode() + ".pdf", b"")])
    return posted(app, start, size, declared=declared)


UPLOADS: dict[str, Callable[[Flask], Answer]] = {
    "text": text,
    "file": file,
    "presealed-that-is-not": lambda app: file(app, field="sealed"),
    "over-the-limit": lambda app: file(app, 65 * MIB, declared=False),
    "large-file": lambda app: file(app, 60 * MIB),
    "text-of-200-mb": lambda app: text(app, 200 * MIB),
    "text-of-60-mb": lambda app: text(app, 60 * MIB),
    "codename-of-200-mb": lambda app: posted(app, multipart([("codename", "")]), 200 * MIB, at("box.come_back")),
    "codename-of-200-mb-unannounced": lambda app: posted(
        app, multipart([("codename", "")]), 200 * MIB, at("box.come_back"), declared=False
    ),
}


def main(folder: Path, names: list[str]) -> None:
    world, clock = World(), Clock()
    config = parse_config(CONFIG, folder / "config.toml")
    with Store(config.paths.store_dir, StoreSettings(free_floor_bytes=0), lambda: clock().date()) as store:
        app = create_app(config, store, world.bundle(), world.server_key, clock)
        for name in names:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            status = UPLOADS[name](app).status
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            print(json.dumps({"name": name, "status": status, "grown_kib": grown}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
