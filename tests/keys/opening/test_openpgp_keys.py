"""A desk's OpenPGP key, looked at with a GnuPG of its own."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from keys.opening.errors import OpenPgpError
from keys.opening.gnupg_home import throw_away_home
from keys.opening.openpgp_keys import check_pair, make_openpgp_key
from keys.sealing.errors import FormatError
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.openpgp_packets import read_head, read_public_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from keys.opening.openpgp_keys import NewOpenPgpKey

    Gpg = Callable[..., bytes]

NAME = "Open Harbour \N{EM DASH} باب\n%commit"


@pytest.fixture(scope="module")
def key(day: date) -> NewOpenPgpKey:
    return make_openpgp_key(NAME, "The desk", day)


@pytest.fixture
def gpg() -> Iterator[Gpg]:
    with tempfile.TemporaryDirectory(prefix="look-") as home:

        def run(*arguments: str, data: bytes = b"") -> bytes:
            command = ["gpg", "--homedir", home, "--batch", "--quiet", "--no-options", *arguments]
            return subprocess.run(command, input=data, capture_output=True, check=True, timeout=60).stdout

        yield run
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


def colons(gpg: Gpg, key: NewOpenPgpKey) -> dict[str, list[list[str]]]:
    listed: dict[str, list[list[str]]] = {}
    for line in gpg("--with-colons", "--show-keys", data=key.public.encode()).decode().splitlines():
        kind, *fields = line.split(":")
        listed.setdefault(kind, []).append([kind, *fields])
    return listed


def test_it_bears_one_name_never_expires_and_is_a_day_old(key: NewOpenPgpKey, gpg: Gpg, day: date) -> None:
    listed = colons(gpg, key)
    assert [field[9] for field in listed["uid"]] == ["Open Harbour \N{EM DASH} باب %commit"]
    (primary,), (part,) = listed["pub"], listed["sub"]
    assert (primary[3], primary[6], primary[11][0]) == ("22", "", "c")
    assert (part[3], part[6], part[11]) == ("18", "", "e")
    midnight = int(primary[5])
    assert midnight % 86_400 == 0
    assert (day.toordinal() - 719_163) * 86_400 - midnight == 86_400
    assert {field[5] for kind in ("pub", "sub", "uid") for field in listed[kind]} == {primary[5]}


def test_the_key_file_opens_what_was_sealed_to_the_public_half(key: NewOpenPgpKey, gpg: Gpg, tmp_path: Path) -> None:
    public = tmp_path / "key.asc"
    public.write_text(key.public)
    sealed = gpg("-f", str(public), "-e", data=b"what they did\n" * 999)
    (reader,) = read_head(sealed).readers
    assert read_public_key(key.public).reads(reader)
    gpg("--import", data=key.key_file.openpgp().encode())
    assert gpg("--decrypt", data=sealed) == b"what they did\n" * 999
    assert len(sealed) > 10_000, "it was compressed, though the key asks for none"


def test_the_two_halves_know_each_other(key: NewOpenPgpKey, day: date) -> None:
    assert (key.key_file.kind, key.key_file.name) == (KeyKind.OPENPGP, "The desk")
    assert KeyFile.from_json(key.key_file.to_json()) == key.key_file
    check_pair(key.public, key.key_file)
    other = make_openpgp_key(NAME, "The desk", day)
    for wrong in (other.key_file, replace(other.key_file, id=key.key_file.id), replace(key.key_file, id="00")):
        with pytest.raises(FormatError, match="not of the key in the public bundle"):
            check_pair(key.public, wrong)


def test_nothing_secret_is_shown(key: NewOpenPgpKey) -> None:
    assert "PRIVATE" not in repr(key)


@pytest.mark.parametrize("writable", [True, False])
def test_a_home_for_secrets_lies_in_memory_where_there_is_such_a_place_and_nothing_of_it_stays(
    *, writable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    if writable:
        memory.mkdir()
    monkeypatch.setattr("keys.opening.gnupg_home._MEMORY", memory)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with throw_away_home(in_memory=True) as gpg:
        assert Path(gpg.gnupghome).parent == (memory if writable else tmp_path)
        assert Path(gpg.gnupghome).stat().st_mode & 0o777 == 0o700
    assert [path.name for path in tmp_path.iterdir()] == (["memory"] if writable else [])


def test_a_gnupg_that_cannot_make_such_a_key_is_told_of(day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keys.opening.openpgp_keys._RECIPE", "Key-Type: none\n")
    with pytest.raises(OpenPgpError, match="could not make a key"):
        make_openpgp_key(NAME, "The desk", day)
