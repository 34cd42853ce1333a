"""A kill does not prove that bytes are on the disk; the system calls do."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

COMMIT_ONCE = """
import hashlib, os, sys
from pathlib import Path
from intake.store import Commit, NewRow, Store
from keys.sealing.values import MailboxAddress, Sealed, new_row_id

with Store(Path(sys.argv[1])) as store:
    for number in range(2):  # the first makes the journal file and imports what is late
        with store.incoming() as incoming:
            incoming.write(bytes(1000))
            commit = Commit((NewRow(new_row_id(), incoming, 1000, "00" * 32),),
                            ((MailboxAddress(os.urandom(16)), Sealed(bytes(32768))),))
            os.write(2, f"ask {number}\\n".encode())
            store.commit(commit)
            os.write(2, f"answer {number}\\n".encode())
"""


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what happened between the second question and its answer, in order, as short words."""
    folder = tmp_path_factory.mktemp("traced")
    trace = folder / "trace"
    command = ["strace", "-f", "-y", "-qq", "-s", "20", "-o", str(trace)]
    command += ["-e", "trace=fsync,fdatasync,rename,renameat,renameat2,write,pwrite64,ftruncate"]
    subprocess.run(
        [*command, sys.executable, "-c", COMMIT_ONCE, str(folder / "store")], check=True, capture_output=True
    )
    return list(between(trace))


def between(trace: Path) -> list[str]:
    lines = trace.read_text().splitlines()
    first = next(at for at, line in enumerate(lines) if '"ask 1\\n"' in line)
    last = next(at for at, line in enumerate(lines) if '"answer 1\\n"' in line)
    return [word for line in lines[first + 1 : last + 1] for word in [name(line)] if word]


def name(line: str) -> str:
    patterns = {
        r"f(data)?sync\(\d+<[^>]*/incoming/[0-9a-f]{16}/[0-9a-f]{32}>": "sync blob",
        r"rename(at2?)?\(.*/incoming/.*/fresh/": "rename",
        r"f(data)?sync\(\d+<[^>]*/fresh>": "sync folder",
        r"f(data)?sync\(\d+<[^>]*/khomo\.db-journal>": "sync journal",
        r"pwrite64\(\d+<[^>]*/khomo\.db>": "write database",
        r"f(data)?sync\(\d+<[^>]*/khomo\.db>": "sync database",
        r"ftruncate\(\d+<[^>]*/khomo\.db-journal>, 0": "commit",
        r'write\(2.*"answer 1': "answer",
    }
    return next((word for pattern, word in patterns.items() if re.search(pattern, line)), "")


def test_an_answer_comes_after_everything_it_promises_is_on_the_disk(steps: list[str]) -> None:
    once = [step for at, step in enumerate(steps) if step != steps[at - 1] or at == 0]
    assert once == [
        "sync blob",
        "rename",
        "sync folder",
        "sync journal",
        "write database",
        "sync database",
        "commit",
        "sync journal",
        "answer",
    ]


def test_a_group_needs_one_folder_sync_and_one_database_sync(steps: list[str]) -> None:
    assert steps.count("sync folder") == 1
    assert steps.count("sync database") == 1
