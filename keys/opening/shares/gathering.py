"""Bringing a key back: sheets come one by one, until there are enough. Nothing is ever written here. Pure.

Rules:
1. The record, where there is one, says of each sheet at once whether it belongs; without it the first sheet says which
   split is meant, and the public half at the end whether the key is the right one.
2. A sheet that was typed before counts once.
3. Fewer than needed give nothing, not even a guess. More than needed are tried in every choice, so that a forged sheet
   among enough good ones stops nobody; which ones did not belong is told by their turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from keys.opening.shares.errors import ShareError
from keys.opening.shares.slip39 import Share, combine
from keys.opening.shares.split_keys import SplitKey, key_of, public_of

if TYPE_CHECKING:
    from keys.opening.shares.record import SplitRecord
    from keys.sealing.key_file import KeyFile


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which key is to come back: its name as in its key file, and its public half and record where they are there."""

    what: SplitKey
    name: str
    public: str | None = None
    record: SplitRecord | None = None

    @classmethod
    def of_record(cls, record: SplitRecord) -> Wanted:
        """Return what the record describes."""
        return cls(record.what, record.name, record.public, record)


@dataclass(frozen=True, slots=True)
class Recovered:
    """The key, and by their turn (counted from 1) the sheets that did not belong."""

    key: KeyFile
    wrong: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gathering:
    """The sheets so far; prints without them."""

    wanted: Wanted
    shares: tuple[Share, ...] = ()

    @property
    def missing(self) -> int | None:
        """How many sheets are still needed; None before the first."""
        return max(0, self.shares[0].needed - len(self.shares)) if self.shares else None

    def and_share(self, share: Share) -> Gathering:
        """Return what is there with one sheet more; raises ShareError for one that does not belong."""
        if self.wanted.record is not None:
            self.wanted.record.proof_of(share)
        if self.shares:
            self._check(share)
        return replace(self, shares=(*self.shares, share))

    def _check(self, share: Share) -> None:
        first = self.shares[0]
        if (share.begins, share.needed) != (first.begins, first.needed):
            raise ShareError(
                f"This sheet is of another split or key: it begins with “{share.begins}”, the first “{first.begins}”.",
                "Take sheets of one split. If the first one is the wrong one, begin again.",
            )
        if share in self.shares:
            raise ShareError("This sheet was typed already.", "The next holder types another sheet.")

    def recovered(self) -> Recovered:
        """Return the key.

        Raises:
            ShareError: too few sheets, or no choice of them fits together, or each that does gives another key.
        """
        if not self.shares or self.missing:
            raise ShareError("There are not enough sheets.", "Type the next one.")
        others = False
        for turns in combinations(range(len(self.shares)), self.shares[0].needed):
            try:
                key = key_of(self.wanted.what, self.wanted.name, combine([self.shares[turn] for turn in turns]))
            except ShareError:
                continue
            if self.wanted.public in {None, public_of(key)}:
                return Recovered(key, tuple(turn + 1 for turn in range(len(self.shares)) if turn not in turns))
            others = True
        raise self._refusal(others=others)

    def _refusal(self, *, others: bool) -> ShareError:
        if others:
            return ShareError(
                f"These sheets give a key, but not the {self.wanted.what} key of {self.wanted.name}.",
                "Are they sheets of the other key, or are some made up? Type one more sheet, or begin again.",
            )
        return ShareError(
            "These sheets do not fit together: at least one is wrong.", "Type one more sheet, or begin again."
        )
