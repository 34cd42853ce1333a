"""Tables of triage: people of a case, links, what was done for those in danger, and which letters went when.

All but the rounds of letters hold words of a case, and go when it is destroyed.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - SQLAlchemy reads the annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewer.vault.rows import Base


class PersonRow(Base):
    """A person or an organisation of a case, by role. Of the accused nothing goes into other fields of the case."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    role: Mapped[str]
    name: Mapped[str]
    folded: Mapped[str]
    """The name as search folds it: a listing finds it however it was typed."""

    __table_args__ = (UniqueConstraint("case_id", "role", "name"),)


class LinkRow(Base):
    """Two cases that have to do with each other; the lower number stands first."""

    __tablename__ = "link"
    lower: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    higher: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)


class CareRow(Base):
    """One item of the list for those in danger that was done: who said so, and on which day."""

    __tablename__ = "care"
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[str]
    day: Mapped[date]


class LetterRoundRow(Base):
    """One bundle with letters for the server; ``confirmed`` once a bundle of the server has said that it came."""

    __tablename__ = "letter_round"
    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[str]
    number: Mapped[int]
    day: Mapped[date]
    last_entry: Mapped[int]
    """The newest entry of all letters when it was written; 0 before the first."""
    confirmed: Mapped[date | None]

    __table_args__ = (UniqueConstraint("chain", "number"),)
