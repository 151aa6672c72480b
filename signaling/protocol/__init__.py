"""Rules: protocol version 1, the one page every client is written from.

``docs/protocol.md`` and ``docs/protocol.schema.json`` are generated from the classes here (``./dev docs``).
"""

from signaling.protocol.commands import Command
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import Event
from signaling.protocol.frames import (
    ClientFrame,
    ServerFrame,
    read_client_frame,
    read_server_frame,
)
from signaling.protocol.replies import Reply
from signaling.protocol.values import Language, Message, Role

#: Versions this build speaks; the server serves the newest and the one before it.
VERSION = 1
SERVED = (1,)

__all__ = [
    "SERVED",
    "VERSION",
    "ClientFrame",
    "Command",
    "ErrorCode",
    "Event",
    "Language",
    "Message",
    "ProtocolError",
    "Reply",
    "Role",
    "ServerFrame",
    "read_client_frame",
    "read_server_frame",
]
