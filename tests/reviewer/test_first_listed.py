"""Who decides which of two consents is the newer one: the source, and nobody who damages a stick."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from keys.sealing.chain_position import ChainId, Direction
from keys.sealing.followup import Act, Followup
from keys.sealing.notes import SigningKey
from keys.sealing.submission import Audience, Consent, Part
from reviewer.cases import get_case, may_see
from reviewer.consent import consent_from_text
from reviewer.first_listed import first_listed
from reviewer.inbox import import_bundle
from reviewer.vault.rows import ArrivalRow, BundleRow
from tests.reviewer.organisation import DAY, Source

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.manifest import Manifest
    from reviewer.inbox import ImportReport
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Amend, Carry
    from tests.reviewer.organisation import Organisation

EVERYBODY = frozenset(Audience)
NOBODY: frozenset[Audience] = frozenset()


@dataclass
class Line:
    """One source who says who may see the case, and a courier who damages what is carried."""

    org: Organisation
    desk: Vault
    source: Source
    folder: Path

    def says(self, audiences: frozenset[Audience]) -> str:
        """Let the source say anew who may see the case; returns the row's id."""
        head: dict[str, Any] = {"part": Part.FOLLOWUP, "answers": Followup(Act.CONSENT).to_answers()}
        consent = Consent(audiences, originals=bool(audiences))
        return self.org.report("", mailbox=self.source.slip, consent=consent, **head)

    def carry(self, *damaged: str, confirm: bool = False, **manifest: Any) -> ImportReport:
        """Carry the next bundle, with some of its rows damaged on the way; what came before is still waiting."""
        path = self.org.bundle(self.folder / f"{secrets.token_hex(4)}.bundle", **manifest)
        data = path.read_bytes()
        for row in damaged:
            data = data.replace(self.org.waiting[row], bytes(len(self.org.waiting[row])))
        path.write_bytes(data)
        return import_bundle(self.desk, path, confirm=confirm)

    def leaves_out(self, row: str) -> bytes:
        """Let the server's disk lose the file of a row for a while."""
        return self.org.waiting.pop(row)

    def allowed(self) -> tuple[frozenset[str], bool]:
        with self.desk.look() as rows:
            case = get_case(rows, 1)
        return may_see(case), consent_from_text(case.consent).originals


@pytest.fixture
def line(org: Organisation, desk: Vault, carry: Carry, tmp_path: Path) -> Line:
    source = Source()
    org.report("the report", mailbox=source.slip)
    carry()
    org.waiting.clear()
    return Line(org, desk, source, tmp_path)


def test_an_older_consent_that_was_damaged_on_its_way_does_not_win_over_the_newer_one(line: Line) -> None:
    wide = line.says(EVERYBODY)
    line.says(NOBODY)
    assert line.carry(wide).damaged_blobs == [wide]
    assert line.allowed() == (NOBODY, False)
    line.carry(confirm=True)
    assert line.allowed() == (NOBODY, False)


@pytest.mark.parametrize("times", [1, 3])
def test_it_does_not_win_either_when_the_newer_one_came_in_a_bundle_of_its_own(line: Line, times: int) -> None:
    wide = line.says(EVERYBODY)
    line.carry(wide)
    narrow = line.says(NOBODY)
    for _ in range(times):
        line.carry(wide, confirm=True)
    assert line.allowed() == (NOBODY, False)
    line.carry(confirm=True)
    assert line.allowed() == (NOBODY, False)
    with line.desk.look() as rows:
        first, second = (rows.get_one(ArrivalRow, bytes.fromhex(row)).bundle_id for row in (wide, narrow))
    assert first < second


def test_a_newer_consent_that_was_damaged_still_narrows(line: Line) -> None:
    line.says(EVERYBODY)
    narrow = line.says(NOBODY)
    line.carry(narrow)
    assert line.allowed() == (EVERYBODY, True)
    line.carry(confirm=True)
    assert line.allowed() == (NOBODY, False)


def test_a_source_who_really_allows_more_later_is_heard_after_a_damaged_bundle(line: Line) -> None:
    narrow = line.says(NOBODY)
    line.carry(narrow)
    line.says(EVERYBODY)
    line.carry(confirm=True)
    assert line.allowed() == (EVERYBODY, True)


def test_a_consent_that_the_server_kept_back_as_damaged_is_as_old_as_it_is(line: Line) -> None:
    wide = line.says(EVERYBODY)
    content = line.leaves_out(wide)
    line.says(NOBODY)
    line.carry(left_out=(wide,))
    assert line.allowed() == (NOBODY, False)
    line.org.accept(content, wide)
    line.carry()
    assert line.allowed() == (NOBODY, False)


def test_a_restored_server_with_a_new_key_makes_no_row_younger(
    line: Line, amend: Amend, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = line.says(EVERYBODY)
    line.carry(wide)
    line.says(NOBODY)
    line.carry(wide, confirm=True)
    resumes, key = line.org.position, SigningKey.generate("harbour/server/2")
    amend(servers=(key.verify_key,))
    monkeypatch.setattr(line.org, "server", key)
    monkeypatch.setattr(line.org, "position", None)
    line.carry(chain=ChainId.begin(key.name, Direction.TO_DESK), resumes=resumes, confirm=True)
    assert line.allowed() == (NOBODY, False)


def test_the_look_back_ends_where_a_bundle_names_none_of_the_rows_and_stays_with_one_server(line: Line) -> None:
    def first(manifest: Manifest, before: int, *unknown: str) -> dict[str, int]:
        with line.desk.look() as rows:
            return first_listed(rows, manifest, before, unknown)

    one, two = line.says(NOBODY), line.says(NOBODY)
    content = line.org.waiting.pop(two)
    line.carry(one)
    line.org.accept(content, two)
    report = line.carry(one, two, confirm=True)
    manifest = report.bundle.manifest
    assert first(manifest, 3, one, two) == {one: 2}
    assert first(manifest, 4, one, two) == {one: 2, two: 3}
    assert first(manifest, 4) == {}
    foreign = ChainId.begin("harbour/server/1 of others", Direction.TO_DESK)
    with line.desk.change() as change:
        note = change.rows.get_one(BundleRow, 3).manifest
        kept = BundleRow(digest="d", chain=str(foreign), number=1, written=DAY, imported=DAY, manifest=note)
        kept.finished = True
        change.rows.add(kept)
    assert first(manifest, 9, one, two) == {one: 2, two: 3}
