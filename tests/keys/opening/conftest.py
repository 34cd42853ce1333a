from __future__ import annotations

from datetime import date

import pytest

from keys.opening.ceremony import Plan
from keys.opening.limits import LOWEST_LOG_N
from keys.opening.passphrases import Passphrases

DAY = date(2026, 11, 20)
REVIEWERS = ("amina", "tiwonge")
PASSPHRASES = Passphrases(
    **{holder: f"the passphrase of {holder}" for holder in ("root", "archive", "desk", "spare")},
    reviewers={name: f"the passphrase of reviewer {name}" for name in REVIEWERS},
)


@pytest.fixture(scope="session")
def day() -> date:
    return DAY


@pytest.fixture(scope="session")
def passphrases() -> Passphrases:
    return PASSPHRASES


@pytest.fixture(scope="session")
def plan() -> Plan:
    return Plan("Open Harbour", "open-harbour", DAY, reviewers=REVIEWERS, log_n=LOWEST_LOG_N)
