"""An operator who exports or imports as root leaves nothing that the service could not open or remove."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from intake.store.ownership import give_to_owner_of

if TYPE_CHECKING:
    from pathlib import Path

    from intake.store import Store


def test_what_root_makes_beside_the_store_belongs_to_the_store_s_user(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, int, int]] = []

    def note(made: Path | int, user: int, group: int) -> None:
        name = os.readlink(f"/proc/self/fd/{made}") if isinstance(made, int) else str(made)  # noqa: PTH115
        given.append((os.path.relpath(name, folder).split("/")[0], user, group))

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", note)
    with store.gate.exporting.held(), store.incoming() as upload:
        upload.write(b"x")
    owner = folder.stat()
    assert given == [(name, owner.st_uid, owner.st_gid) for name in ("export.turnstile", "export.lock", "incoming")]


def test_any_other_user_gives_nothing_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "chown", lambda *_all: pytest.fail("something was given away"))
    give_to_owner_of(tmp_path, tmp_path)
