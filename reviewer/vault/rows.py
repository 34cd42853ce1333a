"""Tables of the vault; those of what leaves for leads stand in ``log_rows``.

Rows stay inside ``reviewer``; times are days, ids of the door are 16 random bytes.

``desks`` and ``epochs`` hold several of each. A *case* is one report with all its parts; an *arrival* is one row of the
door, opened or not. Words that a person may want destroyed stand in tables that can lose them: the history names acts,
and what was said before and after an act stands in ``history_value``.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - SQLAlchemy reads the annotations

from sqlalchemy import ForeignKey, Index, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of the mappings: every constraint has a name."""

    metadata = MetaData(naming_convention=_NAMING)


class SettingRow(Base):
    """One value of the vault itself."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class DeskRow(Base):
    """A desk whose signing key this vault holds."""

    __tablename__ = "desk"
    id: Mapped[str] = mapped_column(primary_key=True)
    signing_seed: Mapped[bytes]
    key_name: Mapped[str]


class EpochRow(Base):
    """An epoch identity that opens submissions."""

    __tablename__ = "epoch"
    desk_id: Mapped[str] = mapped_column(ForeignKey("desk.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(unique=True)
    secret: Mapped[str]
    state: Mapped[str]


class PublicBundleRow(Base):
    """A public bundle that the root signed; the highest serial is in force."""

    __tablename__ = "public_bundle"
    serial: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[bytes]
    day: Mapped[date]


class ChainRow(Base):
    """Where a chain of bundles stands, ours or a server's."""

    __tablename__ = "chain"
    signer: Mapped[str] = mapped_column(primary_key=True)
    direction: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[str]
    """``ChainPosition`` as JSON, with the chains that it replaced."""


class BundleRow(Base):
    """A server bundle whose import began; ``finished`` when all its rows are in."""

    __tablename__ = "bundle"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    chain: Mapped[str]
    number: Mapped[int]
    written: Mapped[date]
    imported: Mapped[date]
    manifest: Mapped[bytes]
    finished: Mapped[bool]


class CaseRow(Base):
    """One report with all its parts, and what reviewers think of it."""

    __tablename__ = "case"
    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[bytes] = mapped_column(unique=True)
    public_id: Mapped[bytes] = mapped_column(unique=True)
    """What leads call the case: random, and nothing else here."""
    status: Mapped[str]
    """What a reviewer found (``values.JUDGED``); how the case ended stands in ``disposition``."""
    severity: Mapped[int]
    urgency: Mapped[int] = mapped_column(default=0)
    reliability: Mapped[str | None]
    credibility: Mapped[str | None]
    place: Mapped[str | None]
    place_precision: Mapped[str | None]
    happened: Mapped[str | None]
    """A day, a month or a year: 2026-11-03, 2026-11 or 2026."""
    happened_precision: Mapped[str | None]
    acknowledged: Mapped[date | None]
    """By which day the server surely had a letter for its source; None before. So for ``answered``, a person's."""
    answered: Mapped[date | None]
    due: Mapped[date | None]
    """The next day that its clocks run to; None where none runs."""
    category: Mapped[str | None]
    assignee: Mapped[str | None]
    unread: Mapped[bool]
    disposition: Mapped[str]
    reason: Mapped[str | None]
    outcome: Mapped[str | None]
    """Of a case that is closed: what its source may know of it."""
    lane: Mapped[str]
    language: Mapped[str]
    consent: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    preview: Mapped[str]
    parts: Mapped[int]
    files: Mapped[int]
    mailbox: Mapped[bytes | None]
    destroyed: Mapped[bool]

    __table_args__ = (
        Index(None, "severity", "unread", "last_day", "id"),
        Index(None, "status", "severity", "unread", "last_day", "id"),
        Index(None, "assignee", "severity", "unread", "last_day", "id"),
        Index(None, "mailbox"),
        Index(None, "unread"),
        Index(None, "due"),
    )


class ArrivalRow(Base):
    """One row of the door: opened into a case, a decoy, or kept sealed with the reason why."""

    __tablename__ = "arrival"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("bundle.id"))
    """The first bundle that named it, which another one may have brought."""
    day: Mapped[date]
    size: Mapped[int]
    sha256: Mapped[str]
    state: Mapped[str]
    problem: Mapped[str | None]
    part: Mapped[str | None]
    answers: Mapped[str | None]
    proof: Mapped[str | None]
    """Of a decoy: the server's signed note."""
    claim: Mapped[str | None]
    """Of a row that names another key for a mailbox that is known: whose it would be, as JSON."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    accounted: Mapped[str | None]
    """State and reason that the log last gave for it; None where it has to say it (again)."""

    __table_args__ = (Index(None, "case_id"), Index(None, "state", "day"), Index(None, "bundle_id"))


class PartRow(Base):
    """What one opened row says of its case: what its source does with it, and who may see the case."""

    __tablename__ = "part"
    arrival_id: Mapped[bytes] = mapped_column(ForeignKey("arrival.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    day: Mapped[date]
    act: Mapped[str | None]
    """``keys.sealing.followup.Act``; None where it is a part of a report like any other."""
    question: Mapped[str | None]
    """Of an answer: the name of the question in the letter."""
    ratings: Mapped[str | None]
    """Of an opinion: what was ticked, as JSON."""
    consent: Mapped[str]
    """What the row itself says."""
    inner_consent: Mapped[str | None]
    """What its source wrote into containers that it sealed: no server could write that."""


class SourceNameRow(Base):
    """What the source of a case gave of themselves in one row: in the clear, or sealed for the spare desk's key."""

    __tablename__ = "source_name"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    arrival_id: Mapped[bytes] = mapped_column(ForeignKey("arrival.id"))
    day: Mapped[date]
    text: Mapped[str]
    """Empty where the name is kept apart."""
    sealed: Mapped[bytes]
    """As it came; empty where the name stands in the clear. No key in this vault opens it."""


class MessageRow(Base):
    """Text of one part."""

    __tablename__ = "message"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    arrival_id: Mapped[bytes] = mapped_column(ForeignKey("arrival.id"))
    day: Mapped[date]
    text: Mapped[str]


class AttachmentRow(Base):
    """One attachment: its names, and the seed of the only identity that opens its file."""

    __tablename__ = "attachment"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    arrival_id: Mapped[bytes] = mapped_column(ForeignKey("arrival.id"))
    file: Mapped[str] = mapped_column(unique=True)
    seed: Mapped[bytes]
    original_name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    sealed_sha256: Mapped[str]
    problem: Mapped[str | None]


class LabelRow(Base):
    """A label on a case."""

    __tablename__ = "label"
    label: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)


class NoteRow(Base):
    """A note by a reviewer."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    author: Mapped[str]
    day: Mapped[date]
    text: Mapped[str]


class WordsRow(Base):
    """What an entry of the search index was made from: row ``source_id`` of what ``kind`` names."""

    __tablename__ = "words_source"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str]
    source_id: Mapped[int]


class MailboxRow(Base):
    """A mailbox of the door; fictitious ones have no recipient."""

    __tablename__ = "mailbox"
    address: Mapped[bytes] = mapped_column(primary_key=True)
    kind: Mapped[str]
    recipient: Mapped[str | None]
    disputed: Mapped[bool]
    """Two reports named different keys for it: nothing new is written to it."""


class EntryRow(Base):
    """One entry of a mailbox's letter, oldest first by id."""

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox: Mapped[bytes] = mapped_column(ForeignKey("mailbox.address"), index=True)
    kind: Mapped[str]
    day: Mapped[date]
    text: Mapped[str]
    details: Mapped[str]
    """What its kind has beside week and text, as JSON: digests, the name of a question, audiences."""

    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    """No number is given twice: rounds of letters (``triage_rows``) name the last entry that went with them."""


class HistoryRow(Base):
    """One act. Triggers refuse any change."""

    __tablename__ = "history"
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    who: Mapped[str]
    act: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(index=True)


class HistoryValueRow(Base):
    """What an act changed, from what to what; goes when its case is destroyed."""

    __tablename__ = "history_value"
    history_id: Mapped[int] = mapped_column(ForeignKey("history.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[str | None]
    after: Mapped[str | None]
