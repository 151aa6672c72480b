"""Rules: the frames of a connection. One JSON object a WebSocket text frame, at most 64 KiB.

server: challenge, client: hello, server: welcome (or goodbye), then the missed events or one snapshot;
after that commands and replies, and events, in any order until either end closes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from signaling.protocol.commands import Command
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import Event, Snapshot
from signaling.protocol.replies import Reply
from signaling.protocol.values import Id, Message, Role, Short

MAX_FRAME = 64 * 1024


class Seen(Message):
    """The last event a client has seen."""

    epoch: str
    number: int


class Challenge(Message):
    """First frame of the server: what to sign, and which versions it serves."""

    frame: Literal["challenge"] = "challenge"
    nonce: str
    versions: tuple[int, ...]


class KioskProof(Message):
    """Ed25519 signature (base64) over ``infomat sign-in v1\\n{nonce}\\n{identity}`` with the enrolled key."""

    method: Literal["key"] = "key"
    signature: str


class TokenProof(Message):
    """The short-lived token of POST /api/sign-in."""

    method: Literal["token"] = "token"
    token: str


class Hello(Message):
    """First frame of a client: who it is, the proof, and the last event it has seen."""

    frame: Literal["hello"] = "hello"
    version: int
    role: Role
    identity: Short
    software: Short = ""
    proof: Annotated[KioskProof | TokenProof, Field(discriminator="method")]
    seen: Seen | None = None


class CommandFrame(Message):
    """A command with its id. Sent again with the same id after a reconnect, it is not done twice."""

    frame: Literal["command"] = "command"
    id: Id
    command: Command


class Welcome(Message):
    """The client is signed in. ``resumed``: the missed events follow; otherwise a snapshot does."""

    frame: Literal["welcome"] = "welcome"
    version: int
    epoch: str
    number: int
    resumed: bool
    name: Short = ""


class ReplyFrame(Message):
    """The answer to a command."""

    frame: Literal["reply"] = "reply"
    id: Id
    reply: Reply


class ErrorFrame(Message):
    """A refusal. ``id`` is the command's, or None when the frame could not be read."""

    frame: Literal["error"] = "error"
    id: str | None
    code: ErrorCode
    phrase: Short
    detail: Short = ""


class EventFrame(Message):
    """An event with its place; numbers of one epoch have no gaps."""

    frame: Literal["event"] = "event"
    epoch: str
    number: int
    event: Event


class SnapshotFrame(Message):
    """The whole state as of (epoch, number); replaces everything the client knew."""

    frame: Literal["snapshot"] = "snapshot"
    epoch: str
    number: int
    snapshot: Snapshot


class Goodbye(Message):
    """The last frame before the server closes."""

    frame: Literal["goodbye"] = "goodbye"
    code: ErrorCode
    phrase: Short
    retry_after_s: float | None = None


ClientFrame = Annotated[Hello | CommandFrame, Field(discriminator="frame")]
ServerFrame = Annotated[
    Challenge | Welcome | ReplyFrame | ErrorFrame | EventFrame | SnapshotFrame | Goodbye,
    Field(discriminator="frame"),
]
#: Pydantic would keep short texts for the next message: an account number would outlive its visit.
NOT_KEPT = ConfigDict(cache_strings="keys")
_client: TypeAdapter[Hello | CommandFrame] = TypeAdapter(ClientFrame, config=NOT_KEPT)
_server: TypeAdapter[Challenge | Welcome | ReplyFrame | ErrorFrame | EventFrame | SnapshotFrame | Goodbye] = (
    TypeAdapter(ServerFrame, config=NOT_KEPT)
)


def read_client_frame(text: str | bytes) -> Hello | CommandFrame:
    """A client's frame; raises ProtocolError with MALFORMED, UNKNOWN_TYPE or TOO_LARGE."""
    if len(text) > MAX_FRAME:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"{len(text)} bytes, at most {MAX_FRAME}")
    try:
        if _no_json(text):
            from_json(text, allow_inf_nan=False)
        return _client.validate_json(text)
    except ValidationError as error:
        raise _refusal(error) from error
    except ValueError as error:
        raise ProtocolError(ErrorCode.MALFORMED, str(error)[:200]) from error


def _no_json(text: str | bytes) -> bool:
    """Whether it may hold an Infinity or NaN, which pydantic takes for a number and JSON (RFC 8259, 6) has not."""
    if isinstance(text, str):
        return "Infinity" in text or "NaN" in text
    return b"Infinity" in text or b"NaN" in text


def read_server_frame(
    text: str | bytes,
) -> Challenge | Welcome | ReplyFrame | ErrorFrame | EventFrame | SnapshotFrame | Goodbye:
    """A server's frame; raises ProtocolError (an unknown event type is UNKNOWN_TYPE: ignore it)."""
    try:
        return _server.validate_json(text)
    except ValidationError as error:
        raise _refusal(error) from error


def _refusal(error: ValidationError) -> ProtocolError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    code = ErrorCode.UNKNOWN_TYPE if first["type"] == "union_tag_invalid" else ErrorCode.MALFORMED
    return ProtocolError(code, f"{where}: {first['msg']}"[:200])
