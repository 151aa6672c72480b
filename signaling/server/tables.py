"""Adapter: the tables. The event log is the truth; the others are projections, written in the same transaction.

No table but ``staff``, ``notes``, ``purchase_entries``, ``call_backs`` and ``persons`` may hold anything personal; the
log never does: accounts appear in it as keyed hashes only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Dialect, Integer, MetaData, String, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeDecorator

metadata = MetaData()


@lru_cache(maxsize=2048)
def moment_text(value: datetime) -> str:
    """The text of an aware moment, in UTC; a naive one is a mistake of ours and raises ValueError.

    What one change writes has one moment, and a transaction holds many changes: so each is made once.
    """
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment as ISO 8601 text with microseconds: exact and sortable in every database."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Back from text."""
        return None if value is None else datetime.fromisoformat(value)


def _id(name: str = "id", *, key: bool = False, null: bool = False, index: bool = False) -> Column[Any]:
    return Column(name, String(64), primary_key=key, nullable=null, index=index)


event_log = Table(
    "event_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
kept_replies = Table(
    "kept_replies",
    metadata,
    Column("identity", String(64), primary_key=True),
    Column("command_id", String(64), primary_key=True),
    Column("content", String(64), nullable=False),
    Column("reply", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)
kiosks = Table(
    "kiosks",
    metadata,
    _id(key=True),
    Column("name", String(200), nullable=False),
    Column("place", String(200), nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("retired_at", Moment),
)
enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("kiosk_name", String(200), nullable=False),
    Column("place", String(200), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    _id("used_by", null=True),
    _id("kiosk_id", null=True),
)
staff = Table(
    "staff",
    metadata,
    _id(key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("display_name", String(200), nullable=False),
    Column("role", String(32), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("skills", JSON, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("left_at", Moment),
    Column("locked_at", Moment),
    Column("signed_out_at", Moment),
    Column("signed_out_how", String(16)),
)
tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _id("staff_id", index=True),
    Column("public_key", String(64), nullable=False),
    Column("signed_in_at", Moment, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("revoked_at", Moment),
)
persons = Table(
    "persons",
    metadata,
    _id(key=True),
    Column("account_ref", String(64), nullable=False, unique=True),
    Column("first_seen_at", Moment, nullable=False),
)
cases = Table(
    "cases",
    metadata,
    _id(key=True),
    _id("person_id", null=True, index=True),
    Column("topic", String(32), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
)
contacts = Table(
    "contacts",
    metadata,
    _id(key=True),
    _id("case_id", index=True),
    Column("channel", String(32), nullable=False),
    _id("visit_id", null=True, index=True),
    _id("session_id", null=True),
    _id("operator_id", null=True),
    Column("at", Moment, nullable=False),
    Column("result", String(32)),
)
visits = Table(
    "visits",
    metadata,
    _id(key=True),
    _id("kiosk_id", index=True),
    Column("language", String(8), nullable=False),
    Column("begun_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
    Column("outcome", String(32)),
    _id("person_id", null=True),
)
tickets = Table(
    "tickets",
    metadata,
    _id(key=True),
    _id("visit_id"),
    _id("kiosk_id"),
    _id("case_id", null=True),
    Column("number", String(12), nullable=False),
    Column("service", String(32), nullable=False),
    Column("language", String(8), nullable=False),
    Column("special_need", Boolean, nullable=False),
    Column("state", String(32), nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    _id("operator_id", null=True),
)
call_backs = Table(
    "call_backs",
    metadata,
    _id("ticket_id", key=True),
    Column("source", String(64), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("phone", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("over_at", Moment, index=True),
    UniqueConstraint("source", "request_id", name="uq_call_backs_request"),
)
bookings = Table(
    "bookings",
    metadata,
    _id("ticket_id", key=True),
    Column("source", String(64), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("over_at", Moment, index=True),
    UniqueConstraint("source", "request_id", name="uq_bookings_request"),
)
sources = Table(
    "sources",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("retired_at", Moment),
)
sessions = Table(
    "sessions",
    metadata,
    _id(key=True),
    _id("ticket_id", index=True),
    _id("visit_id", null=True),
    _id("kiosk_id"),
    _id("operator_id", index=True),
    _id("case_id", null=True),
    Column("state", String(32), nullable=False, index=True),
    Column("started_at", Moment, nullable=False, index=True),
    Column("live_at", Moment),
    Column("ended_at", Moment),
    Column("reason", String(32)),
    Column("kiosk_figures", JSON(none_as_null=True)),
    Column("operator_figures", JSON(none_as_null=True)),
    Column("stars", Integer),
    Column("result", String(32)),
    Column("first_contact", Boolean),
)
notes = Table(
    "notes",
    metadata,
    _id("session_id", key=True),
    _id("operator_id"),
    Column("text", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
)
purchases = Table(
    "purchases",
    metadata,
    _id(key=True),
    _id("kiosk_id", index=True),
    Column("seq", Integer, nullable=False),
    Column("state", String(32), nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("posted_at", Moment),
    Column("posted_reference", String(200)),
    Column("clarification", JSON(none_as_null=True)),
)
purchase_lines = Table(
    "purchase_lines",
    metadata,
    _id("purchase_id", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _id("kiosk_id"),
    Column("state", String(32), nullable=False, index=True),
    Column("rounds", Integer, nullable=False),
    Column("reference", String(200), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("paid_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
refunds = Table(
    "refunds",
    metadata,
    _id(key=True),
    _id("purchase_id", index=True),
    _id("kiosk_id"),
    Column("state", String(32), nullable=False, index=True),
    Column("lines", JSON, nullable=False),
    Column("minor", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", String(200), nullable=False),
    _id("asked_by"),
    Column("asked_at", Moment, nullable=False),
    _id("decided_by"),
    Column("decided_at", Moment),
    Column("outcome", String(200), nullable=False),
    Column("changed_at", Moment, nullable=False),
)
fiscal_documents = Table(
    "fiscal_documents",
    metadata,
    _id(key=True),
    _id("purchase_id", index=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(32), nullable=False, index=True),
    Column("uuid", String(64), nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("mark", JSON(none_as_null=True)),
    Column("reason", String(200), nullable=False),
    Column("changed_at", Moment, nullable=False),
)
terminal_days = Table(
    "terminal_days",
    metadata,
    _id("poi_id", key=True),
    _id("reconciliation_id", key=True),
    _id("kiosk_id"),
    Column("closed_at", Moment, nullable=False, index=True),
    Column("totals", JSON, nullable=False),
)
differences = Table(
    "differences",
    metadata,
    _id(key=True),
    Column("found_at", Moment, nullable=False),
    Column("what", String(32), nullable=False),
    Column("advice", String(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("kind", String(16), nullable=False),
    _id("purchase_id"),
    Column("ours", JSON(none_as_null=True)),
    Column("bank", JSON(none_as_null=True)),
    _id("terminal"),
    _id("rrn"),
    _id("approval"),
    Column("state", String(32), nullable=False, index=True),
    _id("taken_by"),
    Column("taken_at", Moment),
    _id("resolved_by"),
    Column("resolved_at", Moment),
    Column("note", String(200), nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
)
purchase_entries = Table(
    "purchase_entries",
    metadata,
    _id("purchase_id", key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),
    Column("received_at", Moment, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    _id(key=True),
    Column("at", Moment, nullable=False, index=True),
    _id("actor"),
    Column("role", String(32), nullable=False),
    Column("act", String(64), nullable=False),
    _id("session_id", null=True),
    _id("visit_id", null=True),
    Column("detail", JSON, nullable=False),
)
