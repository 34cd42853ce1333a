"""Tables of what leaves for leads: leads, forwarded cases and their packages, leaves and heads of the log."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - SQLAlchemy reads the annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from reviewer.vault.rows import Base


class LeadRow(Base):
    """A lead to whom cases can go. ``openpgp`` is an armored key, or None where deliveries are age files."""

    __tablename__ = "lead"
    name: Mapped[str] = mapped_column(primary_key=True)
    audience: Mapped[str]
    verify_key: Mapped[str]
    recipient: Mapped[str]
    openpgp: Mapped[str | None]
    added: Mapped[date]
    deliveries: Mapped[int]
    """How many deliveries were made so far."""
    log_size: Mapped[int]
    """Leaves of the log that this lead was last given."""
    withheld: Mapped[str] = mapped_column(default="")
    """Names of fields that this lead is never told, with ``; `` between."""


class ForwardRow(Base):
    """A case as it is, or was, forwarded, and all that any lead is told of it."""

    __tablename__ = "forward"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    purpose: Mapped[str]
    """``reviewer.purposes.Purpose``: a case, a correction of it, or its withdrawal."""
    day: Mapped[date]
    parts: Mapped[int]
    """Parts of the report that were there when it was prepared: what came later is not decided with it."""
    record: Mapped[bytes]
    leaf: Mapped[bytes]
    values: Mapped[str]
    custody: Mapped[bytes]
    against: Mapped[str]
    """Audiences that its source had not allowed when two reviewers signed why, with ``; `` between."""
    told: Mapped[str]
    """What the source reads of that; empty where nothing goes against its consent."""
    complete: Mapped[bool]
    """Whether all reviewers have signed, and the packages lie sealed."""
    leaf_number: Mapped[int | None]


class DisclosureRow(Base):
    """The package of those leads of a forwarded case from whom the same fields are withheld, with its signatures."""

    __tablename__ = "disclosure"
    forward_id: Mapped[int] = mapped_column(ForeignKey("forward.id"), primary_key=True)
    withheld: Mapped[str] = mapped_column(primary_key=True)
    """Names of fields, sorted, with ``; `` between; empty where none is."""
    signatures: Mapped[bytes]
    file: Mapped[str | None] = mapped_column(unique=True)
    seed: Mapped[bytes | None]
    size: Mapped[int | None]
    sha256: Mapped[str | None]
    sealed_sha256: Mapped[str | None]


class ForwardFileRow(Base):
    """A file that goes with a forwarded case, sealed like an attachment."""

    __tablename__ = "forward_file"
    forward_id: Mapped[int] = mapped_column(ForeignKey("forward.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str]
    seed: Mapped[bytes]
    size: Mapped[int]
    sha256: Mapped[str]
    sealed_sha256: Mapped[str]


class PackageRow(Base):
    """A lead to whom a forwarded case goes; ``delivery`` is the number of the delivery that carried it."""

    __tablename__ = "package"
    forward_id: Mapped[int] = mapped_column(ForeignKey("forward.id"), primary_key=True)
    lead: Mapped[str] = mapped_column(ForeignKey("lead.name"), primary_key=True, index=True)
    key: Mapped[str]
    """The lead's verification key when it was prepared: it goes to nobody else who bears the name."""
    withheld: Mapped[str]
    """Which ``DisclosureRow`` is this lead's."""
    delivery: Mapped[int | None]


class LeafRow(Base):
    """One leaf of the case log."""

    __tablename__ = "leaf"
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]


class CheckpointRow(Base):
    """A signed head of the case log."""

    __tablename__ = "checkpoint"
    size: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[bytes]
    day: Mapped[date]
