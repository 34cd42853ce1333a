"""The identity that opens backups, as it stands on paper: in groups of eight, and read back as somebody typed it. Pure.

Rules:
1. White space, lower case and letters that no identity has and that look like others of it are forgiven: the checksum
   notices a wrong guess.
2. Where one character is wrong, its group is named: a checksum of six characters knows the one place that would make it
   right. The character itself is never guessed; nothing that was typed is repeated.
"""

from __future__ import annotations

from intake.backup.errors import BackupError
from keys.sealing.age import AgeError, HybridIdentity
from keys.sealing.age.bech32 import decode

GROUP = 8
"""Characters that an eye takes in at once."""

_PREFIX = "AGE-SECRET-KEY-PQ-"
_BEGINNING = f"{_PREFIX}1"
_ALPHABET = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
_LOOKS_LIKE = str.maketrans({"O": "0", "B": "8", "I": "L", "1": "L"})
_LENGTH = len(HybridIdentity.from_seed(bytes(32)).expose())
_COMPARE = f"Compare it with your paper, group by group. The first group is {_BEGINNING[:GROUP]}."


def in_groups(identity: str) -> str:
    """Return an identity in groups, four a line: for people who copy by hand."""
    groups = [identity[at : at + GROUP] for at in range(0, len(identity), GROUP)]
    return "\n".join("    " + " ".join(groups[at : at + 4]) for at in range(0, len(groups), 4))


def read_identity(typed: str) -> HybridIdentity:
    """Read what a person typed from paper; raises BackupError, which says where it is wrong."""
    text = "".join(typed.split()).upper()
    if text.startswith(_BEGINNING):
        text = _BEGINNING + text.removeprefix(_BEGINNING).translate(_LOOKS_LIKE)
    try:
        return HybridIdentity.parse(text)
    except AgeError:
        raise BackupError(f"This is no identity: {_what_is_wrong(text)}.", _COMPARE) from None


def _what_is_wrong(text: str) -> str:
    wrong = next((at for at, (is_, must) in enumerate(zip(text, _BEGINNING, strict=False)) if is_ != must), None)
    if wrong is not None:
        return _in_group(wrong)
    if len(text) != _LENGTH:
        return f"it has {len(text)} characters, and on paper it has {_LENGTH}"
    body = text.removeprefix(_BEGINNING)
    foreign = [at for at, character in enumerate(body) if character not in _ALPHABET]
    places = foreign if len(foreign) == 1 else [] if foreign else _places(body)
    return _in_group(len(_BEGINNING) + places[0]) if len(places) == 1 else "more than one of its characters is wrong"


def _in_group(place: int) -> str:
    return f"a character in group {place // GROUP + 1} is wrong"


def _places(body: str) -> list[int]:
    """Where one other character would make the checksum right."""
    return [
        place
        for place in range(len(body))
        if any(_is_right(body[:place] + other + body[place + 1 :]) for other in _ALPHABET)
    ]


def _is_right(body: str) -> bool:
    try:
        decode(_PREFIX.lower(), _BEGINNING + body)
    except AgeError:
        return False
    return True
