"""Adapter: the nexo driver. Builds, secures, posts, opens and reads one message per call; decides nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from ground.clock import Clock, SystemClock
from payment.answers import (
    Failure,
    Garbled,
    Health,
    NoUse,
    PaymentAnswer,
    PoiEvent,
    ReversalAnswer,
    Silence,
    StatusAnswer,
    TotalsAnswer,
    Unsent,
)
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from payment.errors import CryptoError, MalformedMessage
from payment.nexo import messages, service
from payment.nexo.crypto import seal, unseal
from payment.nexo.events import EventListener
from payment.nexo.https import post
from payment.nexo.json_text import from_json, to_json
from payment.nexo.profile import Profile
from payment.service_ids import new_service_id

Read = TypeVar("Read")


class NexoTerminal:
    """A ``Terminal``, ``DayBook``, ``Face`` and ``Teller`` reached over the network as ``profile`` says.

    Where the profile requires a login, the first money request logs in before it, and again after ``LoggedOut``.
    """

    def __init__(self, profile: Profile, clock: Clock | None = None) -> None:
        self._profile = profile
        self._clock = clock or SystemClock()
        self._logged_in = False
        self._events: EventListener | None = None
        self._sent = asyncio.Event()  # the last Payment, or that there is none to send any more
        self._sent.set()

    @property
    def poi_id(self) -> str:
        """The terminal's name, ``Model-Serial``."""
        return self._profile.poi_id

    @property
    def sale_id(self) -> str:
        """The kiosk's name, as the terminal knows it."""
        return self._profile.sale_id

    async def pay(self, request: SendPayment) -> PaymentAnswer:
        """One Payment."""
        self._sent.clear()
        try:
            if not await self._admitted():
                return Unsent("login refused")
            message = messages.payment(self._profile, request)
            answer = await self._ask(message, messages.read_payment, self._profile.payment_within, self._sent.set)
            return self._noted(answer)
        finally:
            self._sent.set()

    async def status(self, request: AskStatus) -> StatusAnswer:
        """One TransactionStatus."""
        if not await self._admitted():
            return Silence("login refused")
        answer = await self._ask(messages.transaction_status(self._profile, request), messages.read_status)
        return self._noted(answer)

    async def reverse(self, request: SendReversal) -> ReversalAnswer:
        """One Reversal."""
        if not await self._admitted():
            return Unsent("login refused")
        return self._noted(await self._ask(messages.reversal(self._profile, request), messages.read_reversal))

    async def diagnose(self, service_id: str) -> Health | NoUse:
        """One Diagnosis."""
        return await self._ask(service.diagnosis(self._profile, service_id), service.read_diagnosis)

    async def abort(self, request: SendAbort) -> None:
        """One Abort. Its HTTP answer is empty and says nothing (payments.md 1.3), so it is not looked at.

        Not before the Payment: whoever cancels at once would abort what the terminal has not got, and be asked for a
        card all the same.
        """
        await self._sent.wait()
        await self._post(messages.abort(self._profile, request), self._profile.answer_within)

    async def login(self, service_id: str) -> bool:
        """One Login; whether it succeeded."""
        message = service.login(self._profile, service_id, self._clock.now(), _our_version())
        self._logged_in = await self._ask(message, service.is_success) is True
        return self._logged_in

    async def logout(self, service_id: str) -> bool:
        """One Logout with leave to update itself; whether it succeeded."""
        self._logged_in = False
        return await self._ask(service.logout(self._profile, service_id), service.is_success) is True

    async def totals(self, service_id: str) -> TotalsAnswer:
        """One GetTotals."""
        return await self._ask(service.get_totals(self._profile, service_id), service.read_totals)

    async def close_day(
        self, service_id: str, kind: service.Reconciliation = "SaleReconciliation", earlier: str = ""
    ) -> TotalsAnswer:
        """One Reconciliation. PreviousReconciliation tells the ``earlier`` one again."""
        message = service.reconciliation(self._profile, service_id, kind, earlier)
        return await self._ask(message, service.read_totals, self._profile.payment_within)

    async def display(self, service_id: str, lines: Sequence[str]) -> bool:
        """One Display; whether the terminal shows it."""
        return await self._ask(service.display(self._profile, service_id, lines), service.is_displayed) is True

    async def print_lines(self, service_id: str, lines: Sequence[str]) -> bool:
        """One Print; whether the paper is out."""
        return await self._ask(service.printing(self._profile, service_id, lines), service.is_success) is True

    async def listen(self, on_event: Callable[[PoiEvent], None]) -> None:
        """Hear the terminal's events, where its profile says at which port. Raises OSError."""
        if self._profile.events_port is None:
            return
        self._events = EventListener(self._profile)
        await self._events.listen(on_event)
        if not self._profile.callback_url:  # a port of the system's choice is told with each request
            url = f"http://{self._profile.events_host}:{self._events.port}/nexo"
            self._profile = replace(self._profile, callback_url=url)

    async def close(self) -> None:
        """Hear no more."""
        if self._events is not None:
            await self._events.close()

    async def _admitted(self) -> bool:
        return self._logged_in or not self._profile.login_required or await self.login(new_service_id())

    def _noted(self, answer: Read) -> Read:
        """A terminal that says LoggedOut wants a Login before the next request."""
        if isinstance(answer, Failure) and answer.condition == "LoggedOut":
            self._logged_in = False
        return answer

    async def _ask(
        self,
        message: dict[str, Any],
        read: Callable[[dict[str, Any]], Read],
        within: float | None = None,
        sent: Callable[[], None] = lambda: None,
    ) -> Read | NoUse:
        data = await self._post(message, within or self._profile.answer_within, sent)
        if isinstance(data, Unsent | Silence):
            return data
        try:
            return read(messages.answer_body(self._opened(data), message))
        except (CryptoError, MalformedMessage) as error:
            return Garbled(str(error))

    async def _post(
        self, message: dict[str, Any], within: float, sent: Callable[[], None] = lambda: None
    ) -> bytes | Unsent | Silence:
        if self._profile.key is not None:
            message = seal(message, self._profile.key, secrets.token_bytes(16))
        return await post(self._profile, to_json(message).encode(), within, sent)

    def _opened(self, data: bytes) -> dict[str, Any]:
        message = from_json(data)
        # With a key in the profile an answer in the clear is never believed.
        return message if self._profile.key is None else unseal(message, self._profile.key)


def _our_version() -> str:
    try:
        return version("infomat")
    except PackageNotFoundError:
        return "0"
