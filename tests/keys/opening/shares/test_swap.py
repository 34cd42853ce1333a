from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keys.opening.shares import dialogs, swap

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
ZRAM = "/dev/zram0                              partition\t1048572\t\t0\t\t100\n"
DISK = "/dev/sda2                               partition\t1048572\t\t0\t\t-2\n"


@pytest.mark.parametrize(
    ("text", "swaps"),
    [("", False), (HEAD, False), (HEAD + ZRAM, False), (HEAD + DISK, True), (HEAD + ZRAM + DISK, True)],
)
def test_a_machine_that_writes_memory_to_its_disk_is_noticed(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, swaps: bool
) -> None:
    (tmp_path / "swaps").write_text(text)
    monkeypatch.setattr(swap, "SWAPS", tmp_path / "swaps")
    assert swap.swapping() is swaps
    dialogs.warn_of_swap()
    assert ("swapoff -a" in capsys.readouterr().err) is swaps


def test_a_system_that_does_not_say_is_not_warned_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "SWAPS", tmp_path / "none")
    assert not swap.swapping()
