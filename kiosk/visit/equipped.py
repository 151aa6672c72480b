"""Rules: how camera, microphone, loudspeaker and engine are, from what the engine tells."""

from __future__ import annotations

from collections import deque
from typing import get_args

from kiosk.ipc import Equipped
from media import messages as m


class Inventory:
    """``opening`` each Open that is sent, ``hear`` each event; ``equipped`` is what is known so far.

    A device is well when an Open that wanted it was done and its loss was not told; it is out from a DeviceLost to its
    DeviceBack. What no Open ever wanted stays unknown. ``missing`` is what nothing else has replaced: whom it serves is
    not troubled by a substitute, whoever mends kiosks is to know of it.
    """

    def __init__(self) -> None:
        self.equipped = Equipped()
        self._orders: deque[m.Open] = deque()
        self._lost: set[m.DeviceKind] = set()
        self._replaced: set[m.DeviceKind] = set()

    def opening(self, order: m.Open) -> None:
        """The engine was told this."""
        self._orders.append(order)

    def forget_orders(self) -> None:
        """Another engine is there; what was asked of the one before is never answered."""
        self._orders.clear()

    @property
    def missing(self) -> tuple[m.DeviceKind, ...]:
        """What a person would have to do without now."""
        return tuple(
            k for k in get_args(m.DeviceKind) if getattr(self.equipped, k) == "out" and k not in self._replaced
        )

    def hear(self, event: m.Event) -> Equipped | None:
        """What is known now, when that is news."""
        before = self.equipped
        match event:
            case m.Rehearsed(ok=ok):
                self._now(engine="ok" if ok else "out")
            case m.DeviceLost(kind=kind):
                self._lost.add(kind)
                self._replaced.discard(kind)
                self._now(**{kind: "out"})
            case m.DeviceBack(kind=kind, instead=True):
                self._replaced.add(kind)
            case m.DeviceBack(kind=kind):
                self._lost.discard(kind)
                self._replaced.discard(kind)
                self._now(**{kind: "ok"})
            case m.SoundChecked(verdict="heard"):
                self._now(sound_check="ok")
            case m.SoundChecked(verdict="unheard" | "deaf"):
                self._now(sound_check="out")
            case m.Opened() if self._orders:
                order = self._orders.popleft()
                wanted = {"camera": order.camera, "microphone": order.microphone, "loudspeaker": order.loudspeaker}
                well = {kind for kind, choice in wanted.items() if choice.kind != "none"} - self._lost
                self._now(**dict.fromkeys(well, "ok"))
            case m.EngineDied():
                self._orders.clear()
                self._lost.clear()
                self._replaced.clear()
                self._now(engine="out")
        return self.equipped if self.equipped != before else None

    def _now(self, **known: str) -> None:
        self.equipped = self.equipped.model_copy(update=known)
