"""Runs one of our own programs (``reviewer.room``) in the room, with libraries for strangers' formats, and reads it.

Rules:
1. The program, ``frames.py`` and the task are handed in as bytes; of its libraries the room sees their folders alone,
   read-only. It is run by the system's Python with nothing of the user's (``-I -S``), and finds what was handed in
   under the names that it has here too (``reviewer.room``).
2. Of what it gives out only whole frames are taken, each within the caller's limits; anything else ends it. The caller
   checks every field: a file may have taken the program over.
3. Without the last frame the file was not read to its end, however much came before.
4. What the program complains of is thrown away: by what stands there it is told that a room could not be built, and a
   file may have taken the program over.
5. Where the desk is root (in tests, never for people), libraries are copied to where ``nobody`` can read them.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.room.frames import DONE, HEAD
from reviewer.sandbox.bubblewrap import HOME, Bounds, Job, pieces
from reviewer.sandbox.errors import CutOffError, NotReadError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from keys.sealing.canonical import JSON
    from reviewer.sandbox.bubblewrap import Outcome
    from reviewer.vault.attachments import Readable

_LIBRARIES = "/libraries"
_START = (
    f"import sys; sys.path[:0] = ['{HOME}', '{_LIBRARIES}']; sys.dont_write_bytecode = True\n"
    "import os; os.dup2(os.open('/dev/null', os.O_WRONLY), 2)\n"
    "import types\nfor name in ('reviewer', 'reviewer.room'):\n"
    f"    sys.modules[name] = types.ModuleType(name); sys.modules[name].__path__ = ['{HOME}']\n"
    "import runpy; runpy.run_path(sys.argv[1], run_name='__main__')"
)


@dataclass(frozen=True)
class Worker:
    """A program for the room.

    Args:
        program: the name of a module of ``reviewer.room``.
        libraries: names of distributions that it needs, as on the package index.
        bounds: what it may take.
        frames: how many it may give.
        head_bytes: of JSON in one frame.
        data_bytes: beside it in one frame.
        most: bytes of all frames together.
        parts: names of more modules of ``reviewer.room``, which the program imports.
    """

    program: str
    libraries: tuple[str, ...] = ()
    bounds: Bounds = field(default_factory=Bounds)
    frames: int = 1000
    head_bytes: int = 64 * 1024
    data_bytes: int = 0
    most: int = 1024 * 1024
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """What the program told: fields and bytes of which nothing is known but their size."""

    fields: Mapping[str, object]
    data: bytes = field(default=b"", repr=False)


def work(worker: Worker, task: Mapping[str, JSON], source: Readable, take: Callable[[Frame], object]) -> None:
    """Run a program on a file; each frame goes to ``take`` as it comes.

    Args:
        worker: the program.
        task: what it is asked for; it finds this as ``task.json``.
        source: the file, its standard input.
        take: gets every frame but the last.

    Raises:
        SandboxError: there is no room to be had; nothing was read.
        CutOffError: it gave more than it may, or took too long.
        NotReadError: the program broke down on this file, or gave what is no frame.
    """
    for frame in frames(worker, task, source):
        take(frame)


def frames(worker: Worker, task: Mapping[str, JSON], source: Readable) -> Generator[Frame, None, None]:
    """As ``work``, but give the frames as they come; who closes the generator ends the program."""
    names = (worker.program, "frames", *worker.parts)
    files = {f"{name}.py": _program(f"{name}.py") for name in names}
    files["task.json"] = json.dumps(task).encode()
    command = (_python(), "-I", "-S", "-B", "-c", _START, f"{HOME}/{worker.program}.py")
    cut = _Frames(worker)
    with closing(pieces(Job(command, files, worker.most, _shown(worker.libraries), worker.bounds), source)) as given:
        outcome = yield from cut.out_of(given)
    if outcome.code or not cut.done:
        raise NotReadError("The program that looks at such files broke down on it: it is damaged, or made to do harm.")


class _Frames:
    """Cuts what comes out of the room into frames."""

    def __init__(self, worker: Worker) -> None:
        self.done = False
        self._worker = worker
        self._left = worker.frames
        self._waiting = bytearray()

    def out_of(self, given: Generator[bytes, None, Outcome]) -> Generator[Frame, None, Outcome]:
        """Give the frames in pieces of output; returns how it ended."""
        while True:
            try:
                data = next(given)
            except StopIteration as ended:
                outcome: Outcome = ended.value
                return outcome
            yield from self._feed(data)

    def _feed(self, data: bytes) -> Iterator[Frame]:
        self._waiting += data
        while (frame := self._next()) is not None:
            if self.done:
                raise NotReadError("The program that looks at such files went on after its end.")
            if frame.fields == DONE:
                self.done = True
                continue
            self._left -= 1
            if self._left < 0:
                raise CutOffError("It has more parts than are shown, and was cut off.")
            yield frame

    def _next(self) -> Frame | None:
        waiting = self._waiting
        if len(waiting) < HEAD.size:
            return None
        head, body = HEAD.unpack_from(waiting)
        if head > self._worker.head_bytes or body > self._worker.data_bytes:
            raise CutOffError("One part of it is larger than is shown, and it was cut off.")
        ends = HEAD.size + head + body
        if len(waiting) < ends:
            return None
        text, data = bytes(waiting[HEAD.size : HEAD.size + head]), bytes(waiting[HEAD.size + head : ends])
        del waiting[:ends]
        return Frame(_fields(text), data)


def _fields(text: bytes) -> dict[str, object]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise NotReadError("The program that looks at such files gave what nobody can read.")
    return fields


def _program(name: str) -> bytes:
    return (resources.files("reviewer.room") / name).read_bytes()


def _python() -> str:
    """Return the system's Python, for which the libraries were installed."""
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        raise SandboxError(
            f"The sandbox cannot be built: Khomo runs with a Python from {sys.base_prefix}.",
            "Install it with the system's Python: /usr/bin/python3.",
        )
    return f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"


def _shown(libraries: tuple[str, ...]) -> dict[str, Path]:
    return {f"{_LIBRARIES}/{path.name}": path for library in libraries for path in _folders(library)}


@cache
def _folders(library: str) -> tuple[Path, ...]:
    """Return the files and folders of an installed distribution, as they lie beside each other; raises SandboxError."""
    try:
        found = metadata.distribution(library)
    except metadata.PackageNotFoundError:
        raise SandboxError(
            f"The sandbox cannot be built: {library} is not installed.", "Install Khomo with its desk's parts."
        ) from None
    own = {file.parts[0] for file in found.files or () if ".." not in file.parts}
    folders = tuple(Path(str(found.locate_file(name))) for name in sorted(own) if not name.endswith(".dist-info"))
    return tuple(map(_readable_copy, folders)) if os.geteuid() == 0 else folders


def _readable_copy(path: Path) -> Path:
    copy = _copies() / path.name
    if path.is_dir():
        shutil.copytree(path, copy, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(path, copy)
    return copy


@cache
def _copies() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="khomo-libraries-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
