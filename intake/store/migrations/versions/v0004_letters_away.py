"""A store that a backup made knows that its letters are blank until the desks have written."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take every store for one that was not restored: whoever has waited for letters has asked by now."""
    op.add_column(
        "outgoing_chain", sa.Column("letters_away", sa.Boolean(), server_default=sa.text("0"), nullable=False)
    )


def downgrade() -> None:
    """Forget it: the pages then say of every codename alike that it opens nothing."""
    op.drop_column("outgoing_chain", "letters_away")
