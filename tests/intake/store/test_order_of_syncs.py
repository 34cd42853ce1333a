"""A kill does not prove that bytes are on the disk; the system calls of the real door do, taken while it answers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.intake.server.door_client import post
from tests.intake.source.test_served import FORM, ServedDoor
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CALLS = (
    "fsync,fdatasync,sync_file_range,rename,renameat,renameat2,pwrite64,ftruncate,recvfrom,sendto,sendmsg,write,writev"
)
CALL = re.compile(r"^(\d+) +(.*)$")
STEPS = {
    r'recvfrom\(\d+<[^>]*>, "(?:PROXY[^"]*)?POST (?:/[a-z]+)?/write': "asked",
    r"f(data)?sync\(\d+<[^>]*/incoming/[0-9a-f]{16}/[0-9a-f]{32}>": "sync blob",
    r"rename(at2?)?\(.*/incoming/.*/fresh/": "rename",
    r"f(data)?sync\(\d+<[^>]*/fresh>": "sync folder",
    r"f(data)?sync\(\d+<[^>]*/khomo\.db-journal>": "sync journal",
    r"pwrite64\(\d+<[^>]*/khomo\.db>": "write database",
    r"f(data)?sync\(\d+<[^>]*/khomo\.db>": "sync database",
    r'pwrite64\(\d+<[^>]*/khomo\.db-journal>, "(\\0)+", 28, 0\)': "commit",
    r'(?:send\w*|writev?)\(\d+<[^>]*>.*"HTTP/1\.1 ': "answer",
}
ONE_COMMIT = [
    "sync blob",
    "rename",
    "sync folder",
    "sync journal",
    "write database",
    "sync database",
    "commit",
    "sync journal",
]


class TracedDoor(ServedDoor):
    """The door as ``khomo-intake serve`` opens it, with every system call that matters written down.

    Its worker forbids others to read its memory; strace answers that one call (prctl) in the system's place, so that
    it sees names and first bytes without being root.
    """

    def __init__(self, folder: Path) -> None:
        self.trace = folder / "trace"
        look = ["strace", "-f", "-y", "-qq", "-s", "200", "-o", str(self.trace)]
        super().__init__(folder, *look, "-e", f"trace={CALLS},prctl", "-e", "inject=prctl:retval=0")

    def stop(self, sign: int = signal.SIGTERM) -> None:
        """Stop what strace started, since it keeps every signal to itself; it ends after its last line is written."""
        if self.process.poll() is None:
            found = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=True
            )
            os.kill(int(found.stdout.split()[0]), sign)
            self.process.wait(30)

    def steps(self) -> list[list[str]]:
        """Return what happened between each report and its answer, in order, as short words."""
        words = [word for line in _whole_calls(self.trace.read_text(errors="replace")) if (word := _word(line))]
        asked = [at for at, word in enumerate(words) if word == "asked"]
        return [words[at + 1 : words.index("answer", at) + 1] for at in asked]


def _whole_calls(trace: str) -> Iterator[str]:
    """Yield the calls, one that another thread interrupted where it ended: a sync counts when it is done."""
    begun: dict[str, str] = {}
    for line in trace.splitlines():
        found = CALL.match(line)
        if found is None:
            continue
        thread, call = found.groups()
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>")
            if "send" in call[:5] or call.startswith("write"):
                yield call  # what leaves may be seen from its beginning
        elif call.startswith("<... "):
            yield begun.pop(thread, "") + call
        else:
            yield call


def _word(line: str) -> str:
    return next((word for pattern, word in STEPS.items() if re.search(pattern, line)), "")


def _without_repeats(steps: list[str]) -> list[str]:
    return [step for at, step in enumerate(steps) if at == 0 or step != steps[at - 1]]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Send three reports: the first makes the journal file and imports what is late; the last has a file."""
    door = TracedDoor(tmp_path_factory.mktemp("traced"))
    try:
        for parts in ((("message", "one"),), (("message", "two"),), (("message", "3"), ("file", "a.bin", b"x" * 9000))):
            body = door.filled(*parts)
            assert door.ask(post(at("report.write"), len(body), FORM) + body).status == 200
        assert len(door.newly_stored()) == 4
    finally:
        door.close()
    return door.steps()


def test_the_answer_to_a_report_leaves_after_everything_it_promises_is_on_the_disk(steps: list[list[str]]) -> None:
    assert len(steps) == 3
    assert _without_repeats(steps[1]) == [*ONE_COMMIT, "answer"]


def test_a_text_is_on_the_disk_before_the_file_beside_it_and_both_before_the_answer(steps: list[list[str]]) -> None:
    assert _without_repeats(steps[2]) == [*ONE_COMMIT, *ONE_COMMIT, "answer"]


def test_a_commit_needs_one_folder_sync_and_one_database_sync(steps: list[list[str]]) -> None:
    assert steps[1].count("sync folder") == 1
    assert steps[1].count("sync database") == 1
