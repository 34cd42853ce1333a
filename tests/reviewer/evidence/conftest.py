"""What tests of evidence share: keys that sign, and a bundle that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reviewer.evidence.bundles import OWNER, Signer, made, signers

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
