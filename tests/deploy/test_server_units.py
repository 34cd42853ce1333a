"""The files of ``deploy/server`` are taken by systemd and tor, agree with the code, and let nobody in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from intake.onion.numbers import ONION_NUMBERS
from intake.onion.torrc import Layout, torrc_text
from intake.server.hardening import WIPING_ENVIRONMENT
from intake.server.numbers import SERVER_NUMBERS

SERVER = Path(__file__).resolve().parents[2] / "deploy" / "server"
SERVICES = sorted((SERVER / "systemd").glob("*.service"))
TIMERS = sorted((SERVER / "systemd").glob("*.timer"))
MOST_EXPOSED = 2.0
INSTALLED = Layout(Path("/var/lib/khomo/tor"), Path("/run/khomo"), with_group=True)


def section(unit: Path, name: str) -> dict[str, list[str]]:
    """Read a section; a key may stand more than once."""
    found: dict[str, list[str]] = {}
    inside = ""
    for line in unit.read_text().splitlines():
        if line.startswith("["):
            inside = line.strip("[]")
        elif inside == name and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def folders() -> dict[str, tuple[int, str, str]]:
    """Read the folders of tmpfiles.d: mode, user, group."""
    lines = [line.split() for line in (SERVER / "tmpfiles.d" / "khomo.conf").read_text().splitlines()]
    return {line[1]: (int(line[2], 8), line[3], line[4]) for line in lines if line and line[0] == "d"}


def analyze(*arguments: str) -> str:
    """Ask systemd-analyze."""
    asked = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=True)
    return asked.stdout + asked.stderr


def test_there_are_units_for_pages_tor_rewrite_and_decoys() -> None:
    assert [unit.stem for unit in SERVICES] == ["khomo-decoy", "khomo-intake", "khomo-rewrite", "khomo-tor"]
    assert [unit.stem for unit in TIMERS] == ["khomo-decoy", "khomo-rewrite"]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_unit_is_hardly_exposed(unit: Path) -> None:
    said = analyze("security", "--offline=true", str(unit))
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert level is not None, said
    assert float(level[1]) <= MOST_EXPOSED


def test_systemd_knows_every_key_of_every_unit(tmp_path: Path) -> None:
    copies = []
    for unit in (*SERVICES, *TIMERS):
        copy = tmp_path / unit.name
        copy.write_text(re.sub(r"^(Exec\w+)=.*", r"\1=/bin/true", unit.read_text(), flags=re.MULTILINE))
        copies.append(str(copy))
    assert analyze("verify", "--man=no", *copies) == ""


@pytest.mark.parametrize("timer", TIMERS, ids=lambda unit: unit.stem)
def test_a_timer_has_a_time_and_a_service(timer: Path) -> None:
    assert "Next elapse" in analyze("calendar", *section(timer, "Timer")["OnCalendar"])
    assert timer.with_suffix(".service") in SERVICES


def test_decoys_are_drawn_for_the_minutes_between_two_calls_and_no_journal_tells_of_them() -> None:
    timer = section(SERVER / "systemd" / "khomo-decoy.timer", "Timer")
    service = section(SERVER / "systemd" / "khomo-decoy.service", "Service")
    assert timer["OnCalendar"] == ["*-*-* *:00/20:00 UTC"]
    assert timer["RandomizedDelaySec"] == ["20min"]
    assert "decoy --by-chance 20 " in service["ExecStart"][0]
    assert service["LogLevelMax"] == ["warning"]


def test_only_tor_has_a_network() -> None:
    for unit in SERVICES:
        service = section(unit, "Service")
        families = set(service["RestrictAddressFamilies"][0].split())
        if unit.stem == "khomo-tor":
            assert families == {"AF_UNIX", "AF_INET", "AF_INET6"}
        else:
            assert families == {"AF_UNIX"}
            assert service["PrivateNetwork"] == ["yes"]


def test_whatever_holds_reports_overwrites_freed_memory() -> None:
    wanted = {f"{name}={value}" for name, value in WIPING_ENVIRONMENT.items()}
    for unit in SERVICES:
        if unit.stem != "khomo-tor":
            assert set(section(unit, "Service")["Environment"][0].split()) == wanted


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_no_unit_dumps_core_or_runs_as_root(unit: Path) -> None:
    service = section(unit, "Service")
    assert service["LimitCORE"] == ["0"]
    assert service["UMask"] == ["0077"]
    assert service["User"] == ["khomo-tor" if unit.stem == "khomo-tor" else "khomo"]


def test_the_pages_have_room_for_their_connections_and_time_to_start_and_stop() -> None:
    service = section(SERVER / "systemd" / "khomo-intake.service", "Service")
    assert int(service["LimitNOFILE"][0]) > SERVER_NUMBERS.connections + SERVER_NUMBERS.threads + 512
    assert int(service["TasksMax"][0]) > SERVER_NUMBERS.threads + 64
    assert int(service["TimeoutStopSec"][0]) > 2 * ONION_NUMBERS.stop_seconds
    numbers = ONION_NUMBERS
    start = numbers.app_seconds + numbers.bootstrap_seconds + 2 * numbers.publish_seconds
    assert service["TimeoutStartSec"] == ["25min"]
    assert start <= 25 * 60


def test_the_torrc_is_the_one_that_the_code_writes() -> None:
    installed = (SERVER / "torrc").read_text()
    without_head = installed.split("\n\n", 1)[1]
    assert without_head == torrc_text(INSTALLED)


def test_tor_takes_the_torrc(tmp_path: Path) -> None:
    there = (SERVER / "torrc").read_text().replace("/var/lib/khomo", str(tmp_path)).replace("/run/khomo", str(tmp_path))
    (tmp_path / "torrc").write_text(there)
    (tmp_path / "defaults").touch()
    files = ["-f", str(tmp_path / "torrc"), "--defaults-torrc", str(tmp_path / "defaults")]
    said = subprocess.run(["/usr/bin/tor", *files, "--verify-config"], capture_output=True, text=True, check=False)
    assert "Configuration was valid" in said.stdout


def test_every_folder_of_the_layout_is_made_for_its_owner() -> None:
    made = folders()
    assert made[str(INSTALLED.door.parent)] == (0o2750, "khomo", "khomo-door")
    assert made[str(INSTALLED.tor_run_dir)] == (0o2750, "khomo-tor", "khomo-door")
    assert made[str(INSTALLED.service)] == (0o2750, "khomo-tor", "khomo-door")
    assert made["/var/lib/khomo/store"] == (0o700, "khomo", "khomo")
    assert not [name for name, (mode, user, _) in made.items() if mode & 0o022 or (mode & 0o007 and user != "root")]


def test_every_user_and_group_is_made() -> None:
    made = {
        line.split()[1] for line in (SERVER / "sysusers.d" / "khomo.conf").read_text().splitlines() if line[:1] in "gu"
    }
    used = {name for _, user, group in folders().values() for name in (user, group)}
    used |= {name for unit in SERVICES for key in ("User", "Group") for name in section(unit, "Service")[key]}
    assert used - {"root"} == made


def test_tor_runs_in_the_group_that_may_read_the_address() -> None:
    assert section(SERVER / "systemd" / "khomo-tor.service", "Service")["Group"] == ["khomo-door"]
    assert section(SERVER / "systemd" / "khomo-intake.service", "Service")["SupplementaryGroups"] == ["khomo-door"]
