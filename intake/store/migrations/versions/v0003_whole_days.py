"""No column tells anything finer than a day about a row: of a bundle only its day is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget in which bundle a row first travelled: what is not settled travels once more, then its day counts."""
    op.create_table(
        "sent_bundles",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sent_bundles"),
        sa.CheckConstraint("number > 0", name="ck_sent_bundles_number_positive"),
        sqlite_with_rowid=False,
    )
    op.drop_column("submissions", "first_bundle")
    op.add_column("submissions", sa.Column("held_day", sa.Date(), nullable=True))
    _replace_lost("given_up", sa.Column("given_up", sa.Date(), nullable=False), "day")


def downgrade() -> None:
    """Let every row that is not settled travel anew in the next bundle; no earlier one counts for it."""
    op.drop_table("sent_bundles")
    op.drop_column("submissions", "held_day")
    op.add_column("submissions", sa.Column("first_bundle", sa.BigInteger(), nullable=True))
    _replace_lost("first_bundle", sa.Column("first_bundle", sa.BigInteger(), nullable=True), "NULL")


def _replace_lost(name: str, column: sa.Column[object], value: str) -> None:
    """Make the table anew with another last column: SQLite adds none that must not be empty."""
    op.rename_table("lost_rows", "lost_rows_before")
    op.create_table(
        "lost_rows",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        column,
        sa.PrimaryKeyConstraint("id", name="pk_lost_rows"),
        sa.CheckConstraint("length(id) = 16", name="ck_lost_rows_id_length"),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO lost_rows (id, day, {name}) SELECT id, day, {value} FROM lost_rows_before")  # noqa: S608
    op.drop_table("lost_rows_before")
