"""What is like a case, and what is not; and what somebody gains who makes look-alikes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, insert, select, text

from keys.sealing.submission import new_report_id
from reviewer.cases import Filter, list_cases
from reviewer.deletion import destroy_case
from reviewer.errors import ReviewerError
from reviewer.likeness import finding, limits, minhash
from reviewer.likeness.finding import Likeness, like
from reviewer.likeness.hints import seem_alike
from reviewer.likeness.signing import leave_nothing, sign
from reviewer.triage import Decision, decide
from reviewer.values import Disposition
from reviewer.vault.likeness_rows import BandRow, MessageSketchRow, SketchRow
from reviewer.vault.rows import AttachmentRow, CaseRow, MessageRow
from reviewer.vault.vault import Vault
from tests.reviewer.conftest import PASSPHRASE
from tests.reviewer.likeness.conftest import NEARLY, OTHER, RIVER
from tests.reviewer.organisation import DAY, Source
from tests.reviewer.thief import database_in_the_clear

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reviewer.conftest import Carry
    from tests.reviewer.likeness.conftest import Numbered
    from tests.reviewer.organisation import Organisation


def _like(desk: Vault, case: int) -> Likeness:
    with desk.look() as rows:
        return like(rows, case)


def _hinted(desk: Vault) -> tuple[int, ...]:
    with desk.look() as rows:
        return seem_alike(rows, rows.scalars(select(CaseRow.id).order_by(CaseRow.id)).all())


def test_the_same_file_and_nearly_the_same_text_are_found_with_how_much(
    org: Organisation, desk: Vault, carry: Carry, numbered: Numbered
) -> None:
    org.report(RIVER, files=[("a.jpg", b"the same bytes"), ("empty", b"")])
    org.report(NEARLY)
    org.report(OTHER, files=[("another name.png", b"the same bytes"), ("nothing", b"")])
    org.report("Thank you", files=[("void", b"")])
    org.report("Thank you!")
    carry()
    river, nearly, other = numbered(RIVER), numbered(NEARLY), numbered(OTHER)
    found = _like(desk, river)
    assert [one.case for one in found.files] == [other]
    assert [one.case for one in found.texts] == [nearly]
    assert 0.6 < found.texts[0].share < 1
    assert (found.pictures, found.cut) == ((), False)
    assert _like(desk, nearly).texts[0].share == found.texts[0].share
    assert set(_hinted(desk)) == {river, nearly, other}
    thanks = [number for number in range(1, 6) if number not in {river, nearly, other}]
    assert [_like(desk, number).cases for number in thanks] == [(), ()], "short texts and empty files tell nothing"


def test_the_same_words_have_one_signature_however_they_were_typed(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    org.report("يرمون النفايات في النهر كل ليلة ولا أحد يراقبهم أبدا")
    org.report("يَرْمُونَ النِّفَايَاتِ فِي النَّهْرِ كُلَّ لَيْلَةٍ وَلَا أَحَدٌ يُرَاقِبُهُمْ أَبَدًا")
    carry()
    assert [(one.case, one.share) for one in _like(desk, 1).texts] == [(2, 1.0)]
    with desk.look() as rows:
        assert rows.scalar(select(func.count()).select_from(SketchRow)) == 1
        assert rows.scalar(select(func.count()).select_from(BandRow)) == limits.BANDS


def test_a_source_that_repeats_itself_is_like_nobody(org: Organisation, desk: Vault, carry: Carry) -> None:
    source, report = Source(), new_report_id()
    org.report(RIVER, mailbox=source.slip, report=report, files=[("a", b"x" * 9)])
    org.report(NEARLY, mailbox=source.slip, report=report, files=[("a", b"x" * 9)])
    org.report(RIVER, mailbox=source.slip, report=report)
    carry()
    assert _like(desk, 1) == Likeness()
    assert _hinted(desk) == ()


def test_who_copies_an_honest_report_gains_a_hint_and_nothing_else(
    org: Organisation, desk: Vault, carry: Carry, numbered: Numbered
) -> None:
    org.report(RIVER)
    carry()
    with desk.look() as rows:
        honest = list_cases(rows, Filter()).cases
    org.report(NEARLY, files=[("a", b"spam")])
    carry()
    copy = numbered(NEARLY)
    with desk.change() as change:
        decide(change, copy, Decision(disposition=Disposition.SPAM))
    assert _like(desk, 1).cases == (copy,)
    with desk.look() as rows:
        after = [case for case in list_cases(rows, Filter()).cases if case.id == 1]
    kept = ("unread", "status", "disposition", "severity", "mailbox", "parts")
    assert [[getattr(case, name) for name in kept] for case in after] == [
        [getattr(case, name) for name in kept] for case in honest
    ]


def test_what_is_destroyed_leaves_no_signature(
    org: Organisation, desk: Vault, carry: Carry, numbered: Numbered
) -> None:
    for words in (RIVER, NEARLY, OTHER):
        org.report(words, files=[("a", b"shared")])
    org.report(OTHER)
    carry()
    river, nearly = numbered(RIVER), numbered(NEARLY)
    with desk.look() as rows:
        other = rows.scalars(select(CaseRow.id).where(CaseRow.preview.startswith(OTHER[:40]), CaseRow.files == 1)).one()
        sketches = select(SketchRow).join(MessageSketchRow, MessageSketchRow.sketch_id == SketchRow.id)
        gone = rows.scalars(sketches.where(MessageSketchRow.case_id == river)).one()
        kept = rows.scalars(sketches.where(MessageSketchRow.case_id == nearly)).one()
    assert all(part in database_in_the_clear(desk) for part in (gone.digest, gone.bands))
    for number in (river, other):
        with desk.change() as change:
            decide(change, number, Decision(disposition=Disposition.SPAM))
        destroy_case(desk, number)
    left = database_in_the_clear(desk)
    assert [part for part in (gone.digest, gone.bands) if part in left] == []
    own = set(minhash.unpack(gone.bands)) - set(minhash.unpack(kept.bands))
    assert [value for value in own if value.to_bytes(8, signed=True) in left] == []
    with desk.look() as rows:
        assert rows.scalar(select(func.count()).select_from(SketchRow)) == 2, "the same words stay another's"
        assert rows.scalar(select(func.count()).select_from(BandRow)) == 2 * limits.BANDS
    assert _like(desk, nearly) == Likeness()
    with pytest.raises(ReviewerError, match="was destroyed"):
        _like(desk, river)


def test_what_the_index_left_behind_when_it_grew_goes_too(vault: Vault) -> None:
    """SQLite moves entries of a full page to another one and leaves copies, which it does not overwrite later."""
    dice = random.Random(20261120)
    with vault.change() as change:
        values = [dice.getrandbits(63) for _ in range(30_000)]
        change.rows.execute(insert(BandRow), [{"value": value, "sketch_id": 1} for value in values])
    gone, kept = values[::10], values[1]
    with vault.change() as change:
        change.rows.execute(delete(BandRow).where(BandRow.value.in_(gone)))
    assert _left(vault, gone) > 0
    with vault.change() as change:
        leave_nothing(change.rows)
    assert _left(vault, gone) == 0
    with vault.look() as rows:
        assert rows.scalar(select(func.count()).select_from(BandRow)) == len(values) - len(gone)
        assert rows.get(BandRow, (kept, 1)) is not None


def _left(vault: Vault, values: list[int]) -> int:
    pages = database_in_the_clear(vault)
    places = {pages[start : start + 8] for start in range(len(pages))}
    return sum(value.to_bytes(8, signed=True) in places for value in values)


def test_two_desks_give_one_text_two_signatures(desk: Vault, tmp_path: Path) -> None:
    """Who has copies of two vaults cannot tell by signatures that both hold a text."""
    signed = []
    with Vault.create(tmp_path / "other", "yusuf", bytes(32), PASSPHRASE) as other:
        for vault in (desk, other):
            with vault.change() as change:
                change.rows.execute(text("PRAGMA defer_foreign_keys = ON"))
                message = MessageRow(id=1, case_id=1, arrival_id=bytes(16), day=DAY, text=RIVER)
                sign(change.rows, message)
                change.rows.flush()
                signed.append(change.rows.scalars(select(SketchRow)).one().bands)
                change.rows.rollback()
    assert not set(minhash.unpack(signed[0])) & set(minhash.unpack(signed[1]))


def test_a_campaign_is_cut_where_a_page_ends_and_that_is_said(
    org: Organisation, desk: Vault, carry: Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(20261120)
    words = RIVER.split()
    for number in range(6):
        edited = list(words)
        edited[dice.randrange(len(edited))] = f"changed{number}"
        org.report(" ".join(edited), files=[("a", b"the same")])
    carry()
    whole = _like(desk, 1)
    assert (len(whole.texts), len(whole.files), whole.cut) == (5, 5, False)
    with monkeypatch.context() as patch:
        patch.setattr(limits, "SHOWN_MOST", 3)
        few = _like(desk, 1)
        assert (len(few.texts), len(few.files), few.cut) == (3, 3, True)
    for name in ("COMPARED_MOST", "SHARED_BAND_MOST"):
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, 2)
            assert _like(desk, 1).cut
    with monkeypatch.context() as patch:
        patch.setattr(limits, "COMPARED_CHARACTERS", 1)
        held = _like(desk, 1)
        assert (held.texts, held.cut) == ((), True), "long texts that are alike cannot hold up the desk"


def test_of_a_case_with_thousands_of_texts_the_first_are_compared(
    org: Organisation, desk: Vault, carry: Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TEXTS_A_CASE", 1)
    source = Source()
    org.report(OTHER)
    org.report(RIVER, mailbox=source.slip)
    carry()
    org.report(OTHER, mailbox=source.slip)
    carry()
    with desk.look() as rows:
        case = rows.scalars(select(CaseRow.id).where(CaseRow.parts == 2)).one()
    found = _like(desk, case)
    assert (found.texts, found.cut) == ((), True)


def test_who_floods_one_case_with_copies_hides_no_other(
    org: Organisation, desk: Vault, carry: Carry, monkeypatch: pytest.MonkeyPatch, numbered: Numbered
) -> None:
    monkeypatch.setattr(finding, "_LOOKED_AT", 4)
    monkeypatch.setattr(limits, "SHARED_BAND_MOST", 2)
    source = Source()
    org.report(OTHER, mailbox=source.slip)
    carry()
    for number in range(3):
        org.report(f"{RIVER} number{number}", mailbox=source.slip)
    carry()
    org.report(RIVER)
    carry()
    flood = numbered(OTHER)
    assert [one.case for one in _like(desk, flood).texts] == [numbered(RIVER)]


def test_a_file_of_which_one_case_has_thousands_costs_a_list_nothing(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    source, report = Source(), new_report_id()
    for _ in range(3):
        org.report("", files=[(f"{number}", b"same") for number in range(10)], report=report, mailbox=source.slip)
    carry()
    with desk.look() as rows:
        assert rows.scalar(select(func.count()).select_from(AttachmentRow)) == 30
        plan = rows.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT 1 FROM attachment o WHERE o.sha256 = 'x' AND o.case_id < 5"
        )
        assert "ix_attachment_sha256_case_id (sha256=? AND case_id<?)" in str(plan.all())
    assert _hinted(desk) == ()
