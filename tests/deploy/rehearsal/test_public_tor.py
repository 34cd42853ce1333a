"""The client of the public network, as far as it can be tried without one: this tor never connects to anybody."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal import public_tor
from deploy.rehearsal.public_tor import PublicTor
from deploy.rehearsal.tor_process import TorError

if TYPE_CHECKING:
    from pathlib import Path

ALONE = "DisableNetwork 1"


@pytest.fixture
def short_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_tor_understands_the_torrc_and_starts_with_it(short_folder: Path) -> None:
    network = PublicTor(ALONE)
    try:
        network._tor.start()
        network._tor.wait_for("DisableNetwork is set", time.monotonic() + 60)
        assert network._tor.is_running()
        warned = [line for line in network._tor.log().splitlines() if "[warn]" in line and "as root" not in line]
        assert warned == []
        assert network.service_lines() == ()
    finally:
        network.close()
    assert not network._tor.is_running()
    assert list(short_folder.iterdir()) == []


def test_a_network_that_cannot_be_joined_is_told_and_leaves_nothing(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_tor, "JOIN_SECONDS", 1.0)
    with pytest.raises(TorError, match="did not say 'Bootstrapped 100%' in time"):
        PublicTor.boot(ALONE)
    assert list(short_folder.iterdir()) == []
