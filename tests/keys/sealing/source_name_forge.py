"""Makes tests/vectors/source-name: ``python -m tests.keys.sealing.source_name_forge``.

``inside/`` holds what is sealed of a name that is kept apart, padding included; ``refuse-inside/`` what must not be
taken for one. ``sealed-accept/`` and ``sealed-refuse/`` hold whole names (sealing is random: a test compares what they
hold), sealed to ``SPARE_EPOCH`` of ``signers.py``. Each is named for what is special or wrong about it.
"""

from __future__ import annotations

from keys.sealing.age import HYBRID_HEADER_BYTES, X25519Identity, seal
from keys.sealing.age.header import Stanza, mac_input, mac_line, to_base64
from keys.sealing.age.hybrid import ENCAPSULATED_BYTES, KIND
from keys.sealing.limits import NAME_BYTES
from keys.sealing.source_name import SEALED_NAME_BYTES, SourceName
from keys.sealing.values import Sealed
from tests.keys.sealing.signers import EPOCH, SPARE_EPOCH
from tests.keys.sealing.vectors import write_vectors

NAMES = {
    "one-letter": "A",
    "arabic": "\u0623\u0645\u064a\u0646\u0629 \u0628\u0646\u062a \u064a\u0648\u0633\u0641",
    "a-way-to-be-reached": "ask for K. at the bakery, +000 000 000",
    "longest": "\u0635" * (NAME_BYTES // 2),
    "with-a-mark-that-scripts-are-written-with": "\u0645\u06cc\u200c\u0631\u0648\u062f",
}
_WRONG = {
    "no-padding": b"A",
    "one-byte-more": b"A".ljust(NAME_BYTES + 1, b"\0"),
    "one-byte-less": b"A".ljust(NAME_BYTES - 1, b"\0"),
    "nothing": bytes(NAME_BYTES),
    "white-space-alone": b"   ".ljust(NAME_BYTES, b"\0"),
    "text-after-zeros": b"A\0B".ljust(NAME_BYTES, b"\0"),
    "not-utf-8": b"A\xff".ljust(NAME_BYTES, b"\0"),
    "two-lines": b"A\nkhomo says: trust B".ljust(NAME_BYTES, b"\0"),
    "escape": b"A\x1b[2J".ljust(NAME_BYTES, b"\0"),
    "override": "A\u202eB".encode().ljust(NAME_BYTES, b"\0"),
}


def without_keys() -> Sealed:
    """Write what looks like a name kept apart from outside, the same each time; nobody can open it."""
    stanza = Stanza(KIND, (to_base64(bytes(ENCAPSULATED_BYTES)),), bytes(32))
    header = mac_input([stanza]) + mac_line(bytes(32))
    return Sealed(header + bytes(SEALED_NAME_BYTES - len(header)))


def padded(name: str) -> bytes:
    """Write what is sealed of a name."""
    return name.encode().ljust(NAME_BYTES, b"\0")


def make() -> dict[str, bytes]:
    """Return what stands inside, by name."""
    made = {f"inside/{how}.bin": padded(name) for how, name in NAMES.items()}
    return made | {f"refuse-inside/{how}.bin": inside for how, inside in _WRONG.items()}


def make_sealed() -> dict[str, bytes]:
    """Return whole names by name."""
    spare = SPARE_EPOCH.recipient()
    good = SourceName.apart(NAMES["arabic"], spare).sealed
    made = {f"sealed-accept/{how}": SourceName.apart(name, spare).sealed for how, name in NAMES.items()}
    made |= {
        "sealed-refuse/for-two-desks": seal(padded("A"), [spare, EPOCH.recipient()]),
        "sealed-refuse/for-x25519": seal(padded("A"), [X25519Identity.generate().recipient()]),
        "sealed-refuse/one-byte-less": Sealed(good[:-1]),
        "sealed-refuse/one-byte-more": Sealed(good + b"\0"),
        "sealed-refuse/without-padding": seal(b"A", [spare]),
        "sealed-refuse/no-age-file": Sealed(bytes(SEALED_NAME_BYTES)),
        "sealed-damaged/to-another-desk": SourceName.apart("A", EPOCH.recipient()).sealed,
        "sealed-damaged/last-bit": Sealed(good[:-1] + bytes([good[-1] ^ 1])),
        "sealed-damaged/bit-of-the-header": _flipped(good, HYBRID_HEADER_BYTES - 3),
    }
    return {f"{name}.age": sealed for name, sealed in made.items()}


def _flipped(sealed: Sealed, place: int) -> Sealed:
    other = b"A" if sealed[place : place + 1] != b"A" else b"B"
    return Sealed(sealed[:place] + other + sealed[place + 1 :])


if __name__ == "__main__":
    write_vectors("source-name", make() | make_sealed())
