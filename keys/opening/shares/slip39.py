"""SLIP-39 shares of a 32-byte secret (https://github.com/satoshilabs/slips/blob/master/slip-0039.md).

The one home of ``shamir_mnemonic``, the reference implementation. Rules:
1. One group, two sheets needed at least (with one, each sheet alone would be the key), sixteen made at most.
2. No passphrase: a forgotten one would lose the key with every sheet at hand. So the iteration exponent is 0.
3. What was split is put together twice, from the first and from the last shares, before anybody gets a sheet.
4. A share of another tool, group, exponent or length is refused, even where its checksum holds.
5. No message repeats a word of a share. Its first two words, which all shares of a split have in common, are public.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shamir_mnemonic
from shamir_mnemonic.wordlist import WORDLIST

from keys.opening.errors import OpeningError
from keys.opening.shares.errors import ShareError

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRET_BYTES = 32
WORDS = 33
"""Of one share of 32 bytes: 20 bits of split, 20 of place, 260 of value and padding, 30 of checksum."""
FEWEST = 2
MOST_SHEETS = 16
ALL_WORDS: tuple[str, ...] = tuple(WORDLIST)
_OURS = (0, 1, 1, 0, True)
"""Group, groups needed, groups made, iteration exponent, extendable. A made-up exponent could stop a machine."""
_OWN_WORDS = 2
"""Words at the beginning that tell one split from another."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How many sheets bring the key back, and how many there are; written ``3/5``."""

    needed: int
    sheets: int

    def __post_init__(self) -> None:
        if not FEWEST <= self.needed <= self.sheets <= MOST_SHEETS:
            raise OpeningError(
                f"A key cannot be split {self}.",
                f"Of {MOST_SHEETS} sheets at most, {FEWEST} or more are needed: 3/5 means any 3 of 5.",
            )

    @classmethod
    def parse(cls, text: str) -> Scheme:
        """Read ``K/N``; raises OpeningError."""
        needed, slash, sheets = text.strip().partition("/")
        if not (slash and needed.isdecimal() and sheets.isdecimal()):
            raise OpeningError("This is not K/N.", "Write 3/5 for five sheets, any three of which bring the key back.")
        return cls(int(needed), int(sheets))

    def __str__(self) -> str:
        return f"{self.needed}/{self.sheets}"

    @property
    def may_be_lost(self) -> int:
        """How many sheets may be lost before the key is."""
        return self.sheets - self.needed


class Share:
    """What one holder keeps; prints as its type's name only."""

    __slots__ = ("_share", "_words")

    def __init__(self, words: Sequence[str]) -> None:
        try:
            self._share = shamir_mnemonic.Share.from_mnemonic(" ".join(words))
        except shamir_mnemonic.MnemonicError:
            raise ShareError(
                "All words are of the list, but together they are no share.",
                "A word is another one than on the sheet, or two changed places: type the sheet again.",
            ) from None
        share = self._share
        form = (share.group_index, share.group_threshold, share.group_count, share.iteration_exponent, share.extendable)
        if form != _OURS or share.member_threshold < FEWEST or len(share.value) != SECRET_BYTES:
            raise ShareError("This is a share, but not of a key of ours.", "Take a sheet that Khomo made.")
        self._words = tuple(share.words())

    @property
    def begins(self) -> str:
        """The first two words: the same in all shares of one split, and not secret."""
        return " ".join(self._words[:_OWN_WORDS])

    @property
    def needed(self) -> int:
        """How many shares bring the key back."""
        return int(self._share.member_threshold)

    def expose(self) -> tuple[str, ...]:
        """Return the 33 words; the caller now holds a secret."""
        return self._words

    def __repr__(self) -> str:
        return "Share"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Share) and hmac.compare_digest(" ".join(self._words), " ".join(other._words))

    __hash__ = None  # type: ignore[assignment]  # secrets are no dictionary keys

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("shares are not pickled")


def split_secret(secret: bytes, scheme: Scheme) -> tuple[Share, ...]:
    """Split 32 bytes into shares, in the order of their places."""
    if len(secret) != SECRET_BYTES:
        raise OpeningError(f"Only secrets of {SECRET_BYTES} bytes are split.")
    groups = [(scheme.needed, scheme.sheets)]
    (mnemonics,) = shamir_mnemonic.generate_mnemonics(1, groups, secret, iteration_exponent=0)
    shares = tuple(Share(mnemonic.split(" ")) for mnemonic in mnemonics)
    for some in (shares[: scheme.needed], shares[-scheme.needed :]):
        if not hmac.compare_digest(combine(some), secret):
            raise OpeningError("The shares do not give back what was split.", "Take another machine: this one fails.")
    return shares


def combine(shares: Sequence[Share]) -> bytes:
    """Return the secret of exactly as many shares as are needed; raises ShareError where they do not fit together."""
    try:
        secret: bytes = shamir_mnemonic.combine_mnemonics([" ".join(share.expose()) for share in shares])
    except shamir_mnemonic.MnemonicError:
        raise ShareError("These sheets do not fit together.", "At least one is wrong, or too few were typed.") from None
    return secret
