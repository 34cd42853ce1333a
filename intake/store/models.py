"""The rows as SQLite keeps them. They stay inside the store; values go out.

No table has a rowid, an insertion order or a time finer than a day, and none refers to another.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003  # SQLAlchemy reads annotations at run time

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from keys.sealing.limits import LETTER_BYTES

_WITHOUT_ROWID = {"sqlite_with_rowid": False}


class Base(DeclarativeBase):
    """All tables of the store."""

    metadata = MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s", "pk": "pk_%(table_name)s"})


class SubmissionRow(Base):
    """One sealed row. `held_day` and `settled_day` are about carrying it, never about who sent it.

    `held_day` is the day of the last bundle that left the row out because its file was damaged.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint("length(id) = 16", name="id_length"),
        CheckConstraint("length(sha256) = 32", name="sha256_length"),
        CheckConstraint("size > 0", name="size_positive"),
        _WITHOUT_ROWID,
    )
    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    day: Mapped[date]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    held_day: Mapped[date | None]
    settled_day: Mapped[date | None]


class LostRow(Base):
    """A row that was given up because its file is lost: the day it came, and the day it was given up."""

    __tablename__ = "lost_rows"
    __table_args__ = (CheckConstraint("length(id) = 16", name="id_length"), _WITHOUT_ROWID)
    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    day: Mapped[date]
    given_up: Mapped[date]


class SentBundleRow(Base):
    """The day on which a bundle of the present chain was made: all that is kept about which rows it carried."""

    __tablename__ = "sent_bundles"
    __table_args__ = (CheckConstraint("number > 0", name="number_positive"), _WITHOUT_ROWID)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date]


class MailboxRow(Base):
    """One letter of fixed size at an address that refers to nothing."""

    __tablename__ = "mailboxes"
    __table_args__ = (
        CheckConstraint("length(address) = 16", name="address_length"),
        CheckConstraint(f"length(letter) = {LETTER_BYTES}", name="letter_length"),
        _WITHOUT_ROWID,
    )
    address: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    letter: Mapped[bytes] = mapped_column(LargeBinary)


class AcknowledgementRow(Base):
    """The last bundle of ours that a desk says it has."""

    __tablename__ = "acknowledgements"
    __table_args__ = (CheckConstraint("number > 0", name="number_positive"), _WITHOUT_ROWID)
    desk: Mapped[str] = mapped_column(String, primary_key=True)
    chain: Mapped[str]
    number: Mapped[int] = mapped_column(BigInteger)


class IncomingChainRow(Base):
    """Where the chain of bundles from one desk stands: a position as text."""

    __tablename__ = "incoming_chains"
    __table_args__ = (_WITHOUT_ROWID,)
    desk: Mapped[str] = mapped_column(String, primary_key=True)
    position: Mapped[str]


class OutgoingChainRow(Base):
    """Where our own chain stands, with its last manifest so that an interrupted export can be made again.

    The manifest lists rows, so the nightly rewrite forgets it once its bundle was written.
    A chain made after a restore names where the one before ended: `resumes` is a position as text. From then until
    every desk has answered, `letters_away`: letters from before the restore are blank.
    """

    __tablename__ = "outgoing_chain"
    __table_args__ = (CheckConstraint("name = 'to_desk'", name="only_one"), _WITHOUT_ROWID)
    name: Mapped[str] = mapped_column(String, primary_key=True)
    chain: Mapped[str]
    number: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str | None]
    manifest: Mapped[bytes | None] = mapped_column(LargeBinary)
    complete: Mapped[bool]
    resumes: Mapped[str | None]
    letters_away: Mapped[bool] = mapped_column(default=False, server_default=text("0"))


class PublishedDayRow(Base):
    """A day on which the onion service was seen to be reachable."""

    __tablename__ = "published_days"
    __table_args__ = (_WITHOUT_ROWID,)
    day: Mapped[date] = mapped_column(primary_key=True)
