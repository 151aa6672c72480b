"""Adapter: Where the money of each line of a purchase is, and orders to return it."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward: a purchase of before is one line."""
    op.create_table(
        "purchase_lines",
        sa.Column("purchase_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kiosk_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("paid_at", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("purchase_id", "number"),
    )
    with op.batch_alter_table("purchase_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_lines_state"), ["state"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("purchase_id", sa.String(length=64), nullable=False),
        sa.Column("kiosk_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.String(32), nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refunds_purchase_id"), ["purchase_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refunds_state"), ["state"], unique=False)
    _carry_over()
    with op.batch_alter_table("purchases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clarification", sa.JSON(none_as_null=True), nullable=True))
        batch_op.drop_column("attempts")
        batch_op.drop_column("posting")
        batch_op.drop_column("refused")


def _carry_over() -> None:
    rows = op.get_bind().execute(
        sa.text(
            "SELECT id, kiosk_id, posting, posted_at, posted_reference, refused, changed_at FROM purchases"
            " WHERE posting IS NOT NULL"
        )
    )
    for row in rows.all():
        posting = json.loads(row.posting) if isinstance(row.posting, str) else row.posting
        state = "posted" if row.posted_at else "refused" if row.refused else "owed"
        op.get_bind().execute(
            sa.text(
                "INSERT INTO purchase_lines VALUES"
                " (:id, 1, :kiosk, :state, 0, :reference, :reason, :paid_at, :changed_at)"
            ),
            {
                "id": row.id,
                "kiosk": row.kiosk_id,
                "state": state,
                "reference": row.posted_reference or "",
                "reason": row.refused or "",
                "paid_at": posting["paid_at"],
                "changed_at": row.changed_at,
            },
        )


def downgrade() -> None:
    """One step back; which postings were owed is kept in the purchases' entries only."""
    with op.batch_alter_table("purchases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("refused", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("posting", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_column("clarification")
    op.drop_table("refunds")
    op.drop_table("purchase_lines")
