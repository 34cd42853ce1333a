"""The leak report says what is there, and each thing that it can tell of is there to be told of."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from intake.leak_report import EXIT_LESS_IS_POSSIBLE, leak_report_command
from intake.store import Commit
from intake.store.giving_up import give_up, look_at_row
from intake.store.wiping import turn_journal
from keys.sealing.chain_position import ChainId, Direction
from keys.sealing.limits import LETTER_BYTES
from keys.sealing.values import MailboxAddress, Sealed
from tests.intake.upkeep import Premises

if TYPE_CHECKING:
    from pathlib import Path

    from intake.store import Store

NOTHING = "Nothing else ties rows to each other, to mailboxes or to a time of day."


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return Premises(tmp_path)


def run(premises: Premises, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(leak_report_command, ["--config", str(premises.config_file), *options])
    return result.exit_code, result.output


def measured(premises: Premises) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(premises, "--json")[1])
    return found


def counts(premises: Premises) -> dict[str, int]:
    return {trace["name"]: trace["count"] for trace in measured(premises)["traces"]}


def rewrite(premises: Premises) -> None:
    with premises.open() as store:
        store.rewrite_night()


def put_letters(store: Store, count: int) -> None:
    for _ in range(count):
        letter = MailboxAddress(secrets.token_bytes(16)), Sealed(secrets.token_bytes(LETTER_BYTES))
        store.commit(Commit(letters=(letter,)))


def begin_bundle(store: Store) -> None:
    if store.chains.outgoing() is None:
        store.chains.open_chain(ChainId.begin("server-one", Direction.TO_DESK))
    store.chains.begin_bundle(lambda _chain, _rows: (b"list", "head"))


def test_before_the_first_start_there_is_no_store_to_look_at(premises: Premises) -> None:
    code, told = run(premises)
    assert (code, "There is no store" in told) == (1, True)


def test_today_shows_order_and_times_and_a_rewrite_takes_them_away(premises: Premises) -> None:
    for _ in range(16):
        premises.put(secrets.token_bytes(500))
    with premises.open() as store:
        put_letters(store, 16)
    code, told = run(premises)
    assert code == EXIT_LESS_IS_POSSIBLE
    assert "16 rows and 16 mailboxes" in told
    assert "order and times of 16 rows since the last rewrite" in told
    found = counts(premises)
    assert (found["today"], found["row_places"] > 3, found["mailbox_places"] > 3) == (16, True, True)
    rewrite(premises)
    code, told = run(premises)
    assert code == 0
    assert "Older: 16 rows." in told
    assert NOTHING in told
    assert counts(premises) == {}


def test_sizes_and_days_are_counted_in_bits(premises: Premises) -> None:
    for size in (100, 100, 200, 300):
        premises.put(bytes(size))
        premises.pass_days(1)
    found = measured(premises)
    assert found["spread"]["sizes"] == {"distinct": 3, "bits": 1.5}
    assert found["spread"]["days"] == {"distinct": 4, "bits": 2.0}
    assert (found["rows"], found["mailboxes"], found["fresh"]) == (4, 0, 4)


def test_a_row_that_day_and_size_single_out_is_told_of_but_nothing_makes_it_less_at_once(premises: Premises) -> None:
    for size in (100, 100, 200):
        premises.put(secrets.token_bytes(size))
    rewrite(premises)
    code, told = run(premises)
    assert (code, counts(premises)) == (0, {"alone": 1})
    assert "1 row is the only one of the day and size" in told


def test_looking_changes_nothing(premises: Premises) -> None:
    premises.put()
    left = premises.folder / "store" / "incoming" / "0123456789abcdef"
    left.mkdir(mode=0o700)
    (left / ("ab" * 16)).write_bytes(bytes(77))

    def state() -> dict[str, tuple[int, int, int]]:
        everything = (premises.folder / "store").rglob("*")
        return {str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns, path.lstat().st_size) for path in everything}

    before = state()
    assert counts(premises)["uploads"] == 1
    assert state() == before


def test_the_list_of_the_last_bundle_is_told_of_until_the_night(premises: Premises) -> None:
    premises.put()
    rewrite(premises)
    with premises.open() as store:
        begin_bundle(store)
        assert "Finish the export" in run(premises)[1]
        store.chains.finish_bundle(1)
    assert counts(premises) | {"alone": 1} == {"bundle_list": 1, "bundle_days": 1, "alone": 1}
    assert "rewrite" in run(premises)[1]
    rewrite(premises)
    code, told = run(premises)
    assert (code, counts(premises)) == (0, {"alone": 1, "bundle_days": 1})
    assert "they name no row" in told


def test_rows_that_were_held_back_or_given_up_are_told_of(premises: Premises) -> None:
    held, lost = premises.put(b"held"), premises.put(b"lost")
    premises.blob(lost).unlink()
    with premises.open() as store:
        give_up(store, look_at_row(store, lost))
        store.chains.open_chain(ChainId.begin("server-one", Direction.TO_DESK))
        store.chains.begin_bundle(lambda _chain, _rows: (b"list", "head"), {held})
    found = counts(premises)
    assert (found["held_rows"], found["lost_rows"]) == (1, 1)


def test_what_should_not_be_there_is_told_of(premises: Premises) -> None:
    row = premises.put()
    blob = premises.blob(row)
    os.utime(blob, (1, 1))
    os.link(blob, premises.folder / "other-name")
    blob.with_name("ab" * 16).write_bytes(b"of no row")
    (premises.folder / "store" / "generation-0123456789abcdef").mkdir()
    found = counts(premises)
    assert (found["file_times"], found["hard_links"], found["orphans"], found["left_over"]) == (2, 1, 1, 1)


def test_blobs_that_no_one_night_has_touched_together_are_told_of(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    premises.put()
    rewrite(premises)
    premises.put(b"another")
    with premises.open() as store:
        store.rewrite_night()
    assert "nights" not in counts(premises)
    monkeypatch.setattr("intake.leak_words.ONE_NIGHT", -1)
    assert counts(premises)["nights"] == 2


def test_a_journal_and_free_pages_with_something_in_them_are_told_of(premises: Premises) -> None:
    with premises.open() as store:
        put_letters(store, 3)
        database = store.gate.current().files.database
    journal = database.with_name("khomo.db-journal")
    assert "journal" not in counts(premises)
    journal.write_bytes(bytes(512) + b"left" * 9)
    assert counts(premises)["journal"] == 36


def test_a_database_that_a_power_cut_left_in_the_middle_of_a_write_is_for_doctor(premises: Premises) -> None:
    premises.put()
    with premises.open() as store:
        database = store.gate.current().files.database
    database.write_bytes(b"no database")
    code, told = run(premises)
    assert (code, "khomo-intake doctor" in told) == (1, True)


def test_what_tor_keeps_is_told_of(premises: Premises) -> None:
    premises.put()
    rewrite(premises)
    data, log = premises.folder / "tor" / "data", premises.folder / "run" / "tor" / "log"
    data.mkdir(parents=True)
    log.parent.mkdir(parents=True)
    (data / "state").write_text("Dormant 0\nBWHistoryReadValues 2048,4096,1024\nBWHistoryWriteValues 1\n")
    log.write_text("Nov 20 09:00:00.123 [notice] Bootstrapped 100%\nNov 20 09:00:01.000 [notice] New\n")
    code, told = run(premises)
    assert (code, counts(premises)) == (0, {"alone": 1, "tor_log": 2, "tor_traffic": 3})
    assert "Decoys do not come over tor" in told


def test_noise_through_the_journal_leaves_nothing_behind(premises: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.store.wiping._LINKS_AT_ONCE", 16)
    premises.put()
    folder = premises.folder / "store"
    before = {path.name for path in folder.rglob("*")}
    told: list[tuple[int, int]] = []
    assert turn_journal(folder, 1, lambda done, total: told.append((done, total))) > 1
    assert told == [(1, 1)]
    assert {path.name for path in folder.rglob("*")} == before
