"""The torrc holds what the design promises, whatever the paths are called."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from intake.config import parse_config
from intake.onion.errors import OnionError
from intake.onion.tor import PROOF_OF_WORK, check_torrc, has_module, tor_command, write_torrc
from intake.onion.torrc import Layout, torrc_text
from tests.intake.world import CONFIG

TOR = Path("/usr/bin/tor")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A layout with a space in it."""
    return Layout(tmp_path / "tor dir", tmp_path / "run")


def test_tor_takes_it(layout: Layout) -> None:
    write_torrc(layout)
    check_torrc(TOR, layout)


def test_what_the_design_promises_is_there(layout: Layout) -> None:
    lines = torrc_text(layout).splitlines()
    assert {
        "HeartbeatPeriod 0",
        "SafeLogging 1",
        "HiddenServiceExportCircuitID haproxy",
        "HiddenServicePoWDefensesEnabled 1",
        "HiddenServiceEnableIntroDoSDefense 1",
        "CookieAuthentication 1",
        f'HiddenServicePort 80 unix:"{layout.door}"',
    } <= set(lines)


def test_there_is_no_port_of_any_kind(layout: Layout) -> None:
    lines = [line for line in torrc_text(layout).splitlines() if line]
    listening = [line for line in lines if line.split()[0].endswith(("Port", "Socket"))]
    assert len(listening) == 3
    assert all(f'"{layout.run_dir}/' in line for line in listening)
    assert "127.0.0.1" not in torrc_text(layout)


def test_options_of_the_service_follow_its_folder(layout: Layout) -> None:
    names = [line.split()[0] for line in torrc_text(layout).splitlines() if line]
    first = names.index("HiddenServiceDir")
    assert {name for name in names if name.startswith("HiddenService")} == set(names[first:])


def test_lines_for_a_private_network_come_first(layout: Layout, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.write_text("TestingTorNetwork 0\n")
    with_more = Layout(layout.tor_dir, layout.run_dir, additions=more)
    assert torrc_text(with_more).startswith(f'%include "{more}"\n')
    write_torrc(with_more)
    check_torrc(TOR, with_more)


def test_proof_of_work_can_be_switched_off(layout: Layout) -> None:
    text = torrc_text(Layout(layout.tor_dir, layout.run_dir, proof_of_work=False))
    assert "PoW" not in text


def test_whether_a_tor_has_proof_of_work_is_asked(tmp_path: Path) -> None:
    assert has_module(TOR, PROOF_OF_WORK)
    bare = tmp_path / "tor"
    bare.write_text("#!/bin/sh\necho 'relay: yes'\necho 'pow: no'\n")
    bare.chmod(0o700)
    assert not has_module(bare, PROOF_OF_WORK)
    with pytest.raises(OnionError, match="Install Debian's package tor"):
        has_module(Path("/nowhere/tor"), PROOF_OF_WORK)


def test_a_shared_group_may_steer_and_read_the_address_and_nothing_else(layout: Layout) -> None:
    text = torrc_text(Layout(layout.tor_dir, layout.run_dir, with_group=True))
    assert text.count("GroupWritable") == 2
    assert "CookieAuthFileGroupReadable 1" in text
    assert "HiddenServiceDirGroupReadable 1" in text


CLIENT = "descriptor:x25519:" + "A" * 52


def with_couriers(layout: Layout, **clients: str) -> Layout:
    return replace(layout, courier_clients=clients)


def test_the_couriers_service_has_a_folder_and_a_socket_of_its_own(layout: Layout) -> None:
    lines = torrc_text(with_couriers(layout, laptop=CLIENT)).splitlines()
    assert [line for line in lines if line.startswith("HiddenServiceDir ")] == [
        f'HiddenServiceDir "{layout.service}"',
        f'HiddenServiceDir "{layout.courier_service}"',
    ], "the first is the one that sources use"
    assert f'HiddenServicePort 80 unix:"{layout.courier_door}"' in lines
    assert layout.courier_door.parent != layout.door.parent


def test_nobody_is_let_in_to_a_couriers_service_without_a_key(layout: Layout) -> None:
    assert "courier" not in torrc_text(layout)


def test_who_is_let_in_is_written_and_who_is_no_longer_is_removed(layout: Layout) -> None:
    write_torrc(with_couriers(layout, laptop=CLIENT, other=CLIENT))
    folder = layout.courier_service / "authorized_clients"
    assert sorted(file.name for file in folder.iterdir()) == ["laptop.auth", "other.auth"]
    assert (folder / "laptop.auth").read_text() == f"{CLIENT}\n"
    write_torrc(with_couriers(layout, other=CLIENT))
    assert [file.name for file in folder.iterdir()] == ["other.auth"]
    assert folder.stat().st_mode & 0o077 == 0


def test_tor_takes_a_couriers_service_too(layout: Layout) -> None:
    couriers = with_couriers(layout, laptop=CLIENT)
    write_torrc(couriers)
    check_torrc(TOR, couriers)


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "new\nline", "tab\t"])
def test_a_path_that_would_end_its_line_is_refused(layout: Layout, name: str) -> None:
    with pytest.raises(OnionError, match="cannot be told"):
        torrc_text(Layout(layout.tor_dir / name, layout.run_dir))


def test_what_is_written_is_for_its_owner_alone(layout: Layout) -> None:
    write_torrc(layout)
    write_torrc(layout)
    assert layout.torrc.stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o777 for path in (layout.tor_dir, layout.run_dir, layout.tor_run_dir)} == {0o700}
    assert not layout.torrc.with_suffix(".new").exists()


def test_a_tor_that_does_not_take_it_is_quoted(layout: Layout, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.write_text("NoSuchOption 1\n")
    bad = Layout(layout.tor_dir, layout.run_dir, additions=more)
    write_torrc(bad)
    with pytest.raises(OnionError, match="NoSuchOption"):
        check_torrc(TOR, bad)


def test_a_missing_tor_says_what_to_install(layout: Layout) -> None:
    with pytest.raises(OnionError, match="Install Debian's package tor"):
        check_torrc(Path("/nowhere/tor"), layout)


def test_tor_ends_with_us_and_reads_no_other_configuration(layout: Layout) -> None:
    command = tor_command(TOR, layout)
    assert "--__OwningControllerProcess" in command
    write_torrc(layout)
    said = subprocess.run([*command, "--verify-config"], capture_output=True, text=True, check=True).stdout
    assert said.count("Read configuration file") == 2
    assert "/etc/tor" not in said
    assert "/usr/share/tor" not in said


def test_the_layout_follows_the_configuration(tmp_path: Path) -> None:
    config = parse_config(CONFIG + '[onion]\nproof_of_work = false\ntorrc_additions = "more"\n', tmp_path / "c.toml")
    layout = Layout.of(config)
    assert layout == Layout(tmp_path / "tor", tmp_path / "run", tmp_path / "more", proof_of_work=False)
    sockets = (layout.door, layout.control, layout.cookie, layout.socks)
    assert max(len(str(path.relative_to(tmp_path / "run"))) for path in sockets) <= len("control.socket")
