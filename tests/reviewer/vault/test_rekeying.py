"""After a reviewer has gone, the vault opens for all who stay, and for nobody else; whenever the power fails."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from reviewer.errors import LockedError, ReviewerError
from reviewer.inbox import no_progress
from reviewer.keyring import remove_reviewer, who_stays
from reviewer.vault import database, unlock
from reviewer.vault.rows import SettingRow
from reviewer.vault.vault import Vault
from tests.reviewer.conftest import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PASSPHRASES = {"amina": PASSPHRASE, "yusuf": "the passphrase of yusuf", "eve": "the passphrase of eve"}
STAYING = {name: PASSPHRASES[name] for name in ("amina", "yusuf")}


@pytest.fixture
def shared(vault: Vault) -> Vault:
    """A vault of three, with something in it."""
    for name in ("yusuf", "eve"):
        one = unlock.Unlocked(name, vault.unlocked.database_key, bytes(32))
        unlock.write_wrap(vault.wraps, one, PASSPHRASES[name])
    with vault.change() as change:
        change.rows.add(SettingRow(name="canary", value="here"))
    return vault


def _opens(folder: Path, name: str) -> bool:
    try:
        with Vault.open(folder, PASSPHRASES[name], name) as opened:
            return opened.setting("canary") == "here"
    except LockedError:
        return False


def test_who_stays_opens_the_vault_and_who_goes_does_not(shared: Vault) -> None:
    old = shared.unlocked
    remove_reviewer(shared, "eve", STAYING)
    assert shared.setting("canary") == "here"
    with shared.change() as change:
        change.rows.add(SettingRow(name="after", value="x"))
    shared.held.close()
    assert [_opens(shared.folder, name) for name in ("amina", "yusuf", "eve")] == [True, True, False]
    assert not database.opens(shared.folder / "vault.db", old.database_key)
    assert unlock.reviewers(shared.wraps) == ["amina", "yusuf"]


def test_a_copy_that_was_kept_still_opens_and_a_wrap_that_was_kept_does_not(shared: Vault, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(shared.folder, kept)
    remove_reviewer(shared, "eve", STAYING)
    shared.held.close()
    assert _opens(kept, "eve")
    for path in (kept / "wraps").glob("eve*"):
        shutil.copy(path, shared.wraps)
    assert not _opens(shared.folder, "eve")


@pytest.mark.parametrize("step", ["copy", "first wrap", "second wrap", "place", "last wraps", "removal"])
def test_a_change_that_is_cut_off_leaves_a_vault_that_opens_and_can_be_done_again(
    shared: Vault, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patched:
        _cut_off(patched, step)
        with pytest.raises(OSError, match="power"):
            remove_reviewer(shared, "eve", STAYING)
    shared.held.close()
    assert [_opens(shared.folder, name) for name in STAYING] == [True, True]
    with Vault.open(shared.folder, PASSPHRASE, "amina") as again:
        if "eve" in unlock.reviewers(again.wraps):
            remove_reviewer(again, "eve", STAYING)
    assert [_opens(shared.folder, name) for name in PASSPHRASES] == [True, True, False]


def _cut_off(patched: pytest.MonkeyPatch, step: str) -> None:
    if step == "copy":
        patched.setattr("reviewer.vault.rekeying.database.change_key", _fail_at(1, database.change_key))
    elif step == "place":
        patched.setattr("pathlib.Path.replace", _fail_at(1, no_progress))
    elif step == "removal":
        patched.setattr("reviewer.vault.rekeying.unlock.remove_wrap", _fail_at(1, unlock.remove_wrap))
    else:
        calls = {"first wrap": 1, "second wrap": 2, "last wraps": 4}[step]
        patched.setattr("reviewer.vault.rekeying.unlock.write_wrap", _fail_at(calls, unlock.write_wrap))


def _fail_at(call: int, real: Callable[..., object]) -> Callable[..., object]:
    calls = 0

    def fail(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise OSError("power")
        return real(*arguments, **named)

    return fail


def test_a_wrong_passphrase_of_one_who_stays_changes_nothing(shared: Vault) -> None:
    with pytest.raises(LockedError, match="does not open"):
        remove_reviewer(shared, "eve", STAYING | {"yusuf": "a wrong passphrase"})
    shared.held.close()
    assert all(_opens(shared.folder, name) for name in PASSPHRASES)


def test_nobody_removes_themselves_or_somebody_unknown(shared: Vault) -> None:
    with pytest.raises(ReviewerError, match="Nobody removes themselves"):
        who_stays(shared, "amina")
    with pytest.raises(ReviewerError, match="Known: amina, eve, yusuf"):
        who_stays(shared, "bela")
