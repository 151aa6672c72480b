"""Wiring: what happens just when a purchase has come to a state: five runs of fourteen look for the rarest moments.

A run has one theme (``THEMES``, by its seed). "plain" leaves everything to chance. The others press one part of the
table of moves: a terminal that says "busy" or "no host" and charges all the same ("liar"), one that cannot be reached
for longer than a purchase waits ("blackout"), operators who order money back ("refunds"), a terminal that says
"refused" and charges, and a clerk who says "nothing was charged" of what was ("hearsay": the bank's file finds it).
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from payment.moves import State
from payment.purchase import Purchase

if TYPE_CHECKING:
    from benchmarks.chaos.world import World

_PLAIN = "plain"
THEMES = (*[_PLAIN] * 3, "liar", *[_PLAIN] * 2, "blackout", *[_PLAIN] * 3, "refunds", _PLAIN, "late refunds", "hearsay")
_DARK = ("blackout", "late refunds", "hearsay")
_RAREST = ("liar", "blackout", "hearsay", "refunds", "liar", "late refunds", "hearsay")
_AT_ONCE_S = (0.0, 0.0, 0.005, 0.02, 0.03)
_SOON_S = (*_AT_ONCE_S, 0.3, 2.0, 6.0, 40.0)
#: How long nothing reaches the terminal: longer than a purchase waits before it is parked (payments.md 1.5: 5 min).
_BLACKOUT_S = (310, 420)
_WITHIN_BODY = (300, 800)  # bytes of a request

#: What may happen in a state. Repeated words are likelier.
_MOMENTS: dict[State, tuple[str, ...]] = {
    State.NOT_SENT: ("cancel", "agent", "cancel"),
    State.AUTHORISING: ("agent", "terminal"),
    State.BUSY: ("agent", "cancel", "terminal", "terminal"),
    State.VERIFYING: ("agent", "terminal", "terminal"),
    State.UNKNOWN: ("cancel", "agent", "terminal"),
    State.PARKED: ("agent", "terminal", "terminal", "bank", "bank", "nothing"),
    State.REVERSING: ("agent", "terminal", "terminal", "nothing"),
    State.REVERSAL_PARKED: ("agent", "terminal", "terminal", "bank", "nothing", "nothing"),
}


class Mischief:
    """The theme of one run, and its own chance: what it draws moves nothing else of the run."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.chance = random.Random(world.seed + 7)
        themes = _RAREST if world.without == "row" else THEMES  # a row is missed where it is used
        self.theme = themes[world.seed % len(themes)]
        self._dark_until = 0.0
        self._cut: int | None = None

    @property
    def dark(self) -> bool:
        """Whether no connection to the terminal comes about now."""
        return self._world.dangerous and self._world.loop.time() < self._dark_until

    def stepped(self, purchase: Purchase) -> None:
        """A purchase has come this far."""
        world = self._world
        if self.theme == _PLAIN or not world.dangerous:
            return
        if self.theme in ("refunds", "late refunds") and purchase.state in (State.APPROVED, State.POSTED):
            self._go_to_a_desk()
        if purchase.state in (State.AUTHORISING, State.REVERSING) and self.theme in _DARK:
            self._go_dark(purchase)
        if purchase.state in (State.PARKED, State.REVERSAL_PARKED) and self.theme in _DARK:
            self._press_parked(purchase)
        if purchase.state is State.AUTHORISING:
            self._plan()
        moments = _MOMENTS.get(purchase.state, ())
        short = purchase.state in (State.BUSY, State.VERIFYING)  # they last as long as one question
        likely = 0.3 if short else 0.03 if self.dark else 0.15  # in the dark there are many steps, and all the same
        if moments and self.chance.random() < likely:
            later = self.chance.choice(_AT_ONCE_S if short else _SOON_S)
            world.loop.call_later(later, self._happen, self.chance.choice(moments), purchase.purchase_id)

    def _plan(self) -> None:
        """What this payment will meet."""
        if self.theme == "blackout" and self.chance.random() < 0.4:
            self._world.terminal.script.add({"next": "other_amount"})
        if self.chance.random() < 0.1:
            self._world.agent.stumbles_at = b'"charged_other_amount"'
        if self.chance.random() < 0.3:
            word = self.chance.choice(["decline", "drop_after_body", "half_answer"])
            self._world.terminal.script.add({"next": word, "category": "Reversal", "seconds": 20})

    def _go_dark(self, purchase: Purchase) -> None:
        """Its request (or only the answer) still passes; nothing after it for minutes."""
        wanted = self.theme != "late refunds" or purchase.state is State.REVERSING
        if wanted and not self.dark and self.chance.random() < 0.5:
            if self.chance.random() < 0.3:  # the request itself is torn: the terminal never knows of it
                self._cut = self.chance.randint(*_WITHIN_BODY)
                begins = 0.04
            else:
                begins = self.chance.choice((0.0, 0.015, 0.04, 1.0))
            self._world.loop.call_later(begins, self._darken, self.chance.uniform(*_BLACKOUT_S))

    def torn(self) -> int | None:
        """After how many bytes the next connection to the terminal breaks; None: as chance will have it."""
        cut, self._cut = self._cut, None
        return cut

    def _press_parked(self, purchase: Purchase) -> None:
        """Nobody has answered for too long; now everybody does, at once."""
        world, later = self._world, self.chance.choice((0.0, 0.005, 0.02))
        if purchase.asking and self.dark and self.chance.random() < 0.3:  # the bank's file comes before the answer
            world.loop.call_later(0.3, self._happen, "bank", purchase.purchase_id)
        elif self._asked_of_hearsay(purchase) and self.chance.random() < (0.1 if self.dark else 0.7):
            world.loop.call_later(later, world.wrong_word, purchase.purchase_id)
        elif self.dark and self.chance.random() < 0.3:  # the line is back, and then the terminal is gone
            self._dark_until = 0.0
            world.kill("terminal")

    def _darken(self, seconds: float) -> None:
        self._dark_until = self._world.loop.time() + seconds
        for connection in self._world.terminal.connections:
            connection.snap()

    def _asked_of_hearsay(self, purchase: Purchase) -> bool:
        """Of a payment alone: only a later comparison, which this world has not, finds a refund wrongly called done."""
        return self.theme == "hearsay" and purchase.asking and purchase.state is State.PARKED

    def _go_to_a_desk(self) -> None:
        script = self._world.terminal.script
        if self.chance.random() < 0.5:
            word = self.chance.choice(["decline", "drop_after_body", "drop_before_body", "half_answer", "not_json"])
            script.add({"next": word, "category": "Reversal", "seconds": 20})
        for _ in range(4):
            self._world.loop.call_later(self.chance.uniform(0.5, 90.0), self._world.server.desk, self.chance)

    def _happen(self, what: str, purchase_id: str) -> None:
        world = self._world
        if not world.dangerous:
            return
        match what:
            case "cancel":
                world.visits.cancel(purchase_id)
            case "agent" | "terminal":
                world.kill(what)
            case "bank":
                world.bank_file_comes()

    # --- what the terminal of this run says ---

    def outcome(self) -> str | None:
        """How a payment ends that it said it had not begun; None: when somebody holds a card to it."""
        return self.chance.choice([None, "approve", "approve", "other_amount", "decline"])

    def lie(self, category: str) -> str:
        """What the terminal says instead of the truth, while it does what it was asked: a nexo condition, or ""."""
        if self.theme == _PLAIN or not self._world.dangerous:
            return ""
        if category == "Payment" and self.theme == "hearsay":
            return "Refusal" if self.chance.random() < 0.25 else ""
        if category == "Payment" and self.theme == "liar" and self.chance.random() < 0.8:
            return self.chance.choice([*["Busy"] * 4, *["UnreachableHost"] * 3, "InProgress"])
        if category == "Reversal" and self.chance.random() < 0.3:
            return self.chance.choice(["InProgress", "Busy", "UnreachableHost"])
        if category == "TransactionStatus" and self.chance.random() < 0.25:
            return self.chance.choice(["InProgress", "other"])
        return ""
