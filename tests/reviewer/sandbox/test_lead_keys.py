"""A lead's OpenPGP key at the desk: read, and encrypted to, in the room and nowhere else."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from keys.opening.errors import OpenPgpError
from keys.opening.lead_card import LeadCard
from keys.sealing.age import HybridIdentity
from keys.sealing.notes import SigningKey
from reviewer.commands import main
from reviewer.errors import ReviewerError
from reviewer.sandbox import bubblewrap, lead_keys, limits
from reviewer.sandbox.bubblewrap import Job, Outcome
from reviewer.sandbox.errors import SandboxError, TooLargeError
from reviewer.sandbox.lead_keys import check_lead_key, encrypt_for
from tests.gnupg_home import Gpg, gnupg_home_of_three

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reviewer.vault.attachments import Readable
    from reviewer.vault.vault import Vault

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def gpg() -> Iterator[Gpg]:
    with gnupg_home_of_three() as run:
        yield run


@pytest.fixture(scope="module")
def armored(gpg: Gpg) -> Callable[[str], str]:
    return lambda who: gpg("--armor", "--export", f"{who}@example.org").decode()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every program that is started, with its arguments."""
    programs: list[list[str]] = []
    start = subprocess.Popen.__init__

    def noted(self: Any, command: Any, *rest: Any, **more: Any) -> None:
        programs.append([str(one) for one in command])
        start(self, command, *rest, **more)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    return programs


@pytest.mark.parametrize("size", [0, 1, 3 * MIB])
def test_the_owner_opens_what_was_encrypted(gpg: Gpg, armored: Callable[[str], str], tmp_path: Path, size: int) -> None:
    package, destination = tmp_path / "package", tmp_path / "package.gpg"
    package.write_bytes(os.urandom(size))
    encrypt_for(armored("lead"), package, destination)
    assert destination.stat().st_mode & 0o777 == 0o600
    assert gpg("--decrypt", str(destination)) == package.read_bytes()
    with pytest.raises(FileExistsError):
        encrypt_for(armored("lead"), package, destination)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["package", "package.gpg"]


@pytest.mark.parametrize(("who", "complaint"), [("signer", "cannot be encrypted to"), ("old", "has expired")])
def test_keys_that_cannot_be_encrypted_to_are_refused_with_the_reason(
    armored: Callable[[str], str], tmp_path: Path, who: str, complaint: str
) -> None:
    (tmp_path / "package").write_bytes(b"case")
    with pytest.raises(OpenPgpError, match=complaint):
        encrypt_for(armored(who), tmp_path / "package", tmp_path / "package.gpg")
    assert [path.name for path in tmp_path.iterdir()] == ["package"]


def test_texts_that_are_not_one_public_key_are_refused(gpg: Gpg, armored: Callable[[str], str]) -> None:
    for text, complaint in (
        ("hello", "not one armored"),
        (armored("lead") + armored("signer"), "not one armored"),
        (gpg("--armor", "--export").decode(), "3 usable keys"),
        (gpg("--armor", "--export-secret-keys", "lead@example.org").decode(), "private key"),
        (armored("lead").replace("\n", "\nx", 5), "0 usable keys"),
    ):
        with pytest.raises(OpenPgpError, match=complaint):
            check_lead_key(text)


def test_no_gnupg_is_started_for_a_strangers_card_and_only_one_in_the_room_for_a_leads(
    desk: Vault, armored: Callable[[str], str], tmp_path: Path, started: list[list[str]]
) -> None:
    stranger = SigningKey.generate("anna")
    card = LeadCard("anna", stranger.verify_key, str(HybridIdentity.generate().recipient()), openpgp=armored("lead"))
    (tmp_path / "lead.txt").write_bytes(card.to_note(stranger))
    started.clear()
    refused = CliRunner().invoke(main, ["leads", "add", str(tmp_path / "lead.txt")], obj=desk)
    assert "does not certify" in refused.output
    assert started == []
    asked = CliRunner().invoke(main, ["leads", "add", str(tmp_path / "lead.txt"), "--uncertified"], obj=desk, input="n")
    assert asked.exit_code == 1
    assert started == []
    added = CliRunner().invoke(main, ["leads", "add", str(tmp_path / "lead.txt"), "--uncertified", "--yes"], obj=desk)
    assert added.exit_code == 0, added.output
    gnupg = [command for command in started if any("gpg" in word for word in command)]
    assert gnupg
    assert all("bwrap" in command for command in gnupg)


def test_without_a_room_no_key_is_read_and_no_lead_taken_in(
    desk: Vault, armored: Callable[[str], str], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = armored("lead")
    started.clear()
    bubblewrap.require_sandbox.cache_clear()
    monkeypatch.setattr(bubblewrap, "_PATH", "/nowhere")
    with pytest.raises(SandboxError, match="Install bubblewrap"):
        check_lead_key(text)
    assert started == []
    bubblewrap.require_sandbox.cache_clear()


LISTS = b"pub:-:255:22:0123456789ABCDEF:1:::-:::scESC:\nfpr:::::::::%s:\n"


@pytest.mark.parametrize("said", [b"", b"\xff\xfe", b"pub:-\n", LISTS % b"$(reboot)", LISTS % b"", LISTS % b"0" * 2])
def test_what_a_gnupg_that_was_taken_over_says_becomes_no_command(
    armored: Callable[[str], str], said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lies(_job: Job, _source: Readable, sink: Callable[[bytes], object]) -> Outcome:
        sink(said)
        return Outcome(0, b"")

    monkeypatch.setattr(lead_keys, "run", lies)
    with pytest.raises(OpenPgpError, match="usable keys instead of one"):
        check_lead_key(armored("lead"))


def test_one_that_was_taken_over_cannot_fill_the_disk_either(
    armored: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package").write_bytes(bytes(MIB))
    monkeypatch.setattr(lead_keys, "_ENCRYPT", "yes; exit 0; ")
    with pytest.raises(TooLargeError, match="more than was to be encrypted"):
        encrypt_for(armored("lead"), tmp_path / "package", tmp_path / "package.gpg")
    assert [path.name for path in tmp_path.iterdir()] == ["package"]


@pytest.mark.parametrize("script", ["exit 2; ", "cat >/dev/null; echo half; exit 0; "])
def test_a_failure_of_gnupg_leaves_nothing(
    armored: Callable[[str], str], tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package").write_bytes(bytes(limits.SEALED_MORE))
    monkeypatch.setattr(lead_keys, "_ENCRYPT", script)
    with pytest.raises(ReviewerError, match="could not encrypt"):
        encrypt_for(armored("lead"), tmp_path / "package", tmp_path / "package.gpg")
    assert [path.name for path in tmp_path.iterdir()] == ["package"]
