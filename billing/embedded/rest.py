"""Adapter: the embedded billing system's REST face. Its wire values are the dataclasses of ``billing.accounts``.

GET /healthz · GET /account?number= · GET /account?card= · GET /history?number= · POST /readings ·
POST /payments (the idempotency key is in the body). All but /healthz want ``Authorization: Bearer TOKEN``.
What a person typed travels as a query, never as a path: a slash in it must not choose another route.
Errors are ``{"code", "text"}``. Handlers run in the one loop that owns the book: one writer, no locks.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from billing.accounts import (
    AccountCard,
    AccountHistory,
    Posted,
    Posting,
    ReadingAccepted,
    ReadingRefused,
    ReadingSubmission,
)
from billing.embedded.book import Book
from billing.errors import BillingRefused
from ground.errors import InfomatError

_BIGGEST = 64 * 1024  # bytes of a request's body; a submission is about 400
_STATUS = {"billing.account_unknown": 404, "billing.key_reused": 409, "billing.unauthorised": 401}
_CARD = TypeAdapter(AccountCard)
_CARDS = TypeAdapter(tuple[AccountCard, ...])
_HISTORY = TypeAdapter(AccountHistory)
_POSTED = TypeAdapter(Posted)
_POSTING = TypeAdapter(Posting)
_SUBMISSION = TypeAdapter(ReadingSubmission)
_ACCEPTED = TypeAdapter(ReadingAccepted)
_REFUSED = TypeAdapter(ReadingRefused)

_Value = TypeVar("_Value")
Handler = Callable[[Request], Awaitable[Response]]


def make_app(book: Book, token: str) -> Starlette:
    """The ASGI application over one book, open only to who knows the token."""

    async def account(request: Request) -> Response:
        card = request.query_params.get("card")
        if card is not None:
            return _card(book.account_by_card(card))
        return _card(book.find_account(request.query_params.get("number", "")))

    async def history(request: Request) -> Response:
        return _json(_HISTORY, book.history(request.query_params.get("number", "")))

    async def home(request: Request) -> Response:
        return _json(_CARDS, book.accounts_of_home(request.query_params.get("number", "")))

    async def readings(request: Request) -> Response:
        answer = book.submit_reading(_parsed(_SUBMISSION, await _body(request)))
        if isinstance(answer, ReadingAccepted):
            return _json(_ACCEPTED, answer)
        return _json(_REFUSED, answer, status=422)

    async def payment(request: Request) -> Response:
        return _json(_POSTED, book.post_payment(_parsed(_POSTING, await _body(request))))

    def guarded(handler: Handler) -> Handler:
        async def guard(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if not secrets.compare_digest(given, f"Bearer {token}".encode()):
                raise BillingRefused("wrong or no token", code="billing.unauthorised")
            return await handler(request)

        return guard

    return Starlette(
        routes=[
            Route("/healthz", _healthy),
            Route("/account", guarded(account)),
            Route("/history", guarded(history)),
            Route("/home", guarded(home)),
            Route("/readings", guarded(readings), methods=["POST"]),
            Route("/payments", guarded(payment), methods=["POST"]),
        ],
        exception_handlers={
            BillingRefused: _refused,
            HTTPException: _not_served,
            sqlite3.DatabaseError: _book_broken,
        },
    )


async def _healthy(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _body(request: Request) -> bytes:
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > _BIGGEST:
            raise BillingRefused(f"body over {_BIGGEST} bytes", code="billing.request_invalid")
    return bytes(received)


def _parsed(shape: TypeAdapter[_Value], body: bytes) -> _Value:
    """The value in a body. What is wrong is told by its place, never by repeating what came."""
    try:
        return shape.validate_json(body)
    except ValidationError as error:
        places = [".".join(str(part) for part in found["loc"]) for found in error.errors(include_input=False)]
        text = f"not as described: {', '.join(places)}"
    except InfomatError as error:
        text = f"not as described: {error.code}"
    raise BillingRefused(text, code="billing.request_invalid")


def _card(card: AccountCard | None) -> Response:
    if card is None:
        return _error(404, "billing.account_unknown", "no such account")
    return _json(_CARD, card)


def _json(shape: TypeAdapter[Any], value: Any, status: int = 200) -> Response:
    return Response(shape.dump_json(value), status_code=status, media_type="application/json")


def _error(status: int, code: str, text: str) -> Response:
    return JSONResponse({"code": code, "text": text}, status_code=status)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, BillingRefused)
    return _error(_STATUS.get(error.code, 400), error.code, str(error))


def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, "billing.request_invalid", str(error.detail))


def _book_broken(request: Request, error: Exception) -> Response:
    return _error(503, "billing.book_broken", type(error).__name__)
