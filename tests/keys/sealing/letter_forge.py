"""Makes tests/vectors/letter: ``python -m tests.keys.sealing.letter_forge``.

``sealed-…/`` holds whole letters (sealing is random: a test compares what they hold), the other folders what stands
inside the envelope, packed, as it is nearly all padding. The mailbox is ``ADDRESS``, opened by ``SOURCE`` of
``signers.py``; accepted are DESK and, for fillers, SERVER.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from keys.sealing.age import open_sealed
from keys.sealing.letter import (
    PLAIN_BYTES,
    Allowed,
    CaseState,
    Entry,
    EntryKind,
    Letter,
    Outcome,
    blank_letter,
    filler_letter,
    write_letter,
)
from keys.sealing.notes import SigningKey, sign, sign_document
from keys.sealing.submission import Audience
from keys.sealing.values import MailboxAddress
from tests.keys.sealing.filing_proof_forge import PROOF_TEXT
from tests.keys.sealing.signers import DESK, EPOCH, SERVER, SOURCE, STRANGER
from tests.keys.sealing.vectors import write_vectors

ADDRESS = MailboxAddress(bytes(range(16)))
OTHER_ADDRESS = MailboxAddress(bytes(16))
DIGEST = "ab" * 32
LETTER = Letter(
    ADDRESS,
    4,
    CaseState.QUESTION,
    (
        Entry(EntryKind.RECEIPT, "2026-W47", "A message and a file have come.", (DIGEST, "cd" * 32)),
        Entry(
            EntryKind.QUESTION, "2026-W48", "Which river?\n\u0623\u064a \u0646\u0647\u0631\u061f", question="0a" * 16
        ),
    ),
    allowed=Allowed(frozenset({Audience.LEADS})),
)
EVERYTHING = Letter(
    ADDRESS,
    9,
    CaseState.CLOSED,
    (
        Entry(EntryKind.RECEIPT, "2026-W47", "", (DIGEST,), PROOF_TEXT),
        Entry(EntryKind.QUESTION, "2026-W48", "When?", question="0b" * 16, answered=True),
        Entry(EntryKind.REPLY, "2026-W49", "Thank you."),
        Entry(
            EntryKind.CONSENT, "2026-W50", "", audiences=frozenset({Audience.LEADS, Audience.LAWYER}), originals=True
        ),
        Entry(EntryKind.FORWARDED, "2026-W51", "", audiences=frozenset({Audience.LAWYER})),
        Entry(EntryKind.NOTICE, "2026-W52", "We moved."),
    ),
    outcome=Outcome.PASSED_ON,
    allowed=Allowed(frozenset(Audience), originals=True),
)
BODY: dict[str, Any] = {
    "address": ADDRESS.hex(),
    "allowed": {"may_see": ["lawyer", "leads"], "originals": False},
    "dropped": 0,
    "entries": [{"digests": [DIGEST], "kind": "receipt", "proof": "", "text": "It has arrived.", "week": "2026-W47"}],
    "number": 4,
    "outcome": None,
    "padding": "",
    "state": "received",
}
QUESTION: dict[str, Any] = {"answered": False, "kind": "question", "question": "0a" * 16, "text": "When?"}
CONSENT: dict[str, Any] = {"audiences": ["lawyer", "leads"], "kind": "consent", "originals": False, "text": ""}
FORWARDED: dict[str, Any] = {"audiences": ["leads"], "kind": "forwarded", "text": ""}
FILLER: dict[str, Any] = {"address": ADDRESS.hex(), "desk": "", "padding": ""}
RECIPIENT = SOURCE.recipient()


def padded(body: dict[str, Any], kind: str = "letter", version: int = 1, key: SigningKey | None = None) -> bytes:
    """Sign a body as it is, but for the padding that the size of a letter asks for."""
    signer = key or (SERVER if kind == "filler" else DESK)
    room = PLAIN_BYTES - len(sign_document(kind, version, body, [signer]))
    return sign_document(kind, version, body | {"padding": " " * room}, [signer])


def but(**changed: object) -> bytes:
    """Change members of the letter."""
    return padded(BODY | changed)


def entry(**changed: object) -> bytes:
    """Change members of the letter's entry."""
    whole = json.loads(json.dumps(BODY))
    whole["entries"][0] |= changed
    return padded(whole)


def one(kind: dict[str, Any], **changed: object) -> bytes:
    """Put one entry of another kind into the letter, with some members changed."""
    return but(entries=[{"week": "2026-W48"} | kind | changed])


def without(name: str) -> bytes:
    """Leave out a member of the letter."""
    return padded({key: value for key, value in BODY.items() if key != name})


def make() -> dict[str, bytes]:
    """Return what stands inside, by name."""
    made = _signature() | _letter() | _entry() | _filler()
    made |= {f"format/without-{name}": without(name) for name in BODY if name != "padding"}
    return {f"{name}.note.gz": note for name, note in made.items()}


def make_sealed() -> dict[str, bytes]:
    """Return whole letters by name."""
    good = write_letter(LETTER, DESK, RECIPIENT)
    made: dict[str, bytes] = {
        "sealed-accept/question": good,
        "sealed-accept-filler/filler": filler_letter(ADDRESS, SERVER, RECIPIENT),
        "sealed-refuse/to-another-recipient": write_letter(LETTER, DESK, EPOCH.recipient()),
        "sealed-refuse/to-nobody": blank_letter(),
        "sealed-refuse/bit-flipped": good[:-100] + bytes([good[-100] ^ 1]) + good[-99:],
        "sealed-refuse/one-byte-less": good[:-1],
        "sealed-refuse/one-byte-more": good + b"\0",
        "sealed-refuse/empty": b"",
    }
    return {f"{name}.age": letter for name, letter in made.items()}


def _signature() -> dict[str, bytes]:
    return {
        "signature/letter-by-a-server": padded(BODY, key=SERVER),
        "signature/letter-by-a-stranger": padded(BODY, key=STRANGER),
        "signature/filler-by-a-desk": padded(FILLER, "filler", key=DESK),
        "signature/filler-by-a-stranger": padded(FILLER, "filler", key=STRANGER),
        "signature/text-changed": padded(BODY).replace(b"arrived", b"ARRIVED"),
        "signature/padding-changed": padded(BODY).replace(b"  ", b"x ", 1),
    }


def _letter() -> dict[str, bytes]:
    with_text = {name: value for name, value in BODY.items() if name != "padding"} | {"state": ""}
    room = PLAIN_BYTES - len(sign_document("letter", 1, with_text, [DESK]))
    blank = PLAIN_BYTES - len(sign("khomo/letter/v1\n\n", [DESK]))
    return {
        "accept/one-entry": padded(BODY),
        "accept/two-entries": open_sealed(write_letter(LETTER, DESK, RECIPIENT), [SOURCE]).expose(),
        "accept/every-kind-of-entry": open_sealed(write_letter(EVERYTHING, DESK, RECIPIENT), [SOURCE]).expose(),
        "accept/no-entries": but(entries=[]),
        "accept/no-case": but(allowed=None),
        "accept/closed": but(state="closed", outcome="cannot-tell"),
        "accept/entries-dropped": but(dropped=7),
        "format/another-version": padded(BODY, version=2),
        "format/another-kind": padded(BODY, kind="latter"),
        "format/number-zero": but(number=0),
        "format/dropped-negative": but(dropped=-1),
        "format/unknown-state": but(state="lost"),
        "format/unknown-outcome": but(state="closed", outcome="won"),
        "format/closed-without-outcome": but(state="closed"),
        "format/outcome-of-a-case-that-is-open": but(outcome="upheld"),
        "format/allowed-not-in-order": but(allowed={"may_see": ["leads", "lawyer"], "originals": False}),
        "format/allowed-twice": but(allowed={"may_see": ["leads", "leads"], "originals": False}),
        "format/allowed-to-somebody-unknown": but(allowed={"may_see": ["police"], "originals": False}),
        "format/allowed-as-text": but(allowed="leads"),
        "format/unknown-member": but(mirror="x"),
        "format/address-too-short": but(address="00"),
        "format/another-mailbox": but(address=OTHER_ADDRESS.hex()),
        "format/entries-as-text": but(entries="x"),
        "format/without-padding": sign_document("letter", 1, with_text | {"state": "x" * room}, [DESK]),
        "format/no-note": bytes(PLAIN_BYTES),
        "format/without-json": sign(f"khomo/letter/v1\n{' ' * blank}\n", [DESK]),
    }


def _entry() -> dict[str, bytes]:
    return {
        "format/entry-of-unknown-kind": entry(kind="order"),
        "format/entry-in-week-54": entry(week="2026-W54"),
        "format/entry-in-week-0": entry(week="2026-W00"),
        "format/entry-on-a-day": entry(week="2026-11-20"),
        "format/entry-text-with-escape": entry(text="\x1b[2J"),
        "format/entry-text-with-c1": entry(text="\x9b2J"),
        "format/entry-text-too-long": entry(text="x" * 24_001),
        "format/entry-digest-too-short": entry(digests=["ab"]),
        "format/entry-digest-in-capitals": entry(digests=["AB" * 32]),
        "format/entry-with-unknown-member": entry(mirror="x"),
        "format/entry-with-a-member-of-another-kind": entry(answered=False),
        "format/reply-with-digests": entry(kind="reply"),
        "format/receipt-with-a-proof-that-is-too-long": entry(proof="x" * 8_193),
        "format/receipt-with-a-proof-with-escape": entry(proof="\x1b[2J"),
        "format/question-without-a-name": one(QUESTION, question=""),
        "format/question-with-a-short-name": one(QUESTION, question="0a"),
        "format/question-with-a-name-in-capitals": one(QUESTION, question="0A" * 16),
        "format/question-answered-perhaps": one(QUESTION, answered="perhaps"),
        "format/consent-to-somebody-unknown": one(CONSENT, audiences=["police"]),
        "format/consent-not-in-order": one(CONSENT, audiences=["leads", "lawyer"]),
        "format/consent-without-originals": but(entries=[{"week": "2026-W48"} | FORWARDED | {"kind": "consent"}]),
        "format/forwarded-with-originals": one(FORWARDED, originals=False),
        "format/forwarded-to-somebody-twice": one(FORWARDED, audiences=["leads", "leads"]),
        "accept/question": one(QUESTION),
        "accept/question-answered": one(QUESTION, answered=True),
        "accept/consent": one(CONSENT),
        "accept/consent-to-nobody": one(CONSENT, audiences=[]),
        "accept/forwarded": one(FORWARDED),
    }


def _filler() -> dict[str, bytes]:
    return {
        "accept-filler/filler": padded(FILLER, "filler"),
        "format/filler-for-a-desk-with-a-long-name": padded(FILLER | {"desk": "x" * 33}, "filler"),
        "format/filler-without-desk": padded({"address": ADDRESS.hex(), "padding": ""}, "filler"),
        "format/filler-with-entries": padded(FILLER | {"entries": BODY["entries"]}, "filler"),
        "format/filler-for-another-mailbox": padded(FILLER | {"address": OTHER_ADDRESS.hex()}, "filler"),
        "format/filler-of-another-version": padded(FILLER, "filler", 2),
    }


if __name__ == "__main__":
    packed = {name: gzip.compress(inside, mtime=0) for name, inside in make().items()}
    write_vectors("letter", packed | make_sealed())
