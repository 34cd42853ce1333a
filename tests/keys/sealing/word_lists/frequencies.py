"""Reads the word frequencies of wordfreq: a gzipped msgpack array whose item n lists the words of -n centibels."""

from __future__ import annotations

import gzip
from typing import Any


def read_frequencies(content: bytes) -> dict[str, float]:
    """Return how often words are used, as a share of all words."""
    header, *buckets = _Unpacker(gzip.decompress(content)).value()
    if header != {"format": "cB", "version": 1}:
        raise ValueError("This is no list of frequencies in centibels.")
    return {word: 10 ** (-number / 100) for number, words in enumerate(buckets) for word in words}


class _Unpacker:
    """The part of msgpack that these files use: short maps, arrays, texts and small numbers."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def value(self) -> Any:
        kind = self._number(1)
        if kind < 0x80:
            return kind
        if kind < 0x90:
            return {self.value(): self.value() for _ in range(kind & 0x0F)}
        if kind < 0xA0:
            return [self.value() for _ in range(kind & 0x0F)]
        if kind < 0xC0:
            return self._text(kind & 0x1F)
        if kind in _TEXTS:
            return self._text(self._number(_TEXTS[kind]))
        if kind in _ARRAYS:
            return [self.value() for _ in range(self._number(_ARRAYS[kind]))]
        raise ValueError(f"These files hold no values of kind {kind:#x}.")

    def _number(self, size: int) -> int:
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at])

    def _text(self, size: int) -> str:
        self._at += size
        return self._data[self._at - size : self._at].decode()


_TEXTS = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_ARRAYS = {0xDC: 2, 0xDD: 4}
