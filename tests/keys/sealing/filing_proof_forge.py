"""Makes tests/vectors/filing-proof: ``python -m tests.keys.sealing.filing_proof_forge``.

Accepted is DESK of ``signers.py``. ``DOCUMENT`` is one of those that the proof names.
"""

from __future__ import annotations

import hashlib
from typing import Any

from keys.sealing.filing_proof import FILING_PROOF_BYTES, FilingProof, make_filing_proof
from keys.sealing.notes import SigningKey, add_signature, sign, sign_document
from tests.keys.sealing.signers import DESK, NAMESAKE, SERVER, STRANGER
from tests.keys.sealing.vectors import write_vectors

DOCUMENT = b"The invoice was paid twice.\n"
DIGESTS = tuple(sorted((hashlib.sha256(DOCUMENT).hexdigest(), "ab" * 32)))
PROOF = FilingProof("The Open Door", "2026-W47", DIGESTS)
PROOF_TEXT = make_filing_proof(PROOF, DESK)
BODY: dict[str, Any] = {"digests": list(DIGESTS), "organisation": "The Open Door", "week": "2026-W47"}
MANY = [f"{number:064x}" for number in range(52)]


def but(key: SigningKey = DESK, kind: str = "filing-proof", version: int = 1, **changed: object) -> bytes:
    """Change members, and sign."""
    return sign_document(kind, version, BODY | changed, [key])


def without(name: str) -> bytes:
    """Leave a member out."""
    return sign_document("filing-proof", 1, {key: value for key, value in BODY.items() if key != name}, [DESK])


def make() -> dict[str, bytes]:
    """Return all vectors by name."""
    return {f"{name}.note": note for name, note in (_accept() | _signature() | _format()).items()}


def _accept() -> dict[str, bytes]:
    longest = SigningKey.from_seed("\U0001f6aa" * 200, b"\x09" * 32)
    return {
        "accept/two-digests": PROOF_TEXT.encode(),
        "accept/one-digest": but(digests=[DIGESTS[0]]),
        "accept/fifty-one-digests": but(digests=MANY[:51]),
        "accept/organisation-in-arabic": but(
            organisation="\u0627\u0644\u0628\u0627\u0628 \u0627\u0644\u0645\u0641\u062a\u0648\u062d"
        ),
        "accept/as-long-as-it-can-be": add_signature(
            but(digests=MANY[:51], organisation="\U0001f6aa" * 256, week="9999-W53"), longest
        ),
    }


def _signature() -> dict[str, bytes]:
    good = PROOF_TEXT.encode()
    return {
        "signature/by-a-server": but(SERVER),
        "signature/by-a-stranger": but(STRANGER),
        "signature/by-a-namesake": but(NAMESAKE),
        "signature/week-changed": good.replace(b"W47", b"W46"),
        "signature/digest-changed": good.replace(b"abab", b"abac", 1),
        "signature/organisation-changed": good.replace(b"Open", b"Shut"),
    }


def _format() -> dict[str, bytes]:
    return {
        "format/another-kind": but(kind="letter"),
        "format/another-version": but(version=2),
        "format/week-0": but(week="2026-W00"),
        "format/a-day": but(week="2026-11-20"),
        "format/no-digests": but(digests=[]),
        "format/too-many-digests": but(digests=MANY),
        "format/digests-not-sorted": but(digests=list(reversed(DIGESTS))),
        "format/digest-twice": but(digests=["ab" * 32] * 2),
        "format/digest-too-short": but(digests=["ab"]),
        "format/digest-in-capitals": but(digests=["AB" * 32]),
        "format/digests-as-text": but(digests="ab" * 32),
        "format/with-a-mailbox": but(mailbox="00" * 16),
        "format/organisation-too-long": but(organisation="x" * 1_025),
        "format/too-long": PROOF_TEXT.encode().ljust(FILING_PROOF_BYTES + 1, b"\n"),
        "format/no-note": b"It was filed.\n",
        "format/empty": b"",
        "format/without-json": sign("khomo/filing-proof/v1\n\n", [DESK]),
        **{f"format/without-{name}": without(name) for name in BODY},
    }


if __name__ == "__main__":
    write_vectors("filing-proof", make())
