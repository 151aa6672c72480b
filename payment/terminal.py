"""Port: a card terminal.

A driver never raises for what a terminal or a network does: that comes back as a value of
``payment/answers.py``. It sends one request per call and never repeats one by itself.
"""

from __future__ import annotations

from typing import Protocol

from payment.answers import Health, NoUse, PaymentAnswer, ReversalAnswer, StatusAnswer
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal


class Terminal(Protocol):
    """One card terminal (POI). The requests are the machine's own effects."""

    @property
    def poi_id(self) -> str:
        """The terminal's name, ``Model-Serial``."""
        ...

    @property
    def sale_id(self) -> str:
        """The kiosk's name, as the terminal knows it."""
        ...

    async def pay(self, request: SendPayment) -> PaymentAnswer:
        """Send one payment request and wait for its answer, at most until the terminal's own expiry."""
        ...

    async def status(self, request: AskStatus) -> StatusAnswer:
        """Ask what became of a request. May overlap a running payment."""
        ...

    async def abort(self, request: SendAbort) -> None:
        """Wish that a running payment ends. Its own answer tells what became of it."""
        ...

    async def reverse(self, request: SendReversal) -> ReversalAnswer:
        """Undo an approved transaction."""
        ...

    async def diagnose(self, service_id: str) -> Health | NoUse:
        """Ask how the terminal is."""
        ...

    async def login(self, service_id: str) -> bool:
        """Log in; whether the terminal accepted it."""
        ...
