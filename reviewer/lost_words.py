"""Lost words: a source who lost the eight words writes a new report, and reads the old case's letters in its mailbox.

Rules:
1. Before that, two different questions were asked in the new mailbox and answered there. A person compares the answers
   with what only the source can know, and answers for it by name in the history: no program does.
2. A mailbox takes over one other, once, and its report speaks for one case. A case that was taken over is not claimed
   again by a stranger to it: who lost words twice goes on from the mailbox that has it now.
3. From the next outbox all letters of the old case go to the new mailbox. What was written before stays behind, unless
   a person says that it goes along. The old mailbox gets letters that nobody can open.
4. The server cannot see it: each bundle of a desk replaces every letter anyway, by one of the same size.
5. Until the next outbox it can be undone as if it had not been, and what was written since is taken back. Later it is
   undone only because somebody was posing: they may have read what was sent.
6. Whoever comes back with the old words afterwards is told to the reviewers: then one of the two is posing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from keys.sealing.followup import Act
from keys.sealing.letter import EntryKind
from reviewer import clocks
from reviewer.cases import get_case
from reviewer.errors import RefusedError, ReviewerError
from reviewer.letters import writable
from reviewer.values import MailboxKind
from reviewer.vault.folding import fold
from reviewer.vault.lost_words_rows import LostWordsCaseRow, LostWordsEntryRow, LostWordsRow
from reviewer.vault.rows import CaseRow, EntryRow, MailboxRow, MessageRow, PartRow
from reviewer.vault.triage_rows import LetterRoundRow, LinkRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from reviewer.vault.vault import Change

QUESTIONS = 2
"""So many are asked and answered before a case is given to another mailbox."""


@dataclass(frozen=True)
class Answered:
    """A question of the desk, and all that was answered to it."""

    question: str
    answers: tuple[str, ...]


def answered(rows: Session, case_id: int) -> list[Answered]:
    """Give the questions of a case's mailbox that were answered there in words; each question once."""
    case = get_case(rows, case_id)
    found: dict[str, Answered] = {}
    for name, text in _questions(rows, case.mailbox):
        query = select(MessageRow.text).join(PartRow, PartRow.arrival_id == MessageRow.arrival_id)
        query = query.join(CaseRow, CaseRow.id == PartRow.case_id).where(CaseRow.mailbox == case.mailbox)
        said = rows.scalars(query.where(PartRow.act == Act.ANSWER, PartRow.question == name).order_by(MessageRow.id))
        answers = tuple(one for one in said if one.strip())
        if answers:
            key = " ".join(fold(text).split())
            before = found.get(key, Answered(text, ()))
            found[key] = Answered(before.question, before.answers + answers)
    return list(found.values())


def _questions(rows: Session, mailbox: bytes | None) -> Iterator[tuple[str, str]]:
    """Each question in a mailbox: its name, and what it asks."""
    query = select(EntryRow).where(EntryRow.mailbox == mailbox, EntryRow.kind == EntryKind.QUESTION)
    for entry in rows.scalars(query.order_by(EntryRow.id)):
        yield json.loads(entry.details)["question"], entry.text


def check_claim(rows: Session, new_id: int, old_id: int) -> list[Answered]:
    """Return the answers that a person has to compare; raises ReviewerError where there is nothing to decide yet."""
    new, old = get_case(rows, new_id), get_case(rows, old_id)
    new_box, old_box = writable(rows, new), _old_box(rows, old)
    if new_box.address == old_box.address:
        raise ReviewerError(f"Cases {new_id} and {old_id} have one mailbox already: there is nothing to move.")
    _check_once(rows, new, old)
    found = answered(rows, new_id)
    if len(found) < QUESTIONS:
        raise RefusedError(
            f"The source of case {new_id} has answered {len(found)} of {QUESTIONS} questions in its mailbox.",
            "Ask about what only the source can know, without telling it: "
            f"khomo-reviewer reply {new_id} --template lost-words, then twice reply {new_id} --question --file FILE",
        )
    return found


def _old_box(rows: Session, old: CaseRow) -> MailboxRow:
    box = None if old.mailbox is None else rows.get(MailboxRow, old.mailbox)
    if box is None:
        raise ReviewerError(f"The source of case {old.id} left no mailbox: there are no words to lose.")
    if box.kind == MailboxKind.WRITTEN_OFF:
        raise RefusedError(f"The source of case {old.id} gave its box up: no letter of it goes to anybody.")
    if box.disputed:
        raise RefusedError(
            f"Two reports claim the mailbox of case {old.id}: somebody may be posing as its source.",
            f"Decide that first: khomo-reviewer settle {old.id}",
        )
    return box


def _check_once(rows: Session, new: CaseRow, old: CaseRow) -> None:
    taken = rows.scalar(select(LostWordsRow).where(LostWordsRow.new_mailbox == new.mailbox))
    if taken is not None:
        raise RefusedError(
            f"The mailbox of case {new.id} took over case {taken.old_case} already; it takes over one alone.",
            "Who lost the words of two boxes writes two new reports, and answers two questions in each.",
        )
    moved = select(LostWordsRow).join(LostWordsCaseRow, LostWordsCaseRow.lost_words_id == LostWordsRow.id)
    before = rows.scalar(moved.where(LostWordsCaseRow.case_id == old.id).order_by(LostWordsRow.id.desc()).limit(1))
    if before is not None:
        raise RefusedError(
            f"Case {old.id} was claimed by case {before.new_case} already: one of the two may be posing.",
            f"If the words of case {before.new_case} were lost too: lost-words {new.id} --of {before.new_case}. "
            f"If case {before.new_case} was posing: lost-words {before.new_case} --undo --posing",
        )


def take_over(change: Change, new_id: int, old_id: int, *, with_letters: bool = False) -> None:
    """Let the mailbox of a new report take the place of the old case's; a person has compared the answers.

    ``with_letters`` lets what was written before go along. Raises ReviewerError.
    """
    rows = change.rows
    found = check_claim(rows, new_id, old_id)
    new, old = get_case(rows, new_id), get_case(rows, old_id)
    old_box = _old_box(rows, old)
    assert new.mailbox is not None  # noqa: S101  # it is writable
    move = LostWordsRow(
        new_case=new_id,
        old_case=old_id,
        old_mailbox=old_box.address,
        new_mailbox=new.mailbox,
        round=_newest_round(rows),
        last_entry=rows.scalar(select(func.max(EntryRow.id))) or 0,
        linked=_link(rows, new_id, old_id) is None,
    )
    rows.add(move)
    if move.linked:
        rows.add(LinkRow(lower=min(new_id, old_id), higher=max(new_id, old_id)))
    rows.flush()
    for case in rows.scalars(select(CaseRow).where(CaseRow.mailbox == old_box.address)).all():
        rows.add(LostWordsCaseRow(lost_words_id=move.id, case_id=case.id))
        case.mailbox = new.mailbox
    if with_letters:
        for entry in rows.scalars(select(EntryRow).where(EntryRow.mailbox == old_box.address)).all():
            rows.add(LostWordsEntryRow(lost_words_id=move.id, entry_id=entry.id))
            entry.mailbox = new.mailbox
    old_box.kind = MailboxKind.WRITTEN_OFF
    letters = "all letters" if with_letters else "letters from now on"
    change.record("lost words", old_id, letters_go_to=(None, f"case {new_id}: {letters}"))
    change.record("lost words", new_id, speaks_for=(None, f"case {old_id}: {len(found)} answers compared"))
    clocks.refresh(rows)


def undo(change: Change, new_id: int, *, posing: bool = False) -> int:
    """Give the old case its mailbox back; returns how many texts that had not left were taken back.

    ``posing``: it is undone because whoever has the new mailbox is not the source, also after an outbox.
    """
    rows = change.rows
    get_case(rows, new_id)
    move = rows.scalar(select(LostWordsRow).where(LostWordsRow.new_case == new_id))
    if move is None:
        raise ReviewerError(f"Case {new_id} has taken over no other case.", "There is nothing to undo.")
    if _newest_round(rows) > move.round and not posing:
        raise RefusedError(
            f"An outbox has gone since: whoever has the mailbox of case {new_id} may have read letters.",
            f"If they are not the source of case {move.old_case}: lost-words {new_id} --undo --posing",
        )
    cases = [rows.get_one(CaseRow, number) for number in rows.scalars(_moved(move))]
    if any(case.mailbox not in {move.new_mailbox, None} for case in cases):
        raise ReviewerError(f"Case {move.old_case} moved on to another mailbox since.", "Undo that first.")
    taken_back = _take_back(change, move)
    for case in cases:
        case.mailbox = None if case.destroyed else move.old_mailbox
    moved = select(LostWordsEntryRow.entry_id).where(LostWordsEntryRow.lost_words_id == move.id)
    rows.execute(update(EntryRow).where(EntryRow.id.in_(moved)).values(mailbox=move.old_mailbox))
    rows.get_one(MailboxRow, move.old_mailbox).kind = MailboxKind.REAL
    if move.linked and (link := _link(rows, new_id, move.old_case)) is not None:
        rows.delete(link)
    why = "somebody was posing" if posing else "before an outbox"
    change.record("lost words undone", move.old_case, letters_go_to=(f"case {new_id}", why))
    change.record("lost words undone", new_id, speaks_for=(f"case {move.old_case}", why))
    _forget(rows, move)
    clocks.refresh(rows)
    return taken_back


def _take_back(change: Change, move: LostWordsRow) -> int:
    """Keep what was written since, and has not left, from whoever has the new mailbox."""
    since = select(EntryRow).where(EntryRow.mailbox == move.new_mailbox, EntryRow.id > move.last_entry)
    count = 0
    for entry in change.rows.scalars(since).all():
        if clocks.is_carried(change.rows, entry.id):
            continue
        if entry.kind in {EntryKind.REPLY, EntryKind.QUESTION}:
            change.record("unsend", move.old_case, text=(entry.text, None))
            change.rows.delete(entry)
            count += 1
        elif entry.kind in {EntryKind.FORWARDED, EntryKind.NOTICE}:
            entry.mailbox = move.old_mailbox
    return count


def forget_case(rows: Session, case: CaseRow) -> None:
    """Forget the letters that a case which is destroyed left in mailboxes it had, unless another case has them too."""
    for move in rows.scalars(select(LostWordsRow).where(LostWordsRow.id.in_(_moves_of(case.id)))).all():
        others = select(CaseRow.id).where(CaseRow.id != case.id, CaseRow.destroyed.is_(False))
        others = others.where(CaseRow.id.in_(_moved(move)) | (CaseRow.mailbox == move.old_mailbox))
        if rows.scalar(others.limit(1)) is None:
            rows.execute(delete(EntryRow).where(EntryRow.mailbox == move.old_mailbox))


def _moves_of(case_id: int) -> Select[int]:
    return select(LostWordsCaseRow.lost_words_id).where(LostWordsCaseRow.case_id == case_id)


def _moved(move: LostWordsRow) -> Select[int]:
    return select(LostWordsCaseRow.case_id).where(LostWordsCaseRow.lost_words_id == move.id)


def _newest_round(rows: Session) -> int:
    return rows.scalar(select(func.max(LetterRoundRow.id))) or 0


def _link(rows: Session, one: int, other: int) -> LinkRow | None:
    return rows.get(LinkRow, (min(one, other), max(one, other)))


def _forget(rows: Session, move: LostWordsRow) -> None:
    for table in (LostWordsCaseRow, LostWordsEntryRow):
        rows.execute(delete(table).where(table.lost_words_id == move.id))
    rows.delete(move)
    rows.flush()
