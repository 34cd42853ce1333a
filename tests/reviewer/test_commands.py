"""The commands as a reviewer types them."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from keys.opening.key_files import write_key_file
from keys.opening.leads import make_lead
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.new_keys import make_epoch
from keys.sealing.age import HybridIdentity
from keys.sealing.key_file import KeyFile
from keys.sealing.manifest import Health
from keys.sealing.notes import SigningKey
from keys.sealing.submission import Audience, Consent, IfSilent, new_report_id
from reviewer import words
from reviewer.commands import main
from reviewer.keyring import add_reviewer
from reviewer.terminal import progress
from reviewer.trust import accept_public_bundle
from reviewer.vault.vault import Vault
from reviewer.vocabulary import categories
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.organisation import DAY, KEYS_PASSPHRASE, SAFE, Source, answered, sealed_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from tests.reviewer.organisation import Organisation


@dataclass
class Reviewer:
    """Somebody at the desk: a vault, and a file with its passphrase."""

    folder: Path
    org: Organisation

    def run(self, *arguments: object, code: int = 0, stdin: str | None = None) -> Result:
        """Run a command on the vault; it must end with this exit code."""
        result = self.raw(
            *arguments, "--vault", self.folder / "vault", "--passphrase-file", self.folder / "p", stdin=stdin
        )
        assert result.exit_code == code, result.output
        return result

    def raw(self, *arguments: object, stdin: str | None = None) -> Result:
        return CliRunner(catch_exceptions=False).invoke(main, [str(one) for one in arguments], input=stdin)

    def json(self, *arguments: object, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def bundle(self, name: str = "one.bundle") -> Path:
        return self.org.bundle(self.folder / name)


@pytest.fixture
def reviewer(org: Organisation, tmp_path: Path) -> Reviewer:
    (tmp_path / "p").write_text(f"{PASSPHRASE}\n")
    (tmp_path / "kp").write_text(f"{KEYS_PASSPHRASE}\n")
    (tmp_path / "own").write_text(f"{org.own('amina').passphrase}\n")
    one = Reviewer(tmp_path, org)
    made = one.raw(
        "init", tmp_path / "vault", "--yes", "--keys", org.folder / "desk", "--bundle", org.bundle_note,
        "--root", org.root_file, "--reviewer-keys", org.own("amina").path,
        "--reviewer-keys-passphrase-file", tmp_path / "own",
        "--keys-passphrase-file", tmp_path / "kp", "--passphrase-file", tmp_path / "p",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "Take the key files away" in made.output
    return one


def test_a_round_of_a_reviewer(reviewer: Reviewer, org: Organisation) -> None:
    source, report = Source(), new_report_id()
    org.report(
        "They dump waste \x1b[2Jin the river.",
        mailbox=source.slip,
        report=report,
        answers=answered(where="bridge", danger="no"),
    )
    org.report(files=[("../صورة\u202e.jpg", b"\xff\xd8")], mailbox=source.slip, report=report)
    org.decoy(mailbox=Source().slip)
    org.accept(b"damaged")
    said = reviewer.run("import", reviewer.bundle()).output
    assert "Opened: 2. Decoys: 1. Kept sealed: 0 without a key, 1 damaged." in said
    listed = reviewer.run("list").output
    assert "They dump waste" in listed
    assert "\x1b" not in listed
    shown = reviewer.run("show", 1).output
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "  About danger?\n\u2502 No\n  About where?\n\u2502 bridge\n" in shown
    assert reviewer.json("list")["cases"][0]["unread"] is False
    assert "Nothing changed." in reviewer.run("triage", 1).output
    changed = reviewer.json(
        "triage", 1, "--status", "assessing", "--severity", "danger", "--category", "OTH-00", "--label", "water",
        "--note", "check the dates", "--assignee", "amina",
    )  # fmt: skip
    assert changed["case"]["severity"] == "danger"
    assert reviewer.run("triage", 1, "--unlabel", "water").output.startswith("Changed: label water.")
    wish = ("--severity", "danger", "--status", "assessing", "--assignee", "amina")
    assert "DANGER" in reviewer.run("list", *wish).output
    assert "[river]" in reviewer.run("search", "RIVER").output
    assert reviewer.json("search", "dates")[0]["where"] == "note"
    assert "Nothing was found." in reviewer.run("search", "absent").output
    assert "case 1" in reviewer.run("history", 1).output
    assert {act["act"] for act in reviewer.json("history")} == {"init", "import", "read", "triage"}
    (reviewer.folder / "out").mkdir()
    saved = reviewer.run("save", 1, reviewer.folder / "out").output.strip()
    assert saved.endswith("صورة.jpg")
    assert reviewer.run("save", 1, reviewer.folder / "out").output.strip().endswith("صورة-2.jpg")
    reviewer.run("reply", 1, "Thank you.")
    sent = reviewer.json("outbox", reviewer.folder / "out")
    assert sent["bundle"]["letters"] == 66
    assert "Thank you." in reviewer.run("show", 1, "--keep-unread").output
    letter = source.read(org.read_desk_bundle(reviewer.folder / "out" / sent["files"][0].rpartition("/")[2]), org)
    assert letter.entries[-1].text == "Thank you."
    assert reviewer.json("outbox", reviewer.folder / "out", "--again")["files"] == sent["files"]
    assert "khomo-to-server" in reviewer.run("outbox", reviewer.folder / "out", "--again").output
    assert "Page 1" not in reviewer.run("list").output
    assert "damaged" in reviewer.run("list", "--sealed").output
    assert reviewer.json("list", "--decoys")[0]["state"] == "decoy"
    assert "The leaves give the 1 head" in reviewer.run("log", "verify").output
    assert reviewer.run("log", "show").output.startswith("khomo/case-log/v1/")
    assert "verified" in reviewer.run("backup", reviewer.folder / "out").output
    assert reviewer.json("show", 1)["attachments"][0]["name"] == "../صورة\u202e.jpg"


def test_whom_the_source_excludes_is_shown_before_a_case_is_signed_and_when_it_was(
    reviewer: Reviewer, org: Organisation, tmp_path: Path
) -> None:
    org.report("text", mailbox=Source().slip, consent=Consent(never="my cousin Anna"))
    reviewer.run("import", reviewer.bundle())
    make_lead("anna", KEYS_PASSPHRASE, tmp_path / "anna", log_n=LOWEST_LOG_N)
    reviewer.run("leads", "add", tmp_path / "anna/lead.txt", "--uncertified", "--yes")
    said = "ATTENTION: the source says who must NEVER see it."
    forwarded = reviewer.run("forward", 1, "--to", "anna", "--title", "t", "--summary", "s", *SAFE).output
    assert said in forwarded
    assert "\u2502 my cousin Anna" in forwarded
    assert said in reviewer.run("sign", 1, code=1, stdin="n\n").output
    assert reviewer.json("sign", 1, "--yes")["never"] == "my cousin Anna"


def test_a_case_goes_to_a_lead(reviewer: Reviewer, org: Organisation, tmp_path: Path) -> None:
    org.report("text", mailbox=Source().slip)
    reviewer.run("import", reviewer.bundle())
    make_lead("anna", KEYS_PASSPHRASE, tmp_path / "anna", log_n=LOWEST_LOG_N)
    card = tmp_path / "anna/lead.txt"
    uncertified = reviewer.run("leads", "add", card, "--yes", code=4).output
    assert "ATTENTION: the root has not signed this key" in uncertified
    assert "--uncertified" in uncertified
    asked = reviewer.run("leads", "add", card, "--uncertified", code=1, stdin="n\n").output
    assert "Has the lead read" in asked
    assert "No lead is known yet." in reviewer.run("leads", "list").output
    added = reviewer.run("leads", "add", card, "--uncertified", "--yes").output
    assert added.endswith("anna is known now: cases can be forwarded to this lead.\n")
    assert "anna: the coalition's leads, age, 0 deliveries" in reviewer.run("leads", "list").output
    make_lead("paper", KEYS_PASSPHRASE, tmp_path / "paper", log_n=LOWEST_LOG_N)
    reviewer.run("leads", "add", tmp_path / "paper/lead.txt", "--yes", "--uncertified", "--audience", "journalist")
    (tmp_path / "summary.txt").write_text("A plant lets waste into the river.")
    told = ("--title", "Waste", "--summary-file", tmp_path / "summary.txt", "--field", "country=MWI")
    refused = reviewer.run("forward", 1, "--to", "paper", *told, *SAFE, code=4)
    assert "did not allow that a journalist" in refused.stderr
    signed = reviewer.json("forward", 1, "--to", "anna", *told, *SAFE)
    assert signed["is_complete"]
    assert "It leaves with the next outbox" in reviewer.run("sign", signed["forward"], "--yes").output
    assert "To be forwarded: number 1," in reviewer.run("show", 1).output
    assert "Nothing has been logged yet." in reviewer.run("log", "verify").output
    assert reviewer.json("sign", signed["forward"], "--yes")["is_complete"]
    assert "1 case and 1 disposition added; 16 leaves" in reviewer.run("log", "append").output
    (tmp_path / "stick").mkdir()
    said = reviewer.run("outbox", tmp_path / "stick").output
    assert "For anna: delivery 1 with 1 case." in said
    assert "1 case for anna travels again" in reviewer.run("leads", "resend", "anna").output
    known = {"name": "anna", "audience": "leads", "deliveries": 1, "withheld": []}
    assert reviewer.json("leads", "list")[0] == known
    assert (
        "Number 2, for anna."
        in reviewer.run("forward", 1, "--to", "anna", "--title", "t", "--summary", "s", *SAFE).output
    )
    shown = reviewer.run("show", 1).output
    assert "Forwarded: number 1, prepared on" in shown
    assert "To be forwarded: number 2, prepared on" in shown
    assert "signed; it leaves with the next outbox" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("show", 99), 1, "There is no case 99"),
        (("save", 99, "."), 1, "no attachment 99"),
        (("save", 99, "missing"), 1, "not a folder"),
        (("triage", 99, "--note", "x"), 1, "no case 99"),
        (("import", "missing.bundle"), 5, "is not there"),
        (("reply", 1), 2, "Give the text"),
        (("reply", 99, "hello"), 1, "no case 99"),
        (("sign", 99), 1, "Nothing with the number 99"),
        (("triage", 1, "--note", "a", "--note-file", "-"), 2, "Give --note, or --note-file"),
        (("forward", 1, "--to", "x", "--summary", "s"), 2, "Give --title, or --title-file"),
        (("forward", 1, "--to", "x", "--title", "-", "--summary-file", "-"), 2, "Only one text"),
        (("settle", 99), 1, "no case 99"),
        (("forward", 1, "--to", "x", "--title", "t"), 2, "Give --summary"),
        (("forward", 1, "--to", "x", "--title", "t", "--summary", "s", "--field", "odd"), 2, "NAME=VALUE"),
        (("triage", 1, "--status", "odd"), 2, "Invalid value"),
        (("destroy", 99, "--yes"), 1, "no case 99"),
        (("search", "***"), 1, "no word"),
        (("outbox", "missing"), 1, "not a folder"),
        (("log", "show"), 0, "Nothing has been logged"),
        (("list",), 0, "No case fits"),
    ],
)
def test_errors_say_what_happened_and_end_with_their_code(
    reviewer: Reviewer, arguments: tuple[object, ...], code: int, what: str
) -> None:
    assert what in reviewer.run(*arguments, code=code).output


def test_bytes_that_are_no_characters_are_refused_in_words(reviewer: Reviewer, org: Organisation) -> None:
    org.report("They dump waste in the river.", mailbox=Source().slip)
    reviewer.run("import", reviewer.bundle())
    half = "half \udcff a character"
    for command in (("reply", 1, half), ("triage", 1, "--note", half)):
        assert words.NOT_UTF8 in reviewer.run(*command, code=1).stderr


def test_a_vault_that_stays_closed_is_code_3(reviewer: Reviewer) -> None:
    vault = ("--vault", reviewer.folder / "vault")
    wrong = reviewer.raw("list", *vault, stdin="wrong passphrase\n")
    assert (wrong.exit_code, "does not open this vault" in wrong.stderr) == (3, True)
    assert reviewer.raw("list", *vault, stdin=f"{PASSPHRASE}\n").exit_code == 0
    assert reviewer.raw("list", "--vault", reviewer.folder, "--passphrase-file", reviewer.folder / "p").exit_code == 3
    (reviewer.folder / "empty").write_text("")
    empty = reviewer.raw("list", *vault, "--passphrase-file", reviewer.folder / "empty")
    assert (empty.exit_code, "exactly one line" in empty.stderr) == (1, True)
    assert reviewer.raw("list").exit_code == 2


def test_trouble_comes_first_and_ends_with_code_6(reviewer: Reviewer, org: Organisation) -> None:
    org.report("one")
    path = reviewer.bundle()
    data = bytearray(path.read_bytes())
    data[-4096] ^= 1
    path.write_bytes(bytes(data))
    said = reviewer.run("import", path, code=6).output
    assert "Copy the bundle again" in said
    assert "an import did not end" in reviewer.run("status", code=6).output
    assert reviewer.json("status", code=6)["unfinished"]
    assert reviewer.run("list").output.startswith("No bundle has been imported yet.")


def test_scripts_get_one_line_of_json(reviewer: Reviewer, org: Organisation) -> None:
    org.report("one")
    found = reviewer.json("import", reviewer.bundle())
    assert (found["found"]["opened"], found["finished"], found["health"]["unread"]) == (1, True, 1)
    assert reviewer.json("status")["bundle_number"] == 1
    assert "Last bundle: number 1, 0 days old." in reviewer.run("status").output


def test_long_lists_come_in_pages(reviewer: Reviewer, org: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.limits.LIST_PAGE", 2)
    for number in range(3):
        org.report(f"text {number}")
    reviewer.run("import", reviewer.bundle())
    assert "Page 1 of 2, 3 cases. Next: --page 2" in reviewer.run("list").output
    assert "Next: --page 1" in reviewer.run("list", "--page", 2).output


def test_nothing_is_saved_in_the_clear_inside_the_vault(reviewer: Reviewer) -> None:
    assert "Name another folder" in reviewer.run("save", 1, reviewer.folder / "vault/outgoing", code=1).output


def test_rows_that_came_again_with_other_bytes_are_named(reviewer: Reviewer, org: Organisation) -> None:
    row = org.report("one")
    reviewer.run("import", reviewer.bundle())
    org.accept(sealed_report(org.recipient(), "two"), row)
    assert f"row {row} again with other bytes" in reviewer.run("import", reviewer.bundle("two"), code=6).output


def test_a_progress_bar_stands_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with progress("Importing", 2) as advance:
        advance(1)
    assert not screen.getvalue()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    with progress("Importing", 2) as advance:
        advance(2)
    assert "100%" in screen.getvalue()


def test_a_case_is_destroyed_after_a_question(reviewer: Reviewer, org: Organisation) -> None:
    org.report("one")
    reviewer.run("import", reviewer.bundle())
    reviewer.run("triage", 1, "--disposition", "closed", "--reason", "done")
    reviewer.run("destroy", 1, code=1, stdin="n\n")
    assert "was destroyed" in reviewer.run("destroy", 1, stdin="y\n").output
    assert "was destroyed" in reviewer.run("show", 1, code=1).output


def test_keys_reviewers_and_passphrases_can_change(reviewer: Reviewer, org: Organisation, tmp_path: Path) -> None:
    yusuf, new = SigningKey.generate("harbour/reviewer/yusuf"), make_epoch("main", "Desk", DAY, 90)
    write_key_file(tmp_path / f"epoch-{new.epoch.id}.key.age", new.key_file, KEYS_PASSPHRASE, LOWEST_LOG_N)
    write_key_file(tmp_path / "reviewer-yusuf.key.age", KeyFile.of_signing_key(yusuf), KEYS_PASSPHRASE, LOWEST_LOG_N)
    org.accept(sealed_report(new.key_file.identity().recipient(), "sealed to the next epoch"))
    reviewer.run("import", reviewer.bundle())
    bundle = org.ceremony.bundle
    values = {name: getattr(bundle, name) for name in bundle.__slots__}
    main_desk, spare = bundle.desks
    desk_values = {name: getattr(main_desk, name) for name in main_desk.__slots__}
    desk = type(main_desk)(**desk_values | {"epochs": (*main_desk.epochs, new.epoch)})
    changes = {"serial": 2, "desks": (desk, spare), "reviewers": (*bundle.reviewers, yusuf.verify_key)}
    (tmp_path / "new.note").write_bytes(type(bundle)(**values | changes).to_note(org.root_key))
    kp = ("--keys-passphrase-file", tmp_path / "kp")
    said = reviewer.run("keys", "--bundle", tmp_path / "new.note", "--epochs", tmp_path, *kp).output
    assert "Rows opened now: 1. Still sealed: 0." in said
    assert "Rows opened now: 0. Still sealed: 0." in reviewer.run("reopen").output
    (tmp_path / "yp").write_text("the passphrase of yusuf")
    copy = (tmp_path / "reviewer-yusuf.key.age").rename(tmp_path / "reviewer-amina (copy).key.age")
    assert "yusuf" in reviewer.run("add-reviewer", copy, *kp, "--new-passphrase-file", tmp_path / "yp").output
    me, vault = ("--reviewer", "amina"), ("--vault", tmp_path / "vault")
    (tmp_path / "np").write_text("my new passphrase")
    reviewer.run("passphrase", "--new-passphrase-file", tmp_path / "np", *me)
    reviewer.run("list", *me, code=3)
    assert reviewer.raw("list", *vault, *me, "--passphrase-file", tmp_path / "np").exit_code == 0
    yusuf_options = (*vault, "--reviewer", "yusuf", "--passphrase-file", tmp_path / "yp")
    assert reviewer.raw("list", *yusuf_options).exit_code == 0
    assert reviewer.raw("list", *vault, "--passphrase-file", tmp_path / "yp").exit_code == 3


def test_a_shell_unlocks_once_and_survives_errors(reviewer: Reviewer, org: Organisation) -> None:
    org.report("They dump waste.")
    lines = f"import {reviewer.bundle()}\nshow 99\nlist 'odd\nodd\nlist --unread\n\nlist\n"
    said = reviewer.run("shell", stdin=lines).output
    assert "Opened: 1." in said
    assert "There is no case 99" in said
    assert "A quotation mark stands alone." in said
    assert "No such command 'odd'" in said
    assert said.count("They dump waste.") == 1


def test_a_question_that_is_answered_with_no_does_not_end_the_shell(reviewer: Reviewer) -> None:
    assert reviewer.run("shell", stdin="destroy 1\nn\nlist\n").output.count("No case fits.") == 1


def test_in_a_shell_commands_may_begin_as_outside_and_help_is_there(reviewer: Reviewer) -> None:
    said = reviewer.run("shell", stdin="khomo-reviewer list\nhelp\nhelp show\nshow\n\n").output
    assert said.count("No case fits.") == 1
    assert "Example of a round" in said
    assert "Usage: khomo-reviewer show [OPTIONS] CASE" in said
    assert "khomo> list [" not in said
    assert "Missing argument 'CASE'" in said


def test_a_bundle_that_comes_twice_is_no_trouble(reviewer: Reviewer, org: Organisation) -> None:
    org.report("one")
    path = reviewer.bundle()
    reviewer.run("import", path)
    assert "was taken in before. Nothing has changed." in reviewer.run("import", path).output
    assert reviewer.json("import", path)["replayed"] is True
    reviewer.run("import", reviewer.bundle("two"))
    reviewer.run("import", path)
    assert reviewer.json("status")["bundle_number"] == 2


def test_lists_of_rows_say_when_they_are_empty(reviewer: Reviewer) -> None:
    assert "Every row could be opened." in reviewer.run("list", "--sealed").output
    assert "No decoy has come yet." in reviewer.run("list", "--decoys").output


def test_a_list_says_what_its_columns_are_and_cuts_with_a_sign(reviewer: Reviewer, org: Organisation) -> None:
    org.report("They dump waste. " * 20)
    reviewer.run("import", reviewer.bundle())
    reviewer.run("triage", 1, "--severity", "high")
    said = reviewer.run("list").output
    head, line, explained = said.splitlines()[-3:]
    assert head.split() == ["case", "severity", "status", "last", "day", "parts", "text"]
    assert head.index("severity") == line.index("high")
    assert head.index("status") == line.index("new")
    assert line.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert "danger" not in said
    assert "sealed rows of the report + files in them" in explained
    assert "status new · disposition open · severity high" in reviewer.run("show", 1).output


def test_a_question_begins_the_assessing_of_a_case(reviewer: Reviewer, org: Organisation) -> None:
    org.report("one", mailbox=Source().slip)
    reviewer.run("import", reviewer.bundle())
    for _ in range(2):
        reviewer.run("reply", 1, "--question", "When?")
    assert reviewer.run("history", 1).output.count("status: new -> assessing") == 1


def test_day_one_sounds_no_alarm(reviewer: Reviewer, org: Organisation) -> None:
    reviewer.run("import", org.bundle(reviewer.folder / "one", health=Health(0, 1_000_000_000, "1.0", ())))
    assert "whether people could reach it: not noted yet" in reviewer.run("status").output
    later = org.bundle(reviewer.folder / "two", health=Health(1, 1_000_000_000, "1.0", ()))
    reviewer.run("import", later)
    assert "people could reach it on 1 day since the bundle before" in reviewer.run("status").output


def test_epochs_that_are_known_are_said_to_be(reviewer: Reviewer, org: Organisation, tmp_path: Path) -> None:
    kp = ("--keys-passphrase-file", tmp_path / "kp")
    assert "No key was added" in reviewer.run("keys", "--epochs", org.folder / "desk", *kp).output


def test_nothing_is_made_before_the_root_key_was_compared_and_the_rule_is_said_before_one_types(
    reviewer: Reviewer, org: Organisation, tmp_path: Path
) -> None:
    words = ("init", tmp_path / "second", "--keys", org.folder / "desk", "--bundle", org.bundle_note,
             "--root", org.root_file, "--keys-passphrase-file", tmp_path / "kp",
             "--reviewer-keys", org.own("amina").path)  # fmt: skip
    said = reviewer.raw(*words, stdin="n\n")
    assert said.exit_code == 1
    assert org.root_key.verify_key.fingerprint_words() in said.output
    assert not (tmp_path / "second").exists()
    assert "no vault was made. Compare all ten words with the paper" in said.stderr
    said = reviewer.raw(*words, stdin=f"y\n{org.own('amina').passphrase}\n{PASSPHRASE}\n{PASSPHRASE}\n")
    assert said.exit_code == 0, said.output
    rule = said.output.index("15 characters at least")
    assert said.output.index(org.root_key.verify_key.fingerprint_words()) < rule < said.output.index("A new passphrase")


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += _commands(command, (*path, name))
        else:
            found.append(((*path, name), command))
    return found


@pytest.mark.parametrize("path", [path for path, _ in _commands(main)], ids=" ".join)
def test_every_command_s_help_has_an_example_that_names_it(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.output
    assert f"khomo-reviewer {' '.join(path)}" in result.output
    online = path[0] in {"courier", "verify-page"}  # a laptop with a network has no vault
    assert ("--vault" in result.output) != (online or path in {("init",), ("categories",), ("templates",)})


def test_the_exit_codes_stand_in_the_help() -> None:
    said = CliRunner().invoke(main, ["--help"]).output
    assert all(f"{code} " in said for code in range(7))


def test_texts_come_from_files_or_standard_input_and_not_through_the_shell_s_history(
    reviewer: Reviewer, org: Organisation, tmp_path: Path
) -> None:
    org.report("text", mailbox=Source().slip)
    reviewer.run("import", reviewer.bundle())
    make_lead("anna", KEYS_PASSPHRASE, tmp_path / "anna", log_n=LOWEST_LOG_N)
    reviewer.run("leads", "add", tmp_path / "anna/lead.txt", "--uncertified", "--yes")
    (tmp_path / "note").write_text("from a file")
    (tmp_path / "title").write_text("Waste\n in the river\n")
    reviewer.run("triage", 1, "--note-file", tmp_path / "note")
    reviewer.run("triage", 1, "--note", "-", stdin="from standard input")
    reviewer.run("reply", 1, "-", stdin="typed and ended\nby Ctrl-D\n")
    reviewer.run("reply", 1, "--file", "-", stdin="another")
    titled = ("--title-file", tmp_path / "title", "--summary", "-")
    reviewer.run("forward", 1, "--to", "anna", *titled, *SAFE, stdin="A plant lets\nwaste into the river.\n")
    found = reviewer.json("show", 1)
    assert [note["text"] for note in found["notes"]] == ["from a file", "from standard input"]
    assert [one["text"] for one in found["letters"]][1:] == ["typed and ended\nby Ctrl-D", "another"]
    shown = reviewer.run("sign", 1, code=1, stdin="n\n").output
    assert "\u2502 Waste in the river\n" in shown
    assert "\u2502 A plant lets\n    \u2502 waste into the river.\n" in shown


def test_a_second_signature_is_given_to_what_was_shown(reviewer: Reviewer, org: Organisation, tmp_path: Path) -> None:
    yusuf = SigningKey.generate("harbour/reviewer/yusuf")
    bundle = org.ceremony.bundle
    newer = replace(bundle, serial=bundle.serial + 1, reviewers=(*bundle.reviewers, yusuf.verify_key))
    (tmp_path / "new.note").write_bytes(newer.to_note(org.root_key))
    reviewer.run("keys", "--bundle", tmp_path / "new.note")
    org.report("text")
    reviewer.run("import", reviewer.bundle())
    make_lead("anna", KEYS_PASSPHRASE, tmp_path / "anna", log_n=LOWEST_LOG_N)
    reviewer.run("leads", "add", tmp_path / "anna/lead.txt", "--uncertified", "--yes")
    (tmp_path / "remade.png").write_bytes(b"made anew")
    told = ("--title", "Waste", "--summary", "one\nNumber 9: all is well", "--attach", tmp_path / "remade.png")
    forward = ("forward", 1, "--to", "anna", *told, "--signer", "yusuf", *SAFE)
    asked = reviewer.run(*forward, code=4, stdin="\n")
    assert "Was remade.png made anew, so that nothing of the source's file is left in it? [y/N]" in asked.stderr
    assert "was not made anew. Nothing was prepared." in asked.stderr
    reviewer.run(*forward, stdin="y\n")
    waits = "ATTENTION: number 1 (case 1) does not leave before yusuf signed it: khomo-reviewer sign 1"
    assert reviewer.run("list").stdout.splitlines()[0] == waits
    assert waits in reviewer.run("status", code=6).stdout.splitlines()
    (tmp_path / "stick").mkdir()
    assert reviewer.run("outbox", tmp_path / "stick").stdout.splitlines()[-1] == waits
    asked = reviewer.run("sign", 1, code=1, stdin="n\n")
    for line in (
        "Number 1: case 1, revision 1, prepared on 2026-11-20", "  for anna: the coalition's leads",
        "  harbour/reviewer/amina: has signed", "  harbour/reviewer/yusuf: is to sign", "    \u2502 Waste",
        "    \u2502 Number 9: all is well",
        "  file remade.png: not the source's bytes; harbour/reviewer/amina says that it was made anew, 9 bytes",
        f"    sha256 {hashlib.sha256(b'made anew').hexdigest()}",
    ):  # fmt: skip
        assert line in asked.stdout.splitlines()
    assert "Sign this?" in asked.stderr
    assert "--- waits for signatures ---" in reviewer.run("show", 1).output
    assert reviewer.json("show", 1)["waiting"][0]["signers"]["harbour/reviewer/yusuf"] is False
    assert "prepared on" in reviewer.run("sign", 1, "--json", "--yes").stderr


def test_a_card_that_replaces_keys_is_said_loudly_and_never_passes_by_yes_alone(
    reviewer: Reviewer, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        make_lead("anna", KEYS_PASSPHRASE, tmp_path / name, log_n=LOWEST_LOG_N)
    reviewer.run("leads", "add", tmp_path / "one/lead.txt", "--uncertified", "--yes")
    again = ("leads", "add", tmp_path / "two/lead.txt", "--uncertified", "--yes")
    refused = reviewer.run(*again, code=4).output
    assert "ATTENTION: OTHER KEYS." in refused
    assert "this may be somebody else under that name" in refused
    reviewer.run(*again, "--replace")
    assert "OTHER KEYS" not in reviewer.run(*again).output


def test_no_text_of_a_stranger_looks_like_a_line_of_the_desk(reviewer: Reviewer, org: Organisation) -> None:
    forged = "--- note by amina, 2026-11-20 ---\nForward the originals to bo today."
    org.report(
        f"hello\n\n{forged}\u2028{forged}\r{forged}",
        files=[("x.pdf\nATTENTION: the vault is damaged", b"1")],
        answers={"q": {"question": "q\nATTENTION: forged", "answer": f"a\nATTENTION: forged\n{forged}"}},
    )
    said = [reviewer.run("import", reviewer.bundle()).output]
    said += [reviewer.run(*words).output for words in (("show", 1), ("list",), ("search", "originals"), ("history",))]
    lines = [line for text in said for line in text.splitlines()]
    assert not [line for line in lines if line.startswith(("---", "ATTENTION", "Forward")) and "text of" not in line
                and "attachments" not in line and line != f"--- answers of {DAY} ---"]  # fmt: skip
    assert len([line for line in lines if line.startswith("\u2502 --- note by amina")]) == 3


def test_danger_a_child_and_what_the_source_asks_for_are_said_loud(reviewer: Reviewer, org: Organisation) -> None:
    org.report("text", consent=Consent(frozenset({Audience.LAWYER}), True, "my cousin", IfSilent.FORWARD, True),
               answers=answered(danger="yes", child="yes", people=12))  # fmt: skip
    reviewer.run("import", reviewer.bundle())
    assert "CHILD text" in reviewer.run("list").output
    shown = reviewer.run("show", 1).output
    for line in (
        "ATTENTION: the source says that somebody is in danger.",
        "ATTENTION: the source says that a child is involved.",
        "  may be seen by: a lawyer",
        "  must NEVER be seen by, in the source's words: my cousin",
        "  files as they came: may leave the desk",
        "  if the source never comes back: may go on within this consent",
        "  the source's name: KEEP APART; two people open it together",
        "  About people?\n\u2502 12",
    ):
        assert line in shown
    listed = reviewer.json("list")["cases"][0]
    assert listed["child"] is True
    assert {name: listed[name] for name in ("may_see", "never", "if_silent", "name_apart", "originals")} == {
        "may_see": ["lawyer"], "never": "my cousin", "if_silent": "forward", "name_apart": True, "originals": True,
    }  # fmt: skip
    reviewer.run("triage", 1, "--unlabel", "child")
    assert "CHILD" not in reviewer.run("list").output


def test_json_is_printable_ascii(reviewer: Reviewer, org: Organisation) -> None:
    text = "a\u009b2J\u202egnp.exe\x7f \u0635\u0648\u0631\u0629 \U0001f600"
    org.report(text)
    reviewer.run("import", reviewer.bundle())
    said = reviewer.run("show", 1, "--json").stdout
    assert said.rstrip("\n").isprintable()
    assert said.isascii()
    assert json.loads(said)["messages"][0]["text"] == text


def test_progress_stands_over_the_log_and_over_rows_that_are_tried_again(
    reviewer: Reviewer, org: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: dict[str, list[int]] = {}

    @contextmanager
    def watch(label: str, length: int, **_shown: bool) -> Iterator[Any]:
        bars[label] = [length, 0]

        def advance(step: int) -> None:
            bars[label][1] += step

        yield advance

    monkeypatch.setattr("reviewer.commands.progress", watch)
    monkeypatch.setattr("reviewer.log_commands.progress", watch)
    for _ in range(3):
        org.accept(sealed_report(HybridIdentity.generate().recipient(), "for nobody here"))
    org.report("text")
    reviewer.run("import", reviewer.bundle())
    reviewer.run("reopen")
    reviewer.run("log", "append")
    assert (bars[words.REOPENING], bars[words.LOGGING]) == ([3, 3], [4, 4])


def test_a_reviewer_who_goes_cannot_unlock_the_vault_any_more(
    reviewer: Reviewer, org: Organisation, tmp_path: Path
) -> None:
    yusuf = SigningKey.generate("harbour/reviewer/yusuf")
    bundle = org.ceremony.bundle
    newer = replace(bundle, serial=bundle.serial + 1, reviewers=(*bundle.reviewers, yusuf.verify_key))
    (tmp_path / "new.note").write_bytes(newer.to_note(org.root_key))
    reviewer.run("keys", "--bundle", tmp_path / "new.note")
    write_key_file(tmp_path / "reviewer-yusuf.key.age", KeyFile.of_signing_key(yusuf), KEYS_PASSPHRASE, LOWEST_LOG_N)
    (tmp_path / "yp").write_text("the passphrase of yusuf")
    files = ("--keys-passphrase-file", tmp_path / "kp", "--new-passphrase-file", tmp_path / "yp")
    reviewer.run("add-reviewer", tmp_path / "reviewer-yusuf.key.age", *files)
    mine = f"amina={tmp_path / 'p'}"
    said = reviewer.run("remove-reviewer", "yusuf", "--reviewer", "amina", "--passphrase-of", mine).output
    assert "still opens that copy" in said
    assert "khomo-keys amend --retire-reviewer yusuf" in said
    reviewer.run("list")
    theirs = ("--vault", tmp_path / "vault", "--reviewer", "yusuf", "--passphrase-file", tmp_path / "yp")
    assert reviewer.raw("list", *theirs).exit_code == 3


def test_a_closed_case_says_so_in_the_list(reviewer: Reviewer, org: Organisation) -> None:
    org.report("one")
    reviewer.run("import", reviewer.bundle())
    reviewer.run("triage", 1, "--disposition", "closed", "--reason", "outside our mandate")
    assert reviewer.run("list").output.splitlines()[-2].split()[:4] == ["*", "1", "-", "closed"]


def test_how_and_when_a_case_came_in_is_said_in_words(reviewer: Reviewer, org: Organisation) -> None:
    org.report("one")
    reviewer.run("import", reviewer.bundle())
    day = reviewer.json("list")["cases"][0]["first_day"]
    assert f"came in: {day}, by the form, sealed by the server, en" in reviewer.run("show", 1).output


def test_the_categories_are_shown_without_a_vault(reviewer: Reviewer) -> None:
    said = reviewer.raw("categories").output
    assert "COR-01  Bribery of national public official" in said
    assert json.loads(reviewer.raw("categories", "--json").output) == categories()


def test_new_keys_say_what_was_taken_in_and_ask_for_something(reviewer: Reviewer, org: Organisation) -> None:
    assert "Name what to take in: --bundle FILE" in reviewer.run("keys", code=2).output
    assert "The public bundle is in the vault." in reviewer.run("keys", "--bundle", org.bundle_note).output


@pytest.mark.parametrize("command", [("list",), ("shell",), ("history", "17")])
def test_a_folder_without_a_vault_is_told_before_a_passphrase_is_asked(
    reviewer: Reviewer, command: tuple[str, ...]
) -> None:
    said = reviewer.raw(*command, "--vault", reviewer.folder / "nowhere", stdin="")
    assert (said.exit_code, said.stdout) == (3, "")
    assert said.stderr.startswith(f"Error: {reviewer.folder / 'nowhere'} holds no vault.")


@pytest.mark.parametrize("wrong", ["vault", "keys", "reviewer keys"])
def test_what_init_cannot_use_is_told_before_anything_is_asked(reviewer: Reviewer, wrong: str) -> None:
    folders = {
        "vault": reviewer.folder / "new", "keys": reviewer.org.folder / "desk",
        "reviewer keys": reviewer.org.own("amina").path,
    }  # fmt: skip
    folders[wrong] = reviewer.folder / ("vault" if wrong == "vault" else "nothere")
    said = reviewer.raw(
        "init", folders["vault"], "--keys", folders["keys"], "--bundle", reviewer.org.bundle_note,
        "--root", reviewer.org.root_file, "--reviewer-keys", folders["reviewer keys"], stdin="",
    )  # fmt: skip
    assert (said.exit_code, said.stdout) == (1, "")
    expected = "exists already" if wrong == "vault" else "is not there"
    assert said.stderr.startswith(f"Error: {folders[wrong]} {expected}.")


def test_a_new_passphrase_is_asked_until_it_is_long_enough_and_typed_twice(reviewer: Reviewer) -> None:
    typed = ["short", "a new and longer passphrase", "a new and longer passphrasf", *["the last of my passphrases"] * 2]
    said = reviewer.run("passphrase", stdin="\n".join(typed) + "\n")
    assert "The passphrase is too short: 15 characters are the least." in said.stderr
    assert "The two are not the same." in said.stderr
    (reviewer.folder / "p").write_text("the last of my passphrases")
    reviewer.run("list")


def test_where_several_know_the_vault_it_asks_who_somebody_is_before_the_passphrase(
    reviewer: Reviewer, org: Organisation
) -> None:
    yusuf = SigningKey.generate("harbour/reviewer/yusuf")
    newer = replace(org.ceremony.bundle, serial=2, reviewers=(*org.ceremony.bundle.reviewers, yusuf.verify_key))
    with Vault.open(reviewer.folder / "vault", PASSPHRASE) as vault:
        with vault.change() as change:
            accept_public_bundle(change, newer.to_note(org.root_key))
        add_reviewer(vault, KeyFile.of_signing_key(yusuf), "the passphrase of yusuf")
    at = ("--vault", reviewer.folder / "vault")
    said = reviewer.raw("list", *at, stdin="yusuf\nthe passphrase of yusuf\n")
    assert said.exit_code == 0, said.output
    assert said.stderr.index("Who are you? (amina, yusuf)") < said.stderr.index("Your passphrase for the vault")
    unknown = reviewer.raw("list", *at, "--reviewer", "eve", stdin="")
    assert (unknown.exit_code, unknown.stderr) == (3, "Error: No reviewer eve is known here. Known: amina, yusuf.\n")
    scripted = reviewer.run("list", code=3)
    assert "Give --reviewer with one of: amina, yusuf." in scripted.stderr


def test_a_bundle_and_keys_are_taken_in_together_or_not_at_all(reviewer: Reviewer, org: Organisation) -> None:
    newer = replace(org.ceremony.bundle, serial=2)
    (reviewer.folder / "new.note").write_bytes(newer.to_note(org.root_key))
    (reviewer.folder / "wrong").write_text("another passphrase entirely\n")
    both = ("keys", "--bundle", reviewer.folder / "new.note", "--epochs", org.folder / "desk")
    refused = reviewer.run(*both, "--keys-passphrase-file", reviewer.folder / "wrong", code=3)
    assert refused.stdout == ""
    assert "public bundle" not in reviewer.run("history").stdout
    taken = reviewer.run(*both, "--keys-passphrase-file", reviewer.folder / "kp").stdout
    assert taken.startswith("The public bundle is in the vault.")
    assert "No key was added: all of these are in the vault already." in taken
    assert "public bundle" in reviewer.run("history").stdout


def test_scripts_may_give_the_options_of_a_vault_to_what_needs_none(reviewer: Reviewer) -> None:
    assert reviewer.run("categories", "--reviewer", "amina").stdout == reviewer.raw("categories").stdout


def test_closing_an_unread_case_of_danger_asks_first(reviewer: Reviewer, org: Organisation) -> None:
    org.report("they follow me", answers=answered(danger="yes"))
    reviewer.run("import", reviewer.bundle())
    close = ("triage", 1, "--disposition", "closed", "--reason", "outside our mandate")
    asked = reviewer.run(*close, code=1, stdin="\n")
    assert "Nobody has read case 1, and a person may be in danger. Close it all the same? [y/N]" in asked.stderr
    assert reviewer.json("show", 1, "--keep-unread")["disposition"] == "open"
    reviewer.run("triage", 1, "--severity", "high", stdin="")
    reviewer.run("triage", 1, "--severity", "danger", stdin="")
    reviewer.run("show", 1)
    reviewer.run(*close, stdin="")
    assert " closed " in reviewer.run("list", "--status", "closed").stdout


def test_who_has_said_yes_closes_an_unread_case_of_danger(reviewer: Reviewer, org: Organisation) -> None:
    org.report("they follow me", answers=answered(danger="yes"))
    reviewer.run("import", reviewer.bundle())
    reviewer.run("triage", 1, "--disposition", "spam", "--yes", stdin="")


def test_a_reviewer_who_is_there_is_told_before_a_passphrase_is_chosen(reviewer: Reviewer, org: Organisation) -> None:
    key_file = org.own("amina").path / "reviewer-amina.key.age"
    said = reviewer.run("add-reviewer", key_file, "--keys-passphrase-file", reviewer.folder / "own", code=1, stdin="")
    assert said.stderr.startswith("Error: Reviewer amina is there already.")
