"""Asks Debian's gpgv whether a detached signature fits, and gpg what a public key says of itself. Stands alone.

Rules:
1. gpgv sees one key file, one signature and the signed bytes; of what it says only its status lines count.
2. A signature fits when gpgv says so of exactly one signature, over bytes as they are (class 00), with a digest that
   nobody can collide. What else it says has a word of its own.
3. The clock of this machine decides nothing: times are given on, to be judged elsewhere.

Source: doc/DETAILS of GnuPG; RFC 9580, section 6 (armor).
"""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_HOME = Path("gpg")
_RING = Path("ring.gpg")
_GPGV = ("gpgv", "--homedir", str(_HOME), "--keyring", f"./{_RING}", "--ignore-time-conflict", "--status-fd", "1")
_GPG = ("gpg", "--homedir", str(_HOME), "--no-options", "--batch", "--no-tty", "--with-colons", "--show-keys")
_ARMORED = re.compile(
    rb"\s*-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n]*: [^\r\n]*\r?\n)*[ \t]*\r?\n"
    rb"([A-Za-z0-9+/=\s]*?)(?:\r?\n=([A-Za-z0-9+/]{4}))?\s*-----END PGP PUBLIC KEY BLOCK-----\s*"
)
_WEAK = {"1", "2", "3"}
"""MD5, SHA-1, RIPEMD-160."""
_OVER_BYTES = "00"
_WHY_NOT = {"6": "key-unusable", "9": "no-key"}
_VALIDITY, _MADE, _TEXT = 0, 4, 8
"""Columns of a line of ``gpg --with-colons``, its kind left out."""
_VALID_PARTS, _ERROR_PARTS = 11, 7
"""Words of a status line, its name counted."""
_SAID_MOST = 64 * 1024
_KEYS_MOST, _NAMES_MOST, _NAME_LETTERS = 8, 8, 200


@dataclass(frozen=True)
class Key:
    """A public key: its fingerprint, when it says that it was made (seconds since 1970), whose it says it is."""

    fingerprint: str
    made: int
    names: list[str]
    usable: bool


def prepare(key: bytes) -> list[Key]:
    """Put a public key where gpgv looks for it; none where it cannot be read."""
    _HOME.mkdir(mode=0o700, exist_ok=True)
    _RING.write_bytes(_binary(key))
    said = subprocess.run([*_GPG, str(_RING)], capture_output=True, check=False).stdout[:_SAID_MOST]
    return _keys(said.decode("utf-8", "replace"))


def _binary(key: bytes) -> bytes:
    """Take the armor off; what is none stays as it is."""
    found = _ARMORED.fullmatch(key)
    if found is None:
        return key
    try:
        data = base64.b64decode(b"".join(found[1].split()), validate=True)
    except binascii.Error:
        return b""
    if found[2] is not None and base64.b64decode(found[2]) != _crc24(data).to_bytes(3, "big"):
        return b""
    return data


def _crc24(data: bytes) -> int:
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _bit in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc


def _keys(said: str) -> list[Key]:
    """Read ``gpg --with-colons``: ``pub``, then its ``fpr``, its ``uid``; subkeys have their ``fpr`` after ``sub``."""
    found: list[Key] = []
    of_primary = False
    for line in said.splitlines():
        kind, *rest = line.split(":")
        if len(rest) <= _TEXT:
            continue
        if kind == "pub":
            of_primary = True
            found.append(Key("", _number(rest[_MADE]), [], rest[_VALIDITY] not in {"i", "r"}))
        elif kind in {"sub", "ssb"}:
            of_primary = False
        elif found and of_primary and kind == "fpr":
            found[-1] = Key(rest[_TEXT], found[-1].made, found[-1].names, found[-1].usable)
        elif found and kind == "uid" and len(found[-1].names) < _NAMES_MOST:
            found[-1].names.append(_unescaped(rest[_TEXT])[:_NAME_LETTERS])
    return [key for key in found if key.fingerprint][:_KEYS_MOST]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _unescaped(text: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), text)


@dataclass(frozen=True)
class Signature:
    """What gpgv says of one: a word, and of one that fits whose it is, when it says it was made, and the digest."""

    state: str
    fingerprint: str = ""
    made: int = 0
    digest: str = ""


class Checking:
    """One signature that waits for the bytes that it is over; give them in pieces, then ask for the result."""

    def __init__(self, signature: bytes) -> None:
        Path("signature").write_bytes(signature)
        self._process = subprocess.Popen(
            [*_GPGV, "signature", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def feed(self, data: bytes) -> None:
        """Take some bytes; gpgv may want no more."""
        try:
            self._process.stdin.write(data)  # type: ignore[union-attr]  # a pipe
        except BrokenPipeError:
            return

    def result(self) -> Signature:
        """End it, and say what was found."""
        try:
            said, _nothing = self._process.communicate()
        except BrokenPipeError:
            said = b""
        return _signature(said[:_SAID_MOST].decode("ascii", "replace"))


_STATES = {
    "GOODSIG": "good",
    "BADSIG": "bad",
    "EXPSIG": "expired",
    "EXPKEYSIG": "key-expired",
    "REVKEYSIG": "key-revoked",
}


def _signature(said: str) -> Signature:
    lines = [line.split()[1:] for line in said.splitlines() if line.startswith("[GNUPG:] ")]
    begun = sum(line[0] == "NEWSIG" for line in lines)
    if begun > 1:
        return Signature("several")
    states = [_STATES[line[0]] for line in lines if line[0] in _STATES]
    valid = [line for line in lines if line[0] == "VALIDSIG" and len(line) >= _VALID_PARTS]
    errors = [line for line in lines if line[0] == "ERRSIG" and len(line) >= _ERROR_PARTS]
    if errors:
        *_rest, made, why = errors[0][:_ERROR_PARTS]
        return Signature(_WHY_NOT.get(why, "unchecked"), made=_number(made))
    if states == ["bad"]:
        return Signature("bad")
    if len(states) != 1 or len(valid) != 1:
        return Signature("unreadable")
    _word, _by, _day, made_at, _ends, _version, _reserved, _kind, digest, over, primary = valid[0][:_VALID_PARTS]
    state = "weak" if digest in _WEAK else "odd" if over != _OVER_BYTES else states[0]
    return Signature(state, primary, _number(made_at), digest)
