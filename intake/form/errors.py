"""What is wrong with a form file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.sealing.errors import KhomoError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing to put right.

    Attributes:
        line: of the file, counted from 1.
        place: which key, in words, such as ``section "danger", field "child", type``.
        what: what is wrong with it.
        right: what would be right.
    """

    line: int
    place: str
    what: str
    right: str

    def __str__(self) -> str:
        return f"{self.place} {self.what}. Right would be: {self.right}."


class FormError(KhomoError):
    """A form cannot be used.

    Attributes:
        mistakes: all of them, in the order of the file.
    """

    def __init__(self, path: Path, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(f"{path}:{one.line}: {one}" for one in mistakes), "")
        self.mistakes = tuple(mistakes)
