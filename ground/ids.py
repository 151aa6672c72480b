"""Adapter: fresh identifiers. Rules never call this; their ids arrive inside events."""

from uuid_utils import uuid7


def new_id() -> str:
    """A UUIDv7 (RFC 9562 section 5.7) as 36 characters: unique, and sortable by time of making."""
    return str(uuid7())
