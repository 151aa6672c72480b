"""Adapter: indexes that no question uses go; each was written with every state of a ticket."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNUSED = {"tickets": ("state", "visit_id"), "purchases": ("posted_at",)}


def upgrade() -> None:
    """One step forward."""
    for table, columns in _UNUSED.items():
        for column in columns:
            op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)


def downgrade() -> None:
    """One step back."""
    for table, columns in _UNUSED.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
