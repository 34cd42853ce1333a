"""The process is hardened, the socket is private, and two apps never share one."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.door_socket import proxy_line
from intake.server.hardening import WIPING_ENVIRONMENT, HardeningError, harden_process
from intake.server.numbers import SERVER_NUMBERS
from intake.server.run import SocketError, listen, settings
from tests.intake.server.door_client import RunningDoor, get, post

if TYPE_CHECKING:
    from collections.abc import Callable

SCANNER = Path(__file__).with_name("scan_memory.py")


def mode(path: Path) -> int:
    """Return the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_the_socket_is_for_its_owner_alone(run_folder: Path) -> None:
    with listen(run_folder / "new" / "door.sock"):
        assert mode(run_folder / "new") == 0o700
        assert mode(run_folder / "new" / "door.sock") == 0o600


def test_the_socket_is_for_the_group_if_the_folder_is(run_folder: Path) -> None:
    run_folder.chmod(0o2750)
    with listen(run_folder / "door.sock"):
        assert mode(run_folder / "door.sock") == 0o660


@pytest.mark.parametrize("bits", [0o701, 0o704, 0o770, 0o777])
def test_a_folder_that_others_may_enter_or_change_is_refused(run_folder: Path, bits: int) -> None:
    run_folder.chmod(bits)
    with pytest.raises(SocketError, match="chmod 700"):
        listen(run_folder / "door.sock")


def test_two_apps_never_share_a_socket(door: RunningDoor) -> None:
    with pytest.raises(SocketError, match="never share"):
        listen(door.socket_path)
    assert door.ask(get("/page")).status == 200


def test_a_socket_that_was_left_over_is_replaced(run_folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(run_folder / "door.sock"))
    with listen(run_folder / "door.sock"):
        pass


def test_a_path_that_is_too_long_is_refused(run_folder: Path) -> None:
    with pytest.raises(SocketError, match="shorter"):
        listen(run_folder / ("x" * 100))


def test_the_process_dumps_no_core_and_keeps_its_files_private(door: RunningDoor) -> None:
    pid = door.worker_pid()
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    status = Path(f"/proc/{pid}/status").read_text()
    assert next(line for line in limits if line.startswith("Max core")).split()[4:6] == ["0", "0"]
    assert "Umask:\t0077" in status
    environment = Path(f"/proc/{pid}/environ").read_bytes().replace(b"\0", b":")  # glibc ends each of its settings so
    for name, value in WIPING_ENVIRONMENT.items():
        assert f":{name}={value}:".encode() in environment


def test_another_process_of_the_same_user_may_not_look(door: RunningDoor) -> None:
    owner = Path(f"/proc/{door.worker_pid()}/mem").stat()
    assert (owner.st_uid, owner.st_gid) == (0, 0)  # what the kernel shows of a process that is not dumpable
    if os.getuid() == 0:
        script = f"import os; os.setgid(65534); os.setuid(65534); open('/proc/{door.worker_pid()}/maps').read()"
        refused = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert "PermissionError" in refused.stderr


def test_one_worker_and_no_control_socket(door: RunningDoor) -> None:
    assert len(list(door.socket_path.parent.iterdir())) == 2  # the socket and the log
    assert door.worker_pid() > 0
    chosen = settings(SERVER_NUMBERS)
    assert (chosen["workers"], chosen["threads"], chosen["keepalive"]) == (1, 256, 0)


def test_without_the_wiping_environment_the_server_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONMALLOC", raising=False)
    with pytest.raises(HardeningError, match="PYTHONMALLOC=malloc MALLOC_PERTURB_=165"):
        harden_process()


def ask_python(script: str) -> str:
    """Run a script in a process of its own; return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name not in WIPING_ENVIRONMENT}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    return ran.stdout


def test_as_many_files_as_the_system_allows_and_too_few_are_told() -> None:
    script = """
import resource
from intake.server.hardening import HardeningError, raise_file_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 256))
raise_file_limit(300)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
try:
    raise_file_limit(1000)
except HardeningError as error:
    print(error)
"""
    assert ask_python(script) == "256\nOnly 256 open files are allowed, 1000 are needed. Raise LimitNOFILE.\n"


def test_a_process_restarts_itself_with_the_wiping_environment_once() -> None:
    script = """
import os, sys
from intake.server.hardening import restart_with_wiping_environment, wiping_environment_is_set
before = wiping_environment_is_set()
restart_with_wiping_environment()
print(before, os.environ["MALLOC_PERTURB_"], sys.argv[0])
"""
    assert ask_python(script) == "True 165 -c\n"


def found_in_memory(door: RunningDoor, marker: bytes) -> int:
    """Count where the marker stands in the worker's memory."""
    scan = [sys.executable, str(SCANNER), str(door.worker_pid()), marker.decode()]
    return int(subprocess.run(scan, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("size", [60, 3000, 200_000])
def test_what_was_uploaded_does_not_stay_in_memory(start_door: Callable[..., RunningDoor], size: int) -> None:
    door = start_door(anteroom={}, threads=8)
    marker = os.urandom(12).hex().encode()
    body = (marker * (size // len(marker) + 1))[:size] if size > 100 else marker.ljust(size, b".")
    for _ in range(3):
        assert door.ask(post("/upload", len(body)) + body).body == str(size).encode()
        assert door.ask(post("/upload", len(body), "Expect: 100-continue") + body).status == 100
    with door.connect(proxy_line() + post("/upload", 10 * size) + body):
        pass
    for _ in range(3):
        door.ask(get("/page"))
    assert found_in_memory(door, marker) == 0


def test_what_a_failed_request_left_in_a_cycle_does_not_stay(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door()
    marker = os.urandom(12).hex().encode()
    assert door.ask(post("/fail", 3000) + marker * 125).status == 500
    deadline = time.monotonic() + 5
    while found_in_memory(door, marker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found_in_memory(door, marker) == 0


def test_the_scan_finds_what_is_in_memory(start_door: Callable[..., RunningDoor]) -> None:
    door = start_door(anteroom={})
    marker = os.urandom(12).hex().encode()
    with door.connect(proxy_line() + post("/upload", 100) + marker):
        deadline = time.monotonic() + 10
        while not (found := found_in_memory(door, marker)) and time.monotonic() < deadline:
            door.ask(get("/page"))
    assert found > 0
