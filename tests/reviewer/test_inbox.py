"""Import: in order, each row once, and never stopped by a bad one."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from keys.sealing.age import HybridIdentity, SealingWriter
from keys.sealing.bundle import ChainId, ChainPosition, Direction, Health, Manifest, write_bundle
from keys.sealing.container import ContainerWriter
from keys.sealing.notes import SigningKey
from keys.sealing.submission import Audience, Consent, IfSilent, Lane, new_report_id
from reviewer import case_words, inbox, limits, row_opening
from reviewer.cases import Filter, details, list_cases
from reviewer.consent import consent_from_text, consent_to_text
from reviewer.errors import BundleRefusedError
from reviewer.health import look_at
from reviewer.inbox import import_bundle
from reviewer.trust import accept_public_bundle, public_bundle
from reviewer.values import ArrivalState, Severity
from reviewer.vault.attachments import AttachmentStore
from reviewer.vault.rows import (
    ArrivalRow,
    AttachmentRow,
    BundleRow,
    CaseRow,
    EntryRow,
    HistoryRow,
    MailboxRow,
    MessageRow,
)
from tests.reviewer.organisation import DAY, Source, answered, sealed_report
from tests.reviewer.thief import database_in_the_clear, everything_at_rest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


def _all(vault: Vault, column: Any) -> Sequence[Any]:
    with vault.look() as rows:
        return rows.scalars(select(column)).all()


def test_a_report_becomes_a_case_with_a_mailbox_and_a_receipt(org: Organisation, desk: Vault, carry: Carry) -> None:
    source = Source()
    org.report("They dump the waste at night.", mailbox=source.slip)
    report = carry()
    assert report.finished
    assert report.found == {ArrivalState.OPENED: 1}
    [case] = _all(desk, CaseRow)
    assert (case.preview, case.status, case.unread, case.parts, case.files, case.severity) == (
        "They dump the waste at night.", "new", True, 1, 0, Severity.UNSET,
    )  # fmt: skip
    assert _all(desk, MessageRow.text) == ["They dump the waste at night."]
    assert case.mailbox == source.address
    assert [entry.kind for entry in _all(desk, EntryRow)] == ["receipt"]


def test_rows_of_one_report_are_one_case(org: Organisation, desk: Vault, carry: Carry) -> None:
    report_id, source = new_report_id(), Source()
    org.report("text", report=report_id, mailbox=source.slip)
    org.report(files=[("a.txt", b"one"), ("صور.jpg", b"two")], report=report_id, mailbox=source.slip)
    carry()
    [case] = _all(desk, CaseRow)
    assert (case.parts, case.files) == (2, 2)
    assert {row.original_name for row in _all(desk, AttachmentRow)} == {"a.txt", "صور.jpg"}


def test_a_later_visit_with_the_same_mailbox_joins_its_case_and_opens_it_again(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source = Source()
    org.report("first", mailbox=source.slip)
    carry()
    with desk.change() as change:
        case = change.rows.scalars(select(CaseRow)).one()
        case.status, case.unread = "unverifiable", False
    org.report("second", mailbox=source.slip)
    carry()
    [case] = _all(desk, CaseRow)
    assert (case.parts, case.status, case.unread) == (2, "assessing", True)
    assert case.preview == "first"


@pytest.mark.parametrize("first", ["00", "ff"])
def test_of_texts_of_one_day_the_longest_is_listed_and_no_order_is_claimed(
    org: Organisation, desk: Vault, carry: Carry, first: str
) -> None:
    """Whichever of the two rows is taken in first."""
    source = Source()
    org.report("The dam was sold.", mailbox=source.slip)
    org.waiting[first * 16] = org.waiting.pop(org.report("One more.", mailbox=source.slip))
    carry()
    [case] = _all(desk, CaseRow)
    assert case.preview == "The dam was sold."
    with desk.look() as rows:
        said = list(case_words.details(details(rows, case.id)))
    assert "Texts of one day stand in no order: nothing says which was written first." in said


def test_a_case_may_be_seen_by_those_whom_every_part_allows(org: Organisation, desk: Vault, carry: Carry) -> None:
    source = Source()
    org.report("a", mailbox=source.slip, consent=Consent(frozenset({Audience.LEADS, Audience.LAWYER}), originals=True))
    org.report("b", mailbox=source.slip, consent=Consent(frozenset({Audience.LAWYER})))
    carry()
    [case] = _all(desk, CaseRow)
    assert consent_from_text(case.consent) == Consent(frozenset({Audience.LAWYER}))


def test_what_is_kept_from_somebody_is_kept_whatever_a_later_part_says(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source = Source()
    leads = frozenset({Audience.LEADS})
    first = Consent(leads, never="my cousin", if_silent=IfSilent.FORWARD, name_apart=True)
    org.report("a", mailbox=source.slip, consent=first)
    org.report("b", mailbox=source.slip, consent=Consent(leads, never="the police"))
    carry()
    [case] = _all(desk, CaseRow)
    kept = consent_from_text(case.consent)
    assert set(kept.never.split("; ")) == {"my cousin", "the police"}
    assert replace(kept, never="") == Consent(leads, name_apart=True)


def test_a_consent_that_lacks_a_word_is_no_consent() -> None:
    said = Consent(frozenset({Audience.LAWYER}), True, "my cousin", IfSilent.FORWARD, name_apart=True)
    assert consent_from_text(consent_to_text(said)) == said
    whole = json.loads(consent_to_text(said))
    for key in whole:
        with pytest.raises(KeyError, match=key):
            consent_from_text(json.dumps({name: value for name, value in whole.items() if name != key}))


def test_a_child_comes_before_all_but_danger(org: Organisation, desk: Vault, carry: Carry) -> None:
    source = Source()
    org.report("with a child", mailbox=source.slip, answers=answered(child="yes", danger="no"))
    org.report("in danger", answers=answered(child="unknown", danger="yes"))
    for number in range(3):
        org.report(f"calm {number}", answers=answered(child="no"))
    carry()
    with desk.change() as change:
        calm = change.rows.scalars(select(CaseRow).where(CaseRow.preview == "calm 1")).one()
        calm.severity = Severity.HIGH
    with desk.look() as rows:
        found = list_cases(rows, Filter())
        assert [case.preview for case in found.cases[:3]] == ["in danger", "with a child", "calm 1"]
        assert found.with_child == {found.cases[1].id}
    org.report("the child again", mailbox=source.slip, answers=answered(child="yes"))
    carry()
    with desk.look() as rows:
        assert list_cases(rows, Filter()).cases[1].parts == 2


def test_danger_comes_first(org: Organisation, desk: Vault, carry: Carry) -> None:
    source = Source()
    org.report("calm", mailbox=source.slip)
    org.report("they follow me", answers=answered(danger="yes"))
    carry()
    assert sorted(case.severity for case in _all(desk, CaseRow)) == [Severity.UNSET, Severity.DANGER]
    org.report("now they follow me too", mailbox=source.slip, answers=answered(danger="yes"))
    carry()
    assert [case.severity for case in _all(desk, CaseRow)] == [Severity.DANGER, Severity.DANGER]


def test_somebody_who_names_another_key_for_a_mailbox_is_not_taken_for_its_source(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source = Source()
    org.report("from the source", mailbox=source.slip)
    carry()
    impostor = Source(address=source.address)
    org.report("from somebody else", mailbox=impostor.slip)
    carry()
    first, second = _all(desk, CaseRow)
    assert (first.parts, second.mailbox) == (1, None)
    [box] = [box for box in _all(desk, MailboxRow) if box.kind == "real"]
    assert box.disputed
    assert box.recipient == source.slip.recipient
    assert "posing" in {row.problem for row in _all(desk, ArrivalRow) if row.problem}.pop()


def test_decoys_are_known_by_the_server_s_signature_and_make_no_case(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    org.decoy(mailbox=Source().slip)
    assert carry().found == {ArrivalState.DECOY: 1}
    assert _all(desk, CaseRow) == []
    assert _all(desk, MessageRow) == []
    assert [box.kind for box in _all(desk, MailboxRow) if box.recipient] == ["decoy"]
    [row] = _all(desk, ArrivalRow)
    assert row.proof.startswith("khomo/decoy/v1\n")


@pytest.mark.parametrize(
    "holds",
    [
        {"message": "the real report"},
        {"answers": answered(danger="yes")},
        {"files": [("1.bin", bytes(300_000) + b"the real report")]},
        {"files": [("the real report", bytes(3))]},
        {"files": [("1.bin", b"the real report")], "lane": Lane.PRESEALED},
    ],
    ids=str,
)
def test_a_row_that_holds_anything_is_a_case_though_the_server_calls_it_a_decoy(
    org: Organisation, desk: Vault, carry: Carry, holds: dict[str, Any]
) -> None:
    org.decoy(**holds)
    assert carry().found == {ArrivalState.OPENED: 1}
    [row] = _all(desk, ArrivalRow)
    assert row.case_id is not None
    assert "decoy note" in row.problem


def test_a_decoy_with_files_of_zeros_is_a_decoy(org: Organisation, desk: Vault, carry: Carry) -> None:
    org.decoy(files=[("1.bin", bytes(300_000)), ("2.bin", b"\0")])
    assert carry().found == {ArrivalState.DECOY: 1}
    assert _all(desk, CaseRow) == []


@pytest.mark.parametrize("how", ["signer", "row", "report"])
def test_what_only_calls_itself_a_decoy_is_a_case(org: Organisation, desk: Vault, carry: Carry, how: str) -> None:
    if how == "signer":
        org.decoy(signer=SigningKey.generate(org.server.name))
    else:
        org.decoy(names={how: "00" * 16})
    assert carry().found == {ArrivalState.OPENED: 1}
    [row] = _all(desk, ArrivalRow)
    assert "decoy" in row.problem
    assert len(_all(desk, CaseRow)) == 1


def _container(recipient: Any, *members: tuple[str, bytes]) -> bytes:
    pieces: list[bytes] = []
    envelope = SealingWriter([recipient], pieces.append)
    container = ContainerWriter(envelope.write)
    for name, content in members:
        container.add(name, content)
    container.finish()
    envelope.finish()
    return b"".join(pieces)


def _hostile(org: Organisation) -> dict[str, bytes]:
    good = sealed_report(org.recipient(), "good")
    flipped = bytearray(good)
    flipped[-1] ^= 1
    plain: list[bytes] = []
    writer = SealingWriter([org.recipient()], plain.append)
    writer.write(b"no container")
    writer.finish()
    lying = sealed_report(org.recipient(), files=[("a.bin", b"x" * 200_000)])
    middle = bytearray(lying)
    middle[70_000] ^= 1
    return {
        "empty": b"",
        "text": b"not an age file",
        "cut off": good[:5000],
        "last chunk changed": bytes(flipped),
        "chunk of an attachment changed": bytes(middle),
        "no container inside": b"".join(plain),
        "no submission inside": _container(org.recipient(), ("message.txt", b"hello")),
        "JSON of another version": _container(org.recipient(), ("submission.json", b'{"version":99}')),
        "JSON that is none": _container(org.recipient(), ("submission.json", b"[" * 100_000)),
    }


def test_what_cannot_be_opened_is_kept_as_it_came_and_stops_nothing(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    hostile = {org.accept(row): row for row in _hostile(org).values()}
    foreign = sealed_report(HybridIdentity.generate().recipient(), "for somebody else")
    hostile[org.accept(foreign)] = foreign
    org.report("a good one")
    report = carry()
    assert report.finished
    assert report.found == {ArrivalState.OPENED: 1, ArrivalState.NO_KEY: 1, ArrivalState.DAMAGED: len(hostile) - 1}
    kept = {path.name.removesuffix(".age"): path.read_bytes() for path in desk.sealed.iterdir()}
    assert kept == hostile
    assert all(row.problem for row in _all(desk, ArrivalRow) if row.state != "opened")
    assert list((desk.folder / "attachments").iterdir()) == []
    assert carry().known == len(hostile) + 1
    assert {path.name for path in desk.sealed.iterdir()} == {f"{name}.age" for name in hostile}


def test_a_row_that_the_database_cannot_hold_is_kept_sealed(
    org: Organisation, desk: Vault, carry: Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = org.report("text")

    def refuse(_change: object, *_rest: object) -> None:
        raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")

    monkeypatch.setattr("reviewer.filing._file_text", refuse)
    assert carry().found == {ArrivalState.DAMAGED: 1}
    assert (desk.sealed / f"{row_id}.age").exists()
    assert _all(desk, CaseRow) == []


def test_importing_the_same_bundle_again_is_no_trouble_and_changes_nothing(
    org: Organisation, desk: Vault, tmp_path: Path
) -> None:
    org.report("text")
    path = org.bundle(tmp_path / "one.bundle")
    import_bundle(desk, path)
    report = import_bundle(desk, path)
    assert (report.replayed, report.finished, report.known) == (True, True, 1)
    assert len(_all(desk, CaseRow)) == 1


def test_rows_that_come_again_are_known_and_changed_ones_are_named(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    row_id = org.report("text")
    carry()
    org.accept(sealed_report(org.recipient(), "other text"), row_id)
    report = carry()
    assert (report.known, report.changed_rows, sum(report.found.values())) == (1, [row_id], 0)
    assert _all(desk, MessageRow.text) == ["text"]


def test_an_import_that_was_cut_off_is_run_again(
    org: Organisation, desk: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "IMPORT_BATCH", 2)
    for number in range(5):
        org.report(f"text {number}", files=[("a.txt", b"content")])
    path = org.bundle(tmp_path / "one.bundle")
    opened = 0
    seal = AttachmentStore.seal

    def fail_at_the_fourth(self: AttachmentStore, source: Any) -> Any:
        nonlocal opened
        opened += 1
        if opened == 4:
            raise OSError(28, "No space left on device")
        return seal(self, source)

    with monkeypatch.context() as patched:
        patched.setattr(AttachmentStore, "seal", fail_at_the_fourth)
        with pytest.raises(OSError, match="No space"):
            import_bundle(desk, path)
    assert len(_all(desk, CaseRow)) == 2
    with desk.look() as rows:
        assert look_at(rows, DAY).unfinished
    report = import_bundle(desk, path)
    assert (report.known, report.found[ArrivalState.OPENED]) == (2, 3)
    assert len(_all(desk, CaseRow)) == 5
    assert {path.name for path in (desk.folder / "attachments").iterdir()} == set(_all(desk, AttachmentRow.file))


def test_a_blob_that_the_stick_damaged_is_asked_for_again_and_nothing_is_acknowledged(
    org: Organisation, desk: Vault, tmp_path: Path
) -> None:
    damaged = sorted([org.report("one"), org.report("two")])[1]
    path = org.bundle(tmp_path / "one.bundle")
    good = path.read_bytes()
    bad = bytearray(good)
    bad[-4096] ^= 1
    path.write_bytes(bytes(bad))
    report = import_bundle(desk, path)
    assert not report.finished
    assert report.damaged_blobs == [damaged]
    assert not any(_all(desk, BundleRow.finished))
    path.write_bytes(good)
    assert import_bundle(desk, path).finished
    assert len(_all(desk, CaseRow)) == 2


def test_an_import_that_was_given_up_for_the_next_bundle_is_not_asked_for_again(
    org: Organisation, desk: Vault, tmp_path: Path
) -> None:
    org.report("one")
    path = org.bundle(tmp_path / "one.bundle")
    bad = bytearray(path.read_bytes())
    bad[-4096] ^= 1
    path.write_bytes(bytes(bad))
    assert not import_bundle(desk, path).finished
    assert import_bundle(desk, org.bundle(tmp_path / "two.bundle"), confirm=True).finished
    with desk.look() as rows:
        assert not look_at(rows, DAY).unfinished


def test_a_large_row_lies_on_the_disk_sealed_only(
    org: Organisation, desk: Vault, carry: Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SPOOL_MEMORY", 1000)
    seen: list[bytes] = []
    opening = row_opening.open_row

    def look(file: Any, *rest: Any) -> Any:
        seen.extend(path.read_bytes() for path in desk.sealed.iterdir())
        return opening(file, *rest)

    monkeypatch.setattr(inbox, "open_row", look)
    org.report("marked words", files=[("a", b"marked content")])
    org.accept(b"damaged" * 1000)
    assert carry().found == {ArrivalState.OPENED: 1, ArrivalState.DAMAGED: 1}
    assert len(seen) >= 2
    assert not any(b"marked" in data for data in seen)


@pytest.mark.parametrize(
    ("manifest", "what"),
    [
        ({"number": 3, "previous": "00" * 32}, "did not arrive"),
        ({"previous": "00" * 32}, "two different bundles"),
        ({"number": 1, "previous": None}, "has been imported already|two different bundles"),
    ],
)
def test_gaps_forks_and_replays_are_told_apart(
    org: Organisation, carry: Carry, manifest: dict[str, Any], what: str
) -> None:
    org.report("text")
    carry()
    org.report("more")
    with pytest.raises(BundleRefusedError, match=what):
        carry(**manifest)


def test_a_gap_is_confirmed_by_a_person(org: Organisation, desk: Vault, carry: Carry, tmp_path: Path) -> None:
    org.report("one")
    carry()
    org.bundle(tmp_path / "lost.bundle")
    org.report("two")
    path = org.bundle(tmp_path / "three.bundle")
    with pytest.raises(BundleRefusedError, match="--confirm"):
        import_bundle(desk, path)
    assert import_bundle(desk, path, confirm=True).found == {ArrivalState.OPENED: 1}


def test_a_restored_server_is_confirmed_by_a_person(org: Organisation, carry: Carry) -> None:
    org.report("one")
    carry()
    resumes = org.position
    assert isinstance(resumes, ChainPosition)
    chain = ChainId.begin(org.server.name, Direction.TO_DESK)
    org.position = None
    with pytest.raises(BundleRefusedError, match="restored from a backup"):
        carry(chain=chain, resumes=resumes)
    org.position = None
    assert carry(chain=chain, resumes=resumes, confirm=True).known == 1


def test_a_bundle_that_no_server_of_ours_signed_is_refused(org: Organisation, desk: Vault, tmp_path: Path) -> None:
    org.server = SigningKey.generate(org.server.name)
    org.report("text")
    with pytest.raises(BundleRefusedError, match="accepted key"):
        import_bundle(desk, org.bundle(tmp_path / "one.bundle"))
    (tmp_path / "text.bundle").write_bytes(b"no bundle")
    with pytest.raises(BundleRefusedError, match="not a bundle"):
        import_bundle(desk, tmp_path / "text.bundle")
    with pytest.raises(BundleRefusedError, match="is not there"):
        import_bundle(desk, tmp_path / "missing.bundle")


def test_a_bundle_for_the_server_is_told_from_a_forged_one(org: Organisation, desk: Vault, tmp_path: Path) -> None:
    manifest = Manifest(ChainId.begin("desk-main", Direction.TO_SERVER), 1, None, DAY, ())
    path = tmp_path / "khomo-to-server.bundle"
    write_bundle(path, manifest, lambda _entry: io.BytesIO(), SigningKey.generate("desk-main"))
    with pytest.raises(BundleRefusedError, match="This bundle is for the server"):
        import_bundle(desk, path)


def test_a_newer_public_bundle_that_travels_along_is_taken_in(org: Organisation, desk: Vault, carry: Carry) -> None:
    with desk.look() as rows:
        current = public_bundle(rows)
    newer = type(current)(**{name: getattr(current, name) for name in current.__slots__} | {"serial": 2})
    carry(public_bundle=newer.to_note(org.root_key).decode())
    with desk.look() as rows:
        assert public_bundle(rows).serial == 2
    forged = newer.to_note(SigningKey.generate(org.root_key.name)).decode()
    assert "not taken in" in carry(public_bundle=forged).warnings[0]
    assert carry(public_bundle=newer.to_note(org.root_key).decode()).warnings == []


def test_the_desk_says_how_the_server_is_and_how_long_it_was_silent(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    def found(days: int) -> Any:
        with desk.look() as rows:
            return look_at(rows, DAY + timedelta(days=days))

    assert (found(0).bundle_number, found(0).silent_days, found(0).needs_attention) == (None, 0, False)
    assert not found(13).silence_is_long
    assert (found(14).silent_days, found(14).silence_is_long) == (14, True)
    org.report("text", answers=answered(danger="yes"))
    org.accept(b"damaged")
    carry(health=Health(3, 1000, "0.1.0", ("The disk is nearly full.",)))
    assert found(0).server.warnings == ("The disk is nearly full.",)
    assert found(0).needs_attention
    carry()
    health = found(0)
    assert (health.needs_attention, health.unread, health.danger, health.sealed) == (False, 1, 1, 1)
    assert not found(13).silence_is_long
    assert found(14).silence_is_long
    assert (found(58).epoch_ends_in, found(58).epoch_is_short) == (31, False)
    assert (found(59).epoch_ends_in, found(59).epoch_is_short) == (30, True)
    assert found(100).epoch_ends_in is None


@pytest.mark.parametrize(("written", "silent"), [(timedelta(days=20_000), 14), (timedelta(days=-4), 18)])
def test_the_silence_counts_from_the_day_that_is_earlier(
    desk: Vault, carry: Carry, written: timedelta, silent: int
) -> None:
    carry(day=DAY + written)
    with desk.look() as rows:
        health = look_at(rows, DAY + timedelta(days=14))
        assert look_at(rows, DAY - timedelta(days=9)).silent_days == 0
    assert (health.silent_days, health.silence_is_long) == (silent, True)


def test_a_server_that_was_taken_out_of_the_public_bundle_has_no_health(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    carry()
    with desk.look() as rows:
        current = public_bundle(rows)
    values = {name: getattr(current, name) for name in current.__slots__} | {"serial": 2, "servers": ()}
    with desk.change() as change:
        accept_public_bundle(change, type(current)(**values).to_note(org.root_key))
    with desk.look() as rows:
        assert look_at(rows, DAY).server is None


def test_a_decoy_s_mailbox_that_turns_out_to_be_a_person_s_gets_letters(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source = Source()
    org.decoy(mailbox=source.slip)
    carry()
    org.report("text", mailbox=source.slip)
    carry()
    with desk.look() as rows:
        assert rows.get_one(MailboxRow, source.address).kind == "real"


def test_a_file_that_could_not_be_opened_says_so_where_it_is_shown(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    org.report(files=[("a.age", b"not sealed")], lane=Lane.PRESEALED)
    org.decoy(names={"row": "00" * 16})
    carry()
    with desk.look() as rows:
        shown = [line for case in (1, 2) for line in case_words.details(details(rows, case))]
    assert any("not opened" in line for line in shown)
    assert any(line.startswith("ATTENTION: It carries the decoy note") for line in shown)


def test_every_import_stands_in_the_history(org: Organisation, desk: Vault, carry: Carry) -> None:
    org.report("text")
    carry()
    assert [row.act for row in _all(desk, HistoryRow)] == ["init", "import"]


def test_progress_comes_to_the_size_of_the_rows(org: Organisation, desk: Vault, tmp_path: Path) -> None:
    org.report("text")
    org.accept(b"damaged")
    steps: list[int] = []
    import_bundle(desk, org.bundle(tmp_path / "one.bundle"), progress=steps.append)
    assert sum(steps) == sum(map(len, org.waiting.values()))


def test_no_word_of_a_report_is_in_any_file_of_the_vault(
    org: Organisation, desk: Vault, carry: Carry, tmp_path: Path
) -> None:
    words = [b"waste-canary", b"name-canary", b"content-canary", b"note-canary"]
    org.report("waste-canary", files=[("name-canary.txt", b"content-canary" * 1000)], mailbox=Source().slip)
    carry()
    assert not [word for word in words if word in everything_at_rest(desk)]
    clear = database_in_the_clear(desk)
    assert (words[0] in clear, words[1] in clear, words[2] in clear) == (True, True, False)
