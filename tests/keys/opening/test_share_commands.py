"""Root and archive on paper, by the commands: split, sheets, recover, drill, and the ceremony with sheets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from keys.opening.ceremony import hold_ceremony, steps
from keys.opening.commands import main
from keys.opening.key_files import read_key_file
from keys.opening.shares.print_folder import MEMORY
from keys.opening.shares.slip39 import ALL_WORDS, Scheme, Share
from keys.opening.shares.splitting import NewSplit, Sharing
from keys.sealing.notes import VerifyKey
from keys.sealing.public_bundle import PublicBundle
from tests.keys.opening.shares.shares_forge import forged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keys.opening.ceremony import Plan
    from keys.opening.passphrases import Passphrases
    from keys.sealing.key_file import KeyFile

QUICK = ("--work-factor", "14")
NEW = "a new passphrase for the file"


def run(*arguments: str | Path, answers: Sequence[str] = ()) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], input="".join(f"{line}\n" for line in answers))


def done(*arguments: str | Path, answers: Sequence[str] = ()) -> str:
    result = run(*arguments, answers=answers)
    assert result.exit_code == 0, result.stderr + result.stdout
    return result.stdout


def refused(*arguments: str | Path, answers: Sequence[str] = ()) -> str:
    result = run(*arguments, answers=answers)
    assert result.exit_code == 1, result.output
    return result.stderr


def words_of(page: str) -> str:
    """Return the words of a printed page, in their order."""
    table = page.split("THE WORDS\n")[1].split("\n\n", maxsplit=1)[0]
    numbered = {int(place): word for place, word in re.findall(r"(\d+) +([a-z]+)", table)}
    return " ".join(numbered[place] for place in sorted(numbered))


def leaked(text: str, sheets: Sequence[str]) -> list[str]:
    """Return the sheets of which three words that follow each other stand in a text; the first two words are public."""
    said = " ".join(re.findall(r"[a-z]+", text))
    return [sheet for sheet in sheets for at in range(2, 31) if " ".join(sheet.split()[at : at + 3]) in said]


def printed(folder: Path, what: str = "") -> list[str]:
    """Return the words of each sheet in a folder of pages."""
    pages = [path for path in sorted(folder.iterdir()) if path.name.startswith(what)]
    return [words_of(page.read_text()) for page in pages if not page.name.endswith("-roll.txt")]


def left_in_memory() -> set[str]:
    return {path.name for path in MEMORY.iterdir() if path.name.startswith("khomo-sheets-")}


class Organisation:
    """A held ceremony whose root and archive were split, with their sheets as printed."""

    def __init__(self, folder: Path, plan: Plan, passphrases: Passphrases) -> None:
        self.keys = folder / "keys"
        self.passphrases = passphrases
        hold_ceremony(plan, passphrases, self.keys)
        self.root_key = self.keys / "take-away/root.key.age"
        self.archive_key = self.keys / "take-away/archive.key.age"
        (folder / "passphrases").write_text(
            "".join(f"{one}: {getattr(passphrases, one)}\n" for one in ("root", "archive", "desk", "spare"))
            + "reviewer first: the passphrase of the first reviewer\n"
        )
        (folder / "new").write_text(NEW)
        self.all_passphrases, self.new_passphrase = folder / "passphrases", folder / "new"
        self.papers = folder / "papers"
        self.papers.mkdir()
        (self.papers / "root.pub").write_bytes((self.keys / "root.pub").read_bytes())
        self.sheets = {what: self.split(what, "2/3", folder / f"print-{what}") for what in ("root", "archive")}
        self.older = self.split("root", "2/3", folder / "print-older", record=self.papers / "older.note")

    def split(self, what: str, scheme: str, to: Path, record: Path | None = None) -> list[str]:
        """Split a key by script; return the words of the sheets."""
        archive = ("--root-key", self.root_key) if what == "archive" else ()
        done(
            "shares", "split", self.archive_key if archive else self.root_key, record or self.record(what),
            "--bundle", self.keys / "public-bundle.note", *archive, "--shares", scheme, "--print-to", to, "--yes",
            "--passphrase-file", self.all_passphrases, "--day", "2026-11-20", "--json",
        )  # fmt: skip
        return printed(to)

    def record(self, what: str) -> Path:
        return self.papers / f"{what}.shares.note"

    def key(self, what: str) -> KeyFile:
        path = self.root_key if what == "root" else self.archive_key
        return read_key_file(path, getattr(self.passphrases, what))


@pytest.fixture(scope="module")
def org(plan: Plan, passphrases: Passphrases, tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    return Organisation(tmp_path_factory.mktemp("shares"), plan, passphrases)


# split


def test_a_split_by_script_says_what_it_made_and_leaves_pages_for_their_owner_only(
    org: Organisation, tmp_path: Path
) -> None:
    record = tmp_path / "root.shares.note"
    said = json.loads(
        done(
            "shares", "split", org.root_key, record, "--bundle", org.keys / "public-bundle.note",
            "--print-to", tmp_path / "print", "--yes", "--passphrase-file", org.all_passphrases, "--json",
        )
    )  # fmt: skip
    assert (said["key"], said["shares"], said["record"]) == ("root", "3/5", str(record))
    pages = sorted((tmp_path / "print").iterdir())
    assert len(pages) == 6
    assert {page.stat().st_mode & 0o777 for page in pages} == {0o600}
    assert record.stat().st_mode & 0o777 == 0o644
    assert org.root_key.exists(), "the key file stays until people destroy it"
    sheets = printed(tmp_path / "print")
    assert len(sheets) == 5
    assert not leaked(json.dumps(said) + record.read_text(), sheets)
    assert leaked(pages[0].read_text() + sheets[0], sheets), "the check itself finds a leak"


def test_a_split_by_hand_shows_what_it_means_prints_from_memory_and_has_the_sheets_read_back(
    org: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One word is wrong, then a sheet is typed that is not of this split, then one twice, then too early an end."""
    made = remember_splits(monkeypatch)
    typed: list[str] = []

    def answer(text: str, **options: object) -> str:
        if not text.startswith("Words"):
            return org.passphrases.root
        if not typed:
            shares = [" ".join(sheet.share.expose()) for sheet in made[0].sheets]
            first = shares[0].split()
            typed.extend(["zebra " + " ".join(first[1:]), shares[0], org.older[0], shares[0], "", shares[2], ""])
        return typed.pop(0)

    monkeypatch.setattr("click.prompt", answer)
    record = tmp_path / "root.shares.note"
    result = run(
        "shares", "split", org.root_key, record, "--bundle", org.keys / "public-bundle.note", "--shares", "2/3",
        answers=["y"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    for said in (
        "3 sheets; any 2 bring the key back, 1 may be lost",
        "still bring the key back: collect and burn them",
        "Once you destroy it and 2 sheets are lost, the key is gone",
        "Word 1 is not of the list",
        "This sheet is of another split",
        "was shown already",
        "of the root key is good. Sheets shown: 1.",
        f"What is wrong on paper is printed again from {MEMORY}/khomo-sheets-",
        "2 sheets at least have to be read back",
        f"lp {MEMORY}/khomo-sheets-",
    ):
        assert said in result.stderr
    assert "Hold a drill: khomo-keys shares drill root.drill.note" in result.stdout
    assert not typed
    assert not left_in_memory()
    assert not leaked(result.output, [" ".join(sheet.share.expose()) for sheet in made[0].sheets])


def remember_splits(monkeypatch: pytest.MonkeyPatch) -> list[NewSplit]:
    """Return a list that fills with what is split, for tests that type it back."""
    made: list[NewSplit] = []
    real = NewSplit.__init__

    def remember(self: NewSplit, *given: object, **named: object) -> None:
        real(self, *given, **named)  # type: ignore[arg-type]
        made.append(self)

    monkeypatch.setattr(NewSplit, "__init__", remember)
    return made


def test_who_says_no_splits_nothing(org: Organisation, tmp_path: Path) -> None:
    stderr = refused(
        "shares", "split", org.root_key, tmp_path / "r", "--bundle", org.keys / "public-bundle.note",
        "--passphrase-file", org.all_passphrases, answers=["n"],
    )  # fmt: skip
    assert "Without the root key no new epoch" in stderr
    assert list(tmp_path.iterdir()) == []


def test_sheets_that_nobody_reads_back_leave_nothing(org: Organisation, tmp_path: Path) -> None:
    before = left_in_memory()
    refused(
        "shares", "split", org.root_key, tmp_path / "r", "--bundle", org.keys / "public-bundle.note",
        "--passphrase-file", org.all_passphrases, "--yes", answers=["", ""],
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    assert left_in_memory() == before


def test_the_record_of_an_archive_wants_the_roots_signature(org: Organisation, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(org.passphrases.archive)
    bundle = ("--bundle", org.keys / "public-bundle.note", "--passphrase-file", tmp_path / "p", "--yes")
    stderr = refused("shares", "split", org.archive_key, tmp_path / "r", *bundle)
    assert "Name root.key.age with --root-key" in stderr


def test_other_keys_are_not_split_and_no_record_is_replaced(org: Organisation, tmp_path: Path) -> None:
    bundle = ("--bundle", org.keys / "public-bundle.note", "--yes")
    stderr = refused(
        "shares", "split", org.keys / "desk/desk.key.age", tmp_path / "r", *bundle, answers=[org.passphrases.desk]
    )  # fmt: skip
    assert "Only the root key and the archive key are split" in stderr
    stderr = refused("shares", "split", org.root_key, org.record("root"), *bundle)
    assert "is there already" in stderr
    assert run("shares", "split", org.root_key, tmp_path / "r", *bundle, "--shares", "6/5").exit_code == 2


# recover


@pytest.mark.parametrize("what", ["root", "archive"])
def test_a_key_comes_back_byte_for_byte(org: Organisation, tmp_path: Path, what: str) -> None:
    path = tmp_path / "back.key.age"
    said = json.loads(
        done(
            "shares", "recover", path, "--record", org.record(what), "--passphrase-file", org.new_passphrase, "--json",
            *QUICK, answers=org.sheets[what][1:],
        )
    )  # fmt: skip
    assert read_key_file(path, NEW).to_json() == org.key(what).to_json()
    assert path.stat().st_mode & 0o777 == 0o600
    assert (said["key"], said["wrong"], len(said["words"].split())) == (what, [], 10)


def test_a_recovered_root_key_makes_the_next_epoch(org: Organisation, tmp_path: Path) -> None:
    path, root = tmp_path / "root.key.age", VerifyKey.parse((org.keys / "root.pub").read_text().strip())
    done(
        "shares", "recover", path, "--record", org.record("root"), "--passphrase-file", org.new_passphrase, *QUICK,
        answers=org.sheets["root"][:2],
    )  # fmt: skip
    (tmp_path / "p").write_text(NEW)
    done(
        "epoch", "new", tmp_path / "next", "--bundle", org.keys / "public-bundle.note", "--root-key", path,
        "--passphrase-file", tmp_path / "p", *QUICK,
    )  # fmt: skip
    assert PublicBundle.from_note((tmp_path / "next/public-bundle.note").read_bytes(), root).serial == 2


def test_recovering_by_hand_says_what_is_missing_and_what_is_wrong(org: Organisation, tmp_path: Path) -> None:
    first, second, _ = (sheet.split() for sheet in org.sheets["root"])
    mistyped = [*first[:6], "capitol", *first[7:]]
    other = next(word for word in ALL_WORDS if word != first[20])
    wrong_word = [*first[:20], other, *first[21:]]
    answers = [
        " ".join(mistyped),
        " ".join(word[:4] for word in first[6:]).upper(),
        " ".join(wrong_word),
        org.older[0],
        org.sheets["archive"][0],
        " ".join(first),
        " ".join(second[:10]),
        "",
        " ".join(second[:20]),
        " ".join(second[20:]),
        NEW,
        NEW,
    ]
    result = run("shares", "recover", tmp_path / "back", "--record", org.record("root"), *QUICK, answers=answers)
    assert result.exit_code == 0, result.output
    for said in (
        "Word 7 is not of the list. Look at your sheet and go on from word 7.",
        "Words 7 to 33",
        "Good. Sheets still missing: 1.",
        "All words are of the list, but together they are no share.",
        "This sheet is of another split or key: it begins with “",
        "This sheet was typed already.",
        "From the first word, then.",
    ):
        assert said in result.stderr
    assert "capitol" not in result.output
    assert "is back, in" in result.stdout
    assert "destroy it" in result.stdout
    assert read_key_file(tmp_path / "back", NEW).to_json() == org.key("root").to_json()
    assert not leaked(result.output, org.sheets["root"])


def test_papers_alone_bring_a_key_back_and_people_compare_its_ten_words(org: Organisation, tmp_path: Path) -> None:
    name = ("--key", "root", "--name", "open-harbour/root")
    words = VerifyKey.parse((org.keys / "root.pub").read_text().strip()).fingerprint_words()
    path = tmp_path / "back"
    answers = [*org.sheets["root"][:2], "y", NEW, NEW]
    result = run("shares", "recover", path, *name, *QUICK, answers=answers)
    assert result.exit_code == 0, result.output
    assert words in result.stderr
    assert read_key_file(path, NEW).to_json() == org.key("root").to_json()
    other = run("shares", "recover", tmp_path / "no", *name, answers=[*org.sheets["root"][:2], "n"])
    assert (other.exit_code, (tmp_path / "no").exists()) == (1, False)
    wrong = run("shares", "recover", tmp_path / "no", "--key", "root", "--name", "other/root", answers=answers[:2])
    assert words not in wrong.stderr, "another name gives other ten words"


def test_a_forged_sheet_stops_nobody_even_without_a_record(org: Organisation, tmp_path: Path) -> None:
    good = org.sheets["root"]
    made_up = " ".join(forged(Share(good[2].split()), bytes(32)).expose())
    result = run(
        "shares", "recover", tmp_path / "back", "--key", "root", "--name", "open-harbour/root", "--passphrase-file",
        org.new_passphrase, *QUICK, answers=[made_up, good[0], good[1], "y"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "do not fit together: at least one is wrong" in result.stderr
    assert "what was typed in turn 1" in result.stderr
    assert read_key_file(tmp_path / "back", NEW).to_json() == org.key("root").to_json()


def test_too_few_sheets_write_nothing(org: Organisation, tmp_path: Path) -> None:
    stderr = refused(
        "shares", "recover", tmp_path / "back", "--record", org.record("root"), answers=[org.sheets["root"][0], ""]
    )  # fmt: skip
    assert "Stopped: the key was not brought back." in stderr
    assert list(tmp_path.iterdir()) == []


def test_recovering_wants_to_know_which_key_and_a_new_file(org: Organisation, tmp_path: Path) -> None:
    for given in ((), ("--key", "root"), ("--name", "x/root")):
        assert "--key and --name" in refused("shares", "recover", tmp_path / "back", *given)
    assert "no key is ever replaced" in refused("shares", "recover", org.root_key, "--record", org.record("root"))


def test_a_record_without_its_root_key_or_of_another_root_is_refused(org: Organisation, tmp_path: Path) -> None:
    alone = tmp_path / "root.shares.note"
    alone.write_bytes(org.record("root").read_bytes())
    assert "Name the root key's public half with --root" in refused(
        "shares", "recover", tmp_path / "back", "--record", alone
    )
    alone.write_bytes(org.record("root").read_bytes().replace(b'"needed":2', b'"needed":3'))
    stderr = refused(
        "shares", "drill", tmp_path / "drill", "--record", alone, "--root", org.keys / "root.pub", answers=[""]
    )  # fmt: skip
    assert "signature" in stderr


# drill


def test_a_drill_goes_from_holder_to_holder_and_says_when_it_is_enough(org: Organisation, tmp_path: Path) -> None:
    path = tmp_path / "root.drill.note"
    command = ("shares", "drill", path, "--record", org.record("root"), "--day", "2027-01-10")
    first = done(*command, answers=[org.sheets["root"][0], ""])
    assert "Could we recover? No, not yet: 1 more needed." in first
    before = path.read_bytes()
    again = run(*command, answers=[org.sheets["root"][0], org.older[1], org.sheets["root"][1], ""])
    assert "was shown already" in again.stderr
    assert "of another split" in again.stderr
    assert "Could we recover? Yes: 2 sheets are needed." in again.stdout
    assert path.read_bytes().startswith(before)
    assert "began on 2027-01-10" in refused(*command[:-1], "2027-06-01", answers=[""])
    said = json.loads(done(*command, "--show", "--json"))
    assert (said["reached"], said["needed"], said["day"], len(said["able"])) == (True, 2, "2027-01-10", 2)
    text = path.read_text()
    assert not leaked(text + again.output, org.sheets["root"])
    assert set(json.loads(text.splitlines()[1])) == {"day", "drill", "record"}


def test_a_drill_in_which_nobody_shows_a_sheet_leaves_no_file(org: Organisation, tmp_path: Path) -> None:
    for more in ((), ("--show",)):
        stderr = refused(
            "shares", "drill", tmp_path / "d", "--record", org.record("root"), *more, answers=[org.older[0], ""]
        )  # fmt: skip
        assert "No sheet was shown" in stderr
    assert list(tmp_path.iterdir()) == []


def test_typing_is_hidden_unless_somebody_asks_to_see_it(
    org: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden: list[object] = []

    def answer(_text: str, **options: object) -> str:
        hidden.append(options["hide_input"])
        return ""

    monkeypatch.setattr("click.prompt", answer)
    for more in ((), ("--visible",)):
        run("shares", "drill", tmp_path / "d", "--record", org.record("root"), *more)
    assert hidden == [True, False]


# sheets


def test_a_sheet_is_printed_anew_from_its_words(org: Organisation, tmp_path: Path) -> None:
    command = ("shares", "sheets", "--record", org.record("archive"))
    said = done(*command, "--print-to", tmp_path / "print", answers=[org.sheets["archive"][1]])
    (page,) = (tmp_path / "print").iterdir()
    assert str(page) in said
    assert words_of(page.read_text()) == org.sheets["archive"][1]
    result = run(*command, answers=[org.sheets["archive"][1], ""])
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"lp {MEMORY}/khomo-sheets-" in result.stderr
    assert not left_in_memory()
    assert "another split" in refused(*command, answers=[org.sheets["root"][1]])
    assert "no words were typed" in refused(*command, answers=[""])


def test_an_empty_sheet_is_for_printers_that_remember(tmp_path: Path) -> None:
    done("shares", "sheets", "--blank", "--organisation", "Open Harbour", "--print-to", tmp_path / "empty")
    assert "Open Harbour" in (tmp_path / "empty/blank.txt").read_text()
    assert "--print-to" in refused("shares", "sheets", "--blank")
    assert "--record" in refused("shares", "sheets")


# ceremony


def test_a_ceremony_with_sheets_has_no_key_file_of_root_and_archive(
    plan: Plan, passphrases: Passphrases, tmp_path: Path
) -> None:
    splits: list[NewSplit] = []
    calls: list[int] = []
    split_plan = replace(plan, sharing=Sharing(Scheme(3, 5), splits.extend))
    held = hold_ceremony(split_plan, passphrases, tmp_path / "keys", lambda: calls.append(1))
    assert len(calls) == steps(split_plan)
    assert [name for name in held.files if name.startswith(("shares", "take-away"))] == [
        "shares/archive.shares.note",
        "shares/root.pub",
        "shares/root.shares.note",
    ]
    assert [len(new.sheets) for new in splits] == [5, 5]
    assert (tmp_path / "keys/shares/root.pub").read_bytes() == (tmp_path / "keys/root.pub").read_bytes()
    written = b"".join(path.read_bytes() for path in (tmp_path / "keys").rglob("*") if path.is_file())
    for new in splits:
        assert new.split.record.fingerprint in held.fingerprints
        assert not [sheet for sheet in new.sheets if " ".join(sheet.share.expose()[2:4]).encode() in written]


def test_sheets_that_cannot_be_given_out_leave_no_ceremony(
    plan: Plan, passphrases: Passphrases, tmp_path: Path
) -> None:
    def out_of_paper(_splits: Sequence[NewSplit]) -> None:
        raise OSError("no paper")

    with pytest.raises(OSError, match="no paper"):
        hold_ceremony(replace(plan, sharing=Sharing(Scheme(2, 3), out_of_paper)), passphrases, tmp_path / "keys")
    assert list(tmp_path.iterdir()) == []


def test_a_ceremony_by_script_writes_the_pages_where_it_is_told(org: Organisation, tmp_path: Path) -> None:
    said = json.loads(
        done(
            "ceremony", tmp_path / "keys", "--passphrase-file", org.all_passphrases, "--shares", "2/3", "--yes",
            "--print-to", tmp_path / "print", "--json", *QUICK,
        )
    )  # fmt: skip
    assert "shares/root.shares.note" in said["files"]
    assert len(list((tmp_path / "print").iterdir())) == 8
    answers = printed(tmp_path / "print", "root")[1:]
    done(
        "shares", "recover", tmp_path / "root.key.age", "--record", tmp_path / "keys/shares/root.shares.note",
        "--passphrase-file", org.new_passphrase, *QUICK, answers=answers,
    )  # fmt: skip
    root = read_key_file(tmp_path / "root.key.age", NEW).signing_key()
    assert str(root.verify_key) == said["root"]


def test_a_ceremony_by_hand_offers_three_of_five_and_shows_first_what_it_makes_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = remember_splits(monkeypatch)
    turns: list[str] = []
    asked: list[str] = []

    def answer(text: str, **options: object) -> object:
        asked.append(text)
        if text == "K/N or none":
            return options["value_proc"](options["default"])  # type: ignore[operator]
        if not text.startswith("Words"):
            return "a long passphrase for everything"
        if not turns:
            split = made[0] if not any("archive" in one for one in asked) else made[1]
            asked.append(f"read back {split.split.record.what}")
            turns.extend(" ".join(sheet.share.expose()) for sheet in split.sheets)
        line = turns.pop(0)
        if not turns:
            made.pop(0)
        return line

    monkeypatch.setattr("click.prompt", answer)
    result = run("ceremony", tmp_path / "keys", *QUICK, answers=["y"])
    assert result.exit_code == 0, result.output
    for said in (
        'Or "none": two sealed key files',
        "5 sheets; any 3 bring the key back, 2 may be lost",
        "Once 3 sheets of a key are lost, it is gone for ever",
        "Without the archive key nobody, ever, opens",
        "reads back a sheet of the root key",
        "reads back a sheet of the archive key",
    ):
        assert said in result.stderr
    assert not [text for text in asked if "root" in text and "assphrase" in text], "no passphrase for what has no file"
    assert "shares/     public" in result.stdout
    assert "take-away/" not in result.stdout
    assert not left_in_memory()


def test_sheets_never_lie_in_the_folder_of_the_keys(org: Organisation, tmp_path: Path) -> None:
    for inside in ("keys", "keys/desk/print"):
        stderr = refused(
            "ceremony", tmp_path / "keys", "--passphrase-file", org.all_passphrases, "--shares", "2/3", "--yes",
            "--print-to", tmp_path / inside,
        )  # fmt: skip
        assert "may not lie in the folder of the keys" in stderr
    assert list(tmp_path.iterdir()) == []


def test_who_says_no_to_paper_only_makes_no_keys(tmp_path: Path) -> None:
    refused("ceremony", tmp_path / "keys", "--shares", "2/2", *QUICK, answers=["n"])
    assert list(tmp_path.iterdir()) == []


def test_a_real_process_brings_a_key_back_from_what_is_typed(org: Organisation, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("khomo-keys")
    command: list[str | Path] = [program, "shares", "drill", "d.note", "--record", org.record("root"), "--visible"]
    typed = "\n".join([*org.sheets["root"][:2], "", ""])
    process = subprocess.run(
        command, input=typed, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert process.returncode == 0, process.stderr
    assert "Yes: 2 sheets are needed." in process.stdout
