"""What a measurement leaves behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import bench.__main__ as bench
from bench.figures import Figure, goals, keep, table

if TYPE_CHECKING:
    from pathlib import Path


def kept(path: Path) -> list[tuple[str, str, float]]:
    figures = json.loads(path.read_text())["figures"]
    return [(one["subject"], one["name"], one["value"]) for one in figures]


def test_measuring_one_subject_leaves_the_figures_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    keep([Figure("envelope", "old name", 1, "ms"), Figure("envelope", "sealing", 1, "ms")], path)
    keep([Figure("pages", "first page", 2, "ms")], path)
    keep([Figure("envelope", "sealing", 3, "ms")], path)
    assert kept(path) == [("pages", "first page", 2), ("envelope", "sealing", 3)]


def test_figures_of_another_kind_of_machine_are_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    keep([Figure("envelope", "sealing", 1, "ms")], path)
    path.write_text(path.read_text().replace('"cores": ', '"cores": 1'))
    keep([Figure("pages", "first page", 2, "ms")], path)
    assert kept(path) == [("pages", "first page", 2)]


LONG = Figure(
    "A subject whose name is very long indeed, longer than a line of a terminal that is as wide as most of them are, "
    "on which it goes on",
    "a measurement whose name takes more than half of a line, since it says much",
    123_456.7,
    "bytes",
    "bytes: something else that takes many words to be told in a table",
    234_567.8,
    "<= 14,000 in <= 2 and something more",
    reached=True,
)


def test_no_line_of_the_table_is_longer_than_a_terminal_and_no_word_is_lost() -> None:
    shown = table([Figure("short", "a", 1, "ms"), LONG, Figure(LONG.subject, "b", 2, "ms")])
    assert max(map(len, shown.splitlines())) <= 120
    for text in (LONG.name, LONG.beside, LONG.wanted, LONG.subject):
        assert set(text.split()) <= set(shown.replace("more: ", "more ").split())


def test_each_subject_has_columns_of_its_own_width() -> None:
    alone = table([Figure("short", "a", 1, "ms")])
    assert table([LONG, Figure("short", "a", 1, "ms")]).endswith(alone)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(25_808, "25,808"), (1234.5, "1,234"), (999.96, "1000"), (12.3456, "12.35"), (0.0286667, "0.02867"), (3, "3")],
)
def test_numbers_are_written_as_people_read_them(value: float, shown: str) -> None:
    assert f"  {shown} ms" in table([Figure("some", "thing", value, "ms")])


def test_the_worst_stands_beside_the_median() -> None:
    assert "0.25 s (worst 1.5)" in table([Figure("some", "thing", 0.25, "s", worst=1.5)])


def test_goals_are_counted_and_those_that_were_missed_are_named() -> None:
    some = [
        Figure("pages", "first", 5, "ms", wanted="<= 6", reached=True),
        Figure("pages", "second", 7, "ms", wanted="<= 6", reached=False),
        Figure("pages", "third", 8, "ms"),
    ]
    assert goals(some).splitlines() == ["Goals reached: 1, missed: 1", "  pages: second: 7 ms, wanted <= 6"]
    assert "<= 6: MISSED" in table(some)


def test_what_was_measured_is_kept_and_shown_when_a_later_subject_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> list[Figure]:
        raise RuntimeError("the server did not come up")

    path = tmp_path / "results.json"
    monkeypatch.setattr(bench, "MEASUREMENTS", {"good": lambda: [Figure("good", "a", 1, "ms")], "bad": fails})
    monkeypatch.setattr(bench, "keep", lambda figures: keep(figures, path))
    with pytest.raises(RuntimeError):
        bench.run(["good", "bad"], kept=True)
    assert kept(path) == [("good", "a", 1)]
    assert "1 ms" in capsys.readouterr().out


def test_figures_that_shall_not_be_kept_are_only_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "MEASUREMENTS", {"good": lambda: [Figure("good", "a", 1, "ms")]})
    monkeypatch.setattr(bench, "keep", lambda figures: keep(figures, tmp_path / "results.json"))
    bench.run(["good"], kept=False)
    assert list(tmp_path.iterdir()) == []
    assert "1 ms" in capsys.readouterr().out
