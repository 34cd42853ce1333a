"""What an upload leaves on the disk and in memory, seen from outside the process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.intake.source.upload_process import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[3]
CALLS = "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice,mmap"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
ENVIRONMENT["PYTHONDONTWRITEBYTECODE"] = "1"
"""Without the measuring of coverage, which writes files and takes memory of its own."""
FLAT_KIB = 6 * 1024
"""Some chunks in parser, container and envelope, with their copies; a body that is held would show as 60 MiB."""


def run(folder: Path, names: Sequence[str], *prefix: str) -> list[dict[str, Any]]:
    command = [*prefix, sys.executable, "-m", "tests.intake.source.upload_process", str(folder), *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300, env=ENVIRONMENT)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("large-file", 200),
        ("text-of-60-mb", 413),
        ("text-of-200-mb", 413),
        ("codename-of-200-mb", 413),
        ("codename-of-200-mb-unannounced", 413),
    ],
)
def test_memory_stays_flat_whatever_comes_in(tmp_path: Path, name: str, status: int) -> None:
    *_, answer = run(tmp_path, ["text", "file", name])
    assert answer["status"] == status
    assert answer["grown_kib"] < FLAT_KIB


def test_no_byte_of_a_source_reaches_a_file_in_the_clear(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    names = ["text", "file", "presealed-that-is-not", "over-the-limit"]
    strace = ["strace", "-f", "-qq", "-s", "100000", "-e", f"trace={CALLS}", "-o", str(trace)]
    statuses = [answer["status"] for answer in run(tmp_path, names, *strace)]
    assert statuses == [200, 200, 422, 413]
    lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    assert [line[:200] for line in lines if MARK.decode() in line] == []
    written = {
        found[1] for line in lines if (found := re.search(r'open\w*\(.*"([^"]+)", [^,]*O_(?:WRONLY|RDWR)', line))
    }
    store = str(tmp_path / "store")
    assert {path for path in written if not path.startswith(store)} <= {"/dev/null", "/dev/tty"}
    assert any("/incoming/" in path for path in written), "the trace has seen the uploads"
    assert not [line for line in lines if "MAP_SHARED" in line and "PROT_WRITE" in line and "MAP_ANONYMOUS" not in line]
    for path in (tmp_path / "store").rglob("*"):
        assert path.is_dir() or MARK not in path.read_bytes()
