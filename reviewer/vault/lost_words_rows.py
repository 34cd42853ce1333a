"""Tables of lost words: which mailbox took the place of which. They hold no words of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from reviewer.vault.rows import Base, CaseRow

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session


class LostWordsRow(Base):
    """A source lost the words of one mailbox and reads in another from then on."""

    __tablename__ = "lost_words"
    id: Mapped[int] = mapped_column(primary_key=True)
    new_case: Mapped[int] = mapped_column(ForeignKey("case.id"), unique=True)
    """The report that said so; its mailbox is the new one."""
    old_case: Mapped[int] = mapped_column(ForeignKey("case.id"))
    old_mailbox: Mapped[bytes] = mapped_column(ForeignKey("mailbox.address"), index=True)
    new_mailbox: Mapped[bytes] = mapped_column(ForeignKey("mailbox.address"), unique=True)
    round: Mapped[int]
    """The newest round of letters before it (``letter_round``); 0 before the first."""
    last_entry: Mapped[int]
    """The newest entry of all letters before it."""
    linked: Mapped[bool]
    """Whether the two cases were linked by this, and not before."""


class LostWordsCaseRow(Base):
    """A case that moved from the old mailbox to the new one."""

    __tablename__ = "lost_words_case"
    lost_words_id: Mapped[int] = mapped_column(ForeignKey("lost_words.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)


class LostWordsEntryRow(Base):
    """An entry of a letter that moved along."""

    __tablename__ = "lost_words_entry"
    lost_words_id: Mapped[int] = mapped_column(ForeignKey("lost_words.id"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(primary_key=True)


def case_of(mailbox: bytes) -> Select[CaseRow]:
    """Ask for the case that a mailbox is about: its newest, but none that only says that words were lost."""
    only_says_so = CaseRow.id.in_(select(LostWordsRow.new_case))
    cases = select(CaseRow).where(CaseRow.mailbox == mailbox, CaseRow.destroyed.is_(False))
    return cases.order_by(only_says_so, CaseRow.id.desc()).limit(1)


def moved_from(rows: Session, mailbox: bytes) -> LostWordsRow | None:
    """Return how a mailbox was given up because its words were lost; None if it was not."""
    return rows.scalar(select(LostWordsRow).where(LostWordsRow.old_mailbox == mailbox).limit(1))


def former_mailboxes(case_id: int) -> Select[bytes]:
    """Ask for the mailboxes that a case had before words were lost."""
    moved = select(LostWordsRow.old_mailbox).join(LostWordsCaseRow, LostWordsCaseRow.lost_words_id == LostWordsRow.id)
    return moved.where(LostWordsCaseRow.case_id == case_id)
