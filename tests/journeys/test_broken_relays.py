"""A relay that dies takes an upload along, and nothing else.

The network is one of its own: for a minute a relay does not call another that failed (OR_CONNECT_FAILURE_LIFETIME of
tor), and a service that starts in that minute finds too few ways.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.private_tor import PrivateTor
from deploy.rehearsal.samples import large_file
from tests.conftest import door_on
from tests.journeys.uploading import (
    ENOUGH_BYTES,
    UPLOAD_BYTES,
    doctor_is_content,
    page_comes,
    upload_under_way,
)
from tests.journeys.watching import everything_is_whole, growing, rows, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.rehearsal.forms import ChosenFile
    from deploy.rehearsal.stage import Stage

pytestmark = pytest.mark.tor


@pytest.fixture(scope="module")
def network() -> Iterator[PrivateTor]:
    with PrivateTor.boot() as network:
        yield network


@pytest.fixture(scope="module")
def door(network: PrivateTor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with door_on(network, tmp_path_factory.mktemp("door")) as stage:
        yield stage


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> ChosenFile:
    return large_file(tmp_path_factory.mktemp("file"), UPLOAD_BYTES)


def test_a_relay_killed_in_the_middle_of_an_upload_leaves_nothing_half_stored(
    network: PrivateTor, door: Stage, file: ChosenFile
) -> None:
    before = rows(door)
    upload = upload_under_way(door, file)
    victim = network.relays_towards(upload.user)[0]
    network.kill(victim)
    assert len(network.pids()) == len(network.members) - 1
    try:
        upload.join(90)
        assert upload.page is None
        wait_until(lambda: growing(door) == 0, 90, "the rest of the upload is gone")
    finally:
        network.restart(victim)
    new = {row: size for row, size in rows(door).items() if row not in before}
    assert len(new) == 1, "the text is stored, as it was whole; the file is not"
    assert max(new.values()) < ENOUGH_BYTES
    everything_is_whole(door)
    doctor_is_content(door)
    page_comes(door)


def test_two_networks_never_share_an_address_and_one_that_is_closed_leaves_nothing(
    network: PrivateTor, private_tor: PrivateTor
) -> None:
    assert network.address != private_tor.address
    pids, folder = network.pids(), network.folder
    network.close()
    assert not folder.exists()
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
