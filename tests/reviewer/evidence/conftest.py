"""What tests of evidence share: keys that sign, and a bundle that holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reviewer.evidence.bundles import OWNER, SAMPLES, Signer, made, signers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def signer() -> Iterator[Signer]:
    with signers(OWNER, "other@example.org") as found:
        yield found


@pytest.fixture(scope="session")
def whole(signer: Signer) -> dict[str, bytes]:
    """The files of a bundle that holds; tests change a copy."""
    return made(signer)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Data of other projects that stays outside of this tree: ``KHOMO_SAMPLES`` says where."""
    folder = Path(os.environ.get("KHOMO_SAMPLES", SAMPLES)) / "proofmode"
    if not folder.is_dir():
        pytest.fail(f"{folder} is not there: set KHOMO_SAMPLES to the folder of the real samples")
    return folder
