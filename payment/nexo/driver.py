"""Adapter: the nexo driver. Builds, secures, posts, opens and reads one message per call; decides nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from ground.clock import Clock, SystemClock
from payment.answers import Garbled, Health, NoUse, PaymentAnswer, ReversalAnswer, Silence, StatusAnswer, Unsent
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from payment.errors import CryptoError, MalformedMessage
from payment.nexo import messages
from payment.nexo.crypto import seal, unseal
from payment.nexo.https import post
from payment.nexo.json_text import from_json, to_json
from payment.nexo.profile import Profile

Read = TypeVar("Read")


class NexoTerminal:
    """A ``payment.terminal.Terminal`` reached over the network as ``profile`` says."""

    def __init__(self, profile: Profile, clock: Clock | None = None) -> None:
        self._profile = profile
        self._clock = clock or SystemClock()

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
        message = messages.payment(self._profile, request)
        return await self._ask(message, messages.read_payment, self._profile.payment_within)

    async def status(self, request: AskStatus) -> StatusAnswer:
        """One TransactionStatus."""
        return await self._ask(messages.transaction_status(self._profile, request), messages.read_status)

    async def reverse(self, request: SendReversal) -> ReversalAnswer:
        """One Reversal."""
        return await self._ask(messages.reversal(self._profile, request), messages.read_reversal)

    async def diagnose(self, service_id: str) -> Health | NoUse:
        """One Diagnosis."""
        return await self._ask(messages.diagnosis(self._profile, service_id), messages.read_diagnosis)

    async def abort(self, request: SendAbort) -> None:
        """One Abort. Its HTTP answer is empty and says nothing (payments.md 1.3), so it is not looked at."""
        await self._post(messages.abort(self._profile, request), self._profile.answer_within)

    async def login(self, service_id: str) -> bool:
        """One Login; whether it succeeded."""
        message = messages.login(self._profile, service_id, self._clock.now(), _our_version())
        return await self._ask(message, _is_success) is True

    async def _ask(
        self,
        message: dict[str, Any],
        read: Callable[[dict[str, Any]], Read],
        within: float | None = None,
    ) -> Read | NoUse:
        data = await self._post(message, within or self._profile.answer_within)
        if isinstance(data, Unsent | Silence):
            return data
        try:
            return read(messages.answer_body(self._opened(data), message))
        except (CryptoError, MalformedMessage) as error:
            return Garbled(str(error))

    async def _post(self, message: dict[str, Any], within: float) -> bytes | Unsent | Silence:
        if self._profile.key is not None:
            message = seal(message, self._profile.key, secrets.token_bytes(16))
        return await post(self._profile, to_json(message).encode(), within)

    def _opened(self, data: bytes) -> dict[str, Any]:
        message = from_json(data)
        # With a key in the profile an answer in the clear is never believed.
        return message if self._profile.key is None else unseal(message, self._profile.key)


def _is_success(body: dict[str, Any]) -> bool:
    response = body.get("Response")
    return isinstance(response, dict) and response.get("Result") == "Success"


def _our_version() -> str:
    try:
        return version("infomat")
    except PackageNotFoundError:
        return "0"
