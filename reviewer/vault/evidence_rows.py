"""Tables of what was found in files that came with a case. They hold words, and go with the case."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - SQLAlchemy reads the annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from reviewer.vault.rows import Base


class EvidenceRow(Base):
    """What one look at a file, or at files that belong together, found; a newer look has a row of its own."""

    __tablename__ = "evidence"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"))
    """Of several files, the first. What was found goes with the file, whoever destroys it."""
    kind: Mapped[str]
    """``reviewer.evidence.kept.Look``."""
    day: Mapped[date]
    who: Mapped[str]
    fingerprint: Mapped[str | None]
    """Of the one key that signed a bundle."""
    found: Mapped[str]
    """What was found, as JSON."""

    __table_args__ = (Index(None, "fingerprint"), Index(None, "attachment_id"))
