"""The thief's test: a disk after a power cut, read raw.

What is older than the last rewrite must look to the thief as if the rows had come in any order, from anybody. The tries
and their odds stand in ``judging`` and ``odds``. What the current day shows is printed (``pytest -s``).
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest

from intake.store import Store, StoreError, StoreSettings, wiping
from intake.store.inspection import fault_of
from keys.sealing.age import HYBRID_HEADER_BYTES
from keys.sealing.row_check import check_row
from keys.sealing.values import RowId
from tests.intake.store.thief.conftest import Theft, steal
from tests.intake.store.thief.ground import Ground, ground
from tests.intake.store.thief.judging import Tries, best_order
from tests.intake.store.thief.odds import LINK, ORDER, worst
from tests.intake.store.thief.scene import Scene, Sent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

SMALL = (12, 5, 192)
FULL = (50, 10, 1024)


def lived(folder: Path, place: Ground, sources: int, days: int) -> Scene:
    scene = Scene(place.folder / "khomo", sources, random.Random(7), turning=place.image is not None)
    scene.live_through(days)
    return scene


@pytest.fixture(scope="module", params=[SMALL, pytest.param(FULL, marks=pytest.mark.long)], ids=["small", "full"])
def theft(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theft]:
    sources, days, mebibytes = request.param
    folder = tmp_path_factory.mktemp("theft")
    with ground(folder, mebibytes) as place:
        yield steal(place, lived(folder, place, sources, days), folder / "thief")


def assert_chance(theft: Theft, days: set[dt.date]) -> None:
    tries = theft.tries(days)
    for figures, least in ((tries.order(), ORDER), (tries.links(), LINK), (tries.mailboxes(), ORDER)):
        assert figures
        what, figure = worst(figures)
        assert abs(figure) < least, f"{what} tells: {figure:.1f}"


def test_of_what_is_older_than_the_last_rewrite_no_order_no_source_and_no_mailbox_shows(theft: Theft) -> None:
    assert_chance(theft, theft.older)


def test_the_current_day_shows_its_order(theft: Theft, capsys: pytest.CaptureFixture[str]) -> None:
    """The tries bite where there is something to find; what is found is printed for whoever runs this."""
    what, rho = best_order(theft.found, theft.today)
    assert rho > 0.9
    tied = theft.tries({theft.scene.today()}).mailboxes()
    with capsys.disabled():
        sys.stdout.write(
            f"\nOf the current day's {len(theft.today)} rows the {what} shows the order (Spearman's rho {rho:.3f}); "
            f"mailboxes are tied to rows by {worst(tied)[0]} ({abs(worst(tied)[1]):.1f} standard deviations).\n"
        )


def test_a_thief_finds_every_row_and_knows_its_day(theft: Theft) -> None:
    assert {sent.row: str(sent.day) for sent in theft.scene.sent}.items() <= theft.found.days.items()
    assert theft.found.sizes.keys() == theft.found.days.keys()


def test_no_size_is_finer_than_its_class(theft: Theft) -> None:
    """What is stored has the size of a class; the true sizes of the files differ by up to 1,024 bytes each."""
    for header, size in theft.found.beginnings:
        assert len(header) == HYBRID_HEADER_BYTES
        check_row(header, size)
    assert len(set(theft.found.sizes.values())) <= 8


def test_decoys_and_reports_are_one_crowd(theft: Theft) -> None:
    """Header and size class are alike, and nothing that gives an older row a place sets decoys apart."""
    found, real = theft.found, {sent.row for sent in theft.scene.sent}
    decoys = found.days.keys() - real
    assert decoys
    assert {found.sizes[row] for row in decoys} <= {found.sizes[row] for row in real}
    assert len({tuple(header.split(b" ")[:2]) for header, _size in found.beginnings}) == 1
    days = {str(day): day for day in theft.older}
    crowd = [Sent(RowId(row), "", days[day], int(row in real), None) for row, day in found.days.items() if day in days]
    what, figure = worst(Tries(found, crowd, theft.scene.windows).order())
    assert abs(figure) < ORDER, f"{what} sets decoys apart: {figure:.1f}"


STEPS = ["intake.store.database.Database.vacuum_into", "intake.store.clearing._wipe", "intake.store.rewrite._copy"]


class PowerCutError(BaseException):
    """The lights go out."""


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS)
def test_a_rewrite_that_a_power_cut_ends_leaves_all_and_shows_no_more_than_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def cut(*_arguments: object) -> None:
        place.cut_power()
        raise PowerCutError

    with ground(tmp_path, 256) as place:
        scene = lived(tmp_path, place, 16, 6)
        with monkeypatch.context() as patch:
            patch.setattr(step, cut)
            with pytest.raises((PowerCutError, StoreError)):
                scene.store.rewrite_night()
        scene.forget()
        theft = steal(place, scene, tmp_path / "thief")
        assert_chance(theft, theft.older)
        with (
            place.carried_away(tmp_path / "again") as (files, _raw),
            Store(files / "khomo" / "store", StoreSettings(free_floor_bytes=0), scene.today) as store,
        ):
            assert {sent.row for sent in scene.sent} <= {row.id for row in store.rows()}
            store.rewrite_night()
            assert [fault_of(store, row) for row in store.rows()] == [""] * store.count()
            assert len(list((files / "khomo" / "store").glob("[gr]e*-*"))) == 1


@pytest.mark.long
def test_the_thief_would_win_where_old_blocks_are_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tries bite: with the same door but no wiping, freed blocks tell the order of days long past."""
    monkeypatch.setattr(wiping, "overwrite", lambda _descriptor: None)
    with ground(tmp_path, FULL[2]) as place:
        if place.image is None:
            return  # where nothing can be mounted there are no freed blocks to read
        theft = steal(place, lived(tmp_path, place, *FULL[:2]), tmp_path / "thief")
        tries = theft.tries(theft.older)
        assert max(abs(figure) for figure in {**tries.order(), **tries.mailboxes()}.values()) > ORDER
