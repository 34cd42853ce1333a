"""The room: what a program in it can see, reach, take and give out."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from keys.sealing.age import AgeError
from reviewer.sandbox import bubblewrap, limits
from reviewer.sandbox.bubblewrap import Bounds, Job, Outcome, require_sandbox, run
from reviewer.sandbox.errors import CutOffError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIB = 1024 * 1024


def in_room(*command: str, given: bytes = b"", most: int = MIB, **files: bytes) -> tuple[Outcome, bytes]:
    pieces: list[bytes] = []
    outcome = run(Job(command, files, most), io.BytesIO(given), pieces.append)
    return outcome, b"".join(pieces)


def python(code: str) -> str:
    """Run Python in the room; returns what it printed."""
    outcome, printed = in_room("/usr/bin/python3", "-I", "-c", code)
    assert outcome.code == 0, outcome.said
    return printed.decode()


def test_a_program_gets_its_input_and_gives_its_output(tmp_path: Path) -> None:
    given = os.urandom(3 * MIB)
    outcome, printed = in_room("/usr/bin/cat", given=given, most=3 * MIB)
    assert (outcome, printed) == (Outcome(0, b""), given)


def test_how_it_ends_and_what_it_complains_of_is_told() -> None:
    outcome, _ = in_room("/bin/sh", "-c", "echo trouble >&2; exit 7")
    assert outcome == Outcome(7, b"trouble\n")


def test_of_this_machine_there_is_usr_and_nothing_else(tmp_path: Path) -> None:
    mine = tmp_path / "secret"
    mine.write_text("secret")
    seen = json.loads(
        python(
            f"import os, json; print(json.dumps([sorted(os.listdir('/')), os.path.exists({str(mine)!r}),"
            " os.listdir('/home'), sorted(os.environ), os.path.exists('/proc/self')]))"
        )
    )
    assert seen == [["bin", "dev", "home", "lib", "lib64", "sbin", "usr"], False, [], seen[3], False]
    assert set(seen[3]) <= {"PATH", "HOME", "LC_ALL", "LC_CTYPE", "PWD"}


def test_files_that_are_handed_in_are_there_and_for_the_program_alone() -> None:
    outcome, printed = in_room("/bin/sh", "-c", "cat key; stat -c %a key", key=b"the one key\n")
    assert (outcome.code, printed) == (0, b"the one key\n600\n")


@pytest.mark.parametrize("place", ["/x", "/usr/x", "/home/../x", "/dev/x", "/dev/shm/x"])
def test_nothing_can_be_written_but_in_the_home(place: str) -> None:
    assert in_room("/usr/bin/touch", place)[0].code != 0
    assert in_room("/usr/bin/touch", "/home/x")[0].code == 0
    assert not Path(place).exists()


def test_devices_of_every_day_work_all_the_same() -> None:
    code = "open('/dev/null', 'w').write('x'); print(len(open('/dev/urandom', 'rb').read(16)))"
    assert python(code) == "16\n"


def test_there_is_no_network_not_even_loopback() -> None:
    assert python("import socket\ntry: socket.socket()\nexcept PermissionError: print('no')") == "no\n"
    listed = python("import os; print(os.path.exists('/sys'), os.path.exists('/etc'))")
    assert listed == "False False\n"


def test_other_processes_cannot_be_seen() -> None:
    code = f"import os\ntry: os.kill({os.getpid()}, 0)\nexcept OSError: print('none', os.getpid())"
    assert python(code).startswith("none")


def test_it_is_not_root_out_here() -> None:
    seen: list[set[int]] = []

    class Asks:
        def read(self, _size: int, /) -> bytes:
            inside: list[psutil.Process] = []
            while not inside:
                inside = [one for one in psutil.Process().children(recursive=True) if one.name() == "cat"]
            seen.append({one.uids().effective for one in inside})
            return b""

    run(Job(("/usr/bin/cat",)), Asks(), lambda _data: None)
    assert seen == [{65534 if os.geteuid() == 0 else os.geteuid()}]


def test_it_has_no_capability_and_cannot_get_any() -> None:
    code = "import ctypes; print(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))"  # PR_GET_NO_NEW_PRIVS
    assert python(code) == "1\n"
    assert in_room("/usr/bin/unshare", "-U", "true")[0].code != 0
    assert in_room("/usr/bin/mount", "-t", "tmpfs", "none", "/home")[0].code != 0


def test_more_than_is_allowed_is_cut_off_and_the_program_ended() -> None:
    pieces: list[bytes] = []
    with pytest.raises(CutOffError, match="larger than 1 MB"):
        run(Job(("/usr/bin/yes",), most=MIB), io.BytesIO(), pieces.append)
    assert sum(map(len, pieces)) <= MIB
    assert "yes" not in {child.name() for child in psutil.Process().children(recursive=True)}


def test_a_program_that_stands_still_is_ended() -> None:
    job = Job(("/usr/bin/sleep", "3600"), bounds=Bounds(wall_seconds=0.2))
    with pytest.raises(CutOffError, match="took longer"):
        run(job, io.BytesIO(), lambda _data: None)
    assert "sleep" not in {child.name() for child in psutil.Process().children(recursive=True)}


def test_memory_files_and_time_are_limited() -> None:
    assert in_room("/usr/bin/python3", "-c", "bytearray(2 << 30)")[0].code != 0
    assert in_room("/usr/bin/dd", "if=/dev/zero", "of=/home/x", "bs=1M", "count=5")[0].code != 0
    many = "import os\nfor n in range(40):\n    open(f'/home/{n}', 'wb').write(bytes(3 << 20))"
    assert in_room("/usr/bin/python3", "-c", many)[0].code != 0
    asked = ", ".join(f"r.getrlimit(r.RLIMIT_{name})" for name in ("CPU", "CORE", "NOFILE"))
    assert python(f"import resource as r; print({asked})") == "(600, 600) (0, 0) (64, 64)\n"


def test_a_program_that_was_taken_over_cannot_fill_the_room_with_processes() -> None:
    code = "import os, time\nn = 0\ntry:\n    while True:\n        if not os.fork():\n            time.sleep(9)\n"
    code += "        n += 1\nexcept BlockingIOError:\n    print(n, flush=True)\n    os._exit(0)"
    assert 0 < int(python(code)) < limits.PROCESSES


def test_all_processes_together_have_the_memory_that_is_said() -> None:
    asked = "r.getrlimit(r.RLIMIT_AS)[1] * r.getrlimit(r.RLIMIT_NPROC)[1]"
    assert int(python(f"import resource as r; print({asked})")) == limits.MEMORY * limits.PROCESSES == 1536 * MIB


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.memfd_create('x')",
        "import ctypes; c = ctypes.CDLL(None, use_errno=True); assert c.shmget(0, 1 << 30, 0o1600) >= 0",
    ],
)
def test_memory_that_no_limit_counts_is_not_given(code: str) -> None:
    outcome, _ = in_room("/usr/bin/python3", "-I", "-c", code)
    assert outcome.code != 0
    assert b"PermissionError" in outcome.said or b"AssertionError" in outcome.said


def test_what_the_same_user_runs_out_here_takes_no_place_in_the_room() -> None:
    same = 65534 if os.geteuid() == 0 else None
    sleeping = [subprocess.Popen(["/usr/bin/sleep", "60"], user=same) for _ in range(2 * limits.PROCESSES)]
    try:
        assert in_room("/bin/sh", "-c", "true & true & wait")[0] == Outcome(0, b"")
    finally:
        for one in sleeping:
            one.kill()
            one.wait()


def test_a_program_that_wants_no_input_is_not_waited_for() -> None:
    outcome, _ = in_room("/usr/bin/true", given=bytes(5 * MIB))
    assert outcome == Outcome(0, b"")


def test_what_the_source_of_the_input_raises_is_raised() -> None:
    class Damaged:
        def read(self, _size: int, /) -> bytes:
            raise AgeError("This file is damaged.")

    with pytest.raises(AgeError, match="damaged"):
        run(Job(("/usr/bin/cat",)), Damaged(), lambda _data: None)


def test_what_the_taker_of_the_output_raises_is_raised_and_ends_the_program() -> None:
    def full(_data: bytes) -> None:
        raise OSError("no room on the disk")

    before = threading.active_count()
    with pytest.raises(OSError, match="no room"):
        run(Job(("/usr/bin/yes",), most=MIB), io.BytesIO(), full)
    assert threading.active_count() == before


def test_nothing_stays_open_or_running_behind_it() -> None:
    in_room("/usr/bin/cat", given=b"x")
    before = psutil.Process().num_fds()
    for _ in range(3):
        in_room("/usr/bin/cat", given=b"x", key=b"y")
    assert psutil.Process().num_fds() == before
    assert psutil.Process().children() == []


# Without a room.


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Programs of another machine, on which the room was not built before; for everybody to run."""
    require_sandbox.cache_clear()
    with tempfile.TemporaryDirectory(prefix="programs-") as name:
        folder = Path(name)
        folder.chmod(0o755)

        def programs(**scripts: str) -> Path:
            for program, script in scripts.items():
                (folder / program).write_text(f"#!/bin/sh\n{script}\n")
                (folder / program).chmod(0o755)
            monkeypatch.setattr(bubblewrap, "_PATH", name)
            return folder

        yield programs
    require_sandbox.cache_clear()


@pytest.mark.parametrize(
    ("scripts", "why", "remedy"),
    [
        ({}, "bwrap is not here", "Install bubblewrap"),
        ({"bwrap": "true"}, "prlimit is not here", "Install util-linux"),
        (
            {"bwrap": "true", "prlimit": "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"},
            r"bwrap: No permissions",
            "unprivileged_userns_clone",
        ),
    ],
)
def test_without_it_nothing_is_run_and_the_message_says_why_and_what_to_do(
    anew: Callable[..., Path], scripts: dict[str, str], why: str, remedy: str
) -> None:
    anew(**scripts)
    with pytest.raises(SandboxError) as caught:
        in_room("/usr/bin/cat")
    assert why in caught.value.message
    assert remedy in caught.value.remedy
    assert "khomo-reviewer reopen" in caught.value.remedy


def test_programs_that_may_not_be_run_are_no_room_either(
    anew: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    anew(bwrap="true", prlimit="true").joinpath("prlimit").write_bytes(b"\x7fELF is no program")
    with pytest.raises(SandboxError, match="cannot be built"):
        in_room("/usr/bin/cat")
