"""media/engine/permissions.py: a relay that takes permissions at their word lets a call through for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aioice import stun
from aioice.turn import is_channel_data

from media import mend
from media.engine import permissions
from media.engine.paths import PathConnection
from media.engine.relays import Relay, Servers

HOLDS = 1.0  # seconds: a permission of the relay here; 300 by RFC 8656
ANSWERS = 0.1  # seconds the relay takes to answer
PEER = ("127.0.0.1", 9)


class StrictRelay(asyncio.DatagramProtocol):
    """TURN over UDP, as far as an end needs it: passes on what is permitted now, and counts what is not."""

    def __init__(self) -> None:
        self.passed: list[float] = []
        self.refused, self.bindings = 0, set[bytes]()
        self._until = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        now = self._loop.time()
        if is_channel_data(data):
            if now < self._until:
                self.passed.append(now)
            else:
                self.refused += 1
            return
        asked = stun.parse_message(data)
        answer = stun.Message(asked.message_method, stun.Class.RESPONSE, transaction_id=asked.transaction_id)
        if asked.message_method is stun.Method.ALLOCATE:
            answer.attributes |= {
                "LIFETIME": 600, "XOR-MAPPED-ADDRESS": address, "XOR-RELAYED-ADDRESS": ("127.0.0.1", 49152)
            }  # fmt: skip
        elif asked.message_method is stun.Method.CHANNEL_BIND:
            self.bindings.add(asked.transaction_id)  # each is said again before it is answered
            self._until = now + ANSWERS + HOLDS
        self._loop.call_later(ANSWERS, self._transport.sendto, bytes(answer), address)


async def test_a_strict_relay_lets_everything_through_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    mend.apply()
    monkeypatch.setattr(permissions, "EVERY", HOLDS / 2.5)
    transport, relay = await asyncio.get_running_loop().create_datagram_endpoint(
        StrictRelay, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    way = Relay("127.0.0.1", port, "udp", tls=False, username="end", credential="secret")
    end = PathConnection(ice_controlling=True, servers=Servers(relays=(way,)))
    try:
        await end.gather_candidates()
        (path,) = [one for one in end._protocols if one.local_candidate.type == "relay"]
        async with asyncio.timeout(30):
            while not relay.passed or relay.passed[-1] - relay.passed[0] < 4 * HOLDS:
                path.transport.sendto(b"voice", PEER)
                await asyncio.sleep(0.02)
        assert relay.refused == 0
        assert 5 <= len(relay.bindings) <= 16  # one for each time it is renewed, none for a packet
    finally:
        await end.close()
        transport.close()
