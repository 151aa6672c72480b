"""Adapter: fresh identifiers. Rules never call this; their ids arrive inside events."""

from datetime import datetime

from uuid_utils import uuid7


def new_id() -> str:
    """A UUIDv7 (RFC 9562 section 5.7) as 36 characters: unique, and sortable by time of making."""
    return str(uuid7())


def last_id_of(moment: datetime) -> str:
    """The greatest UUIDv7 of this (aware) moment's millisecond: no id made before the next one sorts after it."""
    told = f"{int(moment.timestamp() * 1000):012x}"
    return f"{told[:8]}-{told[8:]}-7fff-bfff-ffffffffffff"
