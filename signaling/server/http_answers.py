"""Adapter: bodies read within bounds, and answers and refusals as JSON, told when what they say is durable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ground.errors import InfomatError
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.server.command_table import refusal

_LARGEST_BODY = 16 * 1024
_STATUS = {
    ErrorCode.MALFORMED: 400,
    ErrorCode.UNKNOWN_TYPE: 404,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.NOT_SIGNED_IN: 401,
    ErrorCode.ENROL_CODE: 403,
    ErrorCode.TICKET_UNKNOWN: 404,
    ErrorCode.ILLEGAL_MOVE: 409,
    ErrorCode.TICKET_LATE: 409,
    ErrorCode.REPLAYED: 409,
    ErrorCode.SIGN_IN_PAUSED: 429,
    ErrorCode.TOO_MANY: 429,
}
_LATER = (ErrorCode.SIGN_IN_PAUSED, ErrorCode.TOO_MANY)


class Body(BaseModel):
    """Base of what is sent: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


async def body_of(request: Request) -> bytes:
    """The body; raises TOO_LARGE beyond 16 KiB."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise ProtocolError(ErrorCode.TOO_LARGE)
    return body


Serve = Callable[[Request], Awaitable[dict[str, Any]]]
Durable = Callable[[], Awaitable[None]]


def answered(serve: Serve, durable: Durable) -> Callable[[Request], Awaitable[Response]]:
    """The answer as JSON; a refusal as ``{"code", "phrase", "detail"}`` with a fitting status.

    ``durable`` waits until all that has happened so far is on disk. An answer is made of the memory, which is ahead of
    the disk: a number told before could be somebody else's after a power cut. A refusal tells of what is known as well.
    """

    async def route(request: Request) -> Response:
        response = await answer(request)
        await durable()  # afterwards, not before: meanwhile more would have happened
        return response

    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await serve(request), headers={"Cache-Control": "no-store"})
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
            return _refused(ProtocolError(ErrorCode.MALFORMED, where))
        except InfomatError as error:
            return _refused(refusal(error) or ProtocolError(ErrorCode.INTERNAL, error.code))

    return route


def _refused(error: ProtocolError) -> Response:
    code = error.error_code
    body = {"code": code.value, "phrase": f"error.{code.value}", "detail": error.detail}
    headers = {"Retry-After": error.detail} if code in _LATER and error.detail.isdigit() else {}
    return JSONResponse(body, status_code=_STATUS.get(code, 500), headers=headers)
