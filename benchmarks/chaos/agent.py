"""Adapter: the kiosk's till as a process of the chaos run: the product's till, cashier, journal, driver and codec."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from benchmarks.chaos.life import Killed, Life, MortalDisk, present_life
from benchmarks.chaos.virtual_time import WallClock
from benchmarks.chaos.wire import Connection
from ground.simulated_disk import SimulatedDisk
from kiosk.agent.till import Till
from kiosk.ipc import PurchaseShown, StartPurchase
from payment.cashier import Cashier
from payment.nexo.https import post as real_post
from payment.nexo.profile import Profile
from payment.purchase import Purchase
from signaling.client.link import LinkDown
from signaling.protocol.commands import Command, PurchaseRecord
from signaling.protocol.replies import Reply

if TYPE_CHECKING:
    from benchmarks.chaos.world import World

SALE = "kiosk-1"
_STOPPED = ("payment.runner_stopped", "payment.journal_broken")


class AgentProcess:
    """One life after another over the same journal."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.disk = SimulatedDisk(seed=world.seed + 2)
        self.clock = WallClock(world.loop)
        self.boots = 1
        self.life = Life("agent", lambda life: False)
        self.life.alive = False
        self.till: Till | None = None
        self.lives = 0
        self.stumbles_at = b""  # killed between the append of an entry with this in it and its sync

    def start(self) -> None:
        """Read the journal, resolve what is open, be connected."""
        world = self._world
        self.life = life = Life("agent", world.fate)
        self.lives += 1
        disk = MortalDisk(self.disk, life, world.power_cut, self._leaves_out, self._stumble)
        with mock.patch("payment.cashier.this_boot", return_value=f"boot-{self.boots}"):
            self.till = _till(world, life, disk, self.clock)
        life.spawn(self._open(self.till, life))

    async def _open(self, till: Till, life: Life) -> None:
        await till.open()
        life.step()
        await asyncio.sleep(0.2)
        self._world.reconnect(0.0)

    def _stumble(self, data: bytes) -> None:
        if self.stumbles_at and self.stumbles_at in data and self._world.dangerous:
            self.stumbles_at = b""
            self._world.stumble()
            raise Killed("agent")

    def _leaves_out(self, data: bytes) -> bool:
        """The journal has two: one after what it appends, one when it is opened."""
        return self._world.without == ("fdatasync:append" if data else "fdatasync:open")

    @property
    def cashier(self) -> Cashier | None:
        """The cashier, while the process lives and the journal could be read."""
        return self.till._cashier if self.till is not None and self.life.alive else None

    def wish(self, wish: StartPurchase) -> None:
        """The visit asks for a purchase, or asks again."""
        if self.till is not None and self.life.alive:
            self.life.call(self.till.start, wish)

    def die(self) -> None:
        """Its timers and tasks reach nothing any more."""
        self.life.end()
        if self.till is not None and self.till._cashier is not None:
            self.till._cashier._runner.halt()


def _till(world: World, life: Life, disk: MortalDisk, clock: WallClock) -> Till:
    async def ask(command: Command) -> Reply:
        assert isinstance(command, PurchaseRecord)
        life.step()
        await asyncio.sleep(0.03)
        if world.link_fault():
            world.reconnect(3.0)
            raise LinkDown("lost on the way")
        reply: Reply = await world.server.ask(SALE, command)
        await asyncio.sleep(0.03)
        if world.link_fault():
            world.reconnect(3.0)
            raise LinkDown("lost on the way back")
        life.step()
        return reply

    def tell(message: Any) -> None:
        life.step()
        if isinstance(message, PurchaseShown):
            world.show(message)

    till = Till(disk, world.profile, SALE, clock, ask, tell, lambda: None)
    cashier = till._cashier
    assert cashier is not None
    listeners = cashier._runner._listeners
    cashier._runner._listeners = type(listeners)(
        lambda purchase: _on_change(world, life, listeners.on_change, purchase),
        listeners.on_entry,
        lambda code, purchase_id: _on_alarm(world, life, code, purchase_id),
    )
    return till


def _on_change(world: World, life: Life, told: Callable[[Purchase], None], purchase: Purchase) -> None:
    told(purchase)
    if life.alive:
        world.mischief.stepped(purchase)


def _on_alarm(world: World, life: Life, code: str, purchase_id: str) -> None:
    if life.alive:
        world.alarm(code, purchase_id)
        if code in _STOPPED:  # as payment/__init__.py says: the process must be started anew
            world.stop_agent()


@contextmanager
def wire_laid(world: World) -> Iterator[None]:
    """Meanwhile let the product's driver reach the emulated terminal of this world, byte by byte, without a socket."""

    async def open_connection(*_where: Any, **_how: Any) -> tuple[Any, Any]:
        await asyncio.sleep(0.01)
        going, coming, hole = await world.terminal_line()
        connection = Connection(going, coming, hole)
        world.terminal.connect(connection)
        return connection.to_kiosk, connection.kiosk

    async def mortal_post(profile: Profile, body: bytes, within: float, sent: Callable[[], None]) -> Any:
        life = present_life()
        life.step()
        answer = await real_post(profile, body, within, sent)
        life.step()
        return answer

    with (
        mock.patch("payment.nexo.https.asyncio", _Streams(open_connection)),
        mock.patch("payment.nexo.https.tls_context", return_value=None),
        mock.patch("payment.nexo.driver.post", mortal_post),
    ):
        yield


class _Streams:
    """asyncio as ``payment.nexo.https`` knows it, with another way to open a connection."""

    def __init__(self, open_connection: Any) -> None:
        self.open_connection = open_connection

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)
