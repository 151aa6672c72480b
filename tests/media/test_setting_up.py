"""How many round trips a connection takes, on a virtual clock and a link in memory of 40 ms each way."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Awaitable, Callable
from typing import Any

import aioice.ice
import pytest
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceGatherer

from benchmarks.chaos.virtual_time import VirtualLoop
from media import mend
from media.engine import early, handshake

ONE_WAY = 40.0  # ms
SIGNALING = 10.0  # ms the answer is under way
MEDIA = bytes([0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]) + b"the first word"
CERTIFICATE = RTCCertificate.generateCertificate()
#: sees each datagram with its number and gives back what arrives of it, None for nothing
Fate = Callable[[int, bytes], bytes | None]


class Air(VirtualLoop):
    """A loop whose sockets are joined by an emulated link."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.set_task_factory(None)
        self._fate, self._sockets, self.sent = fate, dict[tuple[str, int], Any](), 0

    async def create_datagram_endpoint(self, factory: Any, local_addr: Any = None, **_: Any) -> Any:
        protocol, here = factory(), (local_addr[0], 1000 + len(self._sockets))
        socket = Socket(self, protocol, here)
        self._sockets[here] = protocol
        protocol.connection_made(socket)
        return socket, protocol

    def carry(self, data: bytes, here: Any, there: Any) -> None:
        arrives = self._fate(self.sent, data)
        self.sent += 1
        if arrives is not None and there in self._sockets:
            self.call_later(ONE_WAY / 1000, self._sockets[there].datagram_received, arrives, here)


class Socket:
    def __init__(self, air: Air, protocol: Any, here: tuple[str, int]) -> None:
        self._air, self._protocol, self._here = air, protocol, here

    def sendto(self, data: bytes, there: Any) -> None:
        self._air.carry(bytes(data), self._here, there)

    def get_extra_info(self, name: str) -> Any:
        return self._here if name == "sockname" else None

    def close(self) -> None:
        self._air.call_soon(self._protocol.connection_lost, None)


class End:
    """One end without pictures and sound: ICE and DTLS, as a peer connection strings them together."""

    def __init__(self, role: str) -> None:
        self.gatherer = RTCIceGatherer([])
        self.ice = handshake.Transport(self.gatherer)
        self.dtls = handshake.Handshake(self.ice, [CERTIFICATE])
        self.dtls._set_role(role)
        self.connection: Any = self.ice._connection
        self.connection.ice_controlling = role == "server"
        self.ready: float | None = None  # ms
        self.word: bytes | None = None  # said as soon as it can be
        self.read: list[bytes] = []

        async def take(data: bytes, arrival_time_ms: int) -> None:
            self.read.append(data)

        self.dtls._handle_rtp_data = take

    async def start(self, other: End) -> None:
        for candidate in other.gatherer.getLocalCandidates():
            await self.ice.addRemoteCandidate(candidate)
        await self.ice.addRemoteCandidate(None)
        await self.ice.start(other.gatherer.getLocalParameters())
        await self.dtls.start(RTCDtlsParameters(CERTIFICATE.getFingerprints()))
        if self.dtls.state == "connected":
            self.ready = asyncio.get_running_loop().time() * 1000
            if self.word is not None:
                await self.dtls._send_rtp(self.word)


@pytest.fixture(scope="module", autouse=True)
def mended() -> None:
    mend.apply()


@pytest.fixture(autouse=True)
def one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["10.0.0.1"])


def all_arrive(number: int, data: bytes) -> bytes:
    return data


def set_up(
    fate: Fate = all_arrive,
    before: Callable[[End, End], None] = lambda client, server: None,
    after: Callable[[End, End], Awaitable[None]] | None = None,
) -> tuple[End, End]:
    """The answerer, who is DTLS client, and the offerer; ``ready`` counts from the moment the answer is made."""

    async def both() -> tuple[End, End]:
        client, server = End("client"), End("server")
        await asyncio.gather(client.gatherer.gather(), server.gatherer.gather())
        before(client, server)

        async def offerer() -> None:
            await asyncio.sleep(SIGNALING / 1000)
            await server.start(client)

        async with asyncio.timeout(30):
            await asyncio.gather(client.start(server), offerer())
        if after is not None:
            await after(client, server)
        for end in (client, server):
            await end.dtls.stop()
            await end.ice.stop()
        return client, server

    air = Air(fate)
    try:
        return air.run_until_complete(both())
    finally:
        air.close()


def test_the_answerer_can_speak_after_one_round_trip_and_the_offerer_half_a_one_later() -> None:
    client, server = set_up()
    assert client.ready == pytest.approx(2 * ONE_WAY, abs=1)
    assert server.ready == pytest.approx(3 * ONE_WAY, abs=1)


@pytest.mark.parametrize("lost", [{one} for one in range(10)] + [{0, 1}, {2, 3}, {4, 5, 6}], ids=str)
def test_what_is_lost_costs_less_than_a_round_trip(lost: set[int]) -> None:
    client, server = set_up(lambda number, data: None if number in lost else data)
    assert client.ready is not None
    assert server.ready is not None
    assert client.ready <= 2 * ONE_WAY + 50
    assert server.ready <= 3 * ONE_WAY + 50


def test_at_five_percent_of_loss_nearly_every_call_is_set_up_as_without() -> None:
    ready: list[float] = []
    for seed in range(40):
        chance = random.Random(seed)
        ends = set_up(lambda number, data, chance=chance: None if chance.random() < 0.05 else data)
        ready.append(max(end.ready or 1e9 for end in ends))
    assert statistics.median(ready) <= 3 * ONE_WAY + 5
    assert statistics.quantiles(ready, n=20)[-1] <= 3 * ONE_WAY + 30


def test_who_does_not_look_into_checks_is_told_when_one_was_answered() -> None:
    def deaf(client: End, server: End) -> None:
        server.connection.unpack = lambda message, protocol: None

    client, server = set_up(before=deaf)
    assert client.ready == pytest.approx(4 * ONE_WAY, abs=10)
    assert server.ready == pytest.approx(5 * ONE_WAY, abs=10)


def test_who_speaks_without_checks_is_answered_without() -> None:
    carried: list[float] = []

    def deaf(client: End, server: End) -> None:
        server.connection.unpack = lambda message, protocol: None

    def fate(number: int, data: bytes) -> bytes | None:
        now, request = asyncio.get_running_loop().time() * 1000, data[:2] == b"\x00\x01"
        if request and server_asks(data):
            carried.append(now) if early.NUMBER.to_bytes(2, "big") in data else None
            return data if now > 140 else None
        return data

    _, server = set_up(fate, before=deaf)
    assert server.ready is not None
    assert carried == []


def server_asks(data: bytes) -> bool:
    """Whether it is who decides (ICE-CONTROLLING)."""
    return b"\x80\x2a\x00\x08" in data


def test_nothing_but_checks_goes_where_no_check_was_answered() -> None:
    plain: list[float] = []

    def watch(number: int, data: bytes) -> bytes:
        if data[0] > 3:
            plain.append(asyncio.get_running_loop().time() * 1000)
        return data

    set_up(watch)
    assert min(plain) >= 2 * ONE_WAY


def test_media_that_overtakes_the_keys_is_read_when_they_are_there() -> None:
    lost: list[int] = []

    def fate(number: int, data: bytes) -> bytes | None:
        if data[0] == 22 and data[13] == 11:  # the client's certificate, and all of its last flight
            lost.append(number)
            return None if len(lost) == 1 else data
        return data

    def speak_at_once(client: End, server: End) -> None:
        client.word = MEDIA

    _, server = set_up(fate, before=speak_at_once, after=lambda *_: asyncio.sleep(0.3))
    assert len(lost) > 1
    assert server.read == [MEDIA]


def test_a_check_whose_answer_is_lost_keeps_nobody_from_speaking() -> None:
    def fate(number: int, data: bytes) -> bytes | None:
        answer = data[:2] == b"\x01\x01"
        return None if answer and asyncio.get_running_loop().time() * 1000 < 150 else data

    def speak_at_once(client: End, server: End) -> None:
        client.word = MEDIA

    client, server = set_up(fate, before=speak_at_once, after=lambda *_: asyncio.sleep(0.3))
    assert client.ready == pytest.approx(2 * ONE_WAY, abs=1)
    assert server.ready == pytest.approx(3 * ONE_WAY, abs=1)
    assert server.read == [MEDIA]


def test_media_without_a_way_is_lost_and_ends_nothing() -> None:
    async def before_any_path() -> None:
        end = End("client")
        await end.connection.sendto(MEDIA, 1)
        end.connection.send_now(MEDIA)
        await end.connection.close()
        with pytest.raises(ConnectionError):
            await end.connection.sendto(MEDIA, 1)

    asyncio.run(before_any_path())


def test_a_server_whose_last_word_is_false_is_not_talked_to_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake, "FINISHED_WITHIN", 0.0)

    def falsify(number: int, data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1]) if data[0] == 20 else data

    states: list[str] = []

    async def wait(client: End, server: End) -> None:
        await asyncio.sleep(0.5)
        states.append(client.dtls.state)

    set_up(falsify, after=wait)
    assert states == ["closed"]


def test_a_server_whose_last_word_is_true_is_believed() -> None:
    async def wait(client: End, server: End) -> None:
        await asyncio.sleep(0.5)
        assert client.dtls._finished_by is None
        assert client.dtls.state == server.dtls.state == "connected"

    set_up(after=wait)
