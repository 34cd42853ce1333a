"""Deliveries as files: age, OpenPGP, or opened already."""

from __future__ import annotations

import os
import subprocess
from typing import IO, TYPE_CHECKING

import pytest

from caselog.errors import CaseLogError, TamperedError, TruncatedError, WrongKeyError
from caselog.importing import Imported, import_delivery
from caselog.transport import opened_delivery
from keys.sealing.age import seal
from keys.sealing.sizes import is_size_class
from tests.caselog import world
from tests.caselog.world import DeskOf, identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from caselog.lead_store import LeadStore


@pytest.fixture
def store(tmp_path: Path) -> LeadStore:
    return world.new_store(tmp_path / "store")


def imported(store: LeadStore, path: Path) -> Imported:
    with opened_delivery(path, identity(store.lead), store.folder) as container:
        return import_delivery(store, container, identity(store.lead))


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "delivery"
    path.write_bytes(data)
    return path


def test_an_age_file_is_opened_in_place(store: LeadStore, tmp_path: Path) -> None:
    desk = DeskOf()
    assert imported(store, saved(tmp_path, world.sealed(desk.delivery(desk.forward())))).new_packages == (0,)


def test_what_another_program_opened_is_taken_too(store: LeadStore, tmp_path: Path) -> None:
    desk = DeskOf()
    data = world.in_the_clear(desk.delivery(desk.forward()))
    assert is_size_class(len(data))
    assert imported(store, saved(tmp_path, data)).new_packages == (0,)


DAMAGED = r"is damaged: it was changed, as by a bad stick\. Ask for it again; if it happens again, tell the"
TRUNCATED = r"is truncated: it has the size of no delivery, as when a stick is pulled out early\. Ask for it again"


@pytest.mark.parametrize("cut", [1, 5000, 140_000])
def test_a_file_that_was_cut_off_is_truncated(store: LeadStore, tmp_path: Path, cut: int) -> None:
    desk = DeskOf()
    delivery = desk.delivery(desk.forward())
    for data in (world.sealed(delivery), world.in_the_clear(delivery)):
        with pytest.raises(TruncatedError, match=TRUNCATED):
            imported(store, saved(tmp_path, data[:-cut]))


def test_a_changed_file_was_tampered_with(store: LeadStore, tmp_path: Path) -> None:
    desk = DeskOf()
    data = world.sealed(desk.delivery(desk.forward()))
    for place, match in ((30, "damaged|sealed"), (1700, DAMAGED), (len(data) // 2, DAMAGED), (len(data) - 1, DAMAGED)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises((TamperedError, WrongKeyError), match=match):
            imported(store, saved(tmp_path, bytes(changed)))


def test_a_file_for_somebody_else_is_said_to_be_so(store: LeadStore, tmp_path: Path) -> None:
    with pytest.raises(WrongKeyError, match="somebody else"):
        imported(store, saved(tmp_path, world.sealed(DeskOf().delivery(), lead="bo")))


@pytest.mark.parametrize("data", [b"", b"hello, world", b"<html>"])
def test_other_files_are_no_deliveries(store: LeadStore, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(CaseLogError, match="not a delivery"):
        imported(store, saved(tmp_path, data))


def test_an_envelope_around_something_else_is_truncated_or_tampered_with(store: LeadStore, tmp_path: Path) -> None:
    recipient = identity("anna").recipient()
    with pytest.raises(TruncatedError):
        imported(store, saved(tmp_path, seal(b"hello", [recipient])))
    with pytest.raises(TamperedError):
        imported(store, saved(tmp_path, seal(bytes(131_072), [recipient])))


@pytest.fixture
def gnupg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    made = [
        "gpg",
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-gen-key",
        "anna@example.org",
        "default",
        "default",
    ]
    subprocess.run(made, check=True, capture_output=True)
    yield home
    subprocess.run(["gpgconf", "--kill", "all"], check=True, env={**os.environ, "GNUPGHOME": str(home)})


@pytest.mark.parametrize("armor", [[], ["--armor"]])
def test_an_openpgp_message_is_opened_by_the_leads_own_gnupg(
    store: LeadStore, tmp_path: Path, gnupg: Path, armor: list[str]
) -> None:
    desk = DeskOf()
    clear = saved(tmp_path, world.in_the_clear(desk.delivery(desk.forward())))
    path = tmp_path / "delivery.gpg"
    command = ["gpg", "--batch", "--quiet", "--trust-model", "always", *armor, "-r", "anna@example.org"]
    subprocess.run([*command, "--output", str(path), "--encrypt", str(clear)], check=True, capture_output=True)
    assert gnupg.exists()
    assert imported(store, path).new_packages == (0,)


def test_what_gnupg_opens_is_never_on_the_disk_in_the_clear(
    store: LeadStore, tmp_path: Path, gnupg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear = world.in_the_clear(DeskOf().delivery())
    path = tmp_path / "delivery.gpg"
    command = ["gpg", "--batch", "--quiet", "--trust-model", "always", "-r", "anna@example.org", "--encrypt"]
    path.write_bytes(subprocess.run(command, input=clear, check=True, capture_output=True).stdout)
    assert gnupg.exists()
    made: list[Path] = []

    def named(*_options: object, **_named: object) -> IO[bytes]:
        made.append(tmp_path / f"scratch-{len(made)}")
        return made[-1].open("w+b")

    monkeypatch.setattr("caselog.transport.tempfile.TemporaryFile", named)
    with opened_delivery(path, identity(store.lead), store.folder) as container:
        container.seek(0)
        assert container.read() == clear
        assert made
        assert b"delivery.note" in clear
        assert not any(b"delivery.note" in one.read_bytes() for one in made)


def test_an_openpgp_message_for_somebody_else_says_what_to_do(store: LeadStore, tmp_path: Path, gnupg: Path) -> None:
    assert gnupg.exists()
    with pytest.raises(WrongKeyError, match="list-secret-keys"):
        imported(store, saved(tmp_path, b"\x85\x01\x0c\x03" + bytes(300)))


def test_without_gnupg_the_message_says_so(store: LeadStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CaseLogError, match="Install the package gnupg"):
        imported(store, saved(tmp_path, b"-----BEGIN PGP MESSAGE-----\n"))
