"""Makes tests/vectors/shares: ``python -m tests.keys.opening.shares.shares_forge``.

The secret is that of ROOT in ``tests/keys/sealing/signers.py``; the record is signed by it. Chance is a counter that is
hashed, so that the same sheets come out each time. Nothing of it is used for anything else.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any

import shamir_mnemonic
from shamir_mnemonic import shamir

from keys.opening.shares.drill import DRILL_BYTES, Split
from keys.opening.shares.proofs import proof_key
from keys.opening.shares.record import RECORD_BYTES, SplitRecord, record_digest
from keys.opening.shares.slip39 import Scheme, Share, split_secret
from keys.opening.shares.split_keys import SplitKey
from keys.sealing.key_file import KeyFile, KeyKind
from keys.sealing.notes import SigningKey, add_signature, sign, sign_document
from tests.keys.sealing.signers import DESK, EPOCH, ROOT, STRANGER
from tests.keys.sealing.vectors import write_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keys.sealing.notes import VerifyKey

DAY = date(2026, 11, 20)
SCHEME = Scheme(2, 3)
ROOT_FILE = KeyFile.of_signing_key(ROOT)
ARCHIVE_FILE = KeyFile.of_identity(KeyKind.ARCHIVE, "The Open Door", KeyKind.ARCHIVE, EPOCH)
NAMES = tuple(f"share/word-{chr(ord('a') + number)}" for number in range(16))


@contextmanager
def no_chance(seed: str) -> Iterator[None]:
    """Let the reference implementation draw what follows from a seed."""
    numbers, drawn = count(), shamir.RANDOM_BYTES

    def draw(length: int) -> bytes:
        return hashlib.shake_256(f"{seed} {next(numbers)}".encode()).digest(length)

    shamir.RANDOM_BYTES = draw
    try:
        yield
    finally:
        shamir.RANDOM_BYTES = drawn


def split(seed: str, secret: bytes, scheme: Scheme = SCHEME) -> tuple[Share, ...]:
    """Split a secret into the same shares each time."""
    with no_chance(seed):
        return split_secret(secret, scheme)


def forged(share: Share, value: bytes | None = None, **changed: int) -> Share:
    """Return a share of the same split and place with another value or member, and a checksum that holds."""
    real = vars(shamir_mnemonic.Share.from_mnemonic(" ".join(share.expose())))
    other = {} if value is None else {"value": value}
    return Share(shamir_mnemonic.Share(**(real | other | changed)).words())


def proofs(shares: Sequence[Share]) -> tuple[VerifyKey, ...]:
    """Return sixteen proof keys, of which the first belong to the shares."""
    decoys = [SigningKey.from_seed(name, bytes([0x60 + at]) * 32) for at, name in enumerate(NAMES)][len(shares) :]
    return tuple(key.verify_key for key in [*map(proof_key, shares, NAMES), *decoys])


SHARES = split("root", ROOT.expose_seed())
ARCHIVE_SHARES = split("archive", EPOCH.expose_seed())
RECORD = SplitRecord(
    SplitKey.ROOT, ROOT.name, str(ROOT.verify_key), "The Open Door", DAY, 2, SHARES[0].begins, proofs(SHARES)
)
ARCHIVE_RECORD = replace(
    RECORD,
    what=SplitKey.ARCHIVE,
    name="The Open Door",
    public=str(EPOCH.recipient()),
    begins=ARCHIVE_SHARES[0].begins,
    proofs=proofs(ARCHIVE_SHARES),
)
NOTE = RECORD.to_note(ROOT)
ARCHIVE_NOTE = ARCHIVE_RECORD.to_note(ROOT)
SPLIT = Split.from_note(NOTE, ROOT.verify_key)
BODY: dict[str, Any] = {
    "begins": RECORD.begins,
    "day": "2026-11-20",
    "key": "root",
    "name": ROOT.name,
    "needed": 2,
    "organisation": "The Open Door",
    "proofs": [str(proof) for proof in RECORD.proofs],
    "public": str(ROOT.verify_key),
}
DRILL_BODY: dict[str, Any] = {"day": "2026-12-01", "drill": "5a" * 16, "record": record_digest(NOTE)}
SIGNERS = tuple(map(proof_key, SHARES, NAMES))
DRILL = sign_document("share-drill", 1, DRILL_BODY, SIGNERS[:2])


def but(signer: SigningKey = ROOT, /, kind: str = "shares", version: int = 1, **changed: object) -> bytes:
    """Change members of the record, and sign."""
    return sign_document(kind, version, BODY | changed, [signer])


def drill_but(kind: str = "share-drill", version: int = 1, **changed: object) -> bytes:
    """Change members of the drill, and let one sheet sign."""
    return sign_document(kind, version, DRILL_BODY | changed, [SIGNERS[0]])


def crowded(note: bytes, limit: int) -> bytes:
    """Add signatures of strangers with long names until a note that is good otherwise is longer than a limit."""
    names = (chr(ord("a") + number) + "\U0001f6aa" * 199 for number in range(26))
    while len(note) <= limit:
        note = add_signature(note, SigningKey.from_seed(next(names), b"\x25" * 32))
    return note


def make() -> dict[str, bytes]:
    """Return all vectors by name."""
    return {f"{name}.note": note for name, note in (_records() | _drills()).items()} | {
        "sheets/root-2-of-3.json": _sheets(ROOT.expose_seed(), SHARES),
        "sheets/archive-2-of-3.json": _sheets(EPOCH.expose_seed(), ARCHIVE_SHARES),
    }


def _sheets(secret: bytes, shares: Sequence[Share]) -> bytes:
    sheets = [
        {"words": " ".join(share.expose()), "proof": proof_key(share, "share").verify_key.public.hex()}
        for share in shares
    ]
    return (json.dumps({"secret": secret.hex(), "sheets": sheets}, indent=1) + "\n").encode()


def _records() -> dict[str, bytes]:
    proof_texts = BODY["proofs"]
    other_root = SigningKey.from_seed("example.org/root", b"\x21" * 32)
    return {
        "record-accept/root": NOTE,
        "record-accept/archive": ARCHIVE_NOTE,
        "record-accept/sixteen-needed": but(needed=16),
        "record-signature/by-a-desk": but(DESK),
        "record-signature/by-a-stranger": but(STRANGER),
        "record-signature/another-number-needed": NOTE.replace(b'"needed":2', b'"needed":3'),
        "record-format/another-kind": but(kind="public-bundle"),
        "record-format/another-version": but(version=2),
        "record-format/another-key": but(key="desk"),
        "record-format/another-root": but(public=str(other_root.verify_key)),
        "record-format/another-name": but(name="example.org/other"),
        "record-format/archive-without-recipient": but(key="archive"),
        "record-format/one-needed": but(needed=1),
        "record-format/seventeen-needed": but(needed=17),
        "record-format/fifteen-proofs": but(proofs=proof_texts[:15]),
        "record-format/seventeen-proofs": but(
            proofs=[*proof_texts, str(SigningKey.from_seed("share/word-z", b"\x22" * 32).verify_key)]
        ),
        "record-format/a-proof-twice": but(proofs=[*proof_texts[:15], proof_texts[0]]),
        "record-format/a-proof-under-two-names": but(
            proofs=[*proof_texts[:15], str(proof_key(SHARES[0], "share/word-z").verify_key)]
        ),
        "record-format/proofs-not-sorted": but(proofs=proof_texts[::-1]),
        "record-format/a-proof-that-names-a-person": but(
            proofs=[*proof_texts[:15], str(SigningKey.from_seed("share/~amina", b"\x23" * 32).verify_key)]
        ),
        "record-format/day-as-text": but(day="today"),
        "record-format/with-the-number-of-sheets": but(sheets=3),
        "record-format/too-long": crowded(NOTE, RECORD_BYTES),
        "record-format/empty": b"",
        "record-format/without-json": sign("khomo/shares/v1\n\n", [ROOT]),
        **{
            f"record-format/without-{name}": sign_document(
                "shares", 1, {key: value for key, value in BODY.items() if key != name}, [ROOT]
            )
            for name in BODY
        },
    }


def _drills() -> dict[str, bytes]:
    stranger = SigningKey.from_seed("share/word-a", b"\x24" * 32)
    return {
        "drill-accept/two-sheets": DRILL,
        "drill-accept/one-sheet": drill_but(),
        "drill-accept/three-sheets-and-a-stranger": add_signature(add_signature(DRILL, SIGNERS[2]), stranger),
        "drill-signature/by-nobody-of-the-split": sign_document("share-drill", 1, DRILL_BODY, [stranger]),
        "drill-signature/by-the-root": sign_document("share-drill", 1, DRILL_BODY, [ROOT]),
        "drill-signature/another-day": DRILL.replace(b"2026-12-01", b"2026-12-02"),
        "drill-signature/another-name": DRILL.replace(b"5a5a", b"5b5a", 1),
        "drill-format/another-kind": drill_but(kind="shares"),
        "drill-format/another-version": drill_but(version=2),
        "drill-format/another-split": drill_but(record=record_digest(ARCHIVE_NOTE)),
        "drill-format/name-too-short": drill_but(drill="5a"),
        "drill-format/day-as-text": drill_but(day="today"),
        "drill-format/with-a-person": drill_but(holder="amina"),
        "drill-format/too-long": crowded(DRILL, DRILL_BYTES),
        "drill-format/name-too-long": drill_but(drill="5a" * 17),
        "drill-format/empty": b"",
        **{
            f"drill-format/without-{name}": sign_document(
                "share-drill", 1, {key: value for key, value in DRILL_BODY.items() if key != name}, [SIGNERS[0]]
            )
            for name in DRILL_BODY
        },
    }


if __name__ == "__main__":
    write_vectors("shares", make())
