"""What programs in the sandbox found, as values; nothing of it is more than what a file says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refused(StrEnum):
    """Why a bundle was not read."""

    NONE = "none"
    FORM = "form"
    NAMES = "names"
    TWICE = "twice"
    LINK = "link"
    MANY = "many"
    GROWN = "grown"
    LOCKED = "locked"
    LARGE = "large"
    CUT = "cut"
    DAMAGED = "damaged"
    BROKE = "broke"
    """The program that read it was ended, or broke down."""


class SignatureState(StrEnum):
    """What gpgv says of one signature."""

    GOOD = "good"
    BAD = "bad"
    EXPIRED = "expired"
    KEY_EXPIRED = "key-expired"
    KEY_REVOKED = "key-revoked"
    WEAK = "weak"
    ODD = "odd"
    SEVERAL = "several"
    NO_KEY = "no-key"
    KEY_UNUSABLE = "key-unusable"
    UNCHECKED = "unchecked"
    UNREADABLE = "unreadable"


FITS = frozenset({SignatureState.GOOD, SignatureState.EXPIRED, SignatureState.KEY_EXPIRED, SignatureState.KEY_REVOKED})
"""The mathematics holds; whether the key should count is another question."""


class KeyState(StrEnum):
    """How the key file of a bundle was found."""

    READ = "read"
    MISSING = "missing"
    SEVERAL = "several"
    UNREADABLE = "unreadable"


class Role(StrEnum):
    """What a file beside another is for."""

    MEDIA_SIGNATURE = "media-signature"
    CSV = "csv"
    CSV_SIGNATURE = "csv-signature"
    JSON = "json"
    JSON_SIGNATURE = "json-signature"
    STAMP = "stamp"
    SAFETY = "safety"


@dataclass(frozen=True)
class Member:
    """One file of a bundle."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Owner:
    """A key as it describes itself; ``made`` in seconds since 1970."""

    fingerprint: str
    made: int
    names: tuple[str, ...]
    usable: bool


@dataclass(frozen=True)
class Table:
    """What one table of a proof says; ``read`` is False where it could not be read."""

    read: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    file: str = ""


@dataclass(frozen=True)
class Signature:
    """What gpgv says of one."""

    state: SignatureState
    fingerprint: str = ""
    made: int = 0


@dataclass(frozen=True)
class Proof:
    """All that belongs to one file of a bundle."""

    stem: str
    media: Member | None
    beside: Mapping[Role, str]
    tables: Mapping[Role, Table] = field(default_factory=dict)
    signatures: Mapping[Role, Signature] = field(default_factory=dict)
    stamp: str | None = None
    """The digest that the OpenTimestamps file is for; empty where it cannot be read, None where there is none."""
    clues: tuple[Clue, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """What was found in a bundle."""

    proofs: tuple[Proof, ...]
    key: KeyState
    owners: tuple[Owner, ...] = ()
    members: tuple[Member, ...] = ()
    extra: tuple[str, ...] = ()
    tool: str = ""


@dataclass(frozen=True)
class NotRead:
    """A bundle that was not taken, why, and which member was the reason."""

    why: Refused
    name: str = ""


class Kind(StrEnum):
    """What a clue is about."""

    PLACE = "place"
    TIME = "time"
    DEVICE = "device"
    PERSON = "person"
    EDIT = "edit"
    TEXT = "text"
    ODD = "odd"


@dataclass(frozen=True)
class Clue:
    """One thing that a file says of itself: where in the file, under which name, and what."""

    kind: Kind
    where: str
    name: str
    value: str


class Result(StrEnum):
    """How one check ended."""

    YES = "yes"
    NO = "no"
    ODD = "odd"
    MISSING = "missing"
    NOTE = "note"


class Verdict(StrEnum):
    """All checks of one proof in a word; the first that applies."""

    UNREAD = "unread"
    CHANGED = "changed"
    INCOMPLETE = "incomplete"
    ODD = "odd"
    HOLDS = "holds"


@dataclass(frozen=True)
class Check:
    """One check: ``code`` has its words in ``words``, with ``about`` put in."""

    code: str
    result: Result
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What was found of one proof, to be kept and shown."""

    file: str
    sha256: str
    verdict: Verdict
    checks: tuple[Check, ...]
    fingerprint: str = ""
    tool: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the proof says."""
    clues: tuple[Clue, ...] = ()
    """What the file says of itself."""
