from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keys.opening.errors import OpeningError, WrongPassphraseError
from keys.opening.key_files import read_key_file, write_key_file, write_plain_key_file
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.passphrases import draw_passphrase
from keys.sealing.age import ArmorWriter, HybridIdentity, ScryptRecipient, seal
from keys.sealing.errors import FormatError
from keys.sealing.key_file import KeyFile, KeyKind, read_plain_key_file

if TYPE_CHECKING:
    from pathlib import Path

KEY = KeyFile.of_identity(KeyKind.EPOCH, "Desk", "main-1", HybridIdentity.generate())
PASSPHRASE = draw_passphrase()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "epoch.key.age"
    write_key_file(path, KEY, PASSPHRASE, LOWEST_LOG_N)
    return path


def test_a_key_file_opens_with_its_passphrase_also_as_people_type_it(path: Path) -> None:
    assert read_key_file(path, PASSPHRASE) == KEY
    assert read_key_file(path, PASSPHRASE.title().replace(" ", "-")) == KEY


def test_a_key_file_is_for_its_owner_and_states_its_work_factor(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().split(b"\n")[1].endswith(b" 14")
    assert KEY.secret.encode() not in path.read_bytes()


def test_a_key_file_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        write_key_file(path, KEY, PASSPHRASE, LOWEST_LOG_N)
    assert path.read_bytes() == before


def test_a_wrong_passphrase_is_told_apart_from_damage(path: Path) -> None:
    with pytest.raises(WrongPassphraseError):
        read_key_file(path, "another passphrase")
    with pytest.raises(WrongPassphraseError):
        read_key_file(path, draw_passphrase().title())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(OpeningError, match="not a whole key file") as caught:
        read_key_file(path, PASSPHRASE)
    assert not isinstance(caught.value, WrongPassphraseError)


def test_an_armored_key_file_opens_too(path: Path, tmp_path: Path) -> None:
    pieces: list[bytes] = []
    writer = ArmorWriter(pieces.append)
    writer.write(path.read_bytes())
    writer.finish()
    armored = tmp_path / "armored"
    armored.write_bytes(b"".join(pieces))
    assert read_key_file(armored, PASSPHRASE) == KEY


def test_a_passphrase_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.age"
    path.write_bytes(seal(b"a letter", [ScryptRecipient(PASSPHRASE, LOWEST_LOG_N)]))
    with pytest.raises(FormatError, match="not JSON"):
        read_key_file(path, PASSPHRASE)


def test_a_plain_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    write_plain_key_file(tmp_path / "server.key", KEY)
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600
    assert read_plain_key_file(tmp_path / "server.key") == KEY
