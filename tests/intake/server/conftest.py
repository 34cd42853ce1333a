"""Real servers on unix sockets."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.intake.server.door_client import RunningDoor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL_APP = Path(__file__).with_name("small_app.py")

TINY = {
    "threads": 8,
    "slots": {"bodies": 4, "texts": 1, "waiting": 2},
    "anteroom": {"head_seconds": 0.6, "head_bytes": 2048, "small_body_bytes": 4096, "connections": 700},
    "inbound": {"idle_seconds": 0.6, "window_seconds": 0.6, "window_bytes": 600},
    "outbound": {"idle_seconds": 0.6, "window_seconds": 0.6, "window_bytes": 600},
    "draining": {"idle_seconds": 0.4, "most_seconds": 2.0, "most_bytes": 8 * 1024 * 1024},
    "stop_seconds": 0.4,
}


def _starter(folder: Path, doors: list[RunningDoor]) -> Callable[..., RunningDoor]:
    def start(**numbers: Any) -> RunningDoor:
        name = folder / f"{len(doors)}.sock"
        command = [sys.executable, str(SMALL_APP), str(name), json.dumps(TINY | numbers)]
        doors.append(RunningDoor(command, name, folder / f"{len(doors)}.log"))
        return doors[-1]

    return start


@pytest.fixture
def run_folder() -> Iterator[Path]:
    """A folder with a short name: a socket's path has 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="kh-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start_door(run_folder: Path) -> Iterator[Callable[..., RunningDoor]]:
    """Starts servers with tiny limits."""
    doors: list[RunningDoor] = []
    yield _starter(run_folder, doors)
    for door in doors:
        door.close()


@pytest.fixture(scope="module")
def door() -> Iterator[RunningDoor]:
    """One server with tiny limits, for all tests of a file that leave it running."""
    doors: list[RunningDoor] = []
    with tempfile.TemporaryDirectory(prefix="kh-") as folder:
        yield _starter(Path(folder), doors)()
        for each in doors:
            each.close()
