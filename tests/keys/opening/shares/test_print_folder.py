from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from keys.opening.errors import OpeningError
from keys.opening.shares import print_folder
from keys.opening.shares.print_folder import MEMORY, printed_from_memory

PAGES = {"a.txt": "academic acid", "b.txt": "acne acquire"}


def test_pages_lie_in_memory_for_their_owner_only_and_are_gone_afterwards() -> None:
    with printed_from_memory(PAGES) as folder:
        assert folder.parent == MEMORY
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.name: path.read_text() for path in folder.iterdir()} == PAGES
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert not folder.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OpeningError, OSError])
def test_whatever_happens_nothing_is_left(error: type[BaseException]) -> None:
    with pytest.raises(error), printed_from_memory(PAGES) as folder:
        raise error("stop")
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_window_and_a_machine_that_shuts_down_leave_nothing(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as caught, printed_from_memory(PAGES) as folder:
        os.kill(os.getpid(), number)
    assert not folder.exists()
    assert caught.value.code == 128 + number
    assert signal.getsignal(number) == before != print_folder._end


def test_pages_are_overwritten_before_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    left: dict[str, bytes] = {}

    def look(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_file():
            left[path.name] = path.read_bytes()

    with printed_from_memory(PAGES):
        monkeypatch.setattr("os.fsync", look)
    assert left == {name: bytes(len(text)) for name, text in PAGES.items()}


def test_where_nothing_lies_in_memory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_folder, "MEMORY", tmp_path / "none")
    with pytest.raises(OpeningError, match="--print-to"), printed_from_memory(PAGES):
        pass
    assert list(tmp_path.iterdir()) == []
