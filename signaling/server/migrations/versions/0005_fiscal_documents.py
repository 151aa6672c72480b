"""Adapter: Fiscal documents of purchases and refunds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    op.create_table(
        "fiscal_documents",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("purchase_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("uuid", sa.String(length=64), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("mark", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("fiscal_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fiscal_documents_purchase_id"), ["purchase_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fiscal_documents_state"), ["state"], unique=False)


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("fiscal_documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fiscal_documents_state"))
        batch_op.drop_index(batch_op.f("ix_fiscal_documents_purchase_id"))
    op.drop_table("fiscal_documents")
