"""Deliveries on their way into a lead's folder: taken in once and whole; what is wrong with others is named."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from caselog.case_record import CaseRecord, Form
from caselog.checkpoint import Checkpoint, origin_of, sign_checkpoint
from caselog.commitments import address_key
from caselog.delivery import DeliveredPackage, Delivery, package_member
from caselog.desk_log import DeskLog
from caselog.errors import CaseLogError, ForkedError, ReplayedError, TamperedError, TruncatedError, WrongKeyError
from caselog.importing import Imported, import_delivery
from caselog.lead_store import LeadStore
from caselog.leaves import DispositionLeaf, RowState
from caselog.merkle import leaf_hash, root
from caselog.package import CasePackage
from caselog.viewing import shown_cases
from keys.sealing import atomic
from keys.sealing.container import ContainerWriter
from keys.sealing.container_reader import Container
from keys.sealing.errors import FormatError, SignatureError
from keys.sealing.notes import add_signature, sign_document
from keys.sealing.public_bundle import Policy
from tests.caselog import package_forge, world
from tests.caselog.world import CASE, FIELDS, TWO_SIGNATURES, DeskOf, file_of, identity, key, taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPEN = DispositionLeaf("ab" * 16, RowState.OPEN)


@pytest.fixture
def store(tmp_path: Path) -> LeadStore:
    return world.new_store(tmp_path / "store")


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def titles(store: LeadStore) -> list[str]:
    return [case.record.fields["title"] for case in shown_cases(store, identity(store.lead))]


def imported_bytes(store: LeadStore, data: bytes) -> Imported:
    return import_delivery(store, io.BytesIO(data), identity(store.lead))


# --- what should happen -------------------------------------------------------------------------------------------


def test_a_delivery_brings_log_and_cases(store: LeadStore) -> None:
    desk = DeskOf()
    done = taken(store, desk.delivery(desk.forward(files=[file_of("a.png", bytes(100_000))])))
    assert done == Imported(
        "desk/main", 1, replayed=False, new_leaves=16, new_packages=(0,), missing=(), missing_deliveries=(), size=16
    )
    assert titles(store) == [FIELDS["title"]]


def test_the_next_delivery_may_bring_only_what_is_new(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    second = desk.forward(CaseRecord("c2" * 16, 1, FIELDS))
    assert taken(store, desk.delivery(second, first=16)).new_leaves == 16
    third = desk.forward(CaseRecord("c3" * 16, 1, FIELDS))
    assert taken(store, desk.delivery(third, first=5)).new_packages == (32,)
    assert len(titles(store)) == 3


def test_the_same_delivery_again_changes_nothing(store: LeadStore) -> None:
    desk = DeskOf()
    delivery = desk.delivery(desk.forward())
    taken(store, delivery)
    before = everything_in(store.folder)
    done = taken(store, delivery)
    assert done.replayed
    assert (done.new_leaves, done.new_packages) == (0, ())
    assert everything_in(store.folder) == before


def test_deliveries_may_come_late_and_out_of_order(store: LeadStore) -> None:
    desk = DeskOf()
    first = desk.delivery(desk.forward())
    second = desk.delivery(desk.forward(CaseRecord("c2" * 16, 1, FIELDS)))
    done = taken(store, second)
    assert (done.missing, done.missing_deliveries) == ((0,), (1,))
    done = taken(store, first)
    assert (done.missing, done.missing_deliveries, done.size) == ((), (), 32)
    assert len(titles(store)) == 2


def test_a_case_that_is_addressed_and_does_not_come_is_missing(store: LeadStore) -> None:
    desk = DeskOf()
    desk.forward()
    desk.forward(leads=["bo"])
    assert taken(store, desk.delivery()).missing == (0,)


def test_an_empty_log_is_a_log(store: LeadStore) -> None:
    assert taken(store, DeskOf().delivery()).size == 0
    desk = DeskOf(numbers={"anna": 1})
    assert taken(store, desk.delivery(desk.forward())).size == 16


def test_logs_of_two_desks_are_kept_apart(store: LeadStore) -> None:
    main, other = DeskOf("main"), DeskOf("other")
    taken(store, main.delivery(main.forward()))
    taken(store, other.delivery(other.forward(CaseRecord("c2" * 16, 1, FIELDS))), "other")
    assert [case.desk for case in shown_cases(store, identity("anna"))] == ["desk/main", "desk/other"]


def test_a_package_that_is_delivered_again_replaces_the_older_one(store: LeadStore) -> None:
    desk = DeskOf()
    record = CaseRecord(CASE, 1, FIELDS)
    committed = desk.commit(replace(record, fields={**FIELDS, "note": "more"}))
    leaf = desk.append(committed.leaf)
    taken(store, desk.delivery(world.delivered(CasePackage.of(committed, record), leaf)))
    more = CasePackage.of(committed, replace(record, fields={**FIELDS, "note": "more"}))
    taken(store, desk.delivery(world.delivered(more, leaf)))
    assert [case.record.fields.get("note") for case in shown_cases(store, identity("anna"))] == ["more"]
    assert len(list(store.folder.rglob("*.age"))) == 1


def test_another_package_of_a_leaf_that_tells_less_is_a_fork(store: LeadStore) -> None:
    desk = DeskOf()
    record = CaseRecord(CASE, 1, {**FIELDS, "note": "more"})
    committed = desk.commit(record)
    leaf = desk.append(committed.leaf)
    taken(store, desk.delivery(world.delivered(CasePackage.of(committed, record), leaf)))
    less = CasePackage.of(committed, replace(record, fields=FIELDS))
    with pytest.raises(ForkedError, match="leaves out"):
        taken(store, desk.delivery(world.delivered(less, leaf)))
    assert [case.record.fields.get("note") for case in shown_cases(store, identity("anna"))] == ["more"]


def test_another_package_of_a_leaf_that_more_reviewers_signed_takes_its_place(store: LeadStore) -> None:
    desk = DeskOf()
    record = CaseRecord(CASE, 1, FIELDS)
    committed = desk.commit(record, signers=("ann", "ben"))
    leaf, package = desk.append(committed.leaf), CasePackage.of(committed, record)
    taken(store, desk.delivery(world.delivered(package, leaf)))
    taken(store, desk.delivery(world.delivered(package, leaf, ["ann", "ben"])))
    assert [len(case.signers) for case in shown_cases(store, identity("anna"))] == [2]


def test_a_file_as_it_came_is_shown_though_the_policy_forbids_it_later(store: LeadStore) -> None:
    desk = DeskOf(policy=Policy(raw_files=True), serial=2)
    file = world.file_of("a.png", b"as it came")
    record = CaseRecord(CASE, 1, FIELDS, (world.attachment_of(file, Form.ORIGINAL),))
    committed = desk.commit(record, signers=("ann", "ben"))
    package = CasePackage.of(committed, record, (), [file])
    taken(store, desk.delivery(world.delivered(package, desk.append(committed.leaf), ["ann", "ben"])))
    desk.policy, desk.serial = Policy(), 3
    taken(store, desk.delivery())
    assert [case.record.attachments[0].form for case in shown_cases(store, identity("anna"))] == [Form.ORIGINAL]


def test_a_package_of_the_same_leaf_with_another_custody_record_is_tampering(store: LeadStore) -> None:
    desk = DeskOf()
    record = CaseRecord(CASE, 1, FIELDS)
    committed = desk.commit(record, custody=world.custody())
    leaf = desk.append(committed.leaf)
    package = CasePackage.of(committed, record, world.custody())
    taken(store, desk.delivery(world.delivered(package, leaf)))
    members = package_forge.members_of(world.written(package))
    members["data/custody.jsonl"] = members["data/custody.jsonl"].replace(b"arrival", b"browser")
    with pytest.raises(TamperedError, match="custody record"):
        taken(store, desk.delivery(world.delivered_bytes(package_forge.made_again(members), leaf)))
    assert [case.custody for case in shown_cases(store, identity("anna"))] == [tuple(world.custody())]


def test_a_newer_public_bundle_is_kept_and_an_older_one_is_not(store: LeadStore) -> None:
    desk = DeskOf(serial=3)
    taken(store, desk.delivery())
    assert LeadStore.open(store.folder).bundle.serial == 3
    desk.serial = 2
    taken(store, desk.delivery(desk.forward()))
    assert LeadStore.open(store.folder).bundle.serial == 3


def test_packages_lie_sealed_in_the_folder(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    assert len(list(store.folder.glob("desks/*/packages/*"))) == 1
    for content in everything_in(store.folder).values():
        assert FIELDS["title"].encode() not in content
        assert CASE.encode() not in content


def test_progress_is_told(store: LeadStore) -> None:
    desk, told = DeskOf(), list[int]()
    delivery = desk.delivery(desk.forward())
    import_delivery(store, io.BytesIO(world.in_the_clear(delivery)), identity("anna"), told.append)
    assert sum(told) == delivery.packages[0].size


# --- what should not ----------------------------------------------------------------------------------------------


def refused(store: LeadStore, error: type[CaseLogError], attempt: Callable[[], object], match: str) -> None:
    """Expect an error, and that nothing in the folder counts differently afterwards."""
    before = {name: data for name, data in everything_in(store.folder).items() if "packages" not in name}
    with pytest.raises(error, match=match):
        attempt()
    assert {name: data for name, data in everything_in(store.folder).items() if "packages" not in name} == before
    assert not [name for name in everything_in(store.folder) if ".partial" in name]


def rewritten(data: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    container = Container.read(io.BytesIO(data))
    members = {member.name: container.open(member.name).read() for member in container.members}
    change(members)
    parts: list[bytes] = []
    writer = ContainerWriter(parts.append)
    for path, content in members.items():
        writer.add(path, content)
    writer.finish()
    return b"".join(parts)


TAMPERED: dict[str, Callable[[dict[str, bytes]], object]] = {
    "leaf changed": lambda members: members.update(
        {"log/leaves.jsonl": members["log/leaves.jsonl"].replace(b"ann", b"bob", 1)}
    ),
    "head unsigned": lambda members: members.update({"log/checkpoint.note": members["log/checkpoint.note"][:-10]}),
    "package changed": lambda members: members.update({"packages/0.zip": members["packages/0.zip"][:-1] + b"\1"}),
    "package left out": lambda members: members.pop("packages/0.zip"),
    "file added": lambda members: members.update({"readme.txt": b"x"}),
    "note without signature": lambda members: members.update({"delivery.note": members["delivery.note"][:-120]}),
    "note left out": lambda members: members.pop("delivery.note"),
    "another lead's name": lambda members: members.update(
        {"delivery.note": members["delivery.note"].replace(b"anna", b"anne")}
    ),
    "co-signature added": lambda members: members.update(
        {"log/checkpoint.note": add_signature(members["log/checkpoint.note"], key("lead/bo"))}
    ),
    "bundle by another root": lambda members: members.update(
        {"public-bundle.note": world.public_bundle().to_note(key("root2"))}
    ),
    "leaves too long": lambda members: members.pop("log/leaves.jsonl"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_whatever_somebody_changes_on_the_way_is_tampering(store: LeadStore, how: str) -> None:
    desk = DeskOf()
    data = rewritten(world.in_the_clear(desk.delivery(desk.forward())), TAMPERED[how])
    refused(store, TamperedError, lambda: imported_bytes(store, data), "tampered")


def test_a_damaged_container_is_tampering(store: LeadStore) -> None:
    data = bytearray(world.in_the_clear(DeskOf().delivery()))
    data[40] ^= 1
    refused(store, TamperedError, lambda: imported_bytes(store, bytes(data)), "tampered")


def test_a_delivery_for_somebody_else_is_refused(store: LeadStore) -> None:
    refused(store, WrongKeyError, lambda: taken(store, DeskOf().delivery(lead="bo")), "is for bo")


def test_a_delivery_by_a_desk_that_was_lost_is_refused(store: LeadStore) -> None:
    lost = world.bundle_note(world.public_bundle(serial=2, lost=True))
    delivery = replace(DeskOf().delivery(), public_bundle=lost)
    refused(store, TamperedError, lambda: taken(store, delivery), "signed")


def test_two_public_bundles_of_one_serial_are_a_fork(store: LeadStore) -> None:
    other = world.bundle_note(world.public_bundle(TWO_SIGNATURES))
    refused(store, ForkedError, lambda: taken(store, replace(DeskOf().delivery(), public_bundle=other)), "serial")


def test_two_deliveries_of_one_number_are_a_fork(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery())
    other = desk.delivery(desk.forward(), number=1)
    refused(store, ForkedError, lambda: taken(store, other), "number 1")


def test_a_log_with_another_past_is_a_fork(store: LeadStore) -> None:
    desk, twin = DeskOf(), DeskOf(numbers={"anna": 1})
    taken(store, desk.delivery(desk.forward()))
    twin.append(OPEN)
    twin.append(OPEN)
    refused(store, ForkedError, lambda: taken(store, twin.delivery()), "fork")


def test_a_continuation_of_another_past_is_a_fork(store: LeadStore) -> None:
    desk, twin = DeskOf(), DeskOf(numbers={"anna": 1})
    taken(store, desk.delivery(desk.forward()))
    twin.append(OPEN)
    twin.append(OPEN)
    refused(store, ForkedError, lambda: taken(store, twin.delivery(first=16)), "does not grow out")


def test_another_head_over_the_same_leaves_is_a_fork(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    head = Checkpoint(origin_of(desk.key.verify_key), 16, bytes(32))
    other = replace(desk.delivery(), checkpoint=sign_checkpoint(head, desk.key))
    refused(store, ForkedError, lambda: taken(store, other), "grow")


def test_leaves_that_do_not_give_their_head_are_tampering(store: LeadStore) -> None:
    desk = DeskOf()
    desk.forward()
    head = Checkpoint(origin_of(desk.key.verify_key), 16, bytes(32))
    delivery = replace(desk.delivery(), checkpoint=sign_checkpoint(head, desk.key))
    refused(store, TamperedError, lambda: taken(store, delivery), "do not give the head")


def test_a_whole_log_that_has_grown_and_does_not_give_its_head_is_tampering(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    desk.append(OPEN)
    head = Checkpoint(origin_of(desk.key.verify_key), 32, bytes(32))
    delivery = replace(desk.delivery(), checkpoint=sign_checkpoint(head, desk.key))
    refused(store, TamperedError, lambda: taken(store, delivery), "do not give the head")


def test_a_later_delivery_of_the_same_log_brings_new_co_signatures(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    desk.checkpoint = add_signature(desk.checkpoint, key("lead/bo"))
    taken(store, desk.delivery())
    ((_, state),) = store.states()
    assert state.head.note == desk.checkpoint


def test_an_old_head_in_a_new_delivery_is_a_replay(store: LeadStore) -> None:
    desk = DeskOf()
    desk.forward()
    old = desk.delivery()
    desk.append(OPEN)
    taken(store, desk.delivery(number=2))
    refused(store, ReplayedError, lambda: taken(store, replace(old, number=3)), "replayed")


def test_a_package_of_another_leaf_is_a_replay(store: LeadStore) -> None:
    desk = DeskOf()
    first = desk.forward()
    leaf = desk.append(desk.commit(CaseRecord("c2" * 16, 1, FIELDS)).leaf)
    refused(store, ReplayedError, lambda: taken(store, desk.delivery(replace(first, leaf=leaf))), "leaf 0 is replayed")


def test_a_package_of_a_case_outside_the_log_is_tampering(store: LeadStore) -> None:
    desk = DeskOf()
    stray = DeskOf().forward()
    desk.forward()
    refused(store, TamperedError, lambda: taken(store, desk.delivery(stray)), "not in the log")


def test_a_package_that_is_wrong_in_its_last_bytes_alone_is_tampering(store: LeadStore) -> None:
    desk = DeskOf()
    data = bytearray(desk.forward().open().read())
    data[data.rindex(b"PK\x07\x08") - 1] = 1
    refused(
        store, TamperedError, lambda: taken(store, desk.delivery(world.delivered_bytes(bytes(data), 0))), "tampered"
    )


def test_a_package_that_the_log_does_not_address_to_this_lead_is_tampering(store: LeadStore) -> None:
    desk = DeskOf()
    package = desk.forward(leads=["bo"])
    refused(store, TamperedError, lambda: taken(store, desk.delivery(package)), "does not address")


def test_a_package_with_too_few_signatures_is_refused(store: LeadStore) -> None:
    desk = DeskOf(policy=TWO_SIGNATURES, serial=2)
    refused(store, TamperedError, lambda: taken(store, desk.delivery(desk.forward())), "Fewer than 2")


def test_a_log_that_does_not_reach_back_is_truncated(store: LeadStore) -> None:
    desk = DeskOf()
    desk.forward()
    desk.append(OPEN)
    refused(store, TruncatedError, lambda: taken(store, desk.delivery(first=16)), "missing")


def test_a_log_that_ends_early_is_truncated(store: LeadStore) -> None:
    desk = DeskOf()
    desk.forward()
    delivery = desk.delivery()
    desk.append(OPEN)
    short = replace(delivery, checkpoint=desk.checkpoint)
    refused(store, TruncatedError, lambda: taken(store, short), "truncated")


def test_another_key_for_addresses_is_tampering(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery())
    desk.append(OPEN)
    other = replace(desk.delivery(), address_key=address_key(b"other", "anna"))
    refused(store, TamperedError, lambda: taken(store, other), "another key")


def test_a_folder_in_use_is_left_alone(store: LeadStore) -> None:
    with store.locked():
        refused(store, CaseLogError, lambda: taken(store, DeskOf().delivery()), "Another command")


# --- what a desk that signs anything may put into a note ----------------------------------------------------------


def signed_anew(delivery: Delivery, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Let the desk sign a changed note."""

    def resign(members: dict[str, bytes]) -> None:
        body = world.note_body(members["delivery.note"])
        change(body)
        members["delivery.note"] = sign_document("case-delivery", 1, body, [key("desk/main")])

    return rewritten(world.in_the_clear(delivery), resign)


NOTES: dict[str, Callable[[dict[str, Any]], object]] = {
    "desk of another name": lambda body: body.update(desk="desk/other"),
    "first after size": lambda body: body.update(first=99),
    "number 0": lambda body: body.update(number=0),
    "unknown key": lambda body: body.update(extra=1),
    "long address key": lambda body: body.update(address_key="00" * 33),
    "short address key": lambda body: body.update(address_key="00"),
    "file elsewhere": lambda body: body.update(
        files=[{**one, "path": one["path"].replace("packages/0.zip", "packages/00.zip")} for one in body["files"]]
    ),
}


@pytest.mark.parametrize("how", NOTES)
def test_a_note_that_contradicts_itself_is_refused(store: LeadStore, how: str) -> None:
    desk = DeskOf()
    data = signed_anew(desk.delivery(desk.forward()), NOTES[how])
    refused(store, TamperedError, lambda: imported_bytes(store, data), "tampered")


@pytest.mark.parametrize(
    "path",
    ["packages/00.zip", "packages/x.zip", "packages/\u0661.zip", "notes.txt", "packages/99.zip", "packages/16.zip"],
)
def test_files_that_are_no_packages_are_refused(store: LeadStore, path: str) -> None:
    desk = DeskOf()
    package = desk.forward()

    def rename(members: dict[str, bytes]) -> None:
        body = world.note_body(members["delivery.note"])
        for one in body["files"]:
            one["path"] = path if one["path"] == package_member(0) else one["path"]
        members[path] = members.pop(package_member(0))
        members["delivery.note"] = sign_document("case-delivery", 1, body, [key("desk/main")])

    data = rewritten(world.in_the_clear(desk.delivery(package)), rename)
    refused(store, TamperedError, lambda: imported_bytes(store, data), "tampered")


# --- what the desk's builder refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"number": 0}, {"first": -1}, {"leaves": ()}])
def test_the_builder_refuses_a_delivery_that_makes_no_sense(change: dict[str, object]) -> None:
    desk = DeskOf()
    delivery = desk.delivery(desk.forward())
    with pytest.raises(FormatError):
        replace(delivery, **change)  # type: ignore[arg-type]


def test_the_builder_refuses_two_packages_of_one_leaf() -> None:
    desk = DeskOf()
    package = desk.forward()
    with pytest.raises(FormatError):
        desk.delivery(package, package)


def test_the_builder_refuses_a_package_that_changed() -> None:
    desk = DeskOf()
    package = desk.forward()
    changed = DeliveredPackage(package.leaf, package.size, package.sha256, lambda: io.BytesIO(b"other"))
    with pytest.raises(FormatError, match="leaf 0"):
        world.in_the_clear(desk.delivery(changed))


# --- the folder itself --------------------------------------------------------------------------------------------


def test_an_import_that_is_cut_off_anywhere_changes_nothing_that_counts(
    store: LeadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    delivery = desk.delivery(desk.forward(CaseRecord("c2" * 16, 1, FIELDS)))
    real = atomic.atomic_write
    for allowed in range(3):
        left = [allowed]

        def dying(path: Path, *args: object, left: list[int] = left, **more: object) -> None:
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            real(path, *args, **more)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr("caselog.lead_store.atomic_write", dying)
            if allowed < 2:
                with pytest.raises(KeyboardInterrupt):
                    taken(store, delivery)
                again = LeadStore.open(store.folder)
                assert len(titles(again)) == 1
            else:
                assert taken(store, delivery).new_packages == (16,)
    assert len(titles(store)) == 2


def test_a_folder_is_made_once(store: LeadStore) -> None:
    with pytest.raises(CaseLogError, match="already"):
        world.new_store(store.folder)


def test_a_folder_that_is_none_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(CaseLogError, match="khomo-caselog init"):
        LeadStore.open(tmp_path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "root": lambda folder: (folder / "root.pub").write_text(str(key("root2").verify_key)),
    "root not UTF-8": lambda folder: (folder / "root.pub").write_bytes(b"\xff"),
    "store version": lambda folder: (folder / "store.json").write_bytes(b'{"keys":"","lead":"anna","version":2}'),
    "store": lambda folder: (folder / "store.json").write_bytes(b"{}"),
    "bundle": lambda folder: (folder / "public-bundle.note").write_bytes(b"x"),
    "leaf": lambda folder: replaced(next(folder.rglob("leaves.jsonl")), b"ann", b"bob"),
    "leaves gone": lambda folder: next(folder.rglob("leaves.jsonl")).write_bytes(b""),
    "head": lambda folder: replaced(next(folder.rglob("state.json")), b"\\n16\\n", b"\\n32\\n"),
    "state version": lambda folder: replaced(next(folder.rglob("state.json")), b'"version":1', b'"version":3'),
    "package name": lambda folder: replaced(next(folder.rglob("state.json")), b'.age"', b'.agx"'),
    "package": lambda folder: replaced(next(folder.rglob("*.age")), b"X25519", b"X25518", then=b"\0"),
}


def replaced(path: Path, old: bytes, new: bytes, then: bytes = b"") -> None:
    path.write_bytes(path.read_bytes().replace(old, new) + then)


@pytest.mark.parametrize("how", CHANGES)
def test_a_folder_that_somebody_changed_is_tampered_with(store: LeadStore, how: str) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    CHANGES[how](store.folder)
    with pytest.raises(TamperedError):
        titles(LeadStore.open(store.folder))


def test_a_package_that_is_gone_is_truncation(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    next(store.folder.rglob("*.age")).unlink()
    with pytest.raises(TruncatedError, match="no longer"):
        titles(store)


def test_a_reviewer_who_leaves_does_not_undo_cases_that_came_before(store: LeadStore) -> None:
    desk = DeskOf()
    taken(store, desk.delivery(desk.forward()))
    fewer = replace(world.public_bundle(TWO_SIGNATURES, serial=2), reviewers=(key("reviewer/ben").verify_key,))
    desk.append(OPEN)
    taken(store, replace(desk.delivery(), public_bundle=world.bundle_note(fewer)))
    assert len(titles(store)) == 1


def test_heads_are_made_of_the_leaves(store: LeadStore) -> None:
    desk = DeskOf()
    desk.forward()
    taken(store, desk.delivery())
    _, state = next(store.states())
    assert state.head.checkpoint.root == root(map(leaf_hash, desk.leaves))
    assert DeskLog.of(desk.leaves).checkpoint(desk.key) == state.head.note


def test_a_bundle_by_another_root_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SignatureError):
        LeadStore.create(tmp_path / "s", "anna", key("root2").verify_key, world.bundle_note(world.public_bundle()))
    assert not (tmp_path / "s").exists()
