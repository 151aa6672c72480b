"""media/engine/arrivals.py: sockets of this machine that are read late."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiortc import clock
from hypothesis import given
from hypothesis import strategies as st

from media.engine.arrivals import KEPT, Arrivals, stamp
from media.picture.receiver import PictureReceiver

STREAM = 0xDEADBEEF


def packet(sequence: int, payload: bytes = b"picture") -> bytes:
    return bytes([0x80, 96]) + sequence.to_bytes(2, "big") + bytes(4) + STREAM.to_bytes(4, "big") + payload


class Reader(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.arrivals, self.read = Arrivals(), list[tuple[bytes, Any, float]]()

    def connection_made(self, transport: Any) -> None:
        stamp(transport, self.arrivals)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.read.append((data, addr, time.time()))


def busily_sent(sender: socket.socket, to: Any, sequences: range) -> list[float]:
    """When each left; who waits here reads nothing meanwhile."""
    sent = []
    for sequence in sequences:
        sent.append(time.time())
        sender.sendto(packet(sequence, bytes(1180)), to)
        time.sleep(0.02)
    return sent


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="told by Linux alone")
async def test_a_busy_reader_knows_how_far_apart_packets_came() -> None:
    transport, reader = await asyncio.get_running_loop().create_datagram_endpoint(Reader, local_addr=("127.0.0.1", 0))
    to, take = transport.get_extra_info("sockname"), reader.arrivals.take

    async def sent(count: int) -> tuple[list[float], list[float | None]]:
        reader.read.clear()
        left = busily_sent(sender, to, range(count))
        async with asyncio.timeout(5):
            while len(reader.read) < count:
                await asyncio.sleep(0.001)
        return left, [take(sequence, STREAM) for sequence in range(count)]

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        for _ in range(50):  # the first who asks makes the kernel begin to look at the clock, a moment later
            (left,), (came,) = await sent(1)
            if came is not None and came < left + 0.01:
                break
        lefts, comes = await sent(4)
        assert [data for data, _, _ in reader.read] == [packet(n, bytes(1180)) for n in range(4)]
        assert {addr for _, addr, _ in reader.read} == {sender.getsockname()}
        transport.sendto(b"and back", sender.getsockname())
        sender.settimeout(5)
        assert sender.recv(100) == b"and back"
    assert min(at for _, _, at in reader.read) > lefts[-1]
    for left, came in zip(lefts, comes, strict=True):
        assert came is not None
        assert 0 <= came - left < 0.01
    assert take(3, STREAM) is None  # each is asked for once
    transport.close()


@given(st.lists(st.integers(0, 2000), max_size=2000), st.binary(max_size=40))
def test_what_nobody_asks_for_does_not_grow_and_only_media_counts(sequences: list[int], other: bytes) -> None:
    arrivals = Arrivals()
    arrivals.note(bytes([other[0] & 0x3F]) + other[1:] if other else other, 1.0)  # STUN or DTLS (RFC 7983)
    assert not arrivals._came
    for sequence in sequences:
        arrivals.note(packet(sequence), 1.0)
    assert len(arrivals._came) <= KEPT
    if sequences:
        assert arrivals.take(sequences[-1], STREAM) == 1.0


@pytest.mark.parametrize(("waited", "believed"), [(0.0, True), (0.3, True), (5.0, False), (-1.0, False), (None, False)])
def test_the_estimate_is_told_when_it_came_unless_that_cannot_be(waited: float | None, believed: bool) -> None:
    arrivals, now, read = Arrivals(), time.time(), clock.current_ms()
    if waited is not None:
        arrivals.note(packet(7), now - waited)
    path = SimpleNamespace(transport=SimpleNamespace(_connection=SimpleNamespace(arrivals=arrivals)))
    receiver: Any = SimpleNamespace(transport=path)
    came = PictureReceiver._came(receiver, SimpleNamespace(sequence_number=7, ssrc=STREAM), read)
    assert came == pytest.approx(read - 1000 * (waited or 0.0) if believed else read, abs=5)
