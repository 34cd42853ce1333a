"""Finds every key that a page or a file shows, and says which are not ours. Pure.

Rules:
1. The running text is looked at with its markup dropped, and so is every value that a visitor may see; letters of
   another width, and signs that nobody sees, are taken for what a reader takes them for.
2. An age recipient of any kind that is not one of ours is told. An OpenPGP block must be one of ours as the public
   bundle has it, to the letter: the same fingerprint could bear another subkey. A fingerprint must be of such a key.
3. A field to copy from holds one of our keys and nothing else. So does a file, and it is of a desk whose key stands on
   the page that offers it.
4. Where several desks receive, a page with keys names the desk that they are of, and no other: what is for a desk
   outside of an organisation must not be sealed to the one inside.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.sealing.openpgp_packets import read_public_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from reviewer.online.page_reading import Page

_AGE = re.compile(r"age1[0-9a-z]{6,}")
_BLOCK = re.compile(r"-----BEGIN PGP [A-Z ]+-----.*?-----END PGP [A-Z ]+-----", re.DOTALL)
_BLOCK_BEGINS = "BEGIN PGP"
_GROUPS = re.compile(r"[0-9A-F]{4}(?:\s*[0-9A-F]{4}){9}")
"""A fingerprint of OpenPGP has 40 digits or 64, mostly in groups of four: here are the first 40."""
_UNSEEN = frozenset({"Cf", "Mn", "Me", "Cc"})


@dataclass(frozen=True, slots=True)
class OurKeys:
    """The keys that pages may show today.

    Attributes:
        age: recipients.
        openpgp: armored keys, as the public bundle has them.
        expected: whether a door has to show them: whether the organisation takes files that were sealed before.
        desks: where several desks receive, the recipients and fingerprints of each by its name; else empty.
    """

    age: frozenset[str]
    openpgp: frozenset[str] = frozenset()
    expected: bool = True
    desks: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def fingerprints(self) -> frozenset[str]:
        """Fingerprints of the OpenPGP keys, in hex."""
        return frozenset(read_public_key(key).fingerprint for key in self.openpgp)

    def named(self, text: str) -> str | None:
        """Return the recipient or the fingerprint of the one key of ours that a text is; ``None`` if it is none."""
        if text in self.age:
            return text
        return read_public_key(text).fingerprint if text in {key.strip() for key in self.openpgp} else None


@dataclass(frozen=True, slots=True)
class KeysShown:
    """What a page or a file shows.

    Attributes:
        ours: recipients and fingerprints of our keys.
        wrong: sentences about others.
    """

    ours: frozenset[str]
    wrong: tuple[str, ...] = ()


def keys_of_page(page: Page, ours: OurKeys) -> KeysShown:
    """Judge the keys of a page."""
    found: set[str] = set()
    wrong: list[str] = []
    for text in map(_as_read, page.shown):
        for name, known in _keys_in(text, ours):
            (found.add if known else wrong.append)(name)
    copied = [ours.named(text.strip()) for text in page.copied]
    if None in copied:
        wrong.append("A field to copy from holds something else than one key of ours.")
    shown_of = {name for name, keys in ours.desks.items() if keys & found}
    if shown_of and shown_of != ours.desks.keys() & set(page.names):
        wrong.append(f"A key of {' and '.join(sorted(shown_of))}, and not under that name alone. Do not seal to it.")
    return KeysShown(frozenset(found), tuple(wrong))


def key_of_file(body: bytes, ours: OurKeys) -> KeysShown:
    """Judge a file that a page offers: each is one of our keys."""
    name = ours.named(body.decode(errors="replace").strip())
    if name is None:
        return KeysShown(frozenset(), ("A file that is not exactly one of our keys. Do not seal to it.",))
    return KeysShown(frozenset({name}))


def missing(shown: Collection[str], ours: OurKeys) -> Iterator[str]:
    """Yield what a door should show and does not."""
    if ours.expected and not ours.age & set(shown):
        yield "No page shows the key of the desk."
    if ours.expected and ours.openpgp and not ours.fingerprints & set(shown):
        yield "No page shows the OpenPGP key of the desk."


def _keys_in(text: str, ours: OurKeys) -> Iterable[tuple[str, bool]]:
    """Yield our keys with True, and sentences about others with False."""
    for key in _AGE.findall(text.lower()):
        yield (key, True) if key in ours.age else (f"A key that is not ours: {key[:24]}… Do not seal to it.", False)
    blocks = _BLOCK.findall(text)
    for block in blocks:
        name = ours.named(block)
        yield (name, True) if name else ("An OpenPGP key that is not ours. Do not seal to it.", False)
    if text.upper().count(_BLOCK_BEGINS) != len(blocks):
        yield "A piece of an OpenPGP key. Do not seal to it.", False
    for digits in _GROUPS.findall(text.upper()):
        if "".join(digits.split()) not in {one[:40] for one in ours.fingerprints}:
            yield f"A fingerprint that is not of a key of ours: {digits[:24]}… Do not seal to it.", False


def _as_read(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    return "".join(one for one in folded if one == "\n" or unicodedata.category(one) not in _UNSEEN)
