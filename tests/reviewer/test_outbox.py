"""Letters to sources, and the bundle that carries them."""

from __future__ import annotations

import errno
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from keys.sealing.bundle import Direction, Replay, follow
from keys.sealing.errors import FormatError
from keys.sealing.followup import Act, Followup
from keys.sealing.letter import CaseState, EntryKind
from keys.sealing.limits import LETTER_BYTES, LETTER_TEXT_BYTES
from keys.sealing.submission import Part, new_report_id
from reviewer import limits
from reviewer.backup import back_up
from reviewer.errors import RefusedError, ReviewerError
from reviewer.inbox import no_progress
from reviewer.letters import week_of, write_to_source
from reviewer.mailboxes import settle_mailbox
from reviewer.outbox import count_mailboxes, write_server_bundle
from reviewer.outgoing import copy_out
from reviewer.sending import has_unwritten, send, send_again, send_unwritten
from reviewer.triage import Decision, decide
from reviewer.values import Disposition
from reviewer.vault.rows import CaseRow, MailboxRow
from reviewer.vault.vault import Vault
from tests.full_disk import files_at_most
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.organisation import DAY, Source

if TYPE_CHECKING:
    from pathlib import Path

    from keys.sealing.bundle import Bundle
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation


def _write(desk: Vault, case: int, text: str, kind: EntryKind = EntryKind.REPLY) -> None:
    with desk.change() as change:
        write_to_source(change, case, kind, text)


def _outbox(desk: Vault, org: Organisation) -> Bundle:
    return org.read_desk_bundle(write_server_bundle(desk, no_progress).path)


@pytest.fixture
def source(org: Organisation, carry: Carry) -> Source:
    """A source whose report with two files is case 1."""
    source = Source()
    org.report("text", files=[("a", b"1"), ("b", b"2")], mailbox=source.slip)
    carry()
    return source


def test_a_receipt_with_the_digests_of_what_arrived_reaches_the_source(
    org: Organisation, desk: Vault, source: Source
) -> None:
    letter = source.read(_outbox(desk, org), org)
    [entry] = letter.entries
    assert (entry.kind, entry.week, len(entry.digests)) == (EntryKind.RECEIPT, "2026-W47", 3)
    assert (letter.number, letter.state) == (1, CaseState.RECEIVED)
    assert letter.signer == org.ceremony.bundle.desk("main").verify_key


def test_what_comes_together_is_one_receipt_however_many_rows_it_has(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source, report = Source(), new_report_id()
    org.report("text", mailbox=source.slip, report=report)
    for number in range(12):
        org.report(files=[(f"{number}.txt", b"%d" % number)], mailbox=source.slip, report=report)
    carry()
    [entry] = source.read(_outbox(desk, org), org).entries
    assert len(set(entry.digests)) == 13
    for number in range(12, 52):
        org.report(files=[(f"{number}.txt", b"%d" % number)], mailbox=source.slip, report=report)
    carry()
    letter = source.read(_outbox(desk, org), org)
    assert [len(entry.digests) for entry in letter.entries] == [51, 2]
    assert letter.dropped == 0


def test_replies_and_questions_reach_the_source_and_say_how_far_the_desk_is(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    _write(desk, 1, "Thank you.\r\nWe read it.")
    with desk.change() as change:
        change.rows.get_one(CaseRow, 1).unread = False
    letter = source.read(_outbox(desk, org), org)
    assert [entry.text for entry in letter.entries] == ["", "Thank you.\nWe read it."]
    assert letter.state == CaseState.READING
    _write(desk, 1, "When was it?", EntryKind.QUESTION)
    letter = source.read(_outbox(desk, org), org)
    assert letter.state == CaseState.QUESTION
    with desk.look() as rows:
        assert rows.get_one(CaseRow, 1).status == "assessing"
    answer = Followup(Act.ANSWER, letter.entries[-1].question)
    org.report("In May.", mailbox=source.slip, part=Part.FOLLOWUP, answers=answer.to_answers())
    carry()
    letter = source.read(_outbox(desk, org), org)
    assert (letter.state, letter.number) == (CaseState.RECEIVED, 3)
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.CLOSED, reason="done"))
    assert source.read(_outbox(desk, org), org).state == CaseState.CLOSED


@pytest.mark.parametrize("text", ["", " \n", "x" * (LETTER_TEXT_BYTES + 1), "bell \x07"])
def test_what_does_not_fit_a_letter_is_refused(desk: Vault, source: Source, text: str) -> None:
    with pytest.raises(Exception, match=r"letter|control characters"):
        _write(desk, 1, text)


def test_many_long_replies_leave_the_newest(org: Organisation, desk: Vault, source: Source) -> None:
    for number in range(5):
        _write(desk, 1, f"{number} " + "é" * 5000)
    letter = source.read(_outbox(desk, org), org)
    assert letter.dropped == 3
    assert [entry.kind for entry in letter.entries] == ["receipt", "reply", "reply"]


def test_who_left_no_mailbox_cannot_be_written_to(org: Organisation, desk: Vault, carry: Carry) -> None:
    org.report("text")
    carry()
    with pytest.raises(ReviewerError, match="no mailbox"):
        _write(desk, 1, "hello")


def test_nothing_is_written_to_a_disputed_mailbox(org: Organisation, desk: Vault, source: Source, carry: Carry) -> None:
    org.report("impostor", mailbox=Source(address=source.address).slip)
    carry()
    with pytest.raises(RefusedError, match="posing"):
        _write(desk, 1, "hello")
    assert len(source.read(_outbox(desk, org), org).entries) == 1
    with desk.change() as change:
        settle_mailbox(change, 1)
    _write(desk, 1, "hello")
    with pytest.raises(ReviewerError, match="not disputed"), desk.change() as change:
        settle_mailbox(change, 1)


def test_every_mailbox_gets_a_fresh_letter_of_one_size_real_or_not(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    decoy = Source()
    org.decoy(mailbox=decoy.slip)
    carry()
    first = {entry.id: (entry.size, entry.sha256) for entry in _outbox(desk, org).manifest.blobs}
    second = {entry.id: (entry.size, entry.sha256) for entry in _outbox(desk, org).manifest.blobs}
    assert first.keys() == second.keys()
    assert {source.address.hex(), decoy.address.hex()} <= first.keys()
    assert len(first) == limits.FICTITIOUS_MAILBOXES + 2
    assert {size for size, _ in [*first.values(), *second.values()]} == {LETTER_BYTES}
    assert not {digest for _, digest in first.values()} & {digest for _, digest in second.values()}
    with desk.look() as rows:
        assert count_mailboxes(rows) == len(first)


def test_letters_keep_the_order_of_their_addresses(org: Organisation, desk: Vault, source: Source) -> None:
    ids = [entry.id for entry in _outbox(desk, org).manifest.blobs]
    assert ids == sorted(ids)
    assert source.address.hex() in ids


def test_the_last_whole_bundle_of_the_server_is_acknowledged(org: Organisation, desk: Vault, carry: Carry) -> None:
    assert _outbox(desk, org).manifest.acknowledges is None
    carry()
    carry()
    said = _outbox(desk, org).manifest.acknowledges
    assert said is not None
    assert (said.chain, said.number) == (org.chain, 2)


def test_bundles_follow_each_other_and_carry_the_public_bundle(org: Organisation, desk: Vault) -> None:
    position = None
    for number in (1, 2, 3):
        bundle = _outbox(desk, org)
        position = follow(position, bundle.manifest, bundle.digest)
        assert (position.number, bundle.manifest.chain.direction) == (number, Direction.TO_SERVER)
        assert bundle.manifest.public_bundle == org.bundle_note.read_text()
    with pytest.raises(Replay):
        follow(position, bundle.manifest, bundle.digest)


def test_a_vault_from_a_backup_begins_a_new_chain_that_names_the_old_one(
    org: Organisation, desk: Vault, tmp_path: Path
) -> None:
    old = _outbox(desk, org)
    backup = back_up(desk, tmp_path, no_progress)
    with Vault.open(backup.folder, PASSPHRASE) as restored:
        first, second = (_outbox(restored, org).manifest for _ in range(2))
    assert first.chain == second.chain != old.manifest.chain
    assert (first.number, second.number) == (1, 2)
    for manifest in (first, second):
        assert manifest.resumes is not None
        assert (manifest.resumes.chain, manifest.resumes.head) == (old.manifest.chain, old.digest)
    assert _outbox(desk, org).manifest.resumes is None


def test_a_bundle_is_sent_again_byte_for_byte(desk: Vault, tmp_path: Path) -> None:
    for name in ("stick", "other"):
        (tmp_path / name).mkdir()
    with pytest.raises(ReviewerError, match="Nothing has been sent"):
        send_again(desk, tmp_path / "stick")
    [path] = send(desk, tmp_path / "stick", no_progress).files
    [again] = send_again(desk, tmp_path / "other")
    assert again.read_bytes() == path.read_bytes()
    assert send_again(desk, tmp_path / "other") == (again,)
    send(desk, tmp_path / "stick", no_progress)
    assert len(list(desk.outgoing.iterdir())) == 1


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "the stick"
    folder.mkdir()
    return folder


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_did_not_fit_on_a_stick_is_written_before_anything_else_is_made(
    org: Organisation, desk: Vault, source: Source, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("reviewer.outgoing._copy", _full)
        for _ in range(2):
            with pytest.raises(
                ReviewerError, match=r"The stick is full. 2\.\d MB are needed. Nothing was lost: make room"
            ):
                send(desk, stick, no_progress) if not has_unwritten(desk) else send_unwritten(desk, stick)
    [waiting] = desk.outgoing.iterdir()
    with pytest.raises(ReviewerError, match="not written whole"):
        send(desk, stick, no_progress)
    [written] = send_unwritten(desk, stick)
    assert written.read_bytes() == waiting.read_bytes()
    assert org.read_desk_bundle(written).manifest.number == 1
    assert send(desk, stick, no_progress).bundle.number == 2


def test_a_stick_without_room_is_seen_before_anything_is_written(
    desk: Vault, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(stick)._replace(free=2_000_000)
    monkeypatch.setattr("reviewer.outgoing.shutil.disk_usage", lambda _folder: usage)
    with pytest.raises(ReviewerError, match=r"make room and run `outbox .*the stick` again"):
        send(desk, stick, no_progress)
    assert not list(stick.iterdir())


def test_a_file_system_that_ends_too_early_is_a_full_stick(desk: Vault, stick: Path) -> None:
    write_server_bundle(desk, no_progress)
    with files_at_most(1_000_000), pytest.raises(ReviewerError, match="stick is full"):
        send_unwritten(desk, stick)
    assert not list(stick.iterdir())
    assert len(send_unwritten(desk, stick)) == 1


def test_another_file_of_that_name_loses_nothing_of_an_outbox(desk: Vault, stick: Path) -> None:
    taken = stick / "khomo-to-server-main-000001.bundle"
    taken.write_bytes(b"another")
    with pytest.raises(ReviewerError, match=r"is another file\. Nothing was lost: take that file away"):
        send(desk, stick, no_progress)
    taken.unlink()
    assert send_unwritten(desk, stick) == (taken,)


def test_other_troubles_of_a_stick_are_told_as_they_are(
    desk: Vault, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.outgoing._copy", _fail)
    with pytest.raises(OSError, match="power"):
        send(desk, stick, no_progress)


def test_a_file_of_an_outbox_that_was_taken_out_of_the_vault_is_named(desk: Vault, stick: Path) -> None:
    path = write_server_bundle(desk, no_progress).path
    path.unlink()
    with pytest.raises(ReviewerError, match=r"000001\.bundle of the last outbox is no longer in the vault"):
        send_unwritten(desk, stick)


def test_an_outbox_that_is_cut_off_before_it_counts_is_made_again_under_its_number(
    org: Organisation, desk: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("reviewer.outbox._take_place", _fail)
        with pytest.raises(OSError, match="power"):
            write_server_bundle(desk, no_progress)
    assert _outbox(desk, org).manifest.number == 1
    assert [path.name for path in desk.outgoing.iterdir()] == ["khomo-to-server-main-000001.bundle"]


def _fail(*_: object) -> None:
    raise OSError("power")


def test_a_stick_that_holds_another_file_or_is_no_folder_is_refused(desk: Vault, tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match="not a folder"):
        send(desk, tmp_path / "missing", no_progress)
    source, taken = tmp_path / "source", tmp_path / "taken"
    source.write_bytes(b"one")
    taken.write_bytes(b"two")
    with pytest.raises(ReviewerError, match="exists already"):
        copy_out(source, taken)
    assert taken.read_bytes() == b"two"


def test_a_copy_that_does_not_read_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "source").write_bytes(b"one")
    monkeypatch.setattr("reviewer.outgoing.digest_on_medium", lambda _path: "other")
    with pytest.raises(ReviewerError, match="does not read back"):
        copy_out(tmp_path / "source", tmp_path / "copy")


def test_weeks_are_those_of_iso() -> None:
    assert week_of(DAY) == "2026-W47"
    assert week_of(DAY.replace(month=1, day=1, year=2027)) == "2026-W53"


def test_fictitious_mailboxes_stay_the_same(desk: Vault) -> None:
    with desk.look() as rows:
        assert rows.scalar(select(func.count()).select_from(MailboxRow)) == limits.FICTITIOUS_MAILBOXES
        assert json.dumps(sorted(box.hex() for box in rows.scalars(select(MailboxRow.address))))


def test_a_report_that_names_an_impossible_key_does_not_stop_everybody_s_letters(
    org: Organisation, desk: Vault, source: Source, carry: Carry
) -> None:
    hostile = Source()
    slip = replace(hostile.slip, recipient=hostile.slip.recipient[:-6] + "qqqqqq")
    org.report("text", mailbox=slip)
    carry()
    bundle = _outbox(desk, org)
    assert hostile.address.hex() in {entry.id for entry in bundle.manifest.blobs}
    assert len(source.read(bundle, org).entries) == 1


def test_a_text_that_would_not_fit_when_it_is_written_is_refused_at_once(
    org: Organisation, desk: Vault, source: Source
) -> None:
    with pytest.raises(FormatError, match="too long"):
        _write(desk, 1, 'a"' * 11_990)
    assert len(source.read(_outbox(desk, org), org).entries) == 1
