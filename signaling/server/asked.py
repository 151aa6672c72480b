"""Adapter: one command being served: who asks, what it may reach, and the change it makes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from billing.port import BillingSystem
from ground.clock import Clock
from ground.ids import new_id
from payment.terms import PaymentTerms
from signaling.protocol.values import Role
from signaling.server.config import ServerConfig
from signaling.server.doors import Doors
from signaling.server.event_log import Change, Insert
from signaling.server.front_office import Clerk, FrontOffice, Kiosk
from signaling.server.numbers import Numbers
from signaling.server.outside import Outside
from signaling.server.queue_runner import QueueRunner
from signaling.server.records import Records
from signaling.server.talks import Talks

if TYPE_CHECKING:
    from signaling.server.bookings import Bookings
    from signaling.server.call_backs import CallBacks
    from signaling.server.difference_desk import Differences
    from signaling.server.purchases import Purchases

#: Questions of customers and staff to the billing system at once.
_ASKED_AT_ONCE = 32
#: Less than the 15 s that a kiosk waits for an answer of ours, so that it hears that billing is away.
_ASKED_WITHIN_S = 14.0


@dataclass(slots=True)
class Services:
    """What handlers work with; one set per server."""

    config: ServerConfig
    clock: Clock
    front: FrontOffice
    queue: QueueRunner
    talks: Talks
    records: Records
    billing: BillingSystem | None
    purchases: Purchases
    terms: PaymentTerms
    secret: bytes
    differences: Differences
    #: where questions to ``billing`` wait
    outside: Outside = field(init=False)
    doors: Doors = field(init=False)
    numbers: Numbers = field(init=False)
    call_backs: CallBacks = field(init=False)
    bookings: Bookings = field(init=False)

    def __post_init__(self) -> None:
        """What needs nothing but what is here; what makes changes by itself is set by the house, which comes last."""
        self.outside = Outside(_ASKED_AT_ONCE, _ASKED_WITHIN_S)
        self.doors = Doors(self.front, self.queue.feed)
        self.numbers = Numbers(self.front)

    def reference(self, account: str) -> str:
        """The keyed hash by which an account appears in the log and in projections."""
        return hmac.new(self.secret, account.encode(), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class Client:
    """Who is signed in on a connection."""

    identity: str
    role: Role
    token_hash: str = ""
    public_key: str = ""
    signed_in_at: datetime | None = None
    expires_at: datetime | None = None
    #: signed out by somebody else while with a customer: may finish that, and nothing besides
    finishing: bool = False


@dataclass(slots=True)
class Asked:
    """One command. Handlers wait for others first and change the state last, without waiting in between."""

    client: Client
    services: Services
    _change: Change | None = field(default=None)

    @property
    def change(self) -> Change:
        """What this command does; its moment is when it is first touched."""
        if self._change is None:
            self._change = Change(self.services.clock.now())
        return self._change

    @property
    def made(self) -> Change | None:
        """The change, if there is one."""
        return self._change

    @property
    def front(self) -> FrontOffice:
        """The state."""
        return self.services.front

    @property
    def kiosk(self) -> Kiosk:
        """The kiosk that asks."""
        return self.services.front.kiosks[self.client.identity]

    @property
    def clerk(self) -> Clerk:
        """The member of staff who asks."""
        return self.services.front.clerks[self.client.identity]

    def audit(self, act: str, *, session_id: str | None = None, visit_id: str | None = None, **detail: str) -> None:
        """Remember for ever that this person did this; ``detail`` holds nothing personal."""
        change, row_id = self.change, new_id()
        row = {"id": row_id, "at": change.at, "actor": self.client.identity, "role": self.client.role.value}
        change.writes.append(
            Insert("audit", {**row, "act": act, "session_id": session_id, "visit_id": visit_id, "detail": detail})
        )
        change.log("audit", id=row_id, actor=self.client.identity, act=act, session=session_id)
