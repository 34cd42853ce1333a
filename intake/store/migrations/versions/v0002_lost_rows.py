"""Rows that were given up because their files are lost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "lost_rows",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_bundle", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_lost_rows"),
        sa.CheckConstraint("length(id) = 16", name="ck_lost_rows_id_length"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Remove their table. What it held is no longer told to the desks."""
    op.drop_table("lost_rows")
