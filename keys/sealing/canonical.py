r"""Canonical JSON: one value, one text, so that what is signed or hashed can be made again from what was read.

Rules (a subset of RFC 8259; anything else is ``FormatError``):
1. UTF-8, no byte order mark, no white space outside strings, nothing before or after.
2. Members sorted by the code points of their names; no name twice.
3. Integers only, from -(2^53 - 1) to 2^53 - 1, as every JSON reader can hold them; no fractions, exponents or ``-0``.
4. In strings only ``"``, ``\\`` and characters below U+0020 are escaped, in their shortest form; no lone surrogates.
   Texts are not normalised: two spellings of one word stay two texts.
5. At most 32 levels.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Never, TypeAlias

from keys.sealing.errors import FormatError

JSON: TypeAlias = "str | int | bool | Sequence[JSON] | Mapping[str, JSON] | None"

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 32


def to_canonical(value: JSON) -> bytes:
    """Write a value; raises ``FormatError`` for what canonical JSON cannot hold."""
    _check(value, DEEPEST)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise FormatError("The text holds half a character (a lone surrogate).") from None


def from_canonical(data: bytes) -> JSON:
    """Read a value; raises ``FormatError`` unless the bytes are exactly what ``to_canonical`` writes for it."""
    try:
        value: JSON = json.loads(
            data.decode(),
            object_pairs_hook=_without_repetition,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (ValueError, RecursionError):
        raise FormatError("The text is not JSON.") from None
    if to_canonical(value) != data:
        raise FormatError("The JSON is not in its canonical form.")
    return value


def _check(value: object, levels: int) -> None:
    if levels == 0:
        raise FormatError("The JSON is nested too deeply.")
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise FormatError("JSON names are texts.")
        for member in value.values():
            _check(member, levels - 1)
    elif isinstance(value, list | tuple):
        for member in value:
            _check(member, levels - 1)
    elif not (value is None or isinstance(value, str) or _is_small_integer(value)):
        raise FormatError("Canonical JSON holds texts, integers up to 2^53 - 1, true, false, null, lists and objects.")


def _is_small_integer(value: object) -> bool:
    return isinstance(value, int) and -LARGEST_INTEGER <= value <= LARGEST_INTEGER


def _without_repetition(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FormatError("A name stands twice in the JSON.")
    return members


def _refuse_number(_text: str) -> Never:
    raise FormatError("The JSON holds a number that is not an integer.")
