"""The vault's tables for what is alike: signatures of texts and pictures, merged cases, muted ones.

A signature is made with a secret of this vault alone (``setting``): it tells nothing in another one, and nobody can
write a text that gets a signature of their choice. All of it goes when its case is destroyed.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - SQLAlchemy reads the annotations
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, and_, exists, func
from sqlalchemy.orm import Mapped, aliased, mapped_column

from reviewer.values import Severity
from reviewer.vault.rows import AttachmentRow, Base, CaseRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

Index("ix_attachment_sha256_case_id", AttachmentRow.sha256, AttachmentRow.case_id)


class SketchRow(Base):
    """The signature of one text, however many messages have it."""

    __tablename__ = "sketch"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    """Keyed hash of the folded words: 16 bytes."""
    bands: Mapped[bytes]
    """What stands in ``band`` for it, 8 bytes each, as signed numbers: so that they are found when it goes."""


class BandRow(Base):
    """One of the 21 pieces of a signature; texts that share one are compared word by word."""

    __tablename__ = "band"
    value: Mapped[int] = mapped_column(primary_key=True)
    sketch_id: Mapped[int] = mapped_column(primary_key=True)
    """No foreign key: each check would read another page, millions of times when the table is written anew."""

    __table_args__ = ({"sqlite_with_rowid": False},)


class MessageSketchRow(Base):
    """Which signature a message has; one that is too short has none."""

    __tablename__ = "message_sketch"
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    sketch_id: Mapped[int] = mapped_column(ForeignKey("sketch.id"))

    __table_args__ = (Index(None, "sketch_id", "case_id"),)


class PictureHashRow(Base):
    """What an attachment looks like, once it was opened in the sandbox for that; ``None`` where it shows too little."""

    __tablename__ = "picture_hash"
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    upright: Mapped[bytes | None]
    flipped: Mapped[bytes | None]
    problem: Mapped[str | None]
    """Why it has none: it is no picture that is read here, or it could not be read."""


class MergedRow(Base):
    """A case that a reviewer counts to another one; neither has lost anything by it."""

    __tablename__ = "merged"
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    day: Mapped[date]
    who: Mapped[str]


class MutedRow(Base):
    """A case of which new parts are kept and call nobody."""

    __tablename__ = "muted"
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    day: Mapped[date]
    who: Mapped[str]
    parts: Mapped[int]
    """Parts that came since."""


def folded_away(today: date) -> ColumnElement[bool]:
    """Whether a list folds a case away under the one that it is merged into.

    Never one that is unread, of danger, or whose source should have had a letter by now.
    """
    row = aliased(MergedRow)  # it may stand in a query of merged cases
    merged = exists().where(row.case_id == CaseRow.id)
    late = func.coalesce(CaseRow.due < today, False)
    return and_(merged, CaseRow.unread.is_(False), CaseRow.severity != Severity.DANGER, ~late)
