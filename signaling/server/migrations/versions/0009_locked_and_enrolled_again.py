"""Adapter: who is locked, since when no sign-in holds, and codes that put another machine in a kiosk's place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One step forward."""
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("locked_at", sa.String(32)))
        staff.add_column(sa.Column("signed_out_at", sa.String(32)))
        staff.add_column(sa.Column("signed_out_how", sa.String(16)))
    with op.batch_alter_table("enrolment_codes") as codes:
        codes.add_column(sa.Column("kiosk_id", sa.String(64)))


def downgrade() -> None:
    """One step back."""
    with op.batch_alter_table("enrolment_codes") as codes:
        codes.drop_column("kiosk_id")
    with op.batch_alter_table("staff") as staff:
        for column in ("signed_out_how", "signed_out_at", "locked_at"):
            staff.drop_column(column)
