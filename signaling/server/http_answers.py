"""Adapter: bodies read within bounds, and answers and refusals as JSON, told when what they say is durable."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
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
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_LATER = (ErrorCode.SIGN_IN_PAUSED, ErrorCode.TOO_MANY)


class Body(BaseModel):
    """Base of what is sent: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="after")
    def _no_nul(self) -> Body:
        """U+0000 is no letter: as in frames it is refused, for a database may not take it."""
        for name, value in self:
            if isinstance(value, str) and "\0" in value:
                raise ValueError(name)
        return self


#: A source's own id: it is a part of an address, so without what would have to be written otherwise there.
RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,63}$")]


async def body_of(request: Request) -> bytes:
    """The body; raises TOO_LARGE beyond 16 KiB, and MALFORMED for one that breaks off."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_BODY:
                raise ProtocolError(ErrorCode.TOO_LARGE)
    except ClientDisconnect as error:  # anybody can do that as often as they like: no fault of ours in the log
        raise ProtocolError(ErrorCode.MALFORMED, "the body did not come") from error
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
            return JSONResponse(await serve(request), headers=_HEADERS)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return refused(ProtocolError(ErrorCode.MALFORMED, where))
        except InfomatError as error:
            return refused(refusal(error) or ProtocolError(ErrorCode.INTERNAL, error.code))

    return route


def refused(error: ProtocolError) -> Response:
    """A refusal with its status."""
    code = error.error_code
    body = {"code": code.value, "phrase": f"error.{code.value}", "detail": error.detail}
    later = {"Retry-After": error.detail} if code in _LATER and error.detail.isdigit() else {}
    return JSONResponse(body, status_code=_STATUS.get(code, 500), headers=_HEADERS | later)


async def _no_such_address(_request: Request, error: Exception) -> Response:
    """A path or a method that is none of ours, in the form of every other refusal."""
    assert isinstance(error, HTTPException)
    response = refused(ProtocolError(ErrorCode.UNKNOWN_TYPE, error.detail))
    response.status_code = error.status_code
    response.headers.update(error.headers or {})
    return response


async def _broken(_request: Request, _error: Exception) -> Response:
    return refused(ProtocolError(ErrorCode.INTERNAL))


#: What becomes of a request that no route answers, or whose answer breaks.
REFUSALS: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    HTTPException: _no_such_address,
    Exception: _broken,
}


def address_of(request: Request) -> str:
    """Who asks. A phone has the last 64 bits of an IPv6 address to itself, and changes them as it likes."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network(f"{host}/64", strict=False))
    return host
