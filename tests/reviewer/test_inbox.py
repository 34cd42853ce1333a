from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from reviewer.inbox import import_bundle
from reviewer.values import ArrivalState
from reviewer.vault.rows import CaseRow, MessageRow
from tests.reviewer.organisation import Source

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.vault.vault import Vault
    from tests.reviewer.organisation import Organisation


def test_a_report_becomes_a_case(org: Organisation, desk: Vault, tmp_path: Path) -> None:
    source = Source()
    org.report("They dump the waste at night.", mailbox=source.slip)
    report = import_bundle(desk, org.bundle(tmp_path / "one.bundle"))
    assert report.finished
    assert report.found == {ArrivalState.OPENED: 1}
    with desk.look() as rows:
        case = rows.scalars(select(CaseRow)).one()
        assert rows.scalars(select(MessageRow.text)).one() == "They dump the waste at night."
    assert (case.preview, case.status, case.unread, case.parts, case.files) == (
        "They dump the waste at night.", "new", True, 1, 0,
    )  # fmt: skip
