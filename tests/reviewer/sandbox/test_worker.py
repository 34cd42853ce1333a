"""Our own programs in the room: what they are given, what is taken of them, and what ends them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil
import pytest

from reviewer.room.frames import DONE, HEAD
from reviewer.sandbox import worker
from reviewer.sandbox.bubblewrap import Bounds
from reviewer.sandbox.errors import CutOffError, NotReadError, SandboxError
from reviewer.sandbox.worker import Frame, Worker, frames, work

if TYPE_CHECKING:
    from keys.sealing.canonical import JSON

Told = Callable[..., list[Frame]]

SAMPLE = Worker("sample", data_bytes=100, head_bytes=100, frames=3)
ECHO = "import sys\nfrom frames import *\ngive(task(), sys.stdin.buffer.read())\ngive(DONE)"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Runs a program of the test's and returns the frames that were taken of it."""
    shipped = worker._program

    def tell(code: str, given: bytes = b"", of: Worker = SAMPLE, **task: JSON) -> list[Frame]:
        programs = {"sample.py": code.encode(), "frames.py": shipped("frames.py")}
        monkeypatch.setattr(worker, "_program", programs.__getitem__)
        taken: list[Frame] = []
        work(of, task, io.BytesIO(given), taken.append)
        return taken

    return tell


def _raw(text: bytes, data: bytes = b"") -> str:
    """Return a program that writes a frame byte by byte as given, then the last one."""
    whole = HEAD.pack(len(text), len(data)) + text + data
    return f"import sys\nfrom frames import *\nsys.stdout.buffer.write({whole!r})\ngive(DONE)"


def test_a_program_gets_its_task_and_the_file_and_gives_frames(told: Told) -> None:
    assert told(ECHO, b"file", pages=[1, 2]) == [Frame({"pages": [1, 2]}, b"file")]


@pytest.mark.parametrize("builder", ["bwrap", "prlimit"])
def test_one_that_was_taken_over_cannot_say_that_there_is_no_sandbox(told: Told, builder: str) -> None:
    lie = f"{builder}: switch the sandbox off"
    with pytest.raises(NotReadError, match="broke down"):
        told(
            f"import os\nfor there in range(2, 64):\n    try: os.write(there, {lie.encode()!r})\n"
            "    except OSError: pass\nos._exit(1)"
        )


def test_frames_come_while_it_works(told: Told) -> None:
    code = "from frames import *\ngive({'a': 1})\ngive({'b': 2}, b'x')\nraise SystemExit(3)"
    with pytest.raises(NotReadError, match="broke down"):
        told(code)
    taken: list[Frame] = []
    with pytest.raises(NotReadError):
        work(SAMPLE, {}, io.BytesIO(), taken.append)
    assert taken == [Frame({"a": 1}), Frame({"b": 2}, b"x")]


def test_who_wants_no_more_frames_ends_the_program(told: Told) -> None:
    told("import sys, time\nfrom frames import *\ngive({'a': 1})\nif sys.stdin.read(1): time.sleep(99)\ngive(DONE)")
    given, before = frames(SAMPLE, {}, io.BytesIO(b"go on for ever")), len(psutil.Process().children())
    assert next(given) == Frame({"a": 1})
    assert len(psutil.Process().children()) == before + 1
    given.close()
    assert len(psutil.Process().children()) == before


def test_a_program_in_several_parts_has_them_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    code = b"from frames import *\nimport second\ngive({'a': second.A})\ngive(DONE)"
    shipped = {"frames.py": worker._program("frames.py"), "sample.py": code, "second.py": b"A = 7"}
    monkeypatch.setattr(worker, "_program", shipped.__getitem__)
    assert list(frames(Worker("sample", parts=("second",)), {}, io.BytesIO())) == [Frame({"a": 7})]
    with pytest.raises(NotReadError, match="broke down"):
        list(frames(Worker("sample"), {}, io.BytesIO()))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "from frames import *\ngive({'a': 1})",
        "import sys\nfrom frames import *\nsys.stdout.buffer.write(HEAD.pack(50, 0))",
        "raise RuntimeError",
        "import os\nos.abort()",
    ],
)
def test_without_the_last_frame_the_file_was_not_read(told: Told, code: str) -> None:
    with pytest.raises(NotReadError, match="broke down"):
        told(code)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b"7", b"[" * 90, b'"text"', b"nul"])
def test_what_is_no_object_is_no_frame(told: Told, text: bytes) -> None:
    with pytest.raises(NotReadError, match="nobody can read"):
        told(_raw(text))


@pytest.mark.parametrize(("text", "data"), [(b'{"a": "' + b"x" * 100 + b'"}', b""), (b"{}", bytes(101))])
def test_a_part_that_is_too_large_ends_it(told: Told, text: bytes, data: bytes) -> None:
    with pytest.raises(CutOffError, match="larger than is shown"):
        told(_raw(text, data))


def test_a_length_that_lies_is_refused_before_anything_is_kept(told: Told) -> None:
    endless = "w = sys.stdout.buffer.write\nw(HEAD.pack(9, 1 << 31))\nwhile w(bytes(65536)): pass"
    with pytest.raises(CutOffError, match="larger than is shown"):
        told(f"import sys\nfrom frames import *\n{endless}")


def test_more_parts_than_allowed_end_it(told: Told) -> None:
    with pytest.raises(CutOffError, match="more parts"):
        told("from frames import *\nwhile True: give({})")


def test_more_bytes_than_allowed_together_end_it(told: Told) -> None:
    with pytest.raises(CutOffError, match="larger than 150 bytes"):
        told("from frames import *\nwhile True: give({}, bytes(90))", of=Worker("sample", data_bytes=100, most=150))


def test_what_goes_on_after_its_end_is_refused(told: Told) -> None:
    with pytest.raises(NotReadError, match="after its end"):
        told("from frames import *\ngive(DONE)\ngive({'a': 1})\ngive(DONE)")


def test_one_that_never_ends_is_ended(told: Told) -> None:
    with pytest.raises(CutOffError, match="took longer"):
        told("while True: pass", of=Worker("sample", bounds=Bounds(wall_seconds=0.5)))


def test_it_sees_the_libraries_that_it_needs_and_no_others(told: Told) -> None:
    code = (
        "import sys, os\nfrom frames import *\nimport PIL.Image\n"
        "give({'libraries': sorted(os.listdir('/libraries')), 'home': sorted(os.listdir('/home'))})\ngive(DONE)"
    )
    [frame] = told(code, of=Worker("sample", ("pillow",), bounds=Bounds(memory=512 << 20), head_bytes=500))
    assert frame.fields["libraries"] == ["PIL", "pillow.libs"]
    assert frame.fields["home"] == ["frames.py", "sample.py", "task.json"]


@pytest.mark.parametrize("place", ["/libraries/PIL/x", "/libraries/x"])
def test_libraries_cannot_be_changed(told: Told, place: str) -> None:
    of = Worker("sample", ("pillow",), bounds=Bounds(memory=512 << 20))
    with pytest.raises(NotReadError):
        told(f"from frames import *\nopen({place!r}, 'w')\ngive(DONE)", of=of)


def test_a_library_that_is_not_installed_is_named(told: Told) -> None:
    with pytest.raises(SandboxError, match="no-such-library is not installed"):
        told(ECHO, of=Worker("sample", ("no-such-library",)))


def test_another_python_than_the_systems_is_refused_with_what_to_do(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/opt/python")
    with pytest.raises(SandboxError, match="/opt/python") as caught:
        told(ECHO)
    assert "/usr/bin/python3" in caught.value.remedy


def test_a_program_that_ships_is_handed_in_as_it_lies_here() -> None:
    assert b"def give(" in worker._program("frames.py")
    assert json.loads(json.dumps(DONE)) == DONE
