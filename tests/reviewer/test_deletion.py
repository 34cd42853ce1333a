"""After a case was destroyed, nothing of its words and keys is in any page of the database, nor in any file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from keys.sealing.letter import EntryKind
from keys.sealing.source_name import SourceName
from keys.sealing.submission import Consent, new_report_id
from reviewer.case_log import append_pending
from reviewer.cases import Filter, get_case, history, list_cases
from reviewer.deletion import destroy_case
from reviewer.errors import ReviewerError
from reviewer.forwarding import Wish, forward
from reviewer.inbox import no_progress
from reviewer.keyring import reviewer_key
from reviewer.leads import add_lead
from reviewer.letters import write_to_source
from reviewer.outbox import write_server_bundle
from reviewer.search import search
from reviewer.triage import Decision, decide
from reviewer.vault.log_rows import DisclosureRow, ForwardRow, LeafRow
from reviewer.vault.rows import AttachmentRow, CaseRow, MailboxRow
from tests.reviewer.closing import close
from tests.reviewer.lead import Lead
from tests.reviewer.organisation import NO_RISK, Source, answered
from tests.reviewer.thief import database_in_the_clear

if TYPE_CHECKING:
    from pathlib import Path

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

PLACES = ("text", "file", "note", "label", "answer", "never", "name", "reply", "title", "summary")
WORDS = [f"{place}canary".encode() for place in PLACES]


@pytest.fixture
def source(org: Organisation, desk: Vault, carry: Carry, tmp_path: Path) -> Source:
    """Case 1 has words in every place that can hold any; a hundred other cases stand around it."""
    source = Source()
    for number in range(50):
        org.report(f"ordinary words number{number} of another report")
    org.report(
        "textcanary and many more words", files=[("filecanary.txt", b"x")], mailbox=source.slip,
        answers=answered(where="answercanary"), report=new_report_id(),
        consent=Consent(never="nevercanary"), name=SourceName("namecanary"),
    )  # fmt: skip
    carry()
    for number in range(50, 100):
        org.report(f"ordinary words number{number} of another report", files=[("a.txt", b"y")])
    carry()
    with desk.change() as change:
        case = change.rows.scalars(select(CaseRow).where(CaseRow.files == 1, CaseRow.mailbox.is_not(None))).one().id
        decide(change, case, Decision(note="notecanary", add_labels=("labelcanary",)))
        write_to_source(change, case, EntryKind.REPLY, "replycanary")
        add_lead(change, Lead("anna", org, tmp_path).card)
    wish = Wish(("anna",), "titlecanary", "summarycanary", risks=NO_RISK)
    forward(desk, case, wish, reviewer_key(desk))
    append_pending(desk)
    return source


def _case(desk: Vault) -> int:
    with desk.look() as rows:
        return rows.scalars(select(ForwardRow.case_id)).one()


def test_no_word_and_no_key_is_left_in_any_page(org: Organisation, desk: Vault, source: Source) -> None:
    case = _case(desk)
    with desk.look() as rows:
        attachment = rows.scalars(select(AttachmentRow).where(AttachmentRow.case_id == case)).one()
        package = rows.scalars(select(DisclosureRow)).one()
    seeds = [attachment.seed, package.seed]
    before = database_in_the_clear(desk)
    assert all(word in before for word in WORDS)
    assert all(seed is not None and seed in before for seed in seeds)
    assert destroy_case(desk, case) == 2
    after = database_in_the_clear(desk)
    assert [word for word in WORDS if word in after] == []
    assert [seed for seed in seeds if seed is not None and seed in after] == []
    journal = desk.folder / "vault.db-journal"
    assert not journal.exists() or journal.stat().st_size == 0
    names = {path.name for path in (desk.folder / "attachments").iterdir()}
    assert not names & {attachment.file, package.file}
    letter = source.read(org.read_desk_bundle(write_server_bundle(desk, no_progress).path), org)
    assert letter.entries == ()


def test_what_the_log_and_the_history_need_stays(desk: Vault, source: Source) -> None:
    case = _case(desk)
    destroy_case(desk, case)
    with desk.look() as rows:
        assert list_cases(rows, Filter()).total == 100
        assert search(rows, "textcanary") == []
        with pytest.raises(ReviewerError, match="was destroyed"):
            get_case(rows, case)
        acts = history(rows, case)
        assert [act.act for act, _ in acts][-1] == "destroy"
        assert all(not values for act, values in acts if act.act != "destroy")
        assert len(rows.scalars(select(LeafRow)).all()) == 112
        assert rows.get(MailboxRow, source.address) is not None
    assert append_pending(desk).dispositions == 0


def test_an_open_case_is_not_destroyed(org: Organisation, desk: Vault, carry: Carry) -> None:
    org.report("text")
    carry()
    with pytest.raises(ReviewerError, match="still open"):
        destroy_case(desk, 1)


def test_another_case_of_the_same_mailbox_keeps_its_letters(org: Organisation, desk: Vault, carry: Carry) -> None:
    source = Source()
    org.report("first", mailbox=source.slip)
    carry()
    with desk.change() as change:
        change.rows.get_one(CaseRow, 1).mailbox = None
    org.report("second", mailbox=source.slip)
    carry()
    with desk.change() as change:
        change.rows.get_one(CaseRow, 1).mailbox = source.address
    close(desk, 1)
    destroy_case(desk, 1)
    letter = source.read(org.read_desk_bundle(write_server_bundle(desk, no_progress).path), org)
    assert [len(entry.digests) for entry in letter.entries] == [2, 0], "one receipt of one day, and the last letter"


def test_a_report_that_goes_on_after_its_case_was_destroyed_is_a_new_case(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    report = new_report_id()
    org.report("first", report=report)
    carry()
    close(desk, 1)
    destroy_case(desk, 1)
    org.report("second", report=report)
    carry()
    with desk.look() as rows:
        assert [case.preview for case in list_cases(rows, Filter()).cases] == ["second"]
