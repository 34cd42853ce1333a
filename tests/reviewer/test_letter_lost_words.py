"""Lost words: a case goes to another mailbox after two answers and a person's word, and to no stranger, unseen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from keys.sealing.followup import Act, Followup
from keys.sealing.letter import CaseState, EntryKind
from keys.sealing.limits import LETTER_BYTES
from keys.sealing.submission import Audience, Consent, Part
from reviewer import lost_words
from reviewer.case_words import details as shown
from reviewer.cases import details, history
from reviewer.commands import main
from reviewer.deletion import destroy_case
from reviewer.errors import RefusedError, ReviewerError
from reviewer.inbox import no_progress
from reviewer.letters import write_to_source
from reviewer.mailboxes import settle_mailbox
from reviewer.outbox import write_server_bundle
from reviewer.triage import Decision, decide
from reviewer.values import Disposition
from reviewer.vault.lost_words_rows import LostWordsRow
from reviewer.vault.rows import ArrivalRow, CaseRow, EntryRow, MailboxRow
from reviewer.vault.triage_rows import LinkRow
from tests.reviewer.organisation import Source, sealed_report

if TYPE_CHECKING:
    from keys.sealing.bundle import Bundle
    from keys.sealing.letter import Letter
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

OLD, NEW, THIRD = 1, 2, 3


class Door:
    """The sources of three cases, and what goes between them and the desk."""

    def __init__(self, org: Organisation, desk: Vault, carry: Carry) -> None:
        self.org, self.desk, self.carry = org, desk, carry
        self.sources: dict[int, Source] = {}
        for case, text in ((OLD, "the dam"), (NEW, "I lost my words"), (THIRD, "something else")):
            self.sources[case] = Source()
            row = sealed_report(org.recipient(), text, mailbox=self.sources[case].slip)
            org.accept(row, f"{case:032x}")  # rows become cases in the order of their names
        carry()

    def write(self, case: int, text: str, kind: EntryKind = EntryKind.REPLY) -> None:
        with self.desk.change() as change:
            write_to_source(change, case, kind, text)

    def outbox(self) -> Bundle:
        return self.org.read_desk_bundle(write_server_bundle(self.desk, no_progress).path)

    def read(self, case: int) -> Letter:
        return self.sources[case].read(self.outbox(), self.org)

    def ask(self, case: int, *questions: str) -> None:
        for question in questions:
            self.write(case, question, EntryKind.QUESTION)

    def answer(self, case: int, *answers: str) -> None:
        box = self.sources[case].address
        with self.desk.look() as rows:
            asked = rows.scalars(select(EntryRow.details).where(EntryRow.mailbox == box).order_by(EntryRow.id)).all()
        questions = [found["question"] for found in map(json.loads, asked) if "question" in found]
        for question, answer in zip(questions, answers, strict=False):
            act = Followup(Act.ANSWER, question).to_answers()
            self.org.report(answer, mailbox=self.sources[case].slip, part=Part.FOLLOWUP, answers=act)
        self.carry()

    def ask_and_answer(self, case: int = NEW) -> None:
        self.ask(case, "What colour had the gate?", "Who came with you?")
        self.answer(case, "green", "nobody")

    def add(self, case: int, text: str, act: Act = Act.ADDITION, **head: Any) -> None:
        answers = Followup(act).to_answers()
        self.org.report(text, mailbox=self.sources[case].slip, part=Part.FOLLOWUP, answers=answers, **head)
        self.carry()

    def take_over(self, new: int = NEW, old: int = OLD, *, with_letters: bool = False) -> None:
        with self.desk.change() as change:
            lost_words.take_over(change, new, old, with_letters=with_letters)

    def undo(self, new: int = NEW, *, posing: bool = False) -> int:
        with self.desk.change() as change:
            return lost_words.undo(change, new, posing=posing)

    def case(self, number: int) -> CaseRow:
        with self.desk.look() as rows:
            return rows.get_one(CaseRow, number)

    def everything(self) -> tuple[object, ...]:
        """What a move changes: mailboxes of cases, kinds of mailboxes, entries and links."""
        with self.desk.look() as rows:
            return (
                rows.execute(select(CaseRow.id, CaseRow.mailbox).order_by(CaseRow.id)).all(),
                rows.execute(select(MailboxRow.address, MailboxRow.kind).order_by(MailboxRow.address)).all(),
                rows.execute(select(EntryRow.id, EntryRow.mailbox).order_by(EntryRow.id)).all(),
                rows.execute(select(LinkRow.lower, LinkRow.higher)).all(),
                rows.scalar(select(func.count()).select_from(LostWordsRow)),
            )


def _texts(letter: Letter) -> list[str]:
    return [entry.text for entry in letter.entries if entry.text]


@pytest.fixture(autouse=True)
def few_mailboxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters to mailboxes that nobody has are no part of what these tests ask."""
    monkeypatch.setattr("reviewer.limits.FICTITIOUS_MAILBOXES", 3)


@pytest.fixture
def door(org: Organisation, desk: Vault, carry: Carry) -> Door:
    return Door(org, desk, carry)


def test_letters_of_the_old_case_go_to_the_new_mailbox_and_what_its_source_adds_goes_to_the_old_case(
    door: Door,
) -> None:
    door.write(OLD, "written before")
    door.ask_and_answer()
    door.take_over()
    door.write(OLD, "written after")
    letter = door.read(NEW)
    assert _texts(letter)[-1] == "written after"
    assert "written before" not in _texts(letter)
    with pytest.raises(Exception, match=r"."):
        door.read(OLD)
    door.add(NEW, "more on the dam")
    assert (door.case(OLD).parts, door.case(NEW).parts) == (2, 3)
    door.add(NEW, "", Act.CONSENT, consent=Consent(frozenset({Audience.LAWYER})))
    assert "lawyer" in door.case(OLD).consent
    assert "leads" not in door.case(OLD).consent
    with door.desk.look() as rows:
        told = "\n".join(shown(details(rows, OLD)))
        acts = [act.act for case in (OLD, NEW) for act, _values in history(rows, case)]
    assert told.index("written before") < told.index("written after")
    assert acts.count("lost words") == 2


def test_the_state_that_the_source_reads_is_that_of_the_old_case(door: Door) -> None:
    door.ask_and_answer()
    door.take_over()
    for case in (OLD, NEW):
        with door.desk.change() as change:
            change.rows.get_one(CaseRow, case).unread = False
    door.write(NEW, "found you")
    with door.desk.change() as change:
        decide(change, NEW, Decision(disposition=Disposition.CLOSED, reason="words lost"))
    assert door.read(NEW).state is CaseState.READING


def test_what_was_written_before_goes_along_where_a_person_says_so(door: Door) -> None:
    door.write(OLD, "written before")
    door.ask_and_answer()
    door.take_over(with_letters=True)
    assert _texts(door.read(NEW))[0] == "written before"


def test_the_server_sees_no_difference_between_a_bundle_with_a_move_and_one_without(door: Door) -> None:
    def seen() -> tuple[list[tuple[str, int]], set[str]]:
        found = [(entry.id, len(blob.read()), entry.sha256) for entry, blob in door.outbox().blobs()]
        return [(name, size) for name, size, _digest in found], {digest for _name, _size, digest in found}

    door.ask_and_answer()
    door.write(OLD, "waits")
    (before, first), (again, second) = seen(), seen()
    door.take_over()
    moved, third = seen()
    assert before == again == moved
    assert {size for _name, size in moved} == {LETTER_BYTES}
    assert len(first | second | third) == 3 * len(moved)


@pytest.mark.parametrize("answers", [(), ("green",), ("green", " \n")])
def test_one_answer_or_none_gives_a_stranger_nothing(door: Door, answers: tuple[str, ...]) -> None:
    door.ask(NEW, "What colour had the gate?", "Who came with you?")
    if answers:
        door.answer(NEW, *answers)
    before = door.everything()
    with pytest.raises(RefusedError, match="of 2 questions"):
        door.take_over()
    assert door.everything() == before


def test_one_question_that_is_asked_twice_is_one(door: Door) -> None:
    door.ask(NEW, "What colour had the gate?", "what  COLOUR had the gate?")
    door.answer(NEW, "green", "green")
    with door.desk.look() as rows:
        [one] = lost_words.answered(rows, NEW)
    assert one.answers == ("green", "green")
    with pytest.raises(RefusedError, match="1 of 2"):
        door.take_over()


def test_answers_in_another_mailbox_are_none(door: Door) -> None:
    door.ask_and_answer(THIRD)
    with pytest.raises(RefusedError, match="0 of 2"):
        door.take_over()


def test_nobody_claims_a_case_twice_or_two_cases_or_in_a_loop(door: Door) -> None:
    for case in (NEW, THIRD):
        door.ask_and_answer(case)
    door.take_over()
    claims = {(NEW, OLD): "one mailbox", (OLD, NEW): "one mailbox", (NEW, NEW): "one mailbox"}
    refused = {(NEW, THIRD): "took over case 1 already", (THIRD, OLD): "claimed by case 2 already"}
    before = door.everything()
    for (new, old), problem in {**claims, **refused}.items():
        with pytest.raises(ReviewerError, match=problem):
            door.take_over(new, old)
    assert door.everything() == before
    door.take_over(THIRD, NEW)  # the words were lost a second time
    door.write(OLD, "to the third")
    assert _texts(door.read(THIRD))[-1] == "to the third"
    with pytest.raises(ReviewerError, match="one mailbox"):
        door.take_over(OLD, THIRD)
    with pytest.raises(ReviewerError, match="moved on"):
        door.undo(NEW, posing=True)
    door.undo(THIRD, posing=True)
    door.undo(NEW, posing=True)
    assert door.case(OLD).mailbox == door.sources[OLD].address


def test_a_case_of_another_desk_or_without_a_mailbox_or_one_that_was_given_up_or_is_disputed_is_not_claimed(
    door: Door,
) -> None:
    door.ask_and_answer()
    door.org.report("without a mailbox")
    door.carry()
    with pytest.raises(ReviewerError, match="no words to lose"):
        door.take_over(old=4)
    with pytest.raises(ReviewerError, match="no case 99"):
        door.take_over(old=99)
    with pytest.raises(ReviewerError, match="no mailbox that can be written"):
        door.take_over(new=4)
    door.add(THIRD, "", Act.WRITE_OFF)
    with pytest.raises(RefusedError, match="gave its box up"):
        door.take_over(old=THIRD)
    door.org.report("posing", mailbox=Source(address=door.sources[OLD].address).slip)
    door.carry()
    with pytest.raises(RefusedError, match="settle 1"):
        door.take_over()
    with door.desk.change() as change:
        settle_mailbox(change, OLD)
    door.take_over()


def test_it_is_undone_until_an_outbox_as_if_it_had_not_been_and_nothing_goes_to_the_stranger(door: Door) -> None:
    door.write(OLD, "written before")
    door.ask_and_answer()
    before = door.everything()
    for with_letters in (False, True):
        door.take_over(with_letters=with_letters)
        door.write(OLD, "for the source alone")
        assert door.undo() == 1
        assert door.everything() == before
    assert _texts(door.read(OLD)) == ["written before"]
    assert "for the source alone" not in _texts(door.read(NEW))
    with door.desk.look() as rows:
        acts = [act.act for act, _values in history(rows, OLD)]
    assert acts.count("lost words undone") == acts.count("unsend") == 2
    with pytest.raises(ReviewerError, match="taken over no other"):
        door.undo()


def test_after_an_outbox_it_is_undone_only_because_somebody_posed(door: Door) -> None:
    door.ask_and_answer()
    door.take_over()
    door.outbox()
    with pytest.raises(RefusedError, match="may have read"):
        door.undo()
    door.undo(posing=True)
    door.write(OLD, "you again")
    assert _texts(door.read(OLD)) == ["you again"]
    assert "you again" not in _texts(door.read(NEW))


def test_who_comes_back_with_the_old_words_raises_an_alarm_and_reads_nothing_new(door: Door) -> None:
    door.ask_and_answer()
    door.take_over()
    door.add(OLD, "I never lost them")
    with door.desk.look() as rows:
        newest = rows.scalars(select(CaseRow).order_by(CaseRow.id.desc()).limit(1)).one()
        [problem] = rows.scalars(select(ArrivalRow.problem).where(ArrivalRow.case_id == newest.id))
    assert newest.id not in {OLD, NEW}
    assert "posing" in (problem or "")
    with pytest.raises(RefusedError, match="--undo --posing"):
        door.write(newest.id, "hello")
    door.undo(posing=True)
    door.write(newest.id, "we believe you")
    assert _texts(door.read(OLD)) == ["we believe you"]


@pytest.mark.parametrize("with_letters", [False, True])
def test_a_case_that_is_destroyed_leaves_no_letter_in_either_mailbox(door: Door, *, with_letters: bool) -> None:
    door.write(OLD, "canary before")
    door.ask_and_answer()
    door.take_over(with_letters=with_letters)
    door.write(OLD, "canary after")
    with door.desk.change() as change:
        decide(change, OLD, Decision(disposition=Disposition.CLOSED, reason="done"))
    destroy_case(door.desk, OLD)
    with door.desk.look() as rows:
        assert not [text for text in rows.scalars(select(EntryRow.text)) if "canary" in text]
    door.undo(posing=True)
    assert door.case(OLD).mailbox is None


def test_the_command_shows_both_answers_and_asks_for_a_yes(door: Door) -> None:
    def run(*arguments: str, code: int, stdin: str | None = None) -> str:
        result = CliRunner(catch_exceptions=False).invoke(main, ["lost-words", *arguments], input=stdin, obj=door.desk)
        assert result.exit_code == code, result.output
        return " ".join(result.output.split())

    run("2", "--of", "1", code=4)
    door.ask_and_answer()
    before = door.everything()
    for refused in ("n\n", "\n", ""):
        said = run("2", "--of", "1", code=1, stdin=refused)
        assert "What colour had the gate? --- answer --- │ green" in said
        assert door.everything() == before
    for wrong in (
        ("2",),
        ("2", "--of", "1", "--undo"),
        ("2", "--of", "1", "--posing"),
        ("2", "--undo", "--with-letters"),
    ):
        run(*wrong, code=2)
    assert "write anew" in run("2", "--of", "1", code=0, stdin="y\n")
    assert "Undone" in run("2", "--undo", code=0)
    assert "goes along" in run("2", "--of", "1", "--with-letters", "--yes", code=0)
    door.write(OLD, "hello")
    assert "taken back: 1" in run("2", "--undo", "--posing", code=0)
