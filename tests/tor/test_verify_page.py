"""``khomo-reviewer verify-page`` through a real tor, at a real door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from deploy.rehearsal.stage import Stage

pytestmark = pytest.mark.tor


def test_an_open_door_is_found_right_by_several_visitors(open_door: Stage) -> None:
    keys = "ceremony/keys"
    socks = f"{open_door.network.address}:{open_door.network.socks_port}"
    said = open_door.commands.run(
        "khomo-reviewer",
        "verify-page",
        open_door.onion,
        *("--root", f"{keys}/root.pub", "--bundle", f"{keys}/public-bundle.note"),
        *("--socks", socks, "--circuits", "2"),
    )
    assert "looked alike to 2 visitors" in said
    assert "Nothing is wrong." in said
