"""Samples that others made, which stay outside of this tree: ``KHOMO_SAMPLES`` names their folder.

Where they are not, this file is not collected, and the run says so at its end (``tests/conftest.py``).
"""

from __future__ import annotations

import pytest

from reviewer.evidence.values import Bundle, Result, SignatureState, Verdict
from tests.real_samples import SAMPLES
from tests.reviewer.evidence.bundles import Signer, read_beside, read_zip
from tests.reviewer.evidence.test_proofs import failing, flipped, judged

PROOFMODE = SAMPLES / "proofmode"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in PROOFMODE.iterdir() if path.suffix != ".zip"}


def test_the_real_sample_of_2016_is_read_and_its_key_is_refused_in_words(files: dict[str, bytes]) -> None:
    finding = judged(read_beside(files))
    assert finding.verdict is Verdict.INCOMPLETE
    assert failing(finding) == {"media-signature-key-unusable", "csv-signature-key-unusable"}
    assert {"csv-digest", "times-unsigned"} <= {check.code for check in finding.checks if check.result is Result.YES}
    assert finding.fields["Hardware"] == "LGE Nexus 5"


def test_the_real_sample_with_one_bit_of_its_photo_changed_does_not_hold(files: dict[str, bytes]) -> None:
    changed = flipped(r"IMG_.*\.jpg", 400_000)(files, Signer(""))
    assert failing(judged(read_beside(changed))) >= {"csv-digest-differs"}


def test_the_sample_in_today_s_layout_is_signed_and_its_times_are_doubted() -> None:
    found = read_zip((PROOFMODE / "synthetic-current-layout.zip").read_bytes())
    assert isinstance(found, Bundle)
    (proof,) = found.proofs
    assert {one.state for one in proof.signatures.values()} == {SignatureState.GOOD}
    finding = judged(found)
    assert finding.verdict is Verdict.ODD
    assert failing(finding) == {"proof-before-key", "signed-later"}
    assert "stamp" in {check.code for check in finding.checks}
