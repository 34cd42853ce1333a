from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from keys.sealing.age import AgeError
from reviewer.errors import LockedError, ReviewerError
from reviewer.vault import database
from reviewer.vault.rows import HistoryRow, HistoryValueRow, SettingRow
from reviewer.vault.unlock import Unlocked, write_wrap
from reviewer.vault.vault import Vault, current_day

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "a passphrase of the desk"


def test_a_vault_opens_again_with_what_was_put_in(vault: Vault) -> None:
    with vault.change() as change:
        change.rows.add(SettingRow(name="organisation", value="Coalition"))
    vault.held.close()
    with Vault.open(vault.folder, PASSPHRASE) as again:
        assert again.reviewer == "amina"
        assert again.setting("organisation") == "Coalition"
        assert again.setting("other") is None
        assert again.today() == current_day()


def test_folders_and_files_are_for_their_owner_only(vault: Vault) -> None:
    for path in [vault.folder, *vault.folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_database_is_ciphertext_with_every_safety_set(vault: Vault) -> None:
    assert not (vault.folder / "vault.db").read_bytes().startswith(b"SQLite format 3")
    with vault.look() as rows:
        found = {
            name: rows.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("secure_delete", "journal_mode", "synchronous", "foreign_keys", "temp_store")
        }
        rank = rows.execute(text("SELECT v FROM words_config WHERE k = 'secure-delete'")).scalar()
    assert found == {
        "secure_delete": 1, "journal_mode": "truncate", "synchronous": 2, "foreign_keys": 1, "temp_store": 2,
    }  # fmt: skip
    assert rank == 1


def test_a_vault_never_lands_on_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match="exists already"):
        Vault.create(tmp_path, "amina", bytes(32), PASSPHRASE)


def test_a_vault_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match="too short"):
        Vault.create(tmp_path / "vault", "amina", bytes(32), "short")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_vault_says_so(tmp_path: Path) -> None:
    with pytest.raises(LockedError, match="holds no vault"):
        Vault.open(tmp_path, PASSPHRASE)


def test_a_second_command_waits_its_turn(vault: Vault) -> None:
    with pytest.raises(LockedError, match="Another command"):
        Vault.open(vault.folder, PASSPHRASE)


def test_a_failed_opening_leaves_the_vault_free(vault: Vault) -> None:
    vault.held.close()
    with pytest.raises(LockedError, match="passphrase"):
        Vault.open(vault.folder, "the wrong passphrase")
    Vault.open(vault.folder, PASSPHRASE).held.close()


def test_with_several_reviewers_one_is_named(vault: Vault) -> None:
    yusuf = Unlocked("yusuf", vault.unlocked.database_key, bytes(range(32)))
    write_wrap(vault.folder / "wraps", yusuf, "the passphrase of yusuf")
    vault.held.close()
    with pytest.raises(LockedError, match="amina, yusuf"):
        Vault.open(vault.folder, PASSPHRASE)
    with pytest.raises(LockedError, match="No reviewer 'eve'"):
        Vault.open(vault.folder, PASSPHRASE, "eve")
    with Vault.open(vault.folder, "the passphrase of yusuf", "yusuf") as opened:
        assert opened.reviewer == "yusuf"
        assert opened.unlocked.signing_seed == bytes(range(32))


def _reopen_with(vault: Vault, statement: str) -> None:
    with vault.engine.begin() as connection:
        connection.execute(text(statement))
    vault.held.close()
    Vault.open(vault.folder, PASSPHRASE)


def test_a_newer_vault_is_not_touched(vault: Vault) -> None:
    with pytest.raises(LockedError, match="newer version"):
        _reopen_with(vault, f"PRAGMA user_version = {database.SCHEMA_VERSION + 1}")


def test_another_program_s_database_is_not_touched(vault: Vault) -> None:
    with pytest.raises(LockedError, match="not a vault"):
        _reopen_with(vault, "PRAGMA application_id = 1")


def test_an_older_vault_is_brought_up_step_by_step(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    monkeypatch.setattr(database, "SCHEMA_VERSION", database.SCHEMA_VERSION + 2)
    monkeypatch.setitem(database.STEPS, 1, lambda _connection: steps.append(1))
    monkeypatch.setitem(database.STEPS, 2, lambda _connection: steps.append(2))
    database.check_schema(vault.engine)
    database.check_schema(vault.engine)
    assert steps == [1, 2]


def test_a_damaged_database_is_named_as_such(vault: Vault) -> None:
    vault.held.close()
    path = vault.folder / "vault.db"
    path.write_bytes(b"\x00" * 4096 + path.read_bytes()[4096:])
    with pytest.raises(LockedError, match="damaged"):
        Vault.open(vault.folder, PASSPHRASE)


def test_every_act_is_recorded_with_what_it_changed(vault: Vault) -> None:
    with vault.change() as change:
        change.record("triage", None, status=("new", "open"))
    with vault.look() as rows:
        act = rows.scalars(select(HistoryRow)).one()
        value = rows.scalars(select(HistoryValueRow)).one()
    assert (act.who, act.act, act.day) == ("amina", "triage", current_day())
    assert (value.field, value.before, value.after) == ("status", "new", "open")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE history SET who = 'eve'", "DELETE FROM history", "UPDATE history_value SET after = 'spam'"],
)
def test_the_history_cannot_be_changed(vault: Vault, statement: str) -> None:
    with vault.change() as change:
        change.record("triage", None, status=("new", "open"))
    with pytest.raises(DatabaseError, match="append-only"), vault.change() as change:
        change.rows.execute(text(statement))


def test_a_transaction_is_all_or_nothing(vault: Vault) -> None:
    def fail_half_way() -> None:
        with vault.change() as change:
            change.record("import", None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with vault.look() as rows:
        assert rows.scalars(select(HistoryRow)).all() == []


def test_an_attachment_comes_back_only_with_its_own_seed(vault: Vault) -> None:
    content = b"marked bytes" * 30_000
    stored = vault.attachments.seal(io.BytesIO(content))
    other = vault.attachments.seal(io.BytesIO(b""))
    with vault.attachments.open(stored.file, stored.seed) as file:
        assert file.read() == content
    assert stored.size == len(content)
    assert b"marked bytes" not in vault.attachments.path(stored.file).read_bytes()
    assert stored.seed != other.seed
    with pytest.raises(AgeError), vault.attachments.open(stored.file, other.seed):
        pass


def test_nothing_of_an_attachment_stays_when_its_source_breaks(vault: Vault) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - any
        vault.attachments.seal(Broken())
    assert list((vault.folder / "attachments").iterdir()) == []


def test_a_destroyed_or_orphaned_file_is_gone_and_a_missing_one_is_named(vault: Vault) -> None:
    kept, gone, orphan = (vault.attachments.seal(io.BytesIO(b"x")) for _ in range(3))
    (vault.folder / "attachments" / ".partial-0").write_bytes(b"")
    vault.attachments.destroy([gone.file, "not there.age"])
    assert vault.attachments.sweep({kept.file}) == 2
    assert [path.name for path in (vault.folder / "attachments").iterdir()] == [kept.file]
    with pytest.raises(ReviewerError, match="missing"), vault.attachments.open(orphan.file, orphan.seed):
        pass
