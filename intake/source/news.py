"""What a visit's next page says of what was just taken in, small enough for the cookie."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.source.reception import Received
from keys.sealing.followup import Act
from keys.sealing.submission import SubmittedFile

if TYPE_CHECKING:
    from collections.abc import Iterable

NEWS_BYTES = 1_800
"""With the words and the sealing, the cookie stays below the 4,096 bytes that every browser keeps."""
_NAME_CHARACTERS, _END = 60, 15


@dataclass(frozen=True, slots=True)
class News:
    """What was taken in.

    Attributes:
        received: the text and the files, of many files the first ones.
        more: how many files there are besides.
        act: what was done, where it is neither a text nor a file.
    """

    received: Received
    more: int = 0
    act: Act | None = None

    def to_text(self) -> str:
        """Return what the cookie keeps: the names and digests of as many files as fit."""
        files: list[list[str | int]] = [
            [_short(file.original_name), file.size, file.sha256] for file in self.received.files
        ]
        kept = _fitting(files)
        return json.dumps([self.received.message_sha256, kept, len(files) - len(kept), self.act], ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> News | None:
        """Read what the cookie kept, which is ours; ``None`` where there is no news."""
        if not text:
            return None
        message, files, more, act = json.loads(text)
        received = Received(message, [SubmittedFile("", name, size, digest) for name, size, digest in files])
        return cls(received, more, act and Act(act))


def _short(name: str) -> str:
    """Leave out the middle of a long name: its end tells what kind of file it is."""
    if len(name) <= _NAME_CHARACTERS:
        return name
    return f"{name[: _NAME_CHARACTERS - _END - 1]}…{name[-_END:]}"


def _fitting(files: Iterable[list[str | int]]) -> list[list[str | int]]:
    kept: list[list[str | int]] = []
    room = NEWS_BYTES - 200
    for file in files:
        room -= len(json.dumps(file, ensure_ascii=False).encode()) + len(", ")
        if room < 0:
            break
        kept.append(file)
    return kept
