"""What the operator hears about the courier's address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.onion.serve import courier_address
from intake.onion.torrc import Layout

if TYPE_CHECKING:
    from pathlib import Path


def test_the_address_is_said(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "tor", tmp_path / "run")
    layout.courier_service.mkdir(parents=True)
    layout.courier_hostname.write_text("abc.onion\n")
    assert courier_address(layout) == "For couriers who are let in:  abc.onion\n"


def test_a_tor_without_the_service_is_told_of(tmp_path: Path) -> None:
    assert "warning" in courier_address(Layout(tmp_path / "tor", tmp_path / "run"))
