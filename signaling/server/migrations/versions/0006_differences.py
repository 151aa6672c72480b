"""Adapter: Differences of reconciliations as tasks; purchases are found by when something was last heard of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    op.create_table(
        "differences",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("found_at", sa.String(32), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("advice", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("purchase_id", sa.String(length=64), nullable=False),
        sa.Column("ours", sa.JSON(), nullable=True),
        sa.Column("bank", sa.JSON(), nullable=True),
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("rrn", sa.String(length=64), nullable=False),
        sa.Column("approval", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.String(32), nullable=True),
        sa.Column("resolved_by", sa.String(length=64), nullable=False),
        sa.Column("resolved_at", sa.String(32), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("differences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_differences_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_differences_changed_at"), ["changed_at"], unique=False)
    with op.batch_alter_table("purchases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchases_changed_at"), ["changed_at"], unique=False)


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("purchases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchases_changed_at"))
    with op.batch_alter_table("differences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_differences_changed_at"))
        batch_op.drop_index(batch_op.f("ix_differences_state"))
    op.drop_table("differences")
