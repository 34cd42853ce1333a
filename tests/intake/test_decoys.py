from __future__ import annotations

import io
import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from intake.decoys import MINUTES_A_DAY, SHAPES, DecoyMaker, drawn
from intake.papers import read_papers
from intake.store.wiping import journal_bytes
from intake.upkeep_commands import decoy_command, rewrite_command
from keys.sealing.age import HYBRID_HEADER_BYTES, HybridIdentity, NoMatchError, sealed_size
from keys.sealing.errors import FormatError
from keys.sealing.limits import KIB, LETTER_BYTES, MIB
from keys.sealing.notes import open_document
from keys.sealing.public_bundle import Desk, Epoch, NoEpochError
from keys.sealing.row_check import check_row
from keys.sealing.sizes import size_class
from keys.sealing.submission import Lane, Part
from keys.sealing.submission_reader import read_submission
from tests.intake.upkeep import SMALL_FLOOR, Premises

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intake.papers import Papers
    from intake.store import Store
    from keys.sealing.submission import Submission
    from keys.sealing.values import RowId


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return Premises(tmp_path)


@pytest.fixture
def store(premises: Premises) -> Iterator[Store]:
    with premises.open() as opened:
        yield opened


@pytest.fixture
def maker(store: Store, premises: Premises) -> DecoyMaker:
    return DecoyMaker(store, read_papers(premises.config), premises.today)


def opened(store: Store, premises: Premises) -> dict[str, Submission]:
    found = {}
    for row in store.unacknowledged():
        with store.open_blob(row.id) as blob:
            check_row(blob.read(HYBRID_HEADER_BYTES), blob.seek(0, io.SEEK_END))
            blob.seek(0)
            found[row.id.hex()] = read_submission(blob, [premises.world.epoch]).submission
    return found


def test_a_decoy_looks_like_a_report_and_is_signed_as_a_decoy_inside(
    store: Store, premises: Premises, maker: DecoyMaker
) -> None:
    made = maker.make(shape=(300_000, 5))
    assert made.rows == 3
    assert made.size == sum(row.size for row in store.unacknowledged())
    rows = opened(store, premises)
    assert {submission.part for submission in rows.values()} == {Part.MESSAGE, Part.FILES}
    assert {submission.lane for submission in rows.values()} == {Lane.ARRIVAL}
    assert len({submission.report for submission in rows.values()}) == 1
    for row, submission in rows.items():
        assert submission.decoy is not None
        body, _ = open_document(submission.decoy.encode(), "decoy", 1, [premises.world.server_key.verify_key])
        assert body == {"report": submission.report.hex(), "row": row}
    assert sorted(file.size for submission in rows.values() for file in submission.files) == [5, 300_000]
    assert sorted(len(submission.files) for submission in rows.values()) == [0, 1, 1]


def test_a_decoy_as_large_as_a_video_is_whole(store: Store, premises: Premises, maker: DecoyMaker) -> None:
    made = maker.make(shape=(5_000_000,))
    assert made.size == sum(row.size for row in store.unacknowledged())
    assert [file.size for each in opened(store, premises).values() for file in each.files] == [5_000_000]


def test_a_decoy_of_text_alone_is_one_row(store: Store, premises: Premises, maker: DecoyMaker) -> None:
    assert maker.make(shape=()).rows == 1
    [submission] = opened(store, premises).values()
    assert submission.message_sha256 is not None


def test_a_decoy_has_a_mailbox_with_a_letter_like_any_other(
    store: Store, premises: Premises, maker: DecoyMaker
) -> None:
    maker.make(shape=(10,))
    slips = {submission.mailbox for submission in opened(store, premises).values()}
    [slip] = slips
    assert slip is not None
    letter = store.letter(slip.address)
    assert letter is not None
    assert len(letter) == LETTER_BYTES


def test_every_decoy_has_a_mailbox_of_its_own(store: Store, premises: Premises, maker: DecoyMaker) -> None:
    maker.make(shape=())
    maker.make(shape=())
    assert len({one.mailbox.address for one in opened(store, premises).values() if one.mailbox}) == 2


def test_without_room_a_decoy_is_text_alone(store: Store, maker: DecoyMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "has_room", lambda _bytes: False)
    assert maker.make(shape=(300_000,)).rows == 1


def test_a_decoy_passes_the_check_from_outside_before_it_is_taken(
    store: Store, maker: DecoyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_beginning: bytes, _size: int) -> None:
        raise FormatError("of no size class")

    monkeypatch.setattr("intake.decoys.check_row", refuse)
    with pytest.raises(FormatError):
        maker.make(shape=())
    assert store.count() == 0


def test_shapes_come_from_the_table(maker: DecoyMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def draw(choices: tuple[object, ...]) -> object:
        drawn.append(choices)
        return choices[0]

    monkeypatch.setattr("intake.decoys.secrets.choice", draw)
    assert maker.make().rows == 1
    assert drawn[0] is SHAPES
    assert len(SHAPES) == 20


def test_the_page_tells_the_size_classes_of_every_shape_as_they_are_stored(store: Store, maker: DecoyMaker) -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats" / "decoy.md").read_text(encoding="utf-8")
    told = {
        in_bytes(files): (int(count), sorted(in_bytes(classes)))
        for files, count, classes in re.findall(r"^\| (\d[^|]+) \| (\d+) \| (\d[^|]+) \|$", page, re.MULTILINE)
    }
    by_stored_size = {
        sealed_size(found, HYBRID_HEADER_BYTES): found for found in map(size_class, range(KIB, 65 * MIB, KIB))
    }
    found, seen = {}, set()
    for shape, count in Counter(shape for shape in SHAPES if shape).items():
        maker.make(shape)
        new = [row for row in store.unacknowledged() if row.id not in seen]
        seen |= {row.id for row in new}
        classes = sorted(by_stored_size[row.size] for row in new)
        assert classes[0] == size_class(0)  # the text
        found[shape] = (count, classes[1:])
    assert told == found
    assert "Eleven are text alone" in page
    assert SHAPES.count(()) == 11


def in_bytes(sizes: str) -> tuple[int, ...]:
    units = {"KiB": KIB, "MiB": MIB}
    return tuple(int(number) * units[unit] for number, unit in re.findall(r"(\d+) (KiB|MiB)", sizes))


def two_desks(premises: Premises, outside: HybridIdentity, until: date) -> Papers:
    """Papers of an organisation with a second desk, whose epoch ends on a day."""
    papers = read_papers(premises.config)
    epoch = Epoch("far", str(outside.recipient()), date(2020, 1, 1), until)
    desk = Desk("outside", "Desk outside", premises.world.spare_key.verify_key, (epoch,))
    return replace(papers, bundle=replace(papers.bundle, desks=(*papers.bundle.desks, desk)))


def test_a_decoy_goes_whole_to_one_desk(store: Store, premises: Premises) -> None:
    outside = HybridIdentity.generate()
    maker = DecoyMaker(store, two_desks(premises, outside, date(2099, 1, 1)), premises.today)
    seen: set[RowId] = set()
    desks = set()
    for _ in range(24):
        maker.make(shape=(10, 10))
        rows = [row.id for row in store.unacknowledged() if row.id not in seen]
        seen |= set(rows)
        [desk] = {whose(store, row, premises.world.epoch, outside) for row in rows}
        desks.add(desk)
    assert desks == {0, 1}  # by chance not once in eight million


def whose(store: Store, row: RowId, *identities: HybridIdentity) -> int:
    """Return which identity opens a row."""
    for place, identity in enumerate(identities):
        with store.open_blob(row) as blob, suppress(NoMatchError):
            read_submission(blob, [identity])
            return place
    raise AssertionError("nobody opens it")


def test_a_decoy_goes_to_no_desk_to_which_no_report_can_go(store: Store, premises: Premises) -> None:
    papers = two_desks(premises, HybridIdentity.generate(), date(2020, 2, 2))
    for _ in range(24):
        DecoyMaker(store, papers, premises.today).make(shape=())
    assert len(opened(store, premises)) == 24
    closed = replace(papers, bundle=replace(papers.bundle, desks=papers.bundle.desks[1:]))
    with pytest.raises(NoEpochError, match="No desk has an epoch"):
        DecoyMaker(store, closed, premises.today).make(shape=())
    assert store.count() == 24


def run(command: object, premises: Premises, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, ["--config", str(premises.config_file), *options])  # type: ignore[arg-type]
    return result.exit_code, result.output


def test_the_command_puts_one_in(premises: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.decoys.SHAPES", ((),))
    code, told = run(decoy_command, premises)
    assert code == 0
    assert told.startswith("A decoy of 1 row, ")
    with premises.open() as store:
        assert store.count() == 1


def test_where_decoys_are_switched_off_the_command_says_so(premises: Premises) -> None:
    premises.config_file.write_text(SMALL_FLOOR + "[decoys]\na_day = 0\n")
    code, told = run(decoy_command, premises)
    assert code == 1
    assert "switched off" in told


def test_over_many_calls_of_the_timer_the_average_is_as_configured() -> None:
    days = 400
    calls = [drawn(6, 20) for _ in range(days * MINUTES_A_DAY // 20)]
    assert 5.3 < sum(calls) / days < 6.7  # 6 at +-0.12 a standard deviation
    assert max(calls) <= 20


def test_without_decoys_a_day_none_is_drawn_and_with_one_a_minute_each_minute_has_one() -> None:
    assert drawn(0, MINUTES_A_DAY) == 0
    assert drawn(MINUTES_A_DAY, 20) == 20


def test_what_the_timer_calls_says_nothing_and_makes_as_many_as_were_drawn(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.decoys.SHAPES", ((),))
    premises.config_file.write_text(SMALL_FLOOR + "[decoys]\na_day = 200\n")
    asked: list[tuple[int, int]] = []

    def draw(a_day: int, minutes: int) -> int:
        asked.append((a_day, minutes))
        return 2

    monkeypatch.setattr("intake.upkeep_commands.drawn", draw)
    assert run(decoy_command, premises, "--by-chance", "20") == (0, "")
    assert asked == [(200, 20)]
    with premises.open() as store:
        assert store.count() == 2


def test_what_the_timer_calls_says_nothing_and_makes_none_where_texts_have_no_room(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.upkeep_commands.drawn", lambda _a_day, _minutes: 1)
    monkeypatch.setattr("intake.store.store.Store.free_bytes", lambda _store: 0)
    assert run(decoy_command, premises, "--by-chance", "20") == (0, "")
    assert run(decoy_command, premises)[0] == 1
    with premises.open() as store:
        assert store.count() == 0


def test_where_decoys_are_switched_off_the_timer_makes_nothing_and_complains_of_nothing(premises: Premises) -> None:
    premises.config_file.write_text(SMALL_FLOOR + "[decoys]\na_day = 0\n")
    assert run(decoy_command, premises, "--by-chance", "1440") == (0, "")
    with premises.open() as store:
        assert store.count() == 0


def test_the_rewrite_command_says_what_it_did(premises: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    premises.put()
    assert run(rewrite_command, premises) == (0, "1 row copied, 0 kept as they were, 0 deleted after their time.\n")
    code, printed = run(rewrite_command, premises, "--json")
    assert (code, json.loads(printed)) == (0, {"copied": 0, "deleted": 0, "linked": 1})
    turned: list[int] = []
    monkeypatch.setattr("intake.upkeep_commands.turn_journal", lambda _root, size, _progress: turned.append(size))
    for kind, wanted in (("ext4", [journal_bytes(premises.folder)]), ("btrfs", [])):
        turned.clear()
        monkeypatch.setattr("intake.upkeep_commands.file_system", lambda _root, kind=kind: kind)
        assert run(rewrite_command, premises, "--turn-journal")[0] == 0
        assert turned == wanted
    with premises.open() as store, store.gate.rewriting.held():
        code, told = run(rewrite_command, premises)
    assert code == 1
    assert "Wait until it has finished" in told
