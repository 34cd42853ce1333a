from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from intake.courier.commands import export_command, import_command
from tests.intake.courier.conftest import Desk, Server, new_address, new_letter

if TYPE_CHECKING:
    from pathlib import Path

    import click


def run(command: click.Command, server: Server, *arguments: object) -> Result:
    return CliRunner().invoke(command, ["--config", str(server.config), *map(str, arguments)])


def test_export_says_what_it_wrote(server: Server, stick: Path) -> None:
    server.put(b"x")
    result = run(export_command, server, stick)
    assert result.exit_code == 0
    [path] = stick.iterdir()
    assert result.output == f"Bundle 1 with 1 row: {path} ({path.stat().st_size:,} bytes).\n"


def test_a_destination_that_is_no_folder_begins_no_chain_and_marks_no_row(
    server: Server, desk: Desk, stick: Path, tmp_path: Path
) -> None:
    server.calendar.pass_days(-1)
    server.put(b"x")
    run(export_command, server, stick)
    desk.read(next(stick.iterdir()))
    run(import_command, server, desk.write())
    before = server.store.chains.outgoing()
    for option in ("--new-chain", "--resend", "--again", "--manifest-only"):
        result = run(export_command, server, tmp_path / "nope", option)
        assert result.stderr == f"Error: {tmp_path / 'nope'} is not a folder. Mount the stick and name its folder.\n"
    assert server.store.chains.outgoing() == before
    assert server.waiting() == set()


def test_export_for_scripts(server: Server, stick: Path) -> None:
    value = json.loads(run(export_command, server, stick, "--json").output)
    assert (value["number"], value["rows"], value["repeated"]) == (1, 0, False)
    assert value["path"].startswith(str(stick))


def test_export_again_new_chain_resend_and_manifest(server: Server, desk: Desk, stick: Path) -> None:
    server.calendar.pass_days(-1)
    server.put(b"x")
    run(export_command, server, stick)
    assert "the same bundle as before" in run(export_command, server, stick / "again.bundle", "--again").output
    listed = run(export_command, server, stick, "--manifest-only").output
    assert listed.startswith("The list of rows of bundle 1, 1 row: ")
    assert "same bundle" not in listed
    assert len(list(stick.glob("*.manifest"))) == 1
    desk.read(next(stick.glob("*.bundle")))
    run(import_command, server, desk.write())
    assert server.waiting() == set()
    assert "Bundle 2 with 1 row" in run(export_command, server, stick, "--resend").output
    assert "Bundle 1 with 1 row" in run(export_command, server, stick, "--new-chain").output


def test_an_export_is_asked_for_one_thing_at_a_time(server: Server, stick: Path) -> None:
    result = run(export_command, server, stick, "--again", "--new-chain")
    assert (result.exit_code, "give one" in result.stderr) == (2, True)
    assert server.store.chains.outgoing() is None


def test_export_tells_of_damaged_rows(server: Server, stick: Path) -> None:
    path = server.store.gate.current().files.find(server.put(b"x"))
    assert path is not None
    path.unlink()
    assert "1 row stays here, its file is damaged." in run(export_command, server, stick).output


def test_a_refused_export_exits_with_1_and_a_remedy(server: Server, stick: Path) -> None:
    result = run(export_command, server, stick, "--again")
    assert result.exit_code == 1
    assert result.stderr == "Error: Nothing has been exported in this chain yet. Run: khomo-intake export DEST\n"


def test_import_says_what_it_took_in(server: Server, desk: Desk, stick: Path) -> None:
    run(export_command, server, stick)
    desk.read(next(stick.iterdir()))
    newer = dataclasses.replace(server.world.bundle(), serial=2)
    path = desk.write({new_address(): new_letter()}, public_bundle=newer.to_note(server.world.root).decode())
    assert run(import_command, server, path).output.splitlines() == [
        "Bundle 1 of the desk main: 1 letter replaced.",
        "The desk has bundle 1; 0 rows travel with the next one.",
        "Public bundle 2 is in use. Restart the service so that its pages show it.",
    ]
    assert run(import_command, server, path).output.splitlines() == [
        "Bundle 1 of the desk main was imported before. Nothing was changed.",
        "The desk has bundle 1; 0 rows travel with the next one.",
    ]


def test_import_for_scripts(server: Server, desk: Desk) -> None:
    value = json.loads(run(import_command, server, desk.write(), "--json").output)
    assert value["letters"] == 0
    assert value["acknowledged"] is None


def test_a_refused_import_exits_with_1(server: Server, desk: Desk) -> None:
    desk.write()
    result = run(import_command, server, desk.write())
    assert result.exit_code == 1
    assert "confirm" in result.stderr
    assert run(import_command, server, desk.write(), "--confirm").exit_code == 0
