"""Formats of what is signed: notes, public bundle, cards, letters, bundles."""

from __future__ import annotations

import json
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from keys.opening.lead_card import LeadCard
from keys.sealing.age import (
    seal,
)
from keys.sealing.bundle import UntrustedBundle
from keys.sealing.canonical import from_canonical, to_canonical
from keys.sealing.filing_proof import FilingProof, make_filing_proof, open_filing_proof
from keys.sealing.letter import PLAIN_BYTES, filler_letter, read_letter, write_letter
from keys.sealing.manifest import Manifest
from keys.sealing.notes import VerifyKey, add_signature, open_document, sign_document
from keys.sealing.public_bundle import PublicBundle
from tests.keys.sealing import bundle_forge, filing_proof_forge, letter_forge, public_bundle_forge
from tests.keys.sealing.signers import DESK, LEAD, ROOT, SERVER, SOURCE, STRANGER
from tests.keys.sealing.submission_forge import FULL
from tests.long.file_mutants import damaged_json
from tests.long.format_table import (
    SIGNED,
    Format,
    Promise,
    body_of,
    signed_again,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def notes() -> Iterator[Format]:
    """Yield canonical JSON, notes and their keys."""
    body = to_canonical({"list": [1, 2, {"a": None}], "text": "r\u00edo \u0646\u0647\u0631\n", "yes": True})
    yield Format(
        "canonical-json", Promise.ONE_SPELLING, (body, b"[]", b'"a"'), lambda data: to_canonical(from_canonical(data))
    )
    yield Format(
        "canonical-json-deep",
        Promise.ONE_SPELLING,
        (body, FULL.to_json()),
        lambda data: to_canonical(from_canonical(data)),
        damage=damaged_json,
    )
    note = sign_document("example", 1, {"a": [1, "b"]}, [DESK])
    notes = (note, add_signature(note, SERVER), add_signature(note, STRANGER))
    yield Format(
        "signed-note",
        Promise.SEALED,
        notes,
        lambda data: open_document(data, "example", 1, [DESK.verify_key])[0],
        SIGNED,
    )
    keys = tuple(str(key.verify_key).encode() for key in (DESK, ROOT))
    yield Format(
        "verifier-key",
        Promise.ONE_SPELLING,
        keys,
        lambda data: str(VerifyKey.parse(data.decode(errors="replace"))).encode(),
    )


def people() -> Iterator[Format]:
    """Yield who the organisation is, and who a lead is."""
    read = partial(PublicBundle.from_note, root=ROOT.verify_key)
    yield Format("public-bundle", Promise.SEALED, (public_bundle_forge.NOTE,), read, SIGNED)
    yield Format(
        "public-bundle-by-the-root",
        Promise.ONE_SPELLING,
        (body_of(public_bundle_forge.NOTE),),
        lambda data: read(data).to_note(ROOT),
        SIGNED,
        damaged_json,
        signed_again("public-bundle", ROOT),
    )
    card = LeadCard("anna", LEAD.verify_key, str(SOURCE.recipient()), "armored")
    yield Format("lead-card", Promise.SEALED, (card.to_note(LEAD),), LeadCard.from_note, SIGNED)
    yield Format(
        "lead-card-by-the-lead",
        Promise.ONE_SPELLING,
        (body_of(card.to_note(LEAD)),),
        lambda data: LeadCard.from_note(data).to_note(LEAD),
        SIGNED,
        damaged_json,
        signed_again("lead", LEAD),
    )


def letters() -> Iterator[Format]:
    """Yield letters as sealed, as a desk may sign them, and proofs of filing."""
    to = SOURCE.recipient()
    sealed = (write_letter(letter_forge.LETTER, DESK, to), filler_letter(letter_forge.ADDRESS, SERVER, to))
    yield Format("letter", Promise.SEALED, tuple(map(bytes, sealed)), _letter, SIGNED)
    inner = next(iter(letter_forge.make().values()))
    body = to_canonical(json.loads(body_of(inner)) | {"padding": ""})
    yield Format("letter-by-a-desk", Promise.OUTER, (body,), _letter, SIGNED, damaged_json, _lettered)
    yield from _proofs()


def _proofs() -> Iterator[Format]:
    """Yield proofs of filing, and as a desk may sign them."""
    good = filing_proof_forge.PROOF_TEXT.encode()
    yield Format("filing-proof", Promise.SEALED, (good,), _proof, SIGNED)
    yield Format(
        "filing-proof-by-a-desk",
        Promise.ONE_SPELLING,
        (body_of(good),),
        lambda data: make_filing_proof(_proof(data), DESK).encode(),
        SIGNED,
        damaged_json,
        signed_again("filing-proof", DESK),
    )


def _proof(data: bytes) -> FilingProof:
    return open_filing_proof(data, [DESK.verify_key])[0]


def _letter(data: bytes) -> object:
    desks, servers = [DESK.verify_key], [SERVER.verify_key]
    return read_letter(data, SOURCE, letter_forge.ADDRESS, desks, servers)


def _lettered(data: bytes) -> bytes:
    """Pad, sign and seal what a desk says, whatever it says."""
    signed = signed_again("letter", DESK)
    room = max(0, PLAIN_BYTES - len(signed(data)))
    return bytes(seal(signed(data.replace(b'"padding":""', b'"padding":"%s"' % (b" " * room))), [SOURCE.recipient()]))


@cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="khomo-mutants-")) / "bundle.tar"


def _bundle(data: bytes) -> object:
    _scratch().write_bytes(data)
    bundle = UntrustedBundle(_scratch()).verify([SERVER.verify_key])
    return bundle.manifest, [(entry, blob.read()) for entry, blob in bundle.blobs()]


def bundles() -> Iterator[Format]:
    """Yield bundles, and as a server may sign them."""
    health = bundle_forge.tar(bundle_forge.note(health=bundle_forge.HEALTH))
    yield Format("bundle", Promise.SEALED, (bundle_forge.GOOD, bundle_forge.EMPTY, health), _bundle, SIGNED)
    body = body_of(
        bundle_forge.note(
            health=bundle_forge.HEALTH, resumes={"chain": bundle_forge.OLD_CHAIN, "head": "cd" * 32, "number": 9}
        )
    )
    signed = signed_again("bundle", SERVER)
    yield Format(
        "manifest-by-the-server",
        Promise.ONE_SPELLING,
        (body,),
        lambda data: Manifest.from_note(data, [SERVER.verify_key]).to_note(SERVER),
        SIGNED,
        damaged_json,
        signed,
    )
    yield Format(
        "bundle-by-the-server",
        Promise.OUTER,
        (body,),
        _bundle,
        SIGNED,
        damaged_json,
        lambda data: bundle_forge.tar(signed(data)),
    )
