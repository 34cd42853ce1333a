from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from reviewer import limits
from reviewer.errors import LockedError, ReviewerError
from reviewer.vault import unlock
from reviewer.vault.unlock import Cost, Unlocked, open_wrap, reviewers, write_wrap

PASSPHRASE = "correct horse battery"
AMINA = Unlocked("amina", bytes(range(32)), bytes(32))


@pytest.fixture
def wraps(tmp_path: Path) -> Path:
    write_wrap(tmp_path, AMINA, PASSPHRASE)
    return tmp_path


def test_a_passphrase_opens_what_it_wrapped(wraps: Path) -> None:
    assert open_wrap(wraps, "amina", PASSPHRASE) == AMINA
    assert reviewers(wraps) == ["amina"]


def test_a_wrong_passphrase_opens_nothing(wraps: Path) -> None:
    with pytest.raises(LockedError, match="passphrase does not open"):
        open_wrap(wraps, "amina", PASSPHRASE + " ")


def test_nothing_secret_is_printed() -> None:
    assert "amina" in repr(AMINA)
    assert bytes(range(32)).hex() not in repr(AMINA)
    assert "\\x01" not in repr(AMINA)


@pytest.mark.parametrize("broken", ["amina.wrap", "amina.wrap.second"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "missing", "huge", "other text"])
def test_one_damaged_copy_is_made_anew_from_the_other(wraps: Path, broken: str, damage: str) -> None:
    path = wraps / broken
    good = path.read_bytes()
    flipped = bytearray(good)
    flipped[60] ^= 1
    path.unlink()
    if damage != "missing":
        ways = {"truncated": good[:50], "flipped": bytes(flipped), "empty": b"", "huge": good * 20, "other text": b"?"}
        path.write_bytes(ways[damage])
    assert open_wrap(wraps, "amina", PASSPHRASE) == AMINA
    assert path.read_bytes() == good


def test_both_copies_damaged_say_what_to_do(wraps: Path) -> None:
    for path in wraps.iterdir():
        path.write_bytes(b"damaged")
    with pytest.raises(LockedError, match="Restore them from a backup"):
        open_wrap(wraps, "amina", PASSPHRASE)


def test_a_changed_passphrase_makes_the_old_one_useless(wraps: Path) -> None:
    write_wrap(wraps, AMINA, "another passphrase")
    assert open_wrap(wraps, "amina", "another passphrase") == AMINA
    with pytest.raises(LockedError):
        open_wrap(wraps, "amina", PASSPHRASE)


def test_a_change_cut_off_half_way_leaves_a_copy_that_opens(wraps: Path) -> None:
    old = (wraps / "amina.wrap.second").read_bytes()
    write_wrap(wraps, AMINA, "another passphrase")
    (wraps / "amina.wrap.second").write_bytes(old)
    assert open_wrap(wraps, "amina", "another passphrase") == AMINA
    assert (wraps / "amina.wrap.second").read_bytes() == (wraps / "amina.wrap").read_bytes()


def test_a_wrap_under_another_name_is_not_that_reviewer(wraps: Path) -> None:
    for path in list(wraps.iterdir()):
        path.rename(wraps / path.name.replace("amina", "yusuf"))
    with pytest.raises(LockedError):
        open_wrap(wraps, "yusuf", PASSPHRASE)


@pytest.mark.parametrize("name", ["", "../amina", "Amina", "a b", "x" * 65])
def test_a_name_that_cannot_name_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReviewerError, match="cannot be the name"):
        write_wrap(tmp_path, Unlocked(name, bytes(32), bytes(32)), PASSPHRASE)


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match="too short"):
        write_wrap(tmp_path, AMINA, "short")


def _rewritten(wraps: Path, **fields: object) -> None:
    """Change fields and make the checksum right again."""
    lines = (wraps / "amina.wrap").read_bytes().splitlines(keepends=True)
    body = json.loads(lines[1]) | fields
    head = lines[0] + json.dumps(body).encode() + b"\n"
    data = head + b"sha256 " + hashlib.sha256(head).hexdigest().encode() + b"\n"
    for path in wraps.iterdir():
        path.write_bytes(data)


@pytest.mark.parametrize(
    "fields",
    [
        {"memory": 2 * limits.KDF_MEMORY_MOST},
        {"operations": 10_000},
        {"operations": 0},
        {"operations": "many"},
        {"kdf": "scrypt"},
        {"salt": "AAAA"},
        {"salt": "not base64!"},
        {"more": 1},
    ],
)
def test_a_wrap_with_values_that_we_never_write_is_damaged(wraps: Path, fields: dict[str, object]) -> None:
    _rewritten(wraps, **fields)
    with pytest.raises(LockedError, match="missing or damaged"):
        open_wrap(wraps, "amina", PASSPHRASE)


def test_another_version_is_not_read(wraps: Path) -> None:
    head = b"khomo/vault-wrap/v2\n{}\n"
    data = head + b"sha256 " + hashlib.sha256(head).hexdigest().encode() + b"\n"
    with pytest.raises(ReviewerError, match="version that is not known"):
        unlock._decode(data)


def test_the_stated_cost_is_what_a_wrap_is_written_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    write_wrap(tmp_path, AMINA, PASSPHRASE)
    body = json.loads((tmp_path / "amina.wrap").read_bytes().splitlines()[1])
    assert (body["operations"], body["memory"]) == (limits.KDF_OPERATIONS, limits.KDF_MEMORY)
    assert Cost() == Cost(3, 256 * 1024 * 1024)
    assert open_wrap(tmp_path, "amina", PASSPHRASE) == AMINA


VECTORS = Path(__file__).parents[2] / "vectors/vault"


def test_the_wrap_in_the_vectors_opens(tmp_path: Path) -> None:
    [(name, expected)] = json.loads((VECTORS / "vectors.json").read_text()).items()
    shutil.copy(VECTORS / name, tmp_path)
    found = open_wrap(tmp_path, expected["reviewer"], expected["passphrase"])
    assert (found.database_key.hex(), found.signing_seed.hex()) == (expected["database"], expected["signing"])


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.damaged")), ids=lambda path: path.stem)
def test_each_damaged_wrap_of_the_vectors_is_refused(path: Path) -> None:
    with pytest.raises(ReviewerError):
        unlock._decode(path.read_bytes())
