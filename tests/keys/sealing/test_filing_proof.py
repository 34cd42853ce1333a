"""The proof of filing: what a desk signs, and what it never says."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.filing_proof import FILING_PROOF_BYTES, FilingProof, make_filing_proof, open_filing_proof
from keys.sealing.notes import signed_text
from tests.keys.sealing import filing_proof_forge
from tests.keys.sealing.filing_proof_forge import DOCUMENT, PROOF, PROOF_TEXT
from tests.keys.sealing.signers import DESK, SPARE
from tests.keys.sealing.vectors import stored, vectors

if TYPE_CHECKING:
    from pathlib import Path

DESKS = [SPARE.verify_key, DESK.verify_key]


def test_the_vectors_are_what_the_forge_makes() -> None:
    assert stored("filing-proof") == filing_proof_forge.make()


@vectors("filing-proof", "accept")
def test_good_proofs_are_read(path: Path) -> None:
    proof, desk = open_filing_proof(path.read_bytes(), DESKS)
    assert desk == DESK.verify_key
    assert signed_text(make_filing_proof(proof, DESK).encode()) == signed_text(path.read_bytes())


@vectors("filing-proof", "signature")
def test_proofs_that_no_desk_signed_so_are_refused(path: Path) -> None:
    with pytest.raises(SignatureError):
        open_filing_proof(path.read_bytes(), DESKS)


@vectors("filing-proof", "format")
def test_proofs_with_wrong_content_are_refused(path: Path) -> None:
    with pytest.raises(FormatError):
        open_filing_proof(path.read_bytes(), DESKS)


def test_a_proof_names_the_documents_that_were_filed() -> None:
    proof, _ = open_filing_proof(PROOF_TEXT.encode(), DESKS)
    assert proof == PROOF
    assert hashlib.sha256(DOCUMENT).hexdigest() in proof.digests


def test_a_proof_says_nothing_but_organisation_week_and_digests() -> None:
    assert set(filing_proof_forge.BODY) == {"organisation", "week", "digests"}
    text = signed_text(PROOF_TEXT.encode()).decode()
    assert text.startswith("khomo/filing-proof/v1\n")
    assert len(text) == len("khomo/filing-proof/v1\n") + len(
        '{{"digests":["{}","{}"],"organisation":"The Open Door","week":"2026-W47"}}\n'.format(*PROOF.digests)
    )


def of_length(size: int) -> bytes:
    """Let somebody else sign under a name that makes the proof so long."""
    start = PROOF_TEXT.encode() + "\N{EM DASH} ".encode()
    left = size - len(start) - len(" \n")
    blob = base64.b64encode(bytes((left - 100) // 4 * 3))
    return start + b"n" * (left - len(blob)) + b" " + blob + b"\n"


def test_a_proof_may_be_so_long_and_no_longer() -> None:
    longest = of_length(FILING_PROOF_BYTES)
    assert len(longest) == FILING_PROOF_BYTES
    assert open_filing_proof(longest, DESKS)[0] == PROOF
    with pytest.raises(FormatError, match="too long"):
        open_filing_proof(of_length(FILING_PROOF_BYTES + 1), DESKS)


@given(st.binary(max_size=FILING_PROOF_BYTES))
def test_no_other_bytes_are_a_proof(data: bytes) -> None:
    with pytest.raises((FormatError, SignatureError)):
        open_filing_proof(data, DESKS)


@pytest.mark.parametrize("digests", [(), ("b" * 64, "a" * 64), ("a" * 64, "a" * 64), ("A" * 64,), ("a" * 63,)])
def test_a_proof_is_right_or_is_not_made(digests: tuple[str, ...]) -> None:
    with pytest.raises(FormatError):
        FilingProof("The Open Door", "2026-W47", digests)
