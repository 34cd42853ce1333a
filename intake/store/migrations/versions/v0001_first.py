"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _make_rows()
    _make_chains()


def _make_rows() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("first_bundle", sa.BigInteger(), nullable=True),
        sa.Column("settled_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.CheckConstraint("length(id) = 16", name="ck_submissions_id_length"),
        sa.CheckConstraint("length(sha256) = 32", name="ck_submissions_sha256_length"),
        sa.CheckConstraint("size > 0", name="ck_submissions_size_positive"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mailboxes",
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("letter", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_mailboxes"),
        sa.CheckConstraint("length(address) = 16", name="ck_mailboxes_address_length"),
        sa.CheckConstraint("length(letter) = 32768", name="ck_mailboxes_letter_length"),
        sqlite_with_rowid=False,
    )


def _make_chains() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("desk", name="pk_acknowledgements"),
        sa.CheckConstraint("number > 0", name="ck_acknowledgements_number_positive"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "incoming_chains",
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("desk", name="pk_incoming_chains"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outgoing_chain",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(), nullable=True),
        sa.Column("manifest", sa.LargeBinary(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("resumes", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_outgoing_chain"),
        sa.CheckConstraint("name = 'to_desk'", name="ck_outgoing_chain_only_one"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_published_days"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Remove all tables: before this step there was no store."""
    for table in (
        "published_days",
        "outgoing_chain",
        "incoming_chains",
        "acknowledgements",
        "mailboxes",
        "submissions",
    ):
        op.drop_table(table)
