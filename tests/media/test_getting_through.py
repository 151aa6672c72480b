"""What a call passes: media/engine/paths.py against coturn with deploy/'s configuration, behind closing firewalls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.media.networks import RELAY, WHY_NOT, Networks, Worker, certificate

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]

UDP, TCP, TLS = (
    f"turn:{RELAY}:3478?transport=udp",
    f"turn:{RELAY}:3478?transport=tcp",
    f"turns:{RELAY}:443?transport=tcp",
)
STUN = f"stun:{RELAY}:3478"
Ends = tuple[Networks, Worker, Worker]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ends(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ends]:
    """A kiosk and an operator who can reach a relay and not each other."""
    folder = tmp_path_factory.mktemp("relay")
    trusted = {"SSL_CERT_FILE": str(folder / "turn-certificate.pem")}
    with Networks() as networks:
        async with networks.relay(folder):
            kiosk, operator = (
                Worker(namespace, "tests.media.path_end", **trusted)
                for namespace in (networks.kiosk, networks.operator)
            )
            async with kiosk, operator:
                yield networks, kiosk, operator


async def connect(ends: Ends, *urls: str, **credentials: str) -> list[dict[str, Any]]:
    """Gather at both ends, connect them, send something each way; the kiosk's answers."""
    networks, kiosk, operator = ends
    servers = [{"urls": list(urls), **(credentials or networks.credentials("kiosk"))}]
    ours = await kiosk.tell(servers=servers, controlling=True)
    theirs = await operator.tell(servers=servers, controlling=False)
    both = await asyncio.gather(kiosk.tell(remote=theirs), operator.tell(remote=ours))
    echoed = await asyncio.gather(kiosk.tell(echo=True), operator.tell(echo=True))
    await asyncio.gather(kiosk.tell(close=True), operator.tell(close=True))
    return [ours, both[0], echoed[0]]


def kinds(told: dict[str, Any]) -> set[str]:
    return {line.split(" typ ")[1].split(" ")[0] for line in told["candidates"]}


async def test_udp_to_the_relay_comes_first_and_nothing_waits_for_the_others(ends: Ends) -> None:
    ours, path, _ = await connect(ends, STUN, UDP, TCP, TLS)
    assert kinds(ours) == {"host", "srflx", "relay"}
    assert path["way"] == "relay>relay"
    assert ours["ms"] < 1000  # measured 30
    assert path["ms"] < 1500  # measured 150


@pytest.mark.parametrize(
    ("firewall", "most_ms"),
    [(("-p udp",), 1500), (("-p udp", "-p tcp --dport 3478"), 2000)],
    ids=["tcp passes", "only tls passes"],
)
async def test_what_a_firewall_stops_goes_another_way_within_a_second(
    ends: Ends, firewall: tuple[str, ...], most_ms: int
) -> None:
    networks, _, _ = ends
    with networks.blocked(networks.kiosk, *firewall):
        ours, path, _ = await connect(ends, STUN, UDP, TCP, TLS)
    assert "relay" in kinds(ours)
    assert path["way"].startswith("relay>")
    assert ours["ms"] < most_ms  # measured 380 and 640, of which 100 for STUN


async def test_a_houses_own_authority_is_trusted_when_it_is_lent_and_no_other(ends: Ends, tmp_path: Path) -> None:
    networks, _, _ = ends
    certificate(tmp_path)
    other = (tmp_path / "turn-certificate.pem").read_text()
    found = []
    async with Worker(networks.kiosk, "tests.media.path_end") as kiosk:  # its system knows nothing of the house
        for authority in ("", other, networks.authorities[RELAY]):
            lent = {"urls": [TLS], "authority": authority, **networks.credentials("kiosk")}
            ours = await kiosk.tell(servers=[lent], controlling=True)
            await kiosk.tell(close=True)
            found.append(kinds(ours))
    assert found == [{"host"}, {"host"}, {"host", "relay"}]


async def test_servers_that_do_not_answer_cost_half_a_second_not_five(ends: Ends) -> None:
    networks, kiosk, _ = ends
    with networks.blocked(networks.kiosk, "-p udp", "-p tcp"):
        ours = await kiosk.tell(servers=[{"urls": [STUN]}], controlling=True)
        await kiosk.tell(close=True)
    assert kinds(ours) == {"host"}
    assert ours["ms"] < 1500


async def test_an_expired_credential_gives_no_relay(ends: Ends) -> None:
    networks, kiosk, _ = ends
    old = networks.credentials("kiosk", seconds=-10)
    ours = await kiosk.tell(servers=[{"urls": [UDP], **old}], controlling=True)
    await kiosk.tell(close=True)
    assert kinds(ours) == {"host"}
    assert ours["ms"] < 1500  # a refusal is an answer


async def test_the_relay_reaches_nothing_inside(ends: Ends) -> None:
    """deploy/turn/turnserver.conf lets a relay reach other relays and public addresses, no private one."""
    networks, kiosk, operator = ends
    servers = [{"urls": [UDP], **networks.credentials("kiosk")}]
    ours = await kiosk.tell(servers=servers, controlling=True)
    theirs = await operator.tell(servers=[], controlling=False)  # only its private address
    with pytest.raises(AssertionError, match="TimeoutError"):
        await kiosk.tell(remote=theirs, within=1.0)  # a path is found in 0.15
    assert "relay" in kinds(ours)
    await asyncio.gather(kiosk.tell(close=True), operator.tell(close=True))
