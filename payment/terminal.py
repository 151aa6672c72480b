"""Port: a card terminal.

A driver never raises for what a terminal or a network does: that comes back as a value of
``payment/answers.py``. It sends one money request per call and never repeats one by itself.
What a driver can do beside taking money is said by the smaller ports it also has.

A ``Failure`` has one of nexo's conditions, whatever the terminal calls it. Of a payment: one of ``REFUSALS`` (it has
ended, no money moved), ``Busy`` (another request runs, this one was not begun), ``UnreachableHost`` (the bank did not
answer). Of a status: ``InProgress``, or ``NotFound`` (no such request was ever begun here). A request is named by its
``service_id`` alone. Contract: ``tests/payment/contract.py``; how a driver is put in place: docs/integrating.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from payment.answers import Health, NoUse, PaymentAnswer, PoiEvent, ReversalAnswer, StatusAnswer, TotalsAnswer
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
        """Ask what became of a request. May overlap a running payment.

        ``Untold`` from a driver whose terminal keeps no outcome to ask for: the purchase is parked at once.
        """
        ...

    async def abort(self, request: SendAbort) -> None:
        """Wish that a running payment ends. Its own answer tells what became of it."""
        ...

    async def reverse(self, request: SendReversal) -> ReversalAnswer:
        """Undo an approved transaction, or ``request.amount`` of it."""
        ...

    async def diagnose(self, service_id: str) -> Health | NoUse:
        """Ask how the terminal is."""
        ...

    async def login(self, service_id: str) -> bool:
        """Log in; whether the terminal accepted it."""
        ...


@runtime_checkable
class DayBook(Protocol):
    """A terminal that counts. Not to be asked while a purchase is open: there is one request at a time."""

    async def totals(self, service_id: str) -> TotalsAnswer:
        """What it counted since the day was opened; closes nothing."""
        ...

    async def close_day(self, service_id: str) -> TotalsAnswer:
        """Close its day with the acquirer; the totals of the closed day. Never within a visit."""
        ...

    async def logout(self, service_id: str) -> bool:
        """Let it go for its maintenance; the next payment logs in again. True where there is nothing to do."""
        ...


@runtime_checkable
class Face(Protocol):
    """A terminal with a display and a printer for our own lines; whether it took them."""

    async def display(self, service_id: str, lines: Sequence[str]) -> bool:
        """Show lines on the terminal's display."""
        ...

    async def print_lines(self, service_id: str, lines: Sequence[str]) -> bool:
        """Print lines on the terminal's printer, as a customer's receipt."""
        ...


@runtime_checkable
class Teller(Protocol):
    """A terminal that tells of itself without being asked."""

    async def listen(self, on_event: Callable[[PoiEvent], None]) -> None:
        """Hear its events from now on, until ``close``."""
        ...

    async def close(self) -> None:
        """Hear no more."""
        ...
