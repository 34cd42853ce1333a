"""Root reads keys and writes sticks; in the store it works as its user, and a file belongs to whoever needs it."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from intake.backup.owners import as_owner_of
from intake.backup.placing import Owned, Placing, Restored

if TYPE_CHECKING:
    from pathlib import Path


class Folder:
    """A folder of another user."""

    @staticmethod
    def stat() -> SimpleNamespace:
        return SimpleNamespace(st_uid=7, st_gid=8, st_mode=0o40750)


OTHERS = cast("Path", Folder())


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Root, whose changes of user are noted and not made."""
    said: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "getegid", lambda: 0)
    for name in ("seteuid", "setegid"):
        monkeypatch.setattr(os, name, lambda number, name=name: said.append((name, number)))
    return said


def test_root_becomes_the_owner_and_root_again_whatever_happens(became: list[tuple[str, int]]) -> None:
    with pytest.raises(ZeroDivisionError), as_owner_of(OTHERS):
        raise ZeroDivisionError
    assert became == [("setegid", 8), ("seteuid", 7), ("seteuid", 0), ("setegid", 0)]


def test_root_s_own_folder_needs_no_change(became: list[tuple[str, int]], tmp_path: Path) -> None:
    with as_owner_of(cast("Path", SimpleNamespace(stat=lambda: SimpleNamespace(st_uid=0, st_gid=0)))):
        pass
    assert became == []
    assert tmp_path.is_dir()


def test_any_other_user_stays_who_they_are(monkeypatch: pytest.MonkeyPatch, became: list[tuple[str, int]]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with as_owner_of(OTHERS):
        pass
    assert became == []
    assert Owned(OTHERS, OTHERS).ids() == (-1, -1)


@pytest.mark.parametrize(
    ("owned", "ids"), [(Owned(), (0, 0)), (Owned(None, OTHERS), (0, 8)), (Owned(OTHERS, OTHERS), (7, 8))]
)
def test_a_file_that_root_places_gets_the_owner_that_reads_it(
    became: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, owned: Owned, ids: tuple[int, int]
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _file, user, group: given.append((user, group)))
    with Placing() as placing:
        placing.place([Restored(tmp_path / "server.key", b"key", 0o600, owned)])
    assert given == [ids]
    assert became == []
