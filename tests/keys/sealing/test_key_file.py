from __future__ import annotations

from pathlib import Path

import pytest

from keys.sealing.age import HybridIdentity
from keys.sealing.errors import FormatError
from keys.sealing.key_file import KEY_FILE_BYTES, KeyFile, KeyKind, read_plain_key_file
from keys.sealing.notes import SigningKey

VECTORS = Path(__file__).parents[2] / "vectors" / "key-files"
ACCEPT = sorted((VECTORS / "accept").glob("*.json"))
REFUSE = sorted((VECTORS / "refuse").glob("*.json"))


@pytest.mark.parametrize("path", ACCEPT, ids=lambda path: path.stem)
def test_a_valid_key_file_is_read_and_written_again_byte_for_byte(path: Path) -> None:
    key = KeyFile.from_json(path.read_bytes())
    assert key.to_json() == path.read_bytes()
    if key.kind is KeyKind.SIGNING:
        assert KeyFile.of_signing_key(key.signing_key()) == key
    elif key.kind is KeyKind.OPENPGP:
        assert KeyFile.of_openpgp(key.name, key.id, key.openpgp()) == key
    else:
        assert KeyFile.of_identity(key.kind, key.name, key.id, key.identity()) == key


@pytest.mark.parametrize("path", REFUSE, ids=lambda path: path.stem)
def test_a_defective_key_file_is_refused_without_repeating_its_secret(path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        _use(KeyFile.from_json(path.read_bytes()))
    assert "0707" not in str(caught.value)
    assert "BEGIN" not in str(caught.value)
    assert "SECRET" not in str(caught.value).replace("AGE-SECRET-KEY-PQ-1…", "").replace("age-secret-key-pq-1", "")


def _use(key: KeyFile) -> object:
    if key.kind is KeyKind.OPENPGP:
        return key.openpgp()
    return key.signing_key() if key.kind is KeyKind.SIGNING else key.identity()


def test_there_are_vectors() -> None:
    assert len(ACCEPT) >= 4
    assert len(REFUSE) >= 8


def test_a_key_file_gives_only_what_it_is_for() -> None:
    signing = KeyFile.of_signing_key(SigningKey.generate("a/desk"))
    epoch = KeyFile.of_identity(KeyKind.EPOCH, "Desk", "main-1", HybridIdentity.generate())
    with pytest.raises(FormatError, match="signing key of a/desk, not a key that opens"):
        signing.identity()
    with pytest.raises(FormatError, match="epoch key of Desk, not a signing key"):
        epoch.signing_key()
    with pytest.raises(FormatError, match="epoch key of Desk, not an OpenPGP key"):
        epoch.openpgp()
    openpgp = KeyFile.from_json((VECTORS / "accept/openpgp.json").read_bytes())
    with pytest.raises(FormatError, match="openpgp key of The desk, not a key that opens"):
        openpgp.identity()


def test_a_repr_shows_no_secret() -> None:
    key = KeyFile.of_signing_key(SigningKey.generate("a/desk"))
    assert key.secret not in repr(key)


def test_a_plain_key_file_is_read_unless_everybody_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "server.key"
    key = KeyFile.of_signing_key(SigningKey.generate("a/server/1"))
    path.write_bytes(key.to_json())
    path.chmod(0o640)
    assert read_plain_key_file(path) == key
    path.chmod(0o644)
    with pytest.raises(FormatError, match="chmod 600"):
        read_plain_key_file(path)


def test_an_endless_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "server.key"
    path.write_bytes(b" " * (KEY_FILE_BYTES + 1))
    path.chmod(0o600)
    with pytest.raises(FormatError, match="too large"):
        read_plain_key_file(path)
