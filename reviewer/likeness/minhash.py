"""Signatures of texts: one-permutation MinHash, so that alike ones are found without comparing all. Pure.

Source: P. Li, A. Owen, C.-H. Zhang, "One Permutation Hashing", NIPS 2012; an empty bin takes the value of another, in
an order of its own (A. Shrivastava, "Optimal Densification for Fast and Accurate Minwise Hashing", ICML 2017).

Rules:
1. Hashes are BLAKE2b under a secret of the vault: nobody outside can make texts that collide.
2. The share of runs in common is about the share of equal bins. Three bins are a band; texts that share one are
   candidates, and are compared run by run before anything is said of them.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import TYPE_CHECKING

from reviewer.likeness import limits

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY_BYTES = 32
DIGEST_BYTES = 16
_HASH_BYTES = 8
_PACKED = struct.Struct(f"<{limits.BANDS}q")


def _order(empty: int) -> tuple[int, ...]:
    """In which order an empty bin asks the others for their value: fixed, and its own."""
    return tuple(sorted(range(limits.BINS), key=lambda other: blake2b(bytes((empty, other))).digest()))


_ORDERS = tuple(map(_order, range(limits.BINS)))


def bins(runs: Iterable[str], key: bytes) -> list[bytes]:
    """The least hash in each bin, of at least one run."""
    start = blake2b(key=key, digest_size=_HASH_BYTES, person=b"likeness run")
    least: list[bytes | None] = [None] * limits.BINS
    for run in runs:
        hasher = start.copy()
        hasher.update(run.encode(errors="surrogatepass"))
        hashed = hasher.digest()
        number = hashed[-1] % limits.BINS
        before = least[number]
        if before is None or hashed < before:
            least[number] = hashed
    return [_of(least, number) for number in range(limits.BINS)]


def _of(least: list[bytes | None], number: int) -> bytes:
    own = least[number]
    if own is not None:
        return own
    return next(other for place in _ORDERS[number] if (other := least[place]) is not None)


def bands(runs: Iterable[str], key: bytes) -> tuple[int, ...]:
    """Give the pieces of a signature, each a signed 64-bit number that holds its place too."""
    values = bins(runs, key)
    return tuple(_band(number, values, key) for number in range(limits.BANDS))


def _band(number: int, values: list[bytes], key: bytes) -> int:
    some = values[number * limits.BAND_BINS : (number + 1) * limits.BAND_BINS]
    hashed = blake2b(bytes((number,)) + b"".join(some), key=key, digest_size=_HASH_BYTES, person=b"likeness band")
    return int.from_bytes(hashed.digest(), "little", signed=True)


def digest(words: str, key: bytes) -> bytes:
    """Give the name of a text: the same words have the same."""
    text = words.encode(errors="surrogatepass")
    return blake2b(text, key=key, digest_size=DIGEST_BYTES, person=b"likeness text").digest()


def pack(values: tuple[int, ...]) -> bytes:
    """Put the pieces of a signature into bytes."""
    return _PACKED.pack(*values)


def unpack(data: bytes) -> tuple[int, ...]:
    """Take them out again."""
    return _PACKED.unpack(data)
