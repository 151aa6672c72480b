"""Adapter: a PC/SC reader for customer cards: gives the UID of a card that is laid down. For identification only.

An own loop on SCardGetStatusChange, because pyscard's monitor dies for good when pcscd restarts (payments.md 5).
Bank cards never come here; a random UID (08..., ISO/IEC 14443-3) is nobody's and is passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from smartcard import scard

from ground.logs import get_logger

log = get_logger()

ReaderState = Literal["ok", "out", "unknown"]

_GET_UID = [0xFF, 0xCA, 0x00, 0x00, 0x00]  # PC/SC part 3, 3.2.2.1.3
_WAIT_MS = 500  # of one look; a card is noticed at once all the same
_NEW_READERS_MS = 2000
_PNP = "\\\\?PnP?\\Notification"


class PcscLost(Exception):
    """pcscd is not there, or was restarted: the context is worth nothing any more."""


class CardReader:
    """Looks at every reader. ``on_card(uid)`` (upper-case hex) and ``on_change()`` are called in ``run``'s loop."""

    def __init__(
        self, on_card: Callable[[str], None], on_change: Callable[[], None] = lambda: None, *, retry_s: float = 2.0
    ) -> None:
        self._on_card, self._on_change, self._retry_s = on_card, on_change, retry_s
        self._stopping = False
        self.state: ReaderState = "unknown"
        self.card_lies = False

    async def run(self) -> None:
        """Until ``stop``; survives a missing or restarted pcscd and unplugged readers."""
        while not self._stopping:
            try:
                await self._with_context()
            except PcscLost as error:
                if self.state != "out":  # told once, not at each try
                    log.info("card reader away", reason=str(error))
                self._now("out")
            if not self._stopping:
                await asyncio.sleep(self._retry_s)

    def stop(self) -> None:
        """End within half a second."""
        self._stopping = True

    async def _with_context(self) -> None:
        context = await asyncio.to_thread(_establish)
        try:
            seen: dict[str, int] = {}
            while not self._stopping:
                readers = await asyncio.to_thread(_readers, context)
                self._now("ok" if readers else "out")
                seen = {name: seen.get(name, scard.SCARD_STATE_UNAWARE) for name in readers}
                for name, state in await asyncio.to_thread(_changes, context, seen):
                    before, seen[name] = seen[name], state  # whatever changed: a look with an old state ends at once
                    lies = state & scard.SCARD_STATE_PRESENT and not state & scard.SCARD_STATE_MUTE
                    if lies and _came_or_went(before, state):
                        await self._read(context, name)
                self.card_lies = any(state & scard.SCARD_STATE_PRESENT for state in seen.values())
        finally:
            self.card_lies = False
            await asyncio.to_thread(scard.SCardReleaseContext, context)

    async def _read(self, context: int, name: str) -> None:
        uid = await asyncio.to_thread(_uid, context, name)
        if uid is None:
            log.info("a card without a usable number")
        elif not self._stopping:
            self._on_card(uid)

    def _now(self, state: ReaderState) -> None:
        if state != self.state:
            self.state = state
            self._on_change()


def usable(uid: bytes) -> bool:
    """Whether a UID can name a customer: 4, 7 or 10 bytes, and not drawn anew each time (first of four is 08)."""
    return len(uid) in (4, 7, 10) and not (len(uid) == 4 and uid[0] == 0x08)


def _establish() -> int:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _check(result)
    return int(context)


def _readers(context: int) -> list[str]:
    result, readers = scard.SCardListReaders(context, [])
    if result == scard.SCARD_E_NO_READERS_AVAILABLE:
        return []
    _check(result)
    return list(readers)


def _changes(context: int, seen: dict[str, int]) -> list[tuple[str, int]]:
    """Wait for a change of a reader, or of their number; (name, new state) of those readers."""
    asked = list(seen.items()) or [(_PNP, scard.SCARD_STATE_UNAWARE)]
    result, told = scard.SCardGetStatusChange(context, _WAIT_MS if seen else _NEW_READERS_MS, asked)
    if result in (scard.SCARD_E_TIMEOUT, scard.SCARD_E_UNKNOWN_READER):
        return []
    _check(result)
    return [(name, state & ~scard.SCARD_STATE_CHANGED) for name, state, _ in told if name in seen]


def _came_or_went(before: int, now: int) -> bool:
    """Another program's use of the same card is no news; the upper half counts comings and goings."""
    return before >> 16 != now >> 16 or bool((before ^ now) & scard.SCARD_STATE_PRESENT)


def _uid(context: int, name: str) -> str | None:
    """The card's UID in upper-case hex; None when it has none we can use, or was taken away again."""
    result, card, protocol = scard.SCardConnect(
        context, name, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    )
    if result != scard.SCARD_S_SUCCESS:
        return None
    try:
        result, answer = scard.SCardTransmit(card, protocol, _GET_UID)
    finally:
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    if result != scard.SCARD_S_SUCCESS or len(answer) < 2 or answer[-2:] != [0x90, 0x00]:
        return None
    uid = bytes(answer[:-2])
    return uid.hex().upper() if usable(uid) else None


def _check(result: int) -> None:
    if result != scard.SCARD_S_SUCCESS:
        raise PcscLost(scard.SCardGetErrorMessage(result))
