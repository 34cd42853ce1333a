"""Every subject of ``make bench`` still runs, at sizes that take seconds; its figures say nothing here."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from bench import arrival, codenames, desk, envelope, first_report, likeness, reports, slow_uploads
from bench.__main__ import MEASUREMENTS
from deploy.rehearsal.private_tor import PrivateTor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.figures import Figure

MIB = 1 << 20
OVER_TOR = "first-report"
SLOW = {"desk", "slow-uploads"}
"""Half a minute even when small: whole commands, and a hundred people who wait."""


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
    monkeypatch.setattr(likeness, "COUNT", 60)
    monkeypatch.setattr(likeness, "PLANTED", 5)
    monkeypatch.setattr(reports, "CONCURRENCY", {1: 2, 8: 16, 32: 64})
    monkeypatch.setattr(slow_uploads, "SECONDS", 0.5)
    monkeypatch.setattr(slow_uploads, "SETTLE_SECONDS", 0.5)
    monkeypatch.setattr(slow_uploads, "ROUNDS", 1)


@pytest.mark.parametrize(
    "subject",
    [pytest.param(name, marks=pytest.mark.long if name in SLOW else ()) for name in MEASUREMENTS if name != OVER_TOR],
)
def test_a_subject_gives_figures(subject: str) -> None:
    assert all(figure.value >= 0 for figure in MEASUREMENTS[subject]())


@pytest.fixture(scope="module")
def first_reports(private_tor: PrivateTor) -> Mapping[tuple[str, str], Figure]:
    """The figures of one person a kind of report, by the kind and their names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PrivateTor, "boot", lambda: nullcontext(private_tor))
        patch.setattr(first_report, "PEOPLE", 1)
        return {(figure.subject.split(": ")[1], figure.name): figure for figure in MEASUREMENTS[OVER_TOR]()}


@pytest.mark.tor
def test_a_first_report_over_tor_takes_the_pages_and_bytes_that_are_promised(
    first_reports: Mapping[tuple[str, str], Figure],
) -> None:
    assert [figure for figure in first_reports.values() if figure.reached is False] == []
    for kind in first_report.KINDS:
        loads = 4 if kind.picks else 3
        assert first_reports[kind.title, "page loads"].value == loads
        assert first_reports[kind.title, "requests"].value == loads
        sent = first_reports[kind.title, "all requests, up"].value
        assert sent - first_report.FILE_BYTES * kind.with_file < 10_000
        assert sent > len(first_report.MESSAGES[kind.language].encode()) + first_report.FILE_BYTES * kind.with_file


@pytest.mark.tor
def test_the_times_of_a_first_report_stand_beside_those_of_the_plain_server(
    first_reports: Mapping[tuple[str, str], Figure],
) -> None:
    for kind in first_report.KINDS:
        pages = [first_reports[kind.title, name] for name in first_report.page_names(kind)]
        whole = first_reports[kind.title, "to the receipt, worst"]
        assert whole.value == pytest.approx(sum(page.value for page in pages))
        assert whole.limit == pytest.approx(sum(page.limit or 0 for page in pages))
        assert all(page.limit for page in pages)
