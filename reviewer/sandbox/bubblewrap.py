"""Builds the room and runs one program in it: its input comes through a pipe, its output leaves through one.

Rules:
1. No network, no other processes, no home: of this machine the room has ``/usr`` and what the job names, read-only,
   and nothing else. It lies in memory and is gone with the program. All of it is read-only, ``/dev`` too, but for a
   small home.
2. Files that the program needs are handed in one by one; nothing of the vault is among them but what is named.
3. No capability, no new namespace, a filter on calls of the kernel (``seccomp``), limits on memory, time, files and
   processes: a taken-over program has so much of a process, and so many of them.
4. Never as root: where the desk is root, the room is built by the user ``nobody``.
5. What comes out is bytes, as many as the caller allows. More, or too long, and the program is ended.
6. If any part of this cannot be had, there is no room, and nothing is opened.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from keys.sealing.display import one_line
from reviewer.display import size as size_text
from reviewer.sandbox import limits
from reviewer.sandbox.errors import CutOffError, SandboxError, TooLargeError
from reviewer.sandbox.seccomp import kernel_filter
from reviewer.vault.attachments import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from reviewer.vault.attachments import Readable

HOME = "/home"
"""The one place in the room where something can be written."""

_NOBODY = 65534
_PIPE_BYTES = 64 * 1024
_LINKS = ("bin", "sbin", "lib", "lib64")
_PATH = "/usr/bin:/usr/sbin:/bin:/sbin"
_PROGRAMS = {"bwrap": "bubblewrap", "prlimit": "util-linux"}
"""What the room is built with, and which package brings it."""
_BUILDERS = (b"bwrap: ", b"prlimit: ")
_ALLOW = (
    "The kernel has to let users make namespaces: sysctl kernel.unprivileged_userns_clone=1 "
    "(on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0)."
)
_AGAIN = "Then run this again; what waits is opened by: khomo-reviewer reopen"


@dataclass(frozen=True)
class Bounds:
    """What a program in the room may take.

    Args:
        memory: bytes of address space of one process.
        processes: at once, threads counted.
        processor_seconds: of one process.
        wall_seconds: until the room is cleared.
        home_bytes: of memory for files in the room.
        file_bytes: of one such file.
    """

    memory: int = limits.MEMORY
    processes: int = limits.PROCESSES
    processor_seconds: int = limits.PROCESSOR_SECONDS
    wall_seconds: float = limits.WALL_SECONDS
    home_bytes: int = limits.HOME_BYTES
    file_bytes: int = limits.FILE_BYTES


@dataclass(frozen=True)
class Job:
    """What runs in the room.

    Args:
        command: the program and its arguments.
        files: by their names in the room's home.
        most: bytes that may come out.
        shown: files and folders of this machine that can be read in the room, by their paths there.
        bounds: what the program may take.
    """

    command: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    most: int = 0
    shown: Mapping[str, Path] = field(default_factory=dict)
    bounds: Bounds = Bounds()


@dataclass(frozen=True)
class Outcome:
    """How it ended: the program's exit code, and the beginning of what it wrote to standard error."""

    code: int
    said: bytes


def run(job: Job, source: Readable, sink: Callable[[bytes], object]) -> Outcome:
    """Run a program in a room of its own, with ``source`` as its input; its output goes to ``sink``.

    Raises:
        SandboxError: there is no room to be had.
        CutOffError: the program gave more than it may, or took too long; ``sink`` has part of it.
    """
    require_sandbox()
    return _drained(_pieces(job, source), sink)


def pieces(job: Job, source: Readable) -> Generator[bytes, None, Outcome]:
    """As ``run``, but give the output piece by piece as it comes; who asks for no more ends the program.

    Whoever stops before the end closes the generator: with it the program ends, and the reading of ``source``.
    """
    require_sandbox()
    return (yield from _pieces(job, source))


def _drained(given: Generator[bytes, None, Outcome], sink: Callable[[bytes], object]) -> Outcome:
    with closing(given):
        while True:
            try:
                sink(next(given))
            except StopIteration as ended:
                outcome: Outcome = ended.value
                return outcome


@cache
def require_sandbox() -> None:
    """Build a room once and do nothing in it; raises ``SandboxError``, which says what to install or to change."""
    for program, package in _PROGRAMS.items():
        if shutil.which(program, path=_PATH) is None:
            raise SandboxError(f"The sandbox cannot be built: {program} is not here.", f"Install {package}. {_AGAIN}")
    _drained(_pieces(Job(("/usr/bin/true",)), _Nothing()), lambda _data: None)


class _Nothing:
    def read(self, _size: int, /) -> bytes:
        return b""


def _pieces(job: Job, source: Readable) -> Generator[bytes, None, Outcome]:
    with ExitStack() as stack:
        handed = {name: _in_memory(stack, data) for name, data in job.files.items()}
        forbidden, said = _in_memory(stack, kernel_filter()), _in_memory(stack, b"")
        process = _start(_command(job, handed, forbidden), (*handed.values(), forbidden), said)
        assert process.stdin is not None  # noqa: S101 - asked for above
        assert process.stdout is not None  # noqa: S101 - likewise
        feeder = _Feeder(source, process.stdin)
        try:
            yield from _take(process.stdout, job)
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
            process.stdout.close()
            feeder.join()
        if feeder.failure is not None:
            raise feeder.failure
        return _checked(Outcome(code, os.pread(said, limits.SAID_BYTES, 0)))


def _start(command: list[str], handed: tuple[int, ...], said: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            pass_fds=handed,
            cwd="/",
            env={"PATH": _PATH},
            **_as_nobody(),
        )
    except OSError as error:
        raise SandboxError(f"The sandbox cannot be built ({error.strerror}).", _AGAIN) from error


def _checked(outcome: Outcome) -> Outcome:
    """Tell apart a room that could not be built from a program that failed in it."""
    if outcome.code and outcome.said.startswith(_BUILDERS):
        why = one_line(outcome.said.decode("utf-8", "replace").strip())
        raise SandboxError(f"The sandbox cannot be built ({why}).", f"{_ALLOW} {_AGAIN}")
    return outcome


def _as_nobody() -> dict[str, Any]:
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _command(job: Job, handed: Mapping[str, int], forbidden: int) -> list[str]:
    bounds = job.bounds
    links = [link for link in _LINKS if Path("/", link).is_symlink()]
    return [
        "prlimit",
        f"--as={bounds.memory}",
        "--core=0",
        f"--cpu={bounds.processor_seconds}",
        f"--fsize={bounds.file_bytes}",
        f"--nofile={limits.OPEN_FILES}",
        *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
        *("--cap-drop", "ALL", "--hostname", "room", "--clearenv"),
        *("--setenv", "PATH", "/usr/bin", "--setenv", "HOME", HOME, "--setenv", "LC_ALL", "C.UTF-8"),
        *("--ro-bind", "/usr", "/usr", "--dev", "/dev"),
        *(part for link in links for part in ("--symlink", f"usr/{link}", f"/{link}")),
        *(part for there, here in job.shown.items() for part in ("--ro-bind", str(here), there)),
        *("--size", str(bounds.home_bytes), "--tmpfs", HOME, "--chdir", HOME),
        *(part for name, fd in handed.items() for part in ("--perms", "0600", "--file", str(fd), f"{HOME}/{name}")),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--seccomp", str(forbidden), "--"),
        *("prlimit", f"--nproc={bounds.processes}", *job.command),  # in the room: what the user runs outside counts not
    ]


def _in_memory(stack: ExitStack, data: bytes) -> int:
    descriptor = os.memfd_create("khomo")
    stack.callback(os.close, descriptor)
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _take(output: IO[bytes], job: Job) -> Iterator[bytes]:
    ends = time.monotonic() + job.bounds.wall_seconds
    taken = 0
    while True:
        ready, _, _ = select.select([output], [], [], max(0.0, ends - time.monotonic()))
        if not ready:
            raise CutOffError(f"It took longer than {_time(job.bounds.wall_seconds)}, and was ended.")
        data = os.read(output.fileno(), _PIPE_BYTES)
        if not data:
            return
        taken += len(data)
        if taken > job.most:
            raise TooLargeError(f"It became larger than {size_text(job.most)} while it was unpacked, and was cut off.")
        yield data


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes > 1 else f"{seconds:.0f} seconds"


class _Feeder(threading.Thread):
    """Writes the program's input while its output is read.

    Attributes:
        failure: what the source raised.
    """

    def __init__(self, source: Readable, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.failure: Exception | None = None
        self._source = source
        self._pipe = pipe
        self.start()

    def run(self) -> None:
        try:
            with self._pipe:
                for data in chunks(self._source):
                    self._pipe.write(data)
        except BrokenPipeError:
            return  # the program wanted no more
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            self.failure = error
