"""systemd is told when the door is open, if it asked."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from intake.onion.serve import tell_system

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_systemd_is_told_through_the_socket_that_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system:
        system.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        tell_system("READY=1")
        assert system.recv(100) == b"READY=1"


def test_nobody_is_told_if_nobody_asked_or_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    tell_system("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    tell_system("READY=1")
