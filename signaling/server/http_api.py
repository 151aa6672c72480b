"""Adapter: what is asked over HTTP: enrolment, sign-in, the CA, health, metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ground.errors import InfomatError
from signaling.protocol import SERVED
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.server.house import House
from signaling.server.identities import Identities

_LARGEST_BODY = 16 * 1024
_STATUS = {
    ErrorCode.MALFORMED: 400,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.NOT_SIGNED_IN: 401,
    ErrorCode.ENROL_CODE: 403,
    ErrorCode.SIGN_IN_PAUSED: 429,
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class EnrolBody(_Body):
    """What a new kiosk sends."""

    code: Annotated[str, Field(max_length=64)]
    public_key: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class SignInBody(_Body):
    """What a console sends."""

    name: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=256)]
    public_key: Annotated[str, Field(max_length=64)]


class HttpApi:
    """The routes beside ``/ws``."""

    def __init__(self, identities: Identities, house: House, ca_file: Path, company: str) -> None:
        self._identities, self._house, self._ca_file, self._company = identities, house, ca_file, company

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/healthz", self._healthz, methods=["GET"]),
            Route("/metrics", self._metrics, methods=["GET"]),
            Route("/api/ca.pem", self._ca, methods=["GET"]),
            Route("/api/enrol", _answered(self._enrol), methods=["POST"]),
            Route("/api/sign-in", _answered(self._sign_in), methods=["POST"]),
        ]

    async def _healthz(self, _request: Request) -> Response:
        closing = self._house.closing
        body = {"ok": not closing, "versions": list(SERVED), "epoch": self._house.hub.epoch}
        return JSONResponse(body, status_code=503 if closing else 200)

    async def _metrics(self, _request: Request) -> Response:
        return Response(self._house.metrics.text(), media_type="text/plain; version=0.0.4")

    async def _ca(self, _request: Request) -> Response:
        return Response(self._ca_file.read_bytes(), media_type="application/x-pem-file")  # 600 bytes

    async def _enrol(self, request: Request) -> dict[str, Any]:
        body = EnrolBody.model_validate_json(await _body(request))
        address = request.client.host if request.client else ""
        kiosk = await self._identities.enrol(body.code, body.public_key, body.name, address)
        return {"identity": kiosk.id, "name": kiosk.name, "place": kiosk.place, "company": self._company}

    async def _sign_in(self, request: Request) -> dict[str, Any]:
        body = SignInBody.model_validate_json(await _body(request))
        signed_in = await self._identities.sign_in(body.name, body.password, body.public_key)
        return {
            "token": signed_in.token,
            "expires_at": signed_in.expires_at.isoformat(),
            "identity": signed_in.identity,
            "role": signed_in.role.value,
            "display_name": signed_in.display_name,
        }


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise ProtocolError(ErrorCode.TOO_LARGE)
    return body


def _answered(serve: Callable[[Request], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[Response]]:
    """The answer as JSON; a refusal as ``{"code", "phrase", "detail"}`` with a fitting status."""

    async def route(request: Request) -> Response:
        try:
            return JSONResponse(await serve(request))
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
            return _refused(ProtocolError(ErrorCode.MALFORMED, where))
        except ProtocolError as error:
            return _refused(error)
        except InfomatError as error:
            return _refused(ProtocolError(ErrorCode.INTERNAL, error.code))

    return route


def _refused(error: ProtocolError) -> Response:
    code = error.error_code
    body = {"code": code.value, "phrase": f"error.{code.value}", "detail": error.detail}
    headers = {"Retry-After": error.detail} if code is ErrorCode.SIGN_IN_PAUSED else {}
    return JSONResponse(body, status_code=_STATUS.get(code, 500), headers=headers)
