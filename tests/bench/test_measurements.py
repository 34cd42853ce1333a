"""Every subject of ``make bench`` still runs, at sizes that take seconds; its figures say nothing here."""

from __future__ import annotations

import pytest

from bench import arrival, codenames, desk, envelope, reports, slow_uploads
from bench.__main__ import MEASUREMENTS

MIB = 1 << 20


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival, "SIZE", 3 * MIB)
    monkeypatch.setattr(arrival, "MANY_SIZE", 2 * MIB)
    monkeypatch.setattr(arrival, "RUNS", 1)
    monkeypatch.setattr(codenames, "TRIES", 5)
    monkeypatch.setattr(codenames, "MAILBOXES", 1)
    monkeypatch.setattr(desk, "COUNTS", (12,))
    monkeypatch.setattr(desk, "RUNS", 1)
    monkeypatch.setattr(envelope, "SIZE", 3 * MIB)
    monkeypatch.setattr(reports, "CONCURRENCY", {1: 2, 8: 16, 32: 64})
    monkeypatch.setattr(slow_uploads, "SECONDS", 0.5)
    monkeypatch.setattr(slow_uploads, "SETTLE_SECONDS", 0.5)
    monkeypatch.setattr(slow_uploads, "ROUNDS", 1)


@pytest.mark.parametrize("subject", MEASUREMENTS)
def test_a_subject_gives_figures(subject: str) -> None:
    assert all(figure.value >= 0 for figure in MEASUREMENTS[subject]())
