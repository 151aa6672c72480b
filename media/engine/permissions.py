"""Adapter: what a relay lets through is renewed in good time, beside the packets.

A permission holds 300 s (RFC 8656 section 9), and binding a channel anew renews both (section 12). aioice binds anew
after 500 s of the wall's clock, when a packet is to be sent: that packet, and each one until the first answer, asks for
itself and waits. A relay that takes permissions at their word is silent from the 300th second to the 500th.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any

import aioice.stun
import aioice.turn

from ground.logs import get_logger

EVERY = 120.0  # seconds: one that fails is made up for by the next, before 300 are over

_log = get_logger()


async def renew(protocol: Any) -> None:
    """Keep all bindings of a relayed path until its transport closes; begin it before the first packet is sent."""
    relay = protocol.transport._TurnTransport__inner_protocol
    relay.channel_refresh_time = math.inf
    while True:
        await asyncio.sleep(EVERY)
        if relay.transport.is_closing():
            return
        for channel, peer in [*relay.channel_to_peer.items()]:
            try:
                await relay.channel_bind(channel, peer)
            except (ConnectionError, aioice.stun.TransactionError) as error:
                _log.warning("relay.not_renewed", error=repr(error))


EXPECTED: tuple[tuple[Any, str], ...] = ((aioice.turn.TurnClientMixin, "channel_bind"),)
