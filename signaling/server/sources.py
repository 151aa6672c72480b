"""Adapter: which site or phone menu asks over HTTP, by the token it was given."""

from __future__ import annotations

import asyncio
import hashlib

from starlette.requests import Request

from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.server.asked import Services


async def source_of(services: Services, request: Request) -> str:
    """The name of who asks; raises NOT_SIGNED_IN."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        hashed = hashlib.sha256(token.strip().encode()).hexdigest()
        source = await asyncio.to_thread(services.records.source, hashed)
        if source is not None:
            return source
    raise ProtocolError(ErrorCode.NOT_SIGNED_IN)
