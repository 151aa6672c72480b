"""Adapter: what is asked over HTTP: enrolment, sign-in, the CA, health, metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from signaling.protocol import SERVED
from signaling.server.house import House
from signaling.server.http_answers import Body, address_of, answered, body_of
from signaling.server.identities import Identities


class EnrolBody(Body):
    """What a new kiosk sends."""

    code: Annotated[str, Field(max_length=64)]
    public_key: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class SignInBody(Body):
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
            Route("/api/enrol", answered(self._enrol, self._house.durable), methods=["POST"]),
            Route("/api/sign-in", answered(self._sign_in, self._house.durable), methods=["POST"]),
        ]

    async def _healthz(self, _request: Request) -> Response:
        well = self._house.well
        body = {"ok": well, "versions": list(SERVED), "epoch": self._house.hub.epoch}
        return JSONResponse(body, status_code=200 if well else 503)

    async def _metrics(self, _request: Request) -> Response:
        return Response(self._house.metrics.text(), media_type="text/plain; version=0.0.4")

    async def _ca(self, _request: Request) -> Response:
        return Response(self._ca_file.read_bytes(), media_type="application/x-pem-file")  # 600 bytes

    async def _enrol(self, request: Request) -> dict[str, Any]:
        body = EnrolBody.model_validate_json(await body_of(request))
        kiosk = await self._identities.enrol(body.code, body.public_key, body.name, address_of(request))
        return {"identity": kiosk.id, "name": kiosk.name, "place": kiosk.place, "company": self._company}

    async def _sign_in(self, request: Request) -> dict[str, Any]:
        body = SignInBody.model_validate_json(await body_of(request))
        signed_in = await self._identities.sign_in(body.name, body.password, body.public_key)
        return {
            "token": signed_in.token,
            "expires_at": signed_in.expires_at.isoformat(),
            "identity": signed_in.identity,
            "role": signed_in.role.value,
            "display_name": signed_in.display_name,
        }
