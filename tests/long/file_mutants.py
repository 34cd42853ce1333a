"""Damaged files: what disks, sticks and hostile hands make of a valid one. Deterministic for one ``random.Random``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from keys.sealing.canonical import to_canonical
from keys.sealing.errors import FormatError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

_LENGTHS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**53, 2**63 - 1, 2**64 - 1)
_TOKENS = (
    b"\0", b"\n", b"\r\n", b"\n\n", b" ", b"=", b"==", b"-", b"-> ", b"--- ", b"\xe2\x80\x94 ", b"{", b"}", b"[",
    b"]", b'"', b"\\u0000", b"\\ud800", b"\xed\xa0\x80", b"\xff\xfe", b"\xef\xbb\xbf", b"null", b"1e999", b"-0", b"0.5",
    b"9" * 20, b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"../", b"/", b"%25", b"+", b"1", b"0",
    b"A" * 70, b"[" * 40,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 255, 2**31, 2**53 - 1, -(2**53 - 1), "", " ", "a", "ab" * 16, "ab" * 32, "\0", "\n",
    "2026-02-30", "0000-00-00", "9999-12-31", "2026-W54", "\u0661\u0662", "\u00e9", "e\u0301", "../x", "x" * 2000,
    [], {}, [[]], [{}], [None], {"": ""}, ["a", "a"], [0], "age1pq1", "a+00000000+AQ==",
    "khomo/x/v1\n{}\n\n\u2014 a AAAA\n", "\U0001f600" * 300,
)  # fmt: skip


def damaged(sample: bytes, chance: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Return the sample with one to three faults; never the sample itself."""
    data = sample
    while data == sample:
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            data = chance.choice(_FAULTS)(data, chance, others)
    return data


def _slice(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    longest = chance.choice((1, 2, 4, 16, 64, 512, len(data)))
    return start, min(len(data), start + chance.randint(0, max(1, longest)))


def _flip(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    if not data:
        return b"\0"
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _byte(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.randbytes(1) + data[place + 1 :]


def _cut(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] if chance.random() < 0.8 else data[place:]


def _remove(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = _slice(data, chance)
    return data[:start] + data[end:]


def _duplicate(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = _slice(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 1, 2, 20)) + data[end:]


def _swap(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    (a, b), (c, d) = sorted((_slice(data, chance), _slice(data, chance)))
    if b > c:
        return data[:a] + data[a:d][::-1] + data[d:]
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _insert(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice((*_TOKENS, chance.randbytes(chance.randrange(1, 40)))) + data[place:]


def _line(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Remove, repeat or move a whole line."""
    lines = data.splitlines(keepends=True) or [b"\n"]
    taken = lines.pop(chance.randrange(len(lines)))
    for _again in range(chance.choice((0, 1, 2))):
        lines.insert(chance.randrange(len(lines) + 1), taken)
    return b"".join(lines)


def _length(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Write a number over what may be a length: binary, octal or decimal."""
    value, size = (
        chance.choice((*_LENGTHS, len(data), len(data) + 1, chance.randrange(300))),
        chance.choice((1, 2, 4, 8, 11)),
    )
    place = chance.randrange(len(data) + 1)
    order: Any = chance.choice(("little", "big"))
    written = chance.choice((b"%d" % value, b"%0*o" % (size, value), (value % 256**size).to_bytes(size, order)))
    return data[:place] + written + data[place + len(written) :]


def _splice(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    other = chance.choice((*others, data))
    start, end = _slice(other, chance)
    place, after = _slice(data, chance)
    return data[:place] + other[start:end] + data[after:]


_FAULTS: tuple[Callable[[bytes, random.Random, Sequence[bytes]], bytes], ...] = (
    _flip, _flip, _byte, _cut, _remove, _duplicate, _swap, _insert, _line, _length, _splice,
)  # fmt: skip


def damaged_json(sample: bytes, chance: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Return canonical JSON that says something else, or seldom no canonical JSON at all."""
    if chance.random() < 0.2:
        return damaged(sample, chance, others)
    data = sample
    while data == sample:
        value = json.loads(sample)
        for _ in range(chance.choice((1, 1, 2))):
            value = _changed(value, chance)
        data = _written(value)
    return data


def _written(value: Any) -> bytes:
    try:
        return to_canonical(value)
    except FormatError:  # a number too large, half a character: written all the same
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _changed(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict) and value and chance.random() < 0.95:
        name = chance.choice(sorted(value))
        return _changed_member(value, name, chance)
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        return _changed_items(value, place, chance)
    if isinstance(value, str) and value and chance.random() < 0.6:
        return damaged(value.encode(), chance).decode(errors="ignore")
    if isinstance(value, int) and chance.random() < 0.5:
        return value + chance.choice((-1, 1, 1000))
    return chance.choice(_VALUES)


def _changed_member(value: dict[str, Any], name: str, chance: random.Random) -> dict[str, Any]:
    match chance.choice(("remove", "rename", "add", "swap", *["change"] * 8)):
        case "remove":
            return {key: one for key, one in value.items() if key != name}
        case "rename":
            return {
                key if key != name else chance.choice((key + "s", "", "version")): one for key, one in value.items()
            }
        case "add":
            return value | {chance.choice(("extra", "", "\0")): chance.choice(_VALUES)}
        case "swap":
            other = chance.choice(sorted(value))
            return value | {name: value[other], other: value[name]}
        case _:
            return value | {name: _changed(value[name], chance)}


def _changed_items(value: list[Any], place: int, chance: random.Random) -> list[Any]:
    match chance.choice(("remove", "repeat", "reverse", "many", *["change"] * 6)):
        case "remove":
            return value[:place] + value[place + 1 :]
        case "repeat":
            return [*value, value[place]]
        case "reverse":
            return value[::-1]
        case "many":
            return value * 40
        case _:
            return [*value[:place], _changed(value[place], chance), *value[place + 1 :]]
