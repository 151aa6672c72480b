"""Wiring for tests: logs that earlier rules wrote, kept to be followed by all later ones, and the recorder of new ones.

``python -m tests.equeue.old_log NAME.jsonl.gz --kind short --seed 7``: adds one log to ``old_logs/``, made by today's
rules from what ``AnySequence`` does to a queue. A log that is there is never written again: it stands for the logs of
houses that run, and those cannot be written again either.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from equeue import Dispatcher, Settings, effects, events
from equeue.operator_states import OperatorState
from equeue.proof import Chain, first_head
from equeue.ticket import PHONE
from equeue.ticket_states import ENDED, TicketState
from tests.equeue.any_sequence import EVERY, KIOSKS, OPERATORS, RESERVING, SETTINGS, SHARING, SKILLS, AnySequence
from tests.equeue.old_log_file import FOLDER, SHORT, Line, OldLog, follow
from tests.equeue.playbook import MORNING

_TOWNS = Settings(
    services={"heat": "A", "power": "B", "встреча": "CE"},
    other_letter="X",
    slopes={"walk_in": 1.0, "booked": 1.25, "repeat_callback": 4.0, "special_need": 2.5},
    centre_factors={"north": 1.5, "south": 0.75},
    skill_steps={"heat": ((0, 3), (45, 1)), "power": ((0, 2), (90, 0))},
    repeat_priority="special_need",
    misses_allowed=3,
    wrapup_extension_s=20,
    wrapup_extensions=1,
    result_code_mandatory=True,
    idle_through_breaks=True,
    return_window_s=120,
    park_limit_s=240,
    named_s=60,
    merge_requests=True,
    merge_boost_s=45,
    merge_boost_cap_s=100,
    booking_early_s=120,
    booking_late_s=60,
    late_priority="repeat_callback",
    booking_no_show_s=300,
    recall_tickets=3,
    callback_gap_s=120,
    keep_ended_s=900,
    day_begins_min=300,
    utc_offset_min=345,
    handling_prior_s=90,
    handling_prior_weight=3,
    patience_s=600,
)
#: The settings a log begins with, and those that may follow in it.
KINDS: dict[str, tuple[Settings, ...]] = {
    "usual": (Settings(),),
    "short": (SETTINGS, RESERVING, SHARING),
    "reserving": (RESERVING, SETTINGS),
    "sharing": (SHARING, SETTINGS),
    "towns": (_TOWNS, replace(_TOWNS, centre_factors={"south": 2.0}, reserve_universals=1, reserve_s=90, named_s=20)),
}


class _Taped(Dispatcher):
    """A dispatcher that keeps a log of all that was possible."""

    def __init__(self, kind: str, wanted: int) -> None:
        self.kinds, self.wanted = KINDS[kind], wanted
        super().__init__(self.kinds[0])
        self.begun = first_head(self.kinds[0])
        self.chain = Chain(self.begun)
        self.lines: list[Line] = []
        self.last = MORNING
        #: a ticket of ``AnySequence`` -> its name in the log, another one for each that begins after one has ended
        self.names: dict[str, str] = {}

    @property
    def full(self) -> bool:
        return len(self.lines) >= self.wanted

    def step(self, event: events.Event, now: datetime) -> list[effects.Effect]:
        told = super().step(event, now)
        entry = self.chain.add(event, now, told)
        self.lines.append(Line(entry.number, entry.at, entry.event, entry.head[:SHORT]))
        self.last = max(self.last, now)
        return told

    def next_deadline(self) -> datetime | None:
        """None when there is enough, so that nobody waits for a moment that is stepped to no more."""
        return None if self.full else super().next_deadline()

    def picture(self) -> dict[str, object]:
        """Nothing: that a refused step leaves the state alone is another test's."""
        return {}

    def named(self, given: str, *, anew: bool) -> str:
        name = self.names.setdefault(given, given)
        held = self._floor.tickets.get(name)
        if anew and held is not None and held.state in ENDED:
            name = self.names[given] = f"{given}-{len(self.lines)}"
        return name


class _Recorded(AnySequence):
    """Any events in any order with one queue that goes on from run to run, as a house's does from day to day."""

    tape: _Taped

    def __init__(self) -> None:
        super().__init__()
        self.queue, self.now = self.tape, self.tape.last
        self.begun, self.usual = self.now, self.tape.kinds[0]

    @initialize()
    def begin(self) -> None:
        """The queue has begun long ago."""

    def step(self, event: events.Event) -> None:
        """With tickets, slots and settings of this log in place of those of a short run; none when there are enough."""
        if self.tape.full:
            return
        changes: dict[str, Any] = {}
        given = getattr(event, "ticket_id", None)
        if given is not None and not self._is_held(given):
            changes["ticket_id"] = self.tape.named(given, anew=isinstance(event, (*events.TAKEN, events.TicketBooked)))
        for name in ("slot", "not_before"):
            if (moment := getattr(event, name, None)) is not None:
                # as far from now as it was from that morning, and farther where the settings look farther ahead
                ahead = datetime.fromisoformat(moment) - MORNING
                changes[name] = (self.begun + ahead * self.usual.booking_early_s / SETTINGS.booking_early_s).isoformat()
        if isinstance(event, events.SettingsChanged):
            at = [one.to_toml() for one in EVERY].index(event.toml)
            changes["toml"] = self.tape.kinds[at % len(self.tape.kinds)].to_toml()
        super().step(replace(event, **changes))

    def _is_held(self, ticket_id: str) -> bool:
        return ticket_id not in self.tape.names and ticket_id in self.tape._floor.tickets

    @rule(
        how=st.sampled_from(("kiosk", "kiosk", "kiosk", "door", "telephone", "booked")),
        number=st.integers(0, 11),
        service=st.sampled_from(("heat", "power", "встреча")),
        priority=st.sampled_from(("walk_in", "booked", "special_need")),
        case=st.sampled_from((None, "c1", "c2", "c3")),
        channel=st.sampled_from(("video", "video", "chat")),
        seconds=st.integers(5, 300),
    )
    def somebody_comes(
        self, how: str, number: int, service: str, priority: str, case: str | None, channel: str, seconds: int
    ) -> None:
        """So that operators have somebody to talk with."""
        kiosk, slot = KIOSKS[number % 2], (MORNING + timedelta(seconds=seconds)).isoformat()
        common = (f"t{number}", service, priority, "ru", "north")
        if how == "kiosk":
            self.step(events.TicketTaken(*common, kiosk, case, None, channel=channel))
        elif how == "door":
            if not self.queue.door(kiosk).occupied:
                self.step(events.KioskOccupied(kiosk))
            self.step(events.DoorTicketTaken(*common, kiosk))
        elif how == "telephone":
            self.step(events.CallBackAsked(*common, case))
        else:
            self.step(events.TicketBooked(*common, slot, case))

    @rule(
        pick=st.integers(0, 11),
        act=st.sampled_from(("enter", "return", "unanswered", "ring off", "move", "free")),
        kiosk=st.sampled_from(("", *KIOSKS)),
    )
    def somebody_who_is_there_goes_on(self, pick: int, act: str, kiosk: str) -> None:
        """Most tickets of a long log have ended, and would be picked in vain."""
        known = sorted(self.queue._floor.tickets)
        there = [at for at, one in enumerate(known) if self.queue.ticket(one).state not in ENDED]
        if not there:
            return
        at = there[pick % len(there)]
        one = self.queue.ticket(known[at])
        if act == "move" and one.state is TicketState.BOOKED:
            self.step(events.BookingMoved(one.id, (MORNING + timedelta(seconds=20 * pick)).isoformat()))
        elif act == "free" and one.state is TicketState.AT_DOOR:
            self.step(events.KioskFreed(one.kiosk_id))
        elif one.state is TicketState.CONNECTED and one.channel == PHONE and act != "free":
            self.step(events.CallBackUnanswered(one.id))
        else:
            self.a_customer_goes_on(pick=at, act=act, kiosk=kiosk)

    @rule(
        pick=st.integers(0, 5),
        operator=st.sampled_from(("", *OPERATORS)),
        service=st.sampled_from((None, None, "встреча", "gas")),
        language=st.sampled_from((None, None, "lv")),
        supplier=st.sampled_from((None, None, "power")),
    )
    def is_passed_on(
        self, pick: int, operator: str, service: str | None, language: str | None, supplier: str | None
    ) -> None:
        """Somebody who is talking, to whoever serves it or to one operator by name."""
        talking = sorted(one.ticket_id for one in self.queue.operators() if one.ticket_id is not None)
        if talking:
            one = talking[pick % len(talking)]
            self.step(events.TicketTransferred(one, service, supplier, language, operator))

    @rule(pick=st.integers(0, 2), act=st.sampled_from(("missing", "park", "break", "hold", "other")))
    def an_operator_does_what_is_seldom_done(self, pick: int, act: str) -> None:
        """Each where it is possible."""
        known = self.queue.operators()
        one = known[pick % len(known)] if known else None
        if one is None:
            return
        if one.state is OperatorState.OFFLINE:
            self.step(events.OperatorSignedIn(one.id, SKILLS[pick], channels=("*",)))
        elif one.state is OperatorState.OFFERED and one.ticket_id is not None:
            self.step(events.OfferAccepted(one.ticket_id, one.id))
        elif one.state is OperatorState.BREAK and act == "other":
            self.step(events.ChannelsChosen(one.id, ("video", "phone", "chat")))
        elif one.state is OperatorState.GRACE:
            self.step(events.OperatorConnectionBack(one.id))
        elif one.state is OperatorState.MONITORING:
            self.step(events.MonitoringEnded(one.id))
        elif one.state is OperatorState.WRAPUP:
            self.step(events.WrapUpExtended(one.id))
        elif one.state is OperatorState.HOLD and one.ticket_id is not None:
            self.step(events.SessionResumed(one.ticket_id))
        elif one.state is OperatorState.BUSY and one.ticket_id is not None:
            seldom: dict[str, events.Event] = {
                "missing": events.CustomerMissing(one.ticket_id),
                "park": events.TicketParked(one.ticket_id),
                "break": events.SessionBroken(one.ticket_id),
                "hold": events.SessionHeld(one.ticket_id),
            }
            self.step(seldom.get(act) or events.NextStatusChosen(one.id, "break", "lunch"))

    @rule(milliseconds=st.sampled_from((-1500, 137, 3_333, 45_250, 240_001, 2_100_000)))
    def a_clock_is_never_even(self, milliseconds: int) -> None:
        """Moments between seconds, a quiet half hour, and a clock that was set back."""
        self.time_passes(milliseconds / 1000)

    def check_invariants(self, *_: object, **__: object) -> None:
        """They are another test's, and would take most of the time."""

    def teardown(self) -> None:
        """The whole log is followed when it is complete."""


def record(name: str, kind: str, chance: int, wanted: int) -> OldLog:
    """A log of so many events from one seed; what today's rules cannot follow themselves is no log."""
    tape = _Taped(kind, wanted)
    machine = type("Recorded", (_Recorded,), {"tape": tape})
    chosen = settings(
        max_examples=4,
        stateful_step_count=60,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    turn = 0
    while not tape.full:
        turn += 1
        run_state_machine_as_test(seed(chance * 1000 + turn)(machine), settings=chosen)
    log = OldLog(name, tape.kinds[0].to_toml(), tape.begun, tuple(tape.lines), tape.chain.head)
    for as_server in (False, True):
        list(follow(log, as_server=as_server))
    return log


def main(arguments: list[str]) -> int:
    """Add one log; say what is in it."""
    parser = argparse.ArgumentParser(description="Adds a log of today's rules to tests/equeue/old_logs.")
    parser.add_argument("file", help="its name, such as 2027-03-doors.jsonl.gz")
    parser.add_argument("--kind", choices=KINDS, default="short", help="the settings it begins with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=1000)
    given = parser.parse_args(arguments)
    path = FOLDER / given.file
    if not given.file.endswith(".jsonl.gz") or path.exists():
        print(f"{given.file}: choose a new name that ends in .jsonl.gz; an old log is never replaced", file=sys.stderr)
        return 1
    log = record(given.file, given.kind, given.seed, given.events)
    log.write(path)
    seen: Counter[type] = Counter()
    for event, told in follow(log):
        seen.update((type(event), *map(type, told)))
    for cls in (*events.EVENT_TYPES, *effects.EFFECT_TYPES):
        print(f"{seen[cls]:6} {cls.__name__}")
    print(f"{path}: {len(log.lines)} events, {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
