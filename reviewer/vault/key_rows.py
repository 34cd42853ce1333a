"""The vault's table of OpenPGP keys; those of desks and epochs stand in ``rows``."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from reviewer.vault.rows import Base


class OpenPgpKeyRow(Base):
    """A secret OpenPGP key of a desk; one that was replaced stays, for files that were sealed to it."""

    __tablename__ = "openpgp_key"
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    desk_id: Mapped[str] = mapped_column(ForeignKey("desk.id"))
    public: Mapped[str]
    secret: Mapped[str]
