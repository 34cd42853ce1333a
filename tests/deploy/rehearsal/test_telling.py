"""The rehearsal shows real commands, and a failure with its command, its words and exit code 1."""

from __future__ import annotations

import io
import re
import shlex
import signal
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from deploy.rehearsal import __main__ as rehearsal
from deploy.rehearsal import steps_server
from deploy.rehearsal.commands import CommandFailedError, Commands
from deploy.rehearsal.door import write_config
from deploy.rehearsal.journey import Journey
from deploy.rehearsal.stage import Stage
from deploy.rehearsal.telling import Teller
from deploy.rehearsal.tor_process import TorError, TorProcess, find_program
from intake.config import load_config

if TYPE_CHECKING:
    from pathlib import Path


class NoNetwork:
    """A network for steps that never use it."""

    address = "127.0.0.1"
    socks_port = 9

    def service_lines(self) -> tuple[str, ...]:
        return ("TestingTorNetwork 1",)

    def forget_descriptors(self) -> None:
        """Nothing is known of any service."""

    def close(self) -> None:
        """Nothing was started."""


def _commands(folder: Path) -> tuple[Commands, io.StringIO]:
    out = io.StringIO()
    return Commands(folder, Teller(out)), out


def test_a_command_is_shown_so_that_it_can_be_typed_again(tmp_path: Path) -> None:
    commands, out = _commands(tmp_path)
    words = ("echo", *(f"word {number} of a long command" for number in range(12)))
    commands.run(*words)
    typed = out.getvalue().replace("\\\n", "").strip().removeprefix("$")
    assert tuple(shlex.split(typed)) == words
    assert max(map(len, out.getvalue().splitlines())) <= 80


def test_long_output_is_cut_and_counted(tmp_path: Path) -> None:
    commands, out = _commands(tmp_path)
    commands.run("seq", "40", show_output=True)
    assert "      18\n" in out.getvalue()
    assert "      19\n" not in out.getvalue()
    assert "22 more lines" in out.getvalue()


def test_a_single_line_more_is_shown_rather_than_counted(tmp_path: Path) -> None:
    commands, out = _commands(tmp_path)
    commands.run("seq", "19", show_output=True)
    assert "      19\n" in out.getvalue()
    assert "more line" not in out.getvalue()


def test_what_the_rehearsal_looks_up_for_itself_is_not_shown(tmp_path: Path) -> None:
    commands, out = _commands(tmp_path)
    assert commands.look_up("echo", "found") == "found\n"
    assert out.getvalue() == ""


def test_a_command_that_fails_is_shown_with_its_output(tmp_path: Path) -> None:
    commands, _ = _commands(tmp_path)
    with pytest.raises(CommandFailedError, match=r"(?s)\$ ls nothing-here.*No such file.*exit status 2"):
        commands.run("ls", "nothing-here")


def test_a_failed_step_ends_the_rehearsal_with_its_command_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(journey: Journey) -> None:
        journey.stage.commands.run("ls", "no-keys-here")

    monkeypatch.setattr(rehearsal, "RUN", tmp_path)
    monkeypatch.setitem(rehearsal.NETWORKS, "private", NoNetwork)
    monkeypatch.setattr(Journey, "make_keys", fails)
    done = CliRunner().invoke(rehearsal.main, ["--no-keep-open"])
    assert done.exit_code == 1
    assert "This step failed" in done.output
    assert "$ ls no-keys-here" in done.output
    assert "No such file" in done.output


def test_two_rehearsals_at_once_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "RUN", tmp_path)
    with ExitStack() as held:
        rehearsal._only_one(held)
        done = CliRunner().invoke(rehearsal.main, ["--no-keep-open"])
    assert done.exit_code == 1
    assert "Another rehearsal" in done.output


def test_the_configuration_of_the_rehearsal_is_right_also_in_a_deep_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    stage = Stage.build(deep, Teller(io.StringIO()))
    stage.network = NoNetwork()
    keys = stage.machine("ceremony") / "keys"
    (keys / "server").mkdir(parents=True)
    for name in ("public-bundle.note", "root.pub", "server/server.key"):
        (keys / name).touch()
    assert load_config(write_config(stage)).paths.run_dir == stage.sockets
    assert len(bytes(stage.sockets)) < 90


def test_what_an_earlier_rehearsal_left_is_removed(tmp_path: Path) -> None:
    Stage.build(tmp_path, Teller(io.StringIO()))
    (tmp_path / "desk" / "old").touch()
    (tmp_path / "mine").touch()
    out = io.StringIO()
    Stage.build(tmp_path, Teller(out))
    assert not (tmp_path / "desk" / "old").exists()
    assert (tmp_path / "mine").exists()
    assert "Removing what the last rehearsal left: ceremony, server, source, stick, desk, lead" in out.getvalue()


def test_a_folder_that_no_rehearsal_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "letter").touch()
    with pytest.raises(FileExistsError, match="was not made by a rehearsal"):
        Stage.build(tmp_path, Teller(io.StringIO()))
    assert (tmp_path / "desk" / "letter").exists()


def test_what_is_printed_to_type_names_what_the_commands_read() -> None:
    text = rehearsal.BY_HAND.format(folder="/run", programs="/bin", terminal="a")
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    exports = {line.removeprefix("export ").partition("=")[0] for line in lines if line.startswith("export ")}
    assert exports == {"PATH", "KHOMO_VAULT", "KHOMO_CASELOG", "KHOMO_INTAKE_CONFIG"}
    assert {line.split()[0] for line in lines if line.startswith("khomo-")} == {
        "khomo-reviewer",
        "khomo-intake",
        "khomo-caselog",
    }


@pytest.mark.parametrize(("sent", "said"), [(signal.SIGINT, "Closing (up to 15 s)"), (signal.SIGTERM, "Asked to end.")])
def test_a_signal_ends_the_rehearsal_with_one_line_even_where_a_shell_ignores_it(
    sent: signal.Signals, said: str
) -> None:
    program = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from deploy.rehearsal import __main__ as rehearsal; from deploy.rehearsal.telling import Teller\n"
        "rehearsal._end_in_order(Teller(sys.stdout))\n"
        f"try: os.kill(os.getpid(), {int(sent)}); signal.pause()\n"
        "except (KeyboardInterrupt, SystemExit): pass\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip().startswith(said)
    assert len(done.stdout.strip().splitlines()) == 1
    assert done.stderr == ""


def test_without_a_stock_age_it_is_said_what_would_be_typed_and_no_open_identity_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    stage = Stage.build(tmp_path, Teller(out))
    folder = stage.machine("ceremony") / "keys" / "desk"
    folder.mkdir(parents=True)
    (folder / "epoch-ab12.key.age").touch()
    monkeypatch.setattr("deploy.rehearsal.steps_server.STOCK_AGE", tmp_path / "nothing")
    assert steps_server.open_with_stock_tools(stage, stage.machine("server") / "row") is None
    said = out.getvalue()
    for line in (
        "epoch-ab12.key.age",
        "age -d -i desk/identity.txt -o desk/row.zip server/row",
        "rm desk/identity.txt",
    ):
        assert line in said
    assert not (stage.machine("desk") / "identity.txt").exists()


@pytest.mark.parametrize(("user", "sandbox"), [(0, "--no-sandbox"), (1000, "")])
def test_the_browser_goes_without_its_sandbox_as_root_only(
    user: int, sandbox: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("signal.pause", lambda: None)
    out = io.StringIO()
    stage = Stage.build(tmp_path, Teller(io.StringIO()))
    stage.network, stage.onion, stage.codename = NoNetwork(), "x" * 56 + ".onion", "eight words"
    rehearsal._stay(stage, Teller(out))
    command = re.search(r"^ +(chromium (?:.*\\\n)*.*)$", out.getvalue(), re.MULTILINE)
    assert command is not None
    typed = shlex.split(command[1].replace("\\\n", ""))
    assert typed[0] == "chromium"
    assert typed[-1] == f"http://{stage.onion}"
    assert [word for word in typed if word == "--no-sandbox"] == [sandbox][: len(sandbox)]


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(TorError, match="apt install tor"):
        find_program("tor-that-is-not-there")


def test_a_tor_that_does_not_start_is_shown_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "torrc").write_text("NoSuchOption 1\n")
    tor = TorProcess("broken", tmp_path)
    tor.start()
    with pytest.raises(TorError, match=r"(?s)broken ended by itself.*NoSuchOption"):
        tor.wait_for("Bootstrapped 100%", float("inf"))
    assert not tor.is_running()
    tor.stop()
