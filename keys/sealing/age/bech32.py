"""Bech32 (BIP 173) without its limit on length, as C2SP age uses it for recipients and identities."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

from keys.sealing.age.errors import AgeError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6
_CHECKSUM_BITS = 5 * _CHECKSUM_LENGTH
_BITS = bytes.maketrans(b"01", b"\x00\x01")
_CHARACTERS = bytes.maketrans(bytes(range(32)), _ALPHABET.encode("ascii"))
_LENGTHS = 8
"""Recipients and identities of each kind; a server writes a recipient of 1,959 characters into every report."""


def _reduced(top: int) -> int:
    """Return what the five bits that leave a checksum put back into it."""
    return functools.reduce(operator.xor, (g for bit, g in enumerate(_GENERATORS) if top >> bit & 1), 0)


_REDUCED = tuple(map(_reduced, range(32)))


def _step(checksum: int, value: int) -> int:
    return (checksum & 0x1FFFFFF) << 5 ^ value ^ _REDUCED[checksum >> 25]


def _checksum(prefix: str, values: Iterable[int]) -> int:
    expanded = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *values]
    return functools.reduce(_step, expanded, 1)


@functools.lru_cache(_LENGTHS)
def _masks(fives: int) -> tuple[int, ...]:
    """Return, for each bit of a checksum, which bits of so many values it is the parity of: steps are linear."""
    states = [1 << bit for bit in range(5)]
    columns = []
    for _ in range(fives):
        columns += states
        states = [_step(state, 0) for state in states]
    columns.reverse()
    return tuple(
        int("".join("1" if column >> bit & 1 else "0" for column in columns), 2) for bit in range(_CHECKSUM_BITS)
    )


def _new_checksum(prefix: str, data: bytes) -> int:
    """Return what makes the checksum of ``data`` right: thirty parities instead of a step for each character."""
    fives = -(-len(data) * 8 // 5)
    bits = _checksum(prefix, ()) << 5 * fives | int.from_bytes(data) << 5 * fives - 8 * len(data)
    masks = _masks(_CHECKSUM_LENGTH + fives + _CHECKSUM_LENGTH)
    bits <<= _CHECKSUM_BITS
    return 1 ^ sum(((bits & mask).bit_count() & 1) << bit for bit, mask in enumerate(masks))


def _to_characters(data: bytes) -> str:
    """Write five bits a character, all at once: number, binary digits, then the first to fifth digit of every five."""
    count = -(-len(data) * 8 // 5)
    digits = f"{int.from_bytes(data) << 5 * count - 8 * len(data):0{5 * count}b}".encode("ascii")
    values = 0
    for place in range(5):
        values = values << 1 | int.from_bytes(digits[place::5].translate(_BITS))
    return values.to_bytes(count).translate(_CHARACTERS).decode("ascii")


def _to_bytes(fives: list[int]) -> bytes:
    count = len(fives) * 5 // 8
    spare = len(fives) * 5 - count * 8
    number = 0
    for five in fives:
        number = number << 5 | five
    if spare >= 5 or number & ((1 << spare) - 1):  # noqa: PLR2004 - a whole spare character, or padding that is not zero
        raise AgeError("The key is not written canonically.")
    return (number >> spare).to_bytes(count)


def encode(prefix: str, data: bytes) -> str:
    """Write ``data`` under a lower-case ``prefix``; the text is lower case."""
    checksum = _new_checksum(prefix, data)
    return f"{prefix}1{_to_characters(data)}{''.join(_ALPHABET[checksum >> shift & 31] for shift in range(25, -1, -5))}"


def decode(prefix: str, text: str) -> bytes:
    """Read what ``encode`` wrote under the same ``prefix``, in upper or in lower case.

    Raises:
        AgeError: another prefix, mixed case, foreign characters or a wrong checksum; never echoes the text.
    """
    if text not in {text.lower(), text.upper()}:
        raise AgeError("The key mixes upper and lower case.", "Copy it again as a whole.")
    found, separator, body = text.lower().rpartition("1")
    if not separator or found != prefix or len(body) < _CHECKSUM_LENGTH:
        raise AgeError(f"This is not a key that begins with {prefix}1.")
    if not set(body) <= _VALUES.keys():
        raise AgeError("The key holds characters that no key has.", "Copy it again as a whole.")
    fives = [_VALUES[character] for character in body]
    if _checksum(prefix, fives) != 1:
        raise AgeError("The key has a typing error: its checksum is wrong.", "Copy it again as a whole.")
    return _to_bytes(fives[:-_CHECKSUM_LENGTH])
