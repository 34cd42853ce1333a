"""khomo-caselog as a lead types it."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from caselog.case_record import CaseRecord
from caselog.commands import main
from caselog.delivery import DeliveredPackage, seal_delivery
from caselog.desk_log import DeskLog
from caselog.leaves import DispositionLeaf, RowState
from caselog.package import CasePackage
from keys.opening.lead_card import LeadCard
from keys.opening.leads import make_lead
from keys.sealing.age import HybridRecipient
from keys.sealing.bundle import BlobEntry, ChainId, ChainPosition, Direction, Manifest, head_of, write_bundle
from tests.caselog import world
from tests.caselog.world import CASE, DAY, FIELDS, DeskOf, file_of, key

PASSPHRASE = "a passphrase that is long enough"
OPEN = DispositionLeaf("ab" * 16, RowState.OPEN)
COMMANDS = ["init", "import", "list", "show", "verify", "audit", "export", "cosign", "sign-address", "check-proof"]


@pytest.fixture(scope="module")
def lead_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "lead"
    make_lead("anna", PASSPHRASE, folder, log_n=1)
    return folder


class Desktop:
    """A lead's desktop, and the desk that sends to it."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder = folder
        self.keys = keys
        self.desk = DeskOf()
        (folder / "passphrase").write_text(PASSPHRASE + "\n")
        (folder / "root.pub").write_text(f"{key('root').verify_key}\n")
        (folder / "public-bundle.note").write_bytes(world.bundle_note(world.public_bundle()))

    def run(self, *words: str, typed: str | None = None) -> Result:
        environment = {"KHOMO_CASELOG": str(self.folder / "log"), "KHOMO_LEAD_KEYS": None}
        passphrase = [] if typed or words[0] == "--help" else ["--passphrase-file", str(self.folder / "passphrase")]
        return CliRunner(env=environment).invoke(main, [words[0], *passphrase, *words[1:]], input=typed)

    def init(self) -> Result:
        return self.run(
            *(
                "init",
                "--keys",
                str(self.keys),
                "--root",
                str(self.folder / "root.pub"),
                "--bundle",
                str(self.folder / "public-bundle.note"),
            )
        )

    def delivery(self, *packages: DeliveredPackage, number: int | None = None, day: date = DAY) -> str:
        delivery = replace(self.desk.delivery(*packages, number=number), day=day)
        recipient = HybridRecipient.parse(LeadCard.from_note((self.keys / "lead.txt").read_bytes()).recipient)
        path = self.folder / f"delivery-{delivery.number}.age"
        with path.open("wb") as file:
            seal_delivery(delivery, self.desk.key, recipient, file.write)
        return str(path)


@pytest.fixture
def desktop(tmp_path: Path, lead_keys: Path) -> Desktop:
    found = Desktop(tmp_path, lead_keys)
    assert found.init().exit_code == 0
    return found


def test_a_lead_imports_lists_shows_and_saves(desktop: Desktop) -> None:
    done = desktop.run("import", desktop.delivery(desktop.desk.forward(files=[file_of("a.png", b"pixels")])))
    assert (done.exit_code, "16 new leaves, 1 case." in done.stdout) == (0, True)
    assert "c1c1c1c1  Dam at Kariba" in desktop.run("list").stdout
    shown = desktop.run("show", "c1", "--save", str(desktop.folder / "saved"))
    for expected in (
        "title: Dam at Kariba",
        "attachment: a.png (remade",
        "signed by: reviewer/ann",
        "custody: 2026-11-20",
    ):
        assert expected in shown.stdout
    assert (desktop.folder / "saved" / "a.png").read_bytes() == b"pixels"
    again = desktop.run("show", "c1", "--save", str(desktop.folder / "saved"))
    assert again.exit_code == 1


def test_reports_are_saved_beside_attachments(desktop: Desktop) -> None:
    desk = desktop.desk
    record = CaseRecord(CASE, 1, FIELDS, (world.attachment_of(file_of("a", b"1")),))
    committed = desk.commit(record, reports=[file_of("A", b"2")])
    package = CasePackage.of(committed, record, (), [file_of("a", b"1")], [file_of("A", b"2")])
    desktop.run("import", desktop.delivery(world.delivered(package, desk.append(committed.leaf))))
    assert "report: A" in desktop.run("show", "c1", "--save", str(desktop.folder / "saved")).stdout
    assert (desktop.folder / "saved" / "a").read_bytes() == b"1"
    assert (desktop.folder / "saved" / "A-2").read_bytes() == b"2"


def test_the_passphrase_is_asked_for(desktop: Desktop) -> None:
    assert desktop.run("list", typed=PASSPHRASE + "\n").stdout.endswith("No cases yet.\n")
    assert desktop.run("list", typed="another one\n").exit_code == 3


def test_json_is_for_scripts(desktop: Desktop) -> None:
    path = desktop.delivery(desktop.desk.forward())
    assert json.loads(desktop.run("import", "--json", path).stdout)[0]["new_packages"] == [0]
    assert json.loads(desktop.run("import", "--json", path).stdout)[0]["replayed"] is True
    assert json.loads(desktop.run("list", "--json").stdout)[0]["case"] == CASE
    assert json.loads(desktop.run("show", "c1", "--json").stdout)["fields"] == FIELDS
    assert json.loads(desktop.run("verify", "--json").stdout)[0]["size"] == 16


def test_a_replay_is_named_and_changes_nothing(desktop: Desktop) -> None:
    path = desktop.delivery(desktop.desk.forward())
    desktop.run("import", path)
    done = desktop.run("import", path)
    assert done.exit_code == 0
    assert "imported before (a replay). Nothing has changed." in done.stdout


def test_what_is_missing_is_said_with_its_own_exit_code(desktop: Desktop) -> None:
    desktop.desk.forward()
    done = desktop.run("import", desktop.delivery(number=2))
    assert done.exit_code == 7
    assert "MISSING: the log addresses 1 case to you" in done.stdout
    assert "did not arrive: 1." in done.stdout
    assert desktop.run("verify").exit_code == 7


def test_verifying_says_no_more_than_it_can(desktop: Desktop) -> None:
    assert "Nothing was imported yet." in desktop.run("verify").stdout
    desktop.run("import", desktop.delivery(desktop.desk.forward()))
    done = desktop.run("verify")
    assert done.exit_code == 0
    assert "all 16 leaves give the head that the desk signed; 1 package read and right" in done.stdout
    assert "Nothing addressed to you is missing." in done.stdout


def test_heads_are_signed_and_compared(desktop: Desktop) -> None:
    desktop.desk.append(OPEN)
    desktop.run("import", desktop.delivery())
    output = str(desktop.folder / "head.note")
    assert "at 16 leaves, with your signature" in desktop.run("cosign", "-o", output).stdout
    assert desktop.run("cosign", "-o", output).exit_code == 1
    assert Path(output).read_text().count("lead/anna") == 1
    assert "Co-signed by: lead/anna (at 16 leaves)." in desktop.run("verify").stdout
    assert "the same log of desk/main as yours, at 16 leaves" in desktop.run("verify", "--head", output).stdout
    desktop.desk.append(OPEN)
    (desktop.folder / "newer.note").write_bytes(desktop.desk.checkpoint)
    done = desktop.run("verify", "--head", str(desktop.folder / "newer.note"))
    assert (done.exit_code, "Import what is newer" in done.stdout) == (7, True)


def test_a_head_is_written_beside_other_files_if_nobody_says_where(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.desk.append(OPEN)
    desktop.run("import", desktop.delivery())
    monkeypatch.chdir(desktop.folder)
    assert desktop.run("cosign").exit_code == 0
    assert (desktop.folder / "head-anna.note").exists()


def test_without_a_log_no_head_is_signed(desktop: Desktop) -> None:
    done = desktop.run("cosign", "-o", str(desktop.folder / "head.note"))
    assert (done.exit_code, "Import a delivery first" in done.stderr) == (1, True)


def test_cases_are_exported_for_tables_and_programs(desktop: Desktop) -> None:
    desk = desktop.desk
    first = desk.forward(CaseRecord(CASE, 1, {**FIELDS, "title": "=1+1"}))
    second = desk.forward(CaseRecord(CASE, 2, {**FIELDS, "title": "=1+2", "severity": "high"}))
    desktop.run("import", desktop.delivery(first, second))
    assert "\N{MIDDLE DOT}" not in desktop.run("list").stdout
    assert "(superseded)" in desktop.run("list", "--all").stdout
    for name, options in (("c.csv", []), ("c.json", ["--all"])):
        path = desktop.folder / name
        assert desktop.run("export", str(path), *options).exit_code == 0
        assert desktop.run("export", str(path)).exit_code == 1
    assert desktop.run("export", str(desktop.folder / "c.xls")).exit_code == 2
    rows = list(csv.DictReader(io.StringIO((desktop.folder / "c.csv").read_text(encoding="utf-8-sig"), newline="")))
    assert [row["title"] for row in rows] == ["'=1+2"]
    assert len(json.loads((desktop.folder / "c.json").read_text())["cases"]) == 2


def manifest(number: int, rows: list[str], before: bytes | None = None) -> Manifest:
    chain = ChainId("server/one", Direction.TO_DESK, "01" * 16)
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    blobs = tuple(BlobEntry(row, 0, digest) for row in sorted(rows))
    return Manifest(chain, number, head_of(before) if before else None, DAY, blobs)


def test_rows_without_disposition_are_named(desktop: Desktop) -> None:
    desktop.desk.append(OPEN)
    desktop.run("import", desktop.delivery())
    first = manifest(1, [OPEN.row])
    note = first.to_note(key("server/one"))
    (desktop.folder / "1.note").write_bytes(note)
    write_bundle(desktop.folder / "1.tar", first, lambda _: io.BytesIO(), key("server/one"))
    for name in ("1.note", "1.tar"):
        done = desktop.run("audit", str(desktop.folder / name))
        assert (done.exit_code, "Every row of these manifests is accounted for." in done.stdout) == (0, True)
    second = replace(manifest(2, ["cd" * 16], note))
    (desktop.folder / "2.note").write_bytes(second.to_note(key("server/one")))
    done = desktop.run("audit", str(desktop.folder / "1.note"), str(desktop.folder / "2.note"))
    assert done.exit_code == 0
    assert f"Waiting for the next delivery: 1 row, from {DAY.isoformat()} on, came after the last one." in done.stdout
    assert "Every other row of these manifests is accounted for." in done.stdout
    desktop.run("import", desktop.delivery(day=DAY + timedelta(days=1)))
    done = desktop.run("audit", str(desktop.folder / "2.note"))
    assert done.exit_code == 8
    assert f"NO DISPOSITION: row {'cd' * 16}, which server/one put into bundle 2" in done.stdout
    assert "PROBLEM: server/one to-desk" in done.stdout
    assert "1 row has a disposition and no manifest here" in done.stdout
    found = json.loads(desktop.run("audit", "--json", str(desktop.folder / "2.note")).stdout)
    assert (found["clean"], found["unaccounted"][0]["row"]) == (False, "cd" * 16)
    (desktop.folder / "all").mkdir()
    for name in ("1.note", "2.note"):
        (desktop.folder / name).rename(desktop.folder / "all" / name)
    assert "2 manifests name 2 rows." in desktop.run("audit", str(desktop.folder / "all")).stdout
    (desktop.folder / "empty.note").write_bytes(manifest(1, []).to_note(key("server/one")))
    assert desktop.run("audit", str(desktop.folder / "empty.note")).exit_code == 0


ERRORS = {"tampered": 4, "replayed": 5, "forked": 6, "truncated": 7, "for somebody else": 3}


@pytest.mark.parametrize("how", ERRORS)
def test_each_kind_of_wrong_has_its_exit_code(desktop: Desktop, how: str) -> None:
    desk = desktop.desk
    desk.append(OPEN)
    desk.append(OPEN)
    desktop.run("import", desktop.delivery())
    path = Path(desktop.delivery())
    if how == "tampered":
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    elif how == "replayed":
        desk.leaves, desk.checkpoint = desk.leaves[:16], DeskLog.of(desk.leaves[:16]).checkpoint(desk.key)
        path = Path(desktop.delivery())
    elif how == "forked":
        desk.append(OPEN)
        path = Path(desktop.delivery(number=1))
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.write_bytes(world.sealed(desk.delivery(lead="bo"), lead="bo"))
    done = desktop.run("import", str(path))
    assert done.exit_code == ERRORS[how]
    assert done.stderr.count("Error: ") == 1


def test_errors_say_what_to_do(tmp_path: Path, lead_keys: Path, desktop: Desktop) -> None:
    assert desktop.init().exit_code == 1
    other = Desktop(tmp_path, lead_keys)
    other.folder = tmp_path / "elsewhere"
    other.folder.mkdir()
    (other.folder / "passphrase").write_bytes(b"\xff")
    missing = other.run("list").stderr
    assert "khomo-caselog init" in missing
    assert "KHOMO_CASELOG" in missing
    (desktop.folder / "passphrase").write_bytes(b"\xff")
    assert "not a text file" in desktop.run("list").stderr
    assert "khomo-keys lead" in desktop.run("list", "--keys", str(tmp_path)).stderr
    assert desktop.run("init", "--root", "x", "--bundle", "y").exit_code == 2
    papers = ["--root", str(desktop.folder / "root.pub"), "--bundle", str(desktop.folder / "public-bundle.note")]
    assert "--keys" in desktop.run("init", *papers).stderr


def test_the_help_lists_every_command_and_exit_code() -> None:
    text = CliRunner().invoke(main, ["--help"]).stdout
    assert sorted(main.list_commands(click.Context(main))) == sorted(COMMANDS)
    assert all(re.search(rf"\b{code} ", " ".join(text.split())) for code in range(9))


def test_a_terminal_prints_a_case_and_does_not_obey_it(desktop: Desktop) -> None:
    fields = {**FIELDS, "title": "\x1b[31mred\rcase\nCase 00", "summary": "txt.\u202eexe\x9b\nsigned by: all"}
    desktop.desk.forward(CaseRecord(CASE, 1, fields))
    desktop.run("import", desktop.delivery(desktop.desk.forward(CaseRecord(CASE, 1, fields))))
    for arguments in (["list"], ["show", "c1"]):
        text = desktop.run(*arguments).stdout
        assert not {"\x1b", "\r", "\u202e", "\x9b"} & set(text)
        assert "\nCase 00" not in text
        assert "\nsigned by: all" not in text
        assert desktop.run(*arguments, "--json").stdout.isascii()


def test_nothing_of_a_bar_is_printed_where_no_terminal_is(desktop: Desktop) -> None:
    desktop.desk.append(OPEN)
    assert desktop.run("import", desktop.delivery()).stderr == ""
    assert desktop.run("verify").stderr == ""


def test_an_audit_of_nothing_is_no_clean_audit(desktop: Desktop) -> None:
    desktop.desk.append(OPEN)
    desktop.run("import", desktop.delivery())
    (desktop.folder / "nothing").mkdir()
    done = desktop.run("audit", str(desktop.folder / "nothing"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"There is no manifest in {desktop.folder / 'nothing'}: nothing was looked at. Ask" in done.stderr


def test_one_manifest_of_a_retired_server_does_not_end_the_audit(desktop: Desktop) -> None:
    desktop.desk.append(OPEN)
    desktop.run("import", desktop.delivery())
    folder = desktop.folder / "manifests"
    folder.mkdir()
    old = replace(manifest(1, []), chain=ChainId("server/old", Direction.TO_DESK, "02" * 16))
    write_bundle(folder / "a.tar", old, lambda _: io.BytesIO(), key("server/old"))
    (folder / "b.note").write_bytes(old.to_note(key("server/old")))
    (folder / "c.txt").write_bytes(b"something else")
    (folder / "d.note").write_bytes(manifest(1, [OPEN.row]).to_note(key("server/one")))
    done = desktop.run("audit", str(folder))
    assert done.exit_code == 8
    assert "1 manifest names 1 row." in done.stdout
    assert "Accounted for: 1 open." in done.stdout
    problems = [line for line in done.stdout.splitlines() if line.startswith("PROBLEM: ")]
    assert len(problems) == 3
    assert any("c.txt: It is no manifest" in line for line in problems)


def test_a_second_chain_is_asked_about_and_is_no_error(desktop: Desktop) -> None:
    desktop.desk.append(OPEN)
    desktop.run("import", desktop.delivery())
    (desktop.folder / "m").mkdir()
    first = manifest(1, [OPEN.row])
    note = first.to_note(key("server/one"))
    begun = replace(
        manifest(1, []),
        chain=replace(first.chain, random="02" * 16),
        resumes=ChainPosition(first.chain, 1, head_of(note)),
    )
    (desktop.folder / "m" / "1").write_bytes(note)
    (desktop.folder / "m" / "2").write_bytes(begun.to_note(key("server/one")))
    done = desktop.run("audit", str(desktop.folder / "m"))
    assert done.exit_code == 0
    assert "ASK: server/one to-desk: There are 2 chains." in done.stdout
    assert not json.loads(desktop.run("audit", "--json", str(desktop.folder / "m")).stdout)["clean"]


def test_rows_that_one_desk_does_not_know_may_be_those_of_a_desk_whose_log_is_not_here(desktop: Desktop) -> None:
    desktop.desk.append(DispositionLeaf(OPEN.row, RowState.NOT_MINE))
    desktop.run("import", desktop.delivery())
    (desktop.folder / "1.note").write_bytes(manifest(1, [OPEN.row]).to_note(key("server/one")))
    done = desktop.run("audit", str(desktop.folder / "1.note"))
    assert done.exit_code == 8
    assert "The log of desk/other is not here" in done.stdout
    other = world.DeskOf("other")
    other.append(DispositionLeaf(OPEN.row, RowState.NOT_MINE))
    (desktop.folder / "other.zip").write_bytes(world.in_the_clear(other.delivery(), "other"))
    desktop.run("import", str(desktop.folder / "other.zip"))
    done = desktop.run("audit", str(desktop.folder / "1.note"))
    assert (done.exit_code, "Accounted for: 1 not-mine." in done.stdout) == (0, True)
    assert "nobody can open these rows" in done.stdout


def test_an_error_about_a_hostile_name_is_one_line_that_no_terminal_obeys(desktop: Desktop) -> None:
    hostile = desktop.folder / "a\x1b]0;owned\x07\u202e\nEverything holds.age"
    hostile.write_bytes(b"hello")
    desktop.desk.append(OPEN)
    desktop.run("import", desktop.delivery())
    head = desktop.folder / "head\x1b[2J\nbo.note"
    head.write_bytes(desktop.desk.checkpoint)
    said = desktop.run("import", str(hostile)).stderr
    told = desktop.run("verify", "--head", str(head)).stdout
    assert said.count("\n") == 1
    assert "the same log of desk/main" in told.splitlines()[-1]
    assert not {"\x1b", "\x07", "\u202e"} & set(said + told)


def test_a_file_that_is_no_text_is_an_error_in_words(desktop: Desktop) -> None:
    (desktop.folder / "root.pub").write_bytes(b"\xff")
    done = desktop.init()
    assert (done.exit_code, done.stderr.startswith("Error: ")) == (1, True)


def test_what_one_desk_kept_back_is_not_forgotten_over_the_delivery_of_another(desktop: Desktop) -> None:
    desktop.desk.forward()
    other = world.DeskOf("other")
    other.append(OPEN)
    (desktop.folder / "other.zip").write_bytes(world.in_the_clear(other.delivery(), "other"))
    done = desktop.run("import", desktop.delivery(), str(desktop.folder / "other.zip"))
    assert "MISSING: the log addresses 1 case to you" in done.stdout
    assert done.exit_code == 7
