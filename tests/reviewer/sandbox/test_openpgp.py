"""GnuPG in the room: what it opens, and with which key."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESOCB3

from keys.sealing.openpgp_packets import Protection, read_head, read_public_key
from reviewer.sandbox import limits
from reviewer.sandbox.errors import NotOpenedError
from reviewer.sandbox.openpgp import OpenPgpSecret, open_openpgp
from tests.keys.sealing.openpgp_forge import FOLDER, SECRET_TEXT, new_packet, stored_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

DESK = OpenPgpSecret(
    read_public_key(stored_bytes("keys/desk.asc").decode()), stored_bytes("keys/desk-secret.asc").decode()
)
OTHER = OpenPgpSecret(read_public_key(stored_bytes("keys/other.asc").decode()), "no key at all")
CIPHER, OCB, CHUNKS = 9, 2, 10


def opened(data: bytes, keys: Sequence[OpenPgpSecret] = (DESK,)) -> bytes:
    pieces: list[bytes] = []
    open_openpgp(lambda: io.BytesIO(data), limits.most_from(len(data)), keys, pieces.append)
    return b"".join(pieces)


@pytest.mark.parametrize(
    "name", ["for-the-desk.gpg", "for-the-desk.asc", "signed-too.gpg", "for-two.gpg", "also-hidden.gpg"]
)
def test_it_opens_what_gnupg_sealed_for_the_desk(name: str) -> None:
    assert opened(stored_bytes(f"gpg/{name}"), (OTHER, DESK) if name != "for-two.gpg" else (DESK, OTHER)) == SECRET_TEXT


def test_a_long_file_in_parts_comes_out_whole() -> None:
    assert opened(stored_bytes("gpg/in-parts.gpg")) == bytes(range(256)) * 400


def session_key() -> bytes:
    """Return the key of the data in the file for the desk, as GnuPG tells it."""
    with tempfile.TemporaryDirectory(prefix="desk-") as home:
        gpg = ["gpg", "--homedir", home, "--batch", "--no-options"]
        subprocess.run([*gpg, "--quiet", "--import", str(FOLDER / "keys/desk-secret.asc")], check=True, timeout=60)
        show = [*gpg, "--show-session-key", "--decrypt", str(FOLDER / "gpg/for-the-desk.gpg")]
        said = subprocess.run(show, capture_output=True, check=True, timeout=60).stderr.decode()
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)
    found = re.search(r"'(\d+):([0-9A-F]+)'", said)
    assert found
    assert int(found[1]) == CIPHER
    return bytes.fromhex(found[2])


def ocb_packet(key: bytes, content: bytes) -> bytes:
    """Write packet 20 as GnuPG 2.3 and newer do (LibrePGP, section 5.16), in one chunk."""
    head, nonce = bytes([1, CIPHER, OCB, CHUNKS]), bytes(15)
    literal = new_packet(11, b"b\0\0\0\0\0" + content)
    seal = AESOCB3(key).encrypt
    last = nonce[:-1] + b"\x01"
    about = bytes([0xD4]) + head
    chunk = seal(nonce, literal, about + bytes(8))
    end = seal(last, b"", about + (1).to_bytes(8, "big") + len(literal).to_bytes(8, "big"))
    return new_packet(20, head + nonce + chunk + end)


def test_what_newer_gnupg_writes_for_keys_that_ask_for_it_is_opened_too() -> None:
    made = stored_bytes("gpg/for-the-desk.gpg")
    reader = made[: 2 + made[1]]
    message = reader + ocb_packet(session_key(), b"from a newer gpg\n")
    assert read_head(message).protection is Protection.OCB
    assert opened(message) == b"from a newer gpg\n"
    changed = bytearray(message)
    changed[-20] ^= 1
    with pytest.raises(NotOpenedError, match="damaged"):
        opened(bytes(changed))


@pytest.mark.parametrize("name", ["for-somebody-else.gpg", "hidden.gpg", "with-a-passphrase.gpg"])
def test_what_names_no_key_of_the_desk_never_reaches_gnupg(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.sandbox.openpgp.run", lambda *_: pytest.fail("something was run"))
    with pytest.raises(NotOpenedError, match="does not hold"):
        opened(stored_bytes(f"gpg/{name}"))


def test_only_the_one_key_goes_into_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[object] = []

    def note(job: object, *_: object) -> None:
        jobs.append(job)
        raise NotOpenedError("enough")

    monkeypatch.setattr("reviewer.sandbox.openpgp.run", note)
    with pytest.raises(NotOpenedError, match="enough"):
        opened(stored_bytes("gpg/for-two.gpg"), (DESK, OTHER))
    (job,) = jobs
    assert getattr(job, "files") == {"key.asc": DESK.armored.encode()}  # noqa: B009
    assert "PRIVATE" not in repr(job)


def test_two_messages_in_one_file_are_not_one() -> None:
    with pytest.raises(NotOpenedError, match="damaged"):
        opened(stored_bytes("gpg/for-the-desk.gpg") * 2)
