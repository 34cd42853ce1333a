from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from caselog.case_record import CaseRecord
from caselog.checkpoint import Checkpoint, cosign, origin_of, read_checkpoint, sign_checkpoint
from caselog.errors import CaseLogError, ForkedError, TamperedError
from caselog.importing import import_delivery
from caselog.lead_store import LeadStore, package_file
from caselog.leaves import DispositionLeaf, RowState
from caselog.viewing import Cosigner, Verified, compare_head, find_case, open_case, shown_cases, verify_all
from keys.sealing.canonical import to_canonical
from tests.caselog import world
from tests.caselog.world import CASE, FIELDS, DeskOf, file_of, identity, key, taken

OPEN = DispositionLeaf("ab" * 16, RowState.OPEN)


@pytest.fixture
def store(tmp_path: Path) -> LeadStore:
    return world.new_store(tmp_path / "store")


def test_the_latest_revision_of_a_case_is_shown_first(store: LeadStore) -> None:
    desk = DeskOf()
    first = desk.forward()
    other = desk.forward(CaseRecord("c2" * 16, 1, FIELDS))
    second = desk.forward(CaseRecord(CASE, 2, {**FIELDS, "title": "Dam, again"}))
    taken(store, desk.delivery(first, other, second))
    cases = shown_cases(store, identity("anna"))
    assert [(case.short_id, case.record.revision, case.superseded) for case in cases] == [
        ("c2c2c2c2", 1, False),
        ("c1c1c1c1", 2, False),
        ("c1c1c1c1", 1, True),
    ]
    assert find_case(cases, "C1").record.revision == 2


def test_the_highest_revision_is_shown_though_its_leaf_stands_before_an_older_one(store: LeadStore) -> None:
    desk = DeskOf()
    corrected = desk.forward(CaseRecord(CASE, 2, {**FIELDS, "title": "Dam, corrected"}))
    older = desk.forward()
    taken(store, desk.delivery(corrected, older))
    cases = shown_cases(store, identity("anna"))
    assert [(case.record.revision, case.superseded) for case in cases] == [(2, False), (1, True)]
    assert find_case(cases, "c1").record.fields["title"] == "Dam, corrected"


def test_a_case_is_found_by_the_beginning_of_its_id_only(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward(), desk.forward(CaseRecord("c2" * 16, 1, FIELDS))))
    cases = shown_cases(store, identity("anna"))
    for wanted, message in (("c", "More than one"), ("d", "No case")):
        with pytest.raises(CaseLogError, match=message):
            find_case(cases, wanted)


def test_attachments_are_read_from_the_sealed_package(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward(files=[file_of("a.png", b"pixels")])))
    case = shown_cases(store, identity("anna"))[0]
    with open_case(store, case, identity("anna")) as package:
        assert package.open_attachment("a.png").read() == b"pixels"


def test_verifying_says_what_is_there_and_what_is_missing(store: LeadStore) -> None:
    desk = DeskOf()
    package = desk.forward(files=[file_of("a.png", bytes(300_000))])
    taken(store, desk.delivery(package))
    desk.forward()
    taken(store, desk.delivery(number=3))
    told: list[int] = []
    assert verify_all(store, identity("anna"), told.append) == [
        Verified("desk/main", 32, 1, missing=(16,), missing_deliveries=(2,), cosigners=())
    ]
    assert told == [1]


def test_verifying_shows_who_else_has_signed_the_head(store: LeadStore) -> None:
    desk = DeskOf()
    desk.append(OPEN)
    desk.checkpoint = cosign(read_checkpoint(desk.checkpoint, desk.key.verify_key), key("lead/bo"))
    taken(store, desk.delivery())
    assert verify_all(store, identity("anna"))[0].cosigners == (Cosigner("lead/bo", 16),)


def test_who_co_signed_an_older_head_is_shown_with_the_newest_that_each_signed(store: LeadStore) -> None:
    desk, heads = DeskOf(), []
    for _ in range(4):
        desk.append(OPEN)
        heads.append(read_checkpoint(desk.checkpoint, desk.key.verify_key))
    notes = [cosign(heads[number], key(name)) for number, name in ((0, "lead/bo"), (1, "lead/bo"), (2, "lead/anna"))]
    taken(store, replace(desk.delivery(), cosigned=(*notes, cosign(heads[3], key("lead/stranger")))))
    expected = (Cosigner("lead/anna", 48), Cosigner("lead/bo", 32))
    assert verify_all(store, identity("anna"))[0].cosigners == expected
    desk.append(OPEN)
    taken(store, desk.delivery())
    assert verify_all(LeadStore.open(store.folder), identity("anna"))[0].cosigners == expected


def test_a_co_signature_under_a_head_is_not_forgotten_when_the_log_grows(store: LeadStore) -> None:
    desk = DeskOf()
    desk.append(OPEN)
    desk.checkpoint = cosign(read_checkpoint(desk.checkpoint, desk.key.verify_key), key("lead/bo"))
    taken(store, desk.delivery())
    desk.append(OPEN)
    taken(store, desk.delivery())
    assert verify_all(store, identity("anna"))[0].cosigners == (Cosigner("lead/bo", 16),)


@pytest.mark.parametrize("size", [16, 32])
def test_a_head_that_somebody_co_signed_must_be_of_the_same_log(store: LeadStore, size: int) -> None:
    desk = DeskOf()
    desk.append(OPEN)
    other = sign_checkpoint(Checkpoint(origin_of(desk.key.verify_key), size, bytes(32)), desk.key)
    note = cosign(read_checkpoint(other, desk.key.verify_key), key("lead/bo"))
    with pytest.raises(ForkedError, match=f"lead/bo co-signed a head at {size} leaves"):
        taken(store, replace(desk.delivery(), cosigned=(note,)))
    assert not verify_all(store, identity("anna"))


def test_co_signed_heads_of_an_unknown_version_are_refused(store: LeadStore, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = DeskOf()
    desk.append(OPEN)
    monkeypatch.setattr("caselog.delivery.heads_to_json", lambda _notes: to_canonical({"version": 2, "heads": []}))
    with pytest.raises(TamperedError, match="version that is not known"):
        taken(store, replace(desk.delivery(), cosigned=(desk.checkpoint,)))


def test_verifying_reads_every_attachment(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward(files=[file_of("a.png", bytes(300_000))])))
    path = next(store.folder.rglob("*.age"))
    data = bytearray(path.read_bytes())
    data[200_000] ^= 1
    path.write_bytes(data)
    assert len(shown_cases(store, identity("anna"))) == 1
    with pytest.raises(TamperedError):
        verify_all(store, identity("anna"))


def test_a_package_put_in_the_place_of_another_is_noticed(store: LeadStore) -> None:
    desk = DeskOf()
    first, second = desk.forward(), desk.forward(CaseRecord("c2" * 16, 1, FIELDS))
    taken(store, desk.delivery(first, second))
    folder = next(store.folder.rglob("packages"))
    (folder / package_file(16, second.sha256)).write_bytes((folder / package_file(0, first.sha256)).read_bytes())
    with pytest.raises(TamperedError, match="another leaf"):
        shown_cases(store, identity("anna"))


def test_heads_of_other_leads_are_compared(store: LeadStore) -> None:
    desk, early = DeskOf(), DeskOf()
    desk.append(OPEN)
    early.leaves, early.checkpoint = list(desk.leaves), desk.checkpoint
    desk.append(OPEN)
    taken(store, desk.delivery())
    assert compare_head(store, early.checkpoint) == ("desk/main", 16, False)
    assert compare_head(store, desk.checkpoint) == ("desk/main", 32, False)
    desk.append(OPEN)
    assert compare_head(store, desk.checkpoint) == ("desk/main", 48, True)
    early.append(OPEN)
    with pytest.raises(ForkedError, match="fork"):
        compare_head(store, early.checkpoint)


def test_what_is_no_head_of_a_known_log_is_not_compared(store: LeadStore) -> None:
    with pytest.raises(CaseLogError, match="no desk"):
        compare_head(store, b"")
    desk = DeskOf()
    desk.append(OPEN)
    taken(store, desk.delivery())
    with pytest.raises(TamperedError, match="not a head"):
        compare_head(store, b"hello")
    other = DeskOf("other")
    other.append(OPEN)
    with pytest.raises(CaseLogError, match="no desk"):
        compare_head(store, other.checkpoint)


def test_a_desk_of_which_nothing_was_accepted_is_not_shown(store: LeadStore) -> None:
    store.desk(key("desk/main").verify_key)
    assert shown_cases(store, identity("anna")) == []


def test_many_cases_need_few_open_files(store: LeadStore) -> None:
    desk = DeskOf()
    packages = [desk.forward(CaseRecord(f"{number:032x}", 1, FIELDS)) for number in range(40)]
    import_delivery(store, io.BytesIO(world.in_the_clear(desk.delivery(*packages))), identity("anna"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert len(shown_cases(store, identity("anna"))) == 40
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_lead_who_is_told_more_later_sees_it(store: LeadStore) -> None:
    desk = DeskOf()
    record = CaseRecord(CASE, 1, FIELDS)
    taken(store, desk.delivery(desk.forward(record)))
    taken(store, desk.delivery(desk.forward(replace(record, revision=2, fields={**FIELDS, "place": "Tete"}))))
    newest = find_case(shown_cases(store, identity("anna")), "c1")
    assert newest.record.fields["place"] == "Tete"
