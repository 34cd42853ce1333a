from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from keys.opening.ceremony import hold_ceremony
from keys.opening.commands import main
from keys.opening.key_files import read_key_file
from keys.opening.lead_card import LeadCard
from keys.opening.passphrases import Passphrases, draw_passphrase
from keys.sealing.age import X25519Identity, open_sealed, parse_identities, parse_recipient, seal
from keys.sealing.notes import VerifyKey
from keys.sealing.openpgp_packets import read_public_key
from keys.sealing.public_bundle import Contact, PublicBundle

if TYPE_CHECKING:
    from keys.opening.ceremony import Plan

QUICK = ("--work-factor", "14")
LEAD_PASSPHRASE = "the passphrase of a lead"


@dataclass(frozen=True)
class House:
    """A held ceremony and the passphrase files that scripts have."""

    folder: Path
    passphrase_file: Path
    desk_passphrase: Path
    root_passphrase: Path
    spoken: dict[str, Any]

    @property
    def bundle(self) -> Path:
        return self.folder / "public-bundle.note"

    @property
    def epoch_file(self) -> Path:
        (path,) = (self.folder / "desk").glob("epoch-*.key.age")
        return path


def run(*arguments: str | Path, answers: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=answers)


def done(*arguments: str | Path, answers: str = "") -> str:
    result = run(*arguments, answers=answers)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def assert_opens(path: Path, passphrase: str) -> None:
    assert read_key_file(path, passphrase).secret


@pytest.fixture(scope="module")
def house(passphrases: Passphrases, tmp_path_factory: pytest.TempPathFactory) -> House:
    home = tmp_path_factory.mktemp("house")
    by_holder = {name: getattr(passphrases, name) for name in ("root", "archive", "desk", "spare")}
    by_holder |= {f"reviewer {name}": f"the passphrase of reviewer {name}" for name in ("amina", "bwalya", "first")}
    (home / "all").write_text("".join(f"{name}: {value}\n" for name, value in by_holder.items()))
    (home / "desk").write_text(passphrases.desk + "\n")
    (home / "root").write_text(passphrases.root + "\n")
    out = done(
        "ceremony", home / "keys", "--organisation", "Open Harbour", "--passphrase-file", home / "all",
        "--contact", "Lifeline=+000 111", "--reviewer", "amina", "--lane", "arrival", "--day", "2026-11-20",
        "--json", *QUICK,
    )  # fmt: skip
    return House(home / "keys", home / "all", home / "desk", home / "root", json.loads(out))


def test_the_exit_codes_are_documented() -> None:
    text = done("--help")
    assert "Exit codes: 0 done; 1 refused" in text
    assert "3 a passphrase does not open its file" in text


def test_a_ceremony_by_script_says_what_it_made(house: House) -> None:
    assert house.spoken["serial"] == 1
    assert all((house.folder / name).is_file() for name in house.spoken["files"])
    root = VerifyKey.parse(house.spoken["root"])
    bundle = PublicBundle.from_note(house.bundle.read_bytes(), root)
    assert bundle.contacts == (Contact("Lifeline", "+000 111"),)
    assert bundle.policy.lanes == {"arrival"}
    assert house.spoken["fingerprints"][0]["words"] == root.fingerprint_words()


def test_a_ceremony_asks_until_every_passphrase_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets: not understood, then none. Root: too short, mistyped, good. Archive: drawn, typed back wrongly, then as
    people type. Others: good.
    """
    drawn = draw_passphrase()
    monkeypatch.setattr("keys.opening.terminal.draw_passphrase", lambda: drawn)
    typed = ["3 of 5", "none"]
    typed += ["short", "good passphrase for root", "another", "good passphrase for root", "good passphrase for root"]
    typed += ["", "something else", drawn.upper()]
    typed += ["good passphrase for desk"] * 2 + ["good passphrase for spare"] * 2
    typed += ["good passphrase of amina"] * 2 + ["good passphrase of yusuf"] * 2
    people = ("--reviewer", "amina", "--reviewer", "yusuf")
    result = run("ceremony", tmp_path / "keys", *people, *QUICK, answers="\n".join(typed) + "\n")
    assert result.exit_code == 0, result.stderr
    assert "K/N or none [3/5]: " in result.stderr
    for complaint in ("This is not K/N.", "fewer than 15", "not the same", "other words"):
        assert complaint in result.stderr
    assert drawn in result.stderr
    assert drawn not in result.stdout
    assert "Now carry them apart" in result.stdout
    assert_opens(tmp_path / "keys/take-away/root.key.age", "good passphrase for root")
    assert_opens(tmp_path / "keys/take-away/archive.key.age", drawn)
    assert_opens(tmp_path / "keys/spare/desk.key.age", "good passphrase for spare")
    assert "the signing key of reviewer yusuf (yusuf types it; nobody else looks)" in result.stderr
    for name in ("amina", "yusuf"):
        assert_opens(tmp_path / f"keys/reviewers/{name}/reviewer-{name}.key.age", f"good passphrase of {name}")


def test_a_ceremony_takes_the_cards_of_leads(house: House, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(LEAD_PASSPHRASE)
    done("lead", "chisomo", tmp_path / "lead", "--passphrase-file", tmp_path / "p", *QUICK)
    card = LeadCard.from_note((tmp_path / "lead/lead.txt").read_bytes())
    done(
        "ceremony", tmp_path / "keys", "--lead", tmp_path / "lead/lead.txt",
        "--passphrase-file", house.passphrase_file, *QUICK,
    )  # fmt: skip
    text = done("show", tmp_path / "keys/public-bundle.note")
    assert card.verify_key.fingerprint_words() in text


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (("--contact", "no value"), "LABEL=VALUE"),
        (("--day", "yesterday"), "not a date"),
        (("--work-factor", "9"), "14<=x<=20"),
        (("--lane", "carrier-pigeon"), "carrier-pigeon"),
    ],
)
def test_a_wrong_command_line_ends_with_2(tmp_path: Path, wrong: tuple[str, str], complaint: str) -> None:
    result = run("ceremony", tmp_path / "keys", *wrong)
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert complaint in result.stderr


def test_a_refusal_ends_with_1_and_says_what_to_do(house: House) -> None:
    result = run("ceremony", house.folder, "--passphrase-file", house.passphrase_file, *QUICK)
    assert result.exit_code == 1
    assert "Choose a new or an empty folder" in result.stderr


def test_a_wrong_passphrase_ends_with_3(house: House) -> None:
    result = run("export-identity", house.epoch_file, "--passphrase-file", house.root_passphrase)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "does not open" in result.stderr


def test_a_passphrase_file_that_is_no_text_is_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"\xff\xfe")
    result = run("export-identity", house.epoch_file, "--passphrase-file", tmp_path / "p")
    assert result.exit_code == 1
    assert "not a text file" in result.stderr


def test_the_next_epoch_comes_with_a_bundle_that_replaces_the_first(house: House, tmp_path: Path) -> None:
    spoken = done(
        "epoch", "new", tmp_path / "next", "--bundle", house.bundle, "--root-key",
        house.folder / "take-away/root.key.age", "--passphrase-file", house.passphrase_file, "--json", *QUICK,
    )  # fmt: skip
    made = json.loads(spoken)
    assert made["serial"] == 2
    root = VerifyKey.parse(house.spoken["root"])
    first = PublicBundle.from_note(house.bundle.read_bytes(), root)
    second = PublicBundle.from_note((tmp_path / "next/public-bundle.note").read_bytes(), root)
    assert first.replaced_by(second).desk("main").epochs[-1].id == made["epoch"]["id"]
    exported = done(
        "export-identity", tmp_path / f"next/desk/epoch-{made['epoch']['id']}.key.age",
        "--passphrase-file", house.desk_passphrase,
    )  # fmt: skip
    assert str(parse_identities(exported)[0].recipient()) == made["epoch"]["recipient"]


def test_the_next_epoch_by_hand_asks_for_both_passphrases(
    house: House, passphrases: Passphrases, tmp_path: Path
) -> None:
    answers = [passphrases.root, "the new epoch's own passphrase", "the new epoch's own passphrase"]
    text = done(
        "epoch", "new", tmp_path / "next", "--bundle", house.bundle, "--root-key",
        house.folder / "take-away/root.key.age", "--desk", "spare", "--begins", "2027-01-01", "--days", "10",
        "--day", "2026-12-01", *QUICK, answers="\n".join(answers) + "\n",
    )  # fmt: skip
    assert "from 2027-01-01 to 2027-01-10" in text
    (path,) = (tmp_path / "next/spare").iterdir()
    assert_opens(path, "the new epoch's own passphrase")


def test_the_next_epoch_of_the_spare_desk_takes_the_spare_passphrase(
    house: House, passphrases: Passphrases, tmp_path: Path
) -> None:
    done(
        "epoch", "new", tmp_path / "next", "--bundle", house.bundle, "--root-key",
        house.folder / "take-away/root.key.age", "--desk", "spare", "--passphrase-file", house.passphrase_file, *QUICK,
    )  # fmt: skip
    (path,) = (tmp_path / "next/spare").iterdir()
    assert_opens(path, passphrases.spare)


def amended(house: House, folder: Path, *arguments: str | Path, answers: str = "") -> str:
    root_key = house.folder / "take-away/root.key.age"
    return done(
        "amend", folder, "--bundle", house.bundle, "--root-key", root_key, *arguments, *QUICK, answers=answers
    )  # fmt: skip


@pytest.mark.parametrize("command", ["ceremony", "amend"])
def test_only_lanes_that_the_server_serves_can_be_offered(command: str, tmp_path: Path) -> None:
    result = run(command, tmp_path / "keys", "--lane", "browser")
    assert result.exit_code == 2
    assert "'browser' is not one of 'arrival', 'presealed'" in result.stderr


def test_an_amendment_by_script_says_who_joined_and_who_left(house: House, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(LEAD_PASSPHRASE)
    done("lead", "chisomo", tmp_path / "lead", "--passphrase-file", tmp_path / "p", *QUICK)
    made = json.loads(
        amended(
            house, tmp_path / "next", "--add-reviewer", "bwalya", "--retire-courier", "1", "--add-lead",
            tmp_path / "lead/lead.txt", "--lane", "presealed", "--contact", "Doctor=+000 9", "--no-raw-files",
            "--signatures-per-case", "2", "--passphrase-file", house.passphrase_file, "--json",
        )
    )  # fmt: skip
    assert (made["serial"], made["files"]) == (2, ["reviewers/bwalya/reviewer-bwalya.key.age"])
    assert [one["whose"] for one in made["added"]] == ["open-harbour/reviewer/bwalya", "lead/chisomo"]
    assert [one["whose"] for one in made["retired"]] == ["open-harbour/courier/1"]
    root = VerifyKey.parse(house.spoken["root"])
    bundle = PublicBundle.from_note((tmp_path / "next/public-bundle.note").read_bytes(), root)
    assert bundle.policy.lanes == {"presealed"}
    assert bundle.policy.signatures_per_case == 2
    assert not bundle.couriers
    assert bundle.contacts == (Contact("Lifeline", "+000 111"), Contact("Doctor", "+000 9"))
    assert_opens(tmp_path / "next" / made["files"][0], "the passphrase of reviewer bwalya")


def test_an_amendment_by_hand_asks_for_what_it_needs_and_shows_fingerprints(
    house: House, passphrases: Passphrases, tmp_path: Path
) -> None:
    answers = [passphrases.root, *["the desk's passphrase"] * 2, *["a new reviewer's passphrase"] * 2]
    text = amended(house, tmp_path / "next", "--add-reviewer", "amina-2", "--retire-reviewer", "amina",
                   "--new-openpgp", "main", answers="\n".join(answers) + "\n")  # fmt: skip
    root = VerifyKey.parse(house.spoken["root"])
    bundle = PublicBundle.from_note((tmp_path / "next/public-bundle.note").read_bytes(), root)
    before = PublicBundle.from_note(house.bundle.read_bytes(), root)
    added, retired = text.split("Retired:")
    assert bundle.reviewers[0].fingerprint_words() in added
    assert "Put public bundle number 2 in the place of the one before, at the keeper of the root key too" in retired
    assert before.reviewers[0].fingerprint_words() in retired
    assert_opens(tmp_path / "next/reviewers/amina-2/reviewer-amina-2.key.age", "a new reviewer's passphrase")
    assert_opens(tmp_path / "next/desk/openpgp.key.age", "the desk's passphrase")


def test_an_amendment_without_new_people_asks_for_the_root_key_only(
    house: House, passphrases: Passphrases, tmp_path: Path
) -> None:
    text = amended(house, tmp_path / "next", "--days-without-bundle", "3", answers=f"{passphrases.root}\n")
    assert "Public bundle number 2" in text
    assert not {"Added", "Retired"} & set(text.split())
    shown = done("show", tmp_path / "next/public-bundle.note", "--root", house.folder / "root.pub")
    assert "Without a bundle for 3 days" in shown


@pytest.mark.parametrize(
    "command",
    [
        ("amend", "--days-without-bundle", "3"), ("epoch", "new"), ("lead", "anna"),
        ("ceremony", "--shares", "none"),
    ],
)  # fmt: skip
def test_a_folder_that_holds_something_is_refused_before_a_passphrase_is_asked(
    house: House, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "of last time").touch()
    papers = ("--bundle", house.bundle, "--root-key", house.folder / "take-away/root.key.age")
    result = run(*command, tmp_path, *(papers if command[0] in {"amend", "epoch"} else ()))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {tmp_path} is not empty: of last time is there. Choose a new or an empty")


def test_recipients_of_a_bundle_are_those_of_the_pages_of_the_day(house: House) -> None:
    text = done("recipients", house.bundle, "--day", "2026-12-01")
    comment, recipient = text.splitlines()
    assert comment == "# desk main"
    (spoken,) = json.loads(done("recipients", house.bundle, "--day", "2026-12-01", "--json"))
    assert spoken["recipient"] == recipient
    assert len(spoken["words"].split()) == 10
    spare = done("recipients", house.bundle, "--desk", "spare", "--day", "2026-12-01")
    assert spare.splitlines()[1] != recipient
    late = run("recipients", house.bundle, "--day", "2036-01-01")
    assert late.exit_code == 1
    assert "khomo-keys epoch new" in late.stderr


def test_recipients_are_read_from_cards_key_files_and_identity_files(
    house: House, passphrases: Passphrases, tmp_path: Path
) -> None:
    epoch = read_key_file(house.epoch_file, passphrases.desk).identity().recipient()
    assert str(epoch) in done("recipients", house.epoch_file, "--passphrase-file", house.desk_passphrase)
    classic = X25519Identity.generate()
    (tmp_path / "mine").write_text(f"# my key\n{classic.expose()}\n")
    assert done("recipients", tmp_path / "mine") == f"# identity 1\n{classic.recipient()}\n"
    answers = f"{LEAD_PASSPHRASE}\n{LEAD_PASSPHRASE}\n"
    made = json.loads(done("lead", "amina", tmp_path / "lead", "--json", *QUICK, answers=answers))
    assert done("recipients", tmp_path / "lead/lead.txt").splitlines() == ["# lead amina", made["recipient"]]


def test_an_openpgp_key_file_gives_what_gnupg_takes_in(house: House, tmp_path: Path) -> None:
    path, secret = house.folder / "desk/openpgp.key.age", tmp_path / "secret.asc"
    done("export-identity", path, "-o", secret, "--passphrase-file", house.desk_passphrase)
    assert secret.stat().st_mode & 0o777 == 0o600
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--no-options"]
        subprocess.run([*gpg, "--import", str(secret)], check=True, timeout=60)
        listed = subprocess.run([*gpg, "--with-colons", "-K"], capture_output=True, check=True, timeout=60).stdout
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)
    shown = json.loads(done("show", house.bundle, "--json"))
    assert read_public_key(shown["desks"][0]["openpgp"]).fingerprint in listed.decode()
    refused = run("recipients", path, "--passphrase-file", house.desk_passphrase)
    assert refused.exit_code == 1
    assert "openpgp key of Desk, not a key that opens sealed rows" in refused.stderr


def test_an_exported_identity_opens_what_was_sealed_to_the_recipient(house: House, tmp_path: Path) -> None:
    recipient = parse_recipient(done("recipients", house.bundle, "--day", "2026-12-01").splitlines()[1])
    done("export-identity", house.epoch_file, "-o", tmp_path / "id", "--passphrase-file", house.desk_passphrase)
    assert (tmp_path / "id").stat().st_mode & 0o777 == 0o600
    identities = parse_identities((tmp_path / "id").read_text())
    assert open_sealed(seal(b"report", [recipient]), identities).expose() == b"report"
    again = run("export-identity", house.epoch_file, "-o", tmp_path / "id", "--passphrase-file", house.desk_passphrase)
    assert again.exit_code == 1


def test_a_signing_key_is_no_identity(house: House) -> None:
    result = run("export-identity", house.folder / "desk/desk.key.age", "--passphrase-file", house.desk_passphrase)
    assert result.exit_code == 1
    assert "not a key that opens" in result.stderr


def test_show_says_all_and_checks_the_root(house: House, tmp_path: Path) -> None:
    text = done("show", house.bundle)
    for part in (
        "Open Harbour",
        "Desk main: Desk\n",
        "Desk spare: Desk 2 (spare)\n",
        "openable until",
        "Lifeline: +000 111",
        "arrival",
        "A case needs the signature of one reviewer.\n",
        "A desk is lost when the root key declares it: khomo-keys amend --lost-desk ID.\n",
    ):
        assert part in text
    assert text == done("show", house.bundle, "--root", house.folder / "root.pub")
    spoken = json.loads(done("show", house.bundle, "--json"))
    assert spoken["root"] == house.spoken["root"]
    shutil.copy(house.bundle, tmp_path)
    alone = run("show", tmp_path / "public-bundle.note")
    assert (alone.exit_code, "--root" in alone.stderr) == (1, True)
    note = house.bundle.read_bytes()
    (tmp_path / "public-bundle.note").write_bytes(note.replace(b"Open Harbour", b"Shut Harbour"))
    forged = run("show", tmp_path / "public-bundle.note", "--root", house.folder / "root.pub")
    assert forged.exit_code == 1
    assert "signature" in forged.stderr


def test_show_reads_a_leads_card(tmp_path: Path) -> None:
    answers = f"{LEAD_PASSPHRASE}\n{LEAD_PASSPHRASE}\n"
    said = done("lead", "amina", tmp_path / "lead", *QUICK, answers=answers)
    card = LeadCard.from_note((tmp_path / "lead/lead.txt").read_bytes())
    shown = done("show", tmp_path / "lead/lead.txt")
    assert card.verify_key.fingerprint_words() in shown
    assert shown.strip() in said
    spoken = json.loads(done("show", tmp_path / "lead/lead.txt", "--json"))
    assert (spoken["name"], spoken["openpgp"]) == ("amina", False)


def test_show_names_a_file_that_it_cannot_show(house: House, tmp_path: Path) -> None:
    for path, what in (
        (house.folder / "root.pub", ": it is a public key, as root.pub is. Choose"),
        (house.folder / "fingerprints.txt", ". Choose"),
    ):
        result = run("show", path)
        assert result.exit_code == 1
        assert f"{path} is neither a public bundle nor a lead's card{what}" in result.stderr
    card = run("amend", tmp_path / "next", "--bundle", house.bundle, "--root-key", house.folder / "root.pub",
               "--add-lead", house.folder / "root.pub")  # fmt: skip
    assert "root.pub is no lead's card: it is a public key, as root.pub is. A card is the file lead.txt" in card.stderr


def test_a_lead_with_openpgp_shows_a_usable_public_key(tmp_path: Path) -> None:
    (tmp_path / "key.asc").write_text("no key")
    result = run("lead", "amina", tmp_path / "lead", "--openpgp", tmp_path / "key.asc")
    assert result.exit_code == 1
    assert "OpenPGP" in result.stderr
    assert not (tmp_path / "lead").exists()


def test_a_passphrase_is_drawn_for_scripts() -> None:
    assert len(done("passphrase").split()) == 8


def test_a_real_process_holds_a_ceremony(house: House, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("khomo-keys")
    command: list[str | Path] = [
        program,
        "ceremony",
        "keys",
        "--passphrase-file",
        house.passphrase_file,
        "--json",
        *QUICK,
    ]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert process.returncode == 0, process.stderr
    assert (tmp_path / json.loads(process.stdout)["folder"] / "root.pub").exists()
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (again.returncode, again.stdout) == (1, "")
    assert "is not empty" in again.stderr


def test_what_a_hostile_bundle_says_of_itself_passes_for_no_fingerprint_of_ours(
    plan: Plan, passphrases: Passphrases, tmp_path: Path
) -> None:
    hostile = "Open Harbour\nThe root key\n    right words\x1b[8m"
    contact = Contact("Lifeline\nThe root key", "+000\u202e\n    right words")
    hold_ceremony(replace(plan, organisation=hostile, contacts=(contact,), desk_name=hostile), passphrases, tmp_path)
    shown = run("show", tmp_path / "public-bundle.note")
    assert shown.exit_code == 0
    assert "The root key" not in shown.stdout.splitlines()
    assert "    right words" not in "".join(line for line in shown.stdout.splitlines() if line.startswith(" "))
    assert not {"\x1b", "\u202e"} & set(shown.stdout)


def test_an_error_about_a_hostile_name_is_one_line_that_no_terminal_obeys(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b]0;owned\x07\nlead amina"
    path.write_bytes(b"\xff")
    said = run("recipients", path).stderr
    assert said.count("\n") == 1
    assert not {"\x1b", "\x07"} & set(said)
