"""khomo-caselog sign-address as members type it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from caselog.commands import main
from keys.opening.key_files import read_key_file
from keys.opening.leads import make_lead
from keys.sealing.address_note import read_address, sign_address
from tests.caselog import world
from tests.caselog.world import key

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.address_note import SignedAddress
    from keys.sealing.public_bundle import PublicBundle

ONION = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
TODAY = datetime.now(UTC).date()
PASSPHRASE = "a passphrase that is long enough"


class Member:
    """A lead with a case log folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "passphrase").write_text(PASSPHRASE + "\n")
        (folder / "root.pub").write_text(f"{key('root').verify_key}\n")
        self.verify_key = make_lead(folder.name, PASSPHRASE, folder / "keys", log_n=1).verify_key

    def join(self, bundle: PublicBundle) -> None:
        (self.folder / "bundle.note").write_bytes(world.bundle_note(bundle))
        papers = ["--root", str(self.folder / "root.pub"), "--bundle", str(self.folder / "bundle.note")]
        assert self.run("init", "--keys", str(self.folder / "keys"), *papers).exit_code == 0

    def run(self, *words: str, typed: str = "") -> Result:
        environment = {"KHOMO_CASELOG": str(self.folder / "log"), "KHOMO_LEAD_KEYS": None}
        passphrase = ["--passphrase-file", str(self.folder / "passphrase")]
        return CliRunner(env=environment).invoke(main, [words[0], *passphrase, *words[1:]], input=typed)

    def sign(self, what: str, output: Path, *more: str, answer: str = "y\n") -> Result:
        return self.run("sign-address", what, "-o", str(output), *more, typed=answer)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> tuple[Member, Member]:
    home = tmp_path_factory.mktemp("members")
    for name in ("anna", "bo"):
        (home / name).mkdir()
    anna, bo = Member(home / "anna"), Member(home / "bo")
    for one in (anna, bo):
        one.join(bundle_of(anna, bo))
    return anna, bo


def bundle_of(*members: Member) -> PublicBundle:
    return replace(world.public_bundle(), leads=tuple(one.verify_key for one in members))


def read(file: Path, *members: Member, threshold: int = 1) -> SignedAddress:
    bundle = bundle_of(*members)
    return read_address(file.read_bytes(), bundle.organisation, bundle.leads, TODAY, threshold)


def test_a_member_signs_an_address_and_another_joins(members: tuple[Member, Member], tmp_path: Path) -> None:
    anna, bo = members
    assert anna.sign(f"http://{ONION}/", tmp_path / "one.note").exit_code == 0
    assert str(read(tmp_path / "one.note", anna, bo).note.onion) == ONION
    assert bo.sign(str(tmp_path / "one.note"), tmp_path / "two.note").exit_code == 0
    assert len(read(tmp_path / "two.note", anna, bo, threshold=2).signers) == 2


def test_the_address_is_shown_in_groups_before_it_is_signed(members: tuple[Member, Member], tmp_path: Path) -> None:
    assert "2gzy xa5i hm7n" in members[0].sign(ONION, tmp_path / "note").stderr


def test_what_another_has_signed_is_shown_whole_before_a_name_is_put_under_it(
    members: tuple[Member, Member], tmp_path: Path
) -> None:
    anna, bo = members
    anna.sign(ONION, tmp_path / "one.note")
    asked = bo.sign(str(tmp_path / "one.note"), tmp_path / "two.note", answer="n\n")
    assert asked.exit_code == 1
    lines = asked.stderr.splitlines()
    assert lines[0] == f"The address of {bundle_of(anna, bo).organisation}, as of {TODAY}."
    assert lines[1] == f"Signed so far by {anna.verify_key.name}."
    assert lines[2].startswith("2gzy xa5i hm7n")
    assert lines[3].startswith("Is this the address, letter by letter?")
    assert not (tmp_path / "two.note").exists()


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_an_address_is_signed_only_by_who_says_that_it_is_the_one(
    members: tuple[Member, Member], tmp_path: Path, answer: str
) -> None:
    assert members[0].sign(ONION, tmp_path / "note", answer=answer).exit_code == 1
    assert not (tmp_path / "note").exists()


def test_no_name_is_put_under_a_day_that_has_not_come(members: tuple[Member, Member], tmp_path: Path) -> None:
    anna, bo = members
    anna.sign(ONION, tmp_path / "one.note")
    [secret] = [file for file in (anna.folder / "keys").iterdir() if "sign" in file.name]
    later = replace(read(tmp_path / "one.note", anna, bo).note, issued=TODAY + timedelta(days=1))
    (tmp_path / "later.note").write_bytes(sign_address(later, read_key_file(secret, PASSPHRASE).signing_key()))
    said = bo.sign(str(tmp_path / "later.note"), tmp_path / "two.note")
    assert said.exit_code == 1
    assert "a day that has not come" in said.stderr
    assert not (tmp_path / "two.note").exists()


def test_a_mistyped_address_is_not_signed(members: tuple[Member, Member], tmp_path: Path) -> None:
    answer = members[0].sign("b" + ONION[1:], tmp_path / "note")
    assert answer.exit_code == 1
    assert not (tmp_path / "note").exists()


def test_a_note_that_no_member_signed_gets_no_name_under_it(members: tuple[Member, Member], tmp_path: Path) -> None:
    anna, bo = members
    assert anna.sign(ONION, tmp_path / "one.note").exit_code == 0
    forged = sign_address(read(tmp_path / "one.note", anna, bo).note, key("stranger"))
    (tmp_path / "forged.note").write_bytes(forged)
    assert bo.sign(str(tmp_path / "forged.note"), tmp_path / "two.note").exit_code != 0
    assert not (tmp_path / "two.note").exists()


def test_who_is_not_in_the_public_bundle_is_told_so(members: tuple[Member, Member], tmp_path: Path) -> None:
    (tmp_path / "cleo").mkdir()
    cleo = Member(tmp_path / "cleo")
    cleo.join(bundle_of(*members))
    answer = cleo.sign(ONION, tmp_path / "note")
    assert answer.exit_code == 1
    assert "does not name your key" in answer.stderr


def test_a_note_that_is_there_stays(members: tuple[Member, Member], tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    assert members[0].sign(ONION, tmp_path / "note").exit_code == 1
    assert (tmp_path / "note").read_text() == "mine"
    assert members[0].sign(ONION, tmp_path / "note", "--overwrite").exit_code == 0
