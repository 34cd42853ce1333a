"""An upgrade can be taken back: the store's schema goes both ways, with everything in it."""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from intake.commands import main
from intake.onion.alone import alone
from intake.onion.torrc import Layout
from intake.store import StoreSettings, StoreUnusable
from intake.store.schema import bring_to, schemas, stored_schema
from keys.sealing.chain_position import ChainId, ChainPosition, Direction
from keys.sealing.limits import LETTER_BYTES
from keys.sealing.values import MailboxAddress, RowId, Sealed
from tests.intake.upkeep import Premises

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = StoreSettings(busy_seconds=0.2, lock_seconds=0.2)


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return Premises(tmp_path)


def run(premises: Premises, *words: str) -> Result:
    return CliRunner().invoke(main, ["migrate", "--config", str(premises.config_file), *words])


def show(premises: Premises) -> dict[str, str | None]:
    told = json.loads(run(premises, "--show", "--json").stdout)
    assert told.pop("steps") == sorted(schemas())
    return dict(told)


@dataclass(frozen=True)
class Filled:
    row: RowId
    address: MailboxAddress
    letter: Sealed
    chain: ChainId


def fill(premises: Premises) -> Filled:
    """Put a row, a letter and a chain into the store; returns what must be there afterwards."""
    row = premises.put(b"sealed report")
    address, letter = MailboxAddress(secrets.token_bytes(16)), Sealed(secrets.token_bytes(LETTER_BYTES))
    chain = ChainId.begin("server-one", Direction.TO_DESK)
    with premises.open() as store:
        store.replace_letters([(address, letter)])
        store.chains.open_chain(chain)
        store.note_published()
    return Filled(row, address, letter, chain)


def check(premises: Premises, put: Filled) -> None:
    with premises.open() as store:
        assert [row.id for row in store.rows()] == [put.row]
        with store.open_blob(put.row) as blob:
            assert blob.read() == b"sealed report"
        assert store.letter(put.address) == put.letter
        outgoing = store.chains.outgoing()
        assert outgoing is not None
        assert outgoing.chain == put.chain
        assert store.health().published_days == (premises.day,)
        assert [row.id for row in store.unacknowledged()] == [put.row]


@pytest.mark.parametrize("older", schemas()[1:])
def test_a_store_goes_back_to_every_older_schema_and_forward_again_with_all_that_is_in_it(
    premises: Premises, older: str
) -> None:
    put = fill(premises)
    assert run(premises, "--to", older).exit_code == 0
    assert show(premises) == {"knows": schemas()[0], "store": older}
    assert run(premises).exit_code == 0
    assert show(premises) == {"knows": schemas()[0], "store": schemas()[0]}
    check(premises, put)


@pytest.mark.parametrize("older", schemas()[1:])
def test_opening_an_older_store_brings_it_forward(premises: Premises, older: str) -> None:
    put = fill(premises)
    bring_to(premises.config.paths.store_dir, SETTINGS, older)
    check(premises, put)
    assert stored_schema(premises.config.paths.store_dir, SETTINGS) == schemas()[0]


@pytest.mark.parametrize("older", schemas()[1:])
def test_going_back_leaves_the_schema_of_that_time(premises: Premises, tmp_path: Path, older: str) -> None:
    fill(premises)
    bring_to(premises.config.paths.store_dir, SETTINGS, older)
    fresh = Premises(_folder(tmp_path / "fresh"))
    with fresh.open():
        pass
    bring_to(fresh.config.paths.store_dir, SETTINGS, schemas()[-1])
    bring_to(fresh.config.paths.store_dir, SETTINGS, older)
    assert columns(premises) == columns(fresh)


def columns(premises: Premises) -> dict[str, set[tuple[object, ...]]]:
    """Return the columns of each table, in whatever order they stand."""
    with closing(sqlite3.connect(premises.config.paths.store_dir / "current" / "khomo.db")) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: {row[1:] for row in connection.execute(f'PRAGMA table_info("{name}")')} for name in names}


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_where_there_is_no_store_yet_that_is_said_and_none_is_made(premises: Premises) -> None:
    assert show(premises) == {"knows": schemas()[0], "store": None}
    refused = run(premises)
    assert refused.exit_code == 1
    assert "There is no store at" in refused.stderr
    assert not premises.config.paths.store_dir.exists()


def test_a_schema_that_nobody_knows_is_refused_and_the_store_is_left_alone(premises: Premises) -> None:
    put = fill(premises)
    refused = run(premises, "--to", "9999")
    assert refused.exit_code == 1
    assert "knows no schema 9999. It knows 0001" in refused.stderr
    check(premises, put)


def test_a_store_of_a_newer_program_is_refused(premises: Premises) -> None:
    fill(premises)
    with closing(sqlite3.connect(premises.config.paths.store_dir / "current" / "khomo.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreUnusable, match="newer version"):
        bring_to(premises.config.paths.store_dir, SETTINGS, schemas()[0])


def test_while_the_service_runs_nothing_is_migrated(premises: Premises) -> None:
    put = fill(premises)
    with alone(Layout.of(premises.config).door):
        refused = run(premises, "--to", schemas()[-1])
    assert refused.exit_code == 1
    assert "served already" in refused.stderr
    check(premises, put)


def test_showing_and_going_somewhere_are_two_things(premises: Premises) -> None:
    refused = run(premises, "--show", "--to", "0001")
    assert refused.exit_code == 2
    assert "leave out --to" in refused.stderr


def test_a_person_is_told_in_a_sentence(premises: Premises) -> None:
    assert run(premises, "--show").stdout == f"There is no store yet; this program knows {schemas()[0]}.\n"
    fill(premises)
    newest = schemas()[0]
    assert run(premises, "--show").stdout == f"The store has schema {newest}; this program knows {newest}.\n"


def test_a_position_of_a_restored_chain_survives_both_ways(premises: Premises) -> None:
    with premises.open() as store:
        store.chains.open_chain(ChainId.begin("server-one", Direction.TO_DESK))
        store.chains.begin_bundle(lambda _chain, _rows: (b"manifest", "ab" * 32))
        store.chains.finish_bundle(1)
        store.chains.open_chain(ChainId.begin("server-one", Direction.TO_DESK))
        before = store.chains.outgoing()
    assert before is not None
    assert isinstance(before.resumes, ChainPosition)
    bring_to(premises.config.paths.store_dir, SETTINGS, schemas()[-1])
    with premises.open() as store:
        after = store.chains.outgoing()
    assert after is not None
    assert (after.chain, after.resumes) == (before.chain, before.resumes)
