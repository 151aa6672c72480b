"""Adapter: What card terminals counted when they closed their days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    op.create_table(
        "terminal_days",
        sa.Column("poi_id", sa.String(length=64), nullable=False),
        sa.Column("reconciliation_id", sa.String(length=64), nullable=False),
        sa.Column("kiosk_id", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.String(32), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("poi_id", "reconciliation_id"),
    )
    with op.batch_alter_table("terminal_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_terminal_days_closed_at"), ["closed_at"], unique=False)


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("terminal_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_terminal_days_closed_at"))
    op.drop_table("terminal_days")
