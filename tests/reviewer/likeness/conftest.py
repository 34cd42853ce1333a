"""What tests of look-alikes share: reports at a desk, told by a word in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from reviewer.cases import mark_read
from reviewer.vault.rows import CaseRow

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault

RIVER = (
    "Every night after ten the lorries of the cement works drive down to the old bridge and empty their tanks into "
    "the river. The guards know the drivers by name and look away. Children of our village bathe there in the morning."
)
NEARLY = RIVER.replace("Every night", "Each evening").replace("look away", "say nothing")
OTHER = (
    "My supervisor asks each new cleaner for half of the first wage and keeps a list in a green book. Who refuses is "
    "sent home. The bursar of the hospital signs for it every month and has built a house since."
)

Numbered = Callable[[str], int]


@pytest.fixture
def numbered(desk: Vault) -> Numbered:
    """The number of the case whose text begins so."""

    def find(beginning: str) -> int:
        with desk.look() as rows:
            return rows.scalars(select(CaseRow.id).where(CaseRow.preview.startswith(beginning[:40]))).one()

    return find


@pytest.fixture
def read_all(desk: Vault) -> Callable[[], None]:
    """Mark every case as read."""

    def read() -> None:
        with desk.change() as change:
            for number in change.rows.scalars(select(CaseRow.id).where(CaseRow.unread)).all():
                mark_read(change, number)

    return read
