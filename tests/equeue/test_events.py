"""Every event comes back from its JSON, and nothing else does."""

import dataclasses
import json
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equeue import effects, errors, events
from equeue.operator_states import OperatorState
from equeue.ticket_states import TicketState
from tests.equeue.playbook import MORNING

EXAMPLES: tuple[events.Event, ...] = (
    events.OperatorSignedIn("olga", ("heat", "power"), ("ru",), ("*",)),
    events.OperatorSignedOut("olga"),
    events.StatusChosen("olga", "break", "lunch"),
    events.NextStatusChosen("olga", None),
    events.OperatorConnectionLost("olga"),
    events.OperatorConnectionBack("olga"),
    events.MonitoringBegan("boss", "olga"),
    events.MonitoringEnded("boss"),
    events.TicketTaken("t1", "heat", "walk_in", "ru", "Екатеринбург", "kiosk-7", None, "power"),
    events.TicketBooked("t1", "heat", "booked", "ru", "north", "2026-11-02T10:00:00+05:00", "c1"),
    events.BookingMoved("t1", "2026-11-02T12:00:00+05:00"),
    events.BookedCheckedIn("t1", "kiosk-7"),
    events.BookedWentAway("t1"),
    events.CustomerMissing("t1"),
    events.TicketMovedAhead("t1", 600, "boss", "fainted"),
    events.TicketLeft("t1", "gone"),
    events.TicketParked("t1"),
    events.TicketReturned("t1"),
    events.TicketReturned("t1", "kiosk-8", "south"),
    events.TicketTransferred("t1", "heat", None, "lv"),
    events.OfferAccepted("t1", "olga"),
    events.OfferRefused("t1", "olga", "cannot"),
    events.SessionHeld("t1"),
    events.SessionResumed("t1"),
    events.SessionEnded("t1", "customer"),
    events.SessionBroken("t1"),
    events.WrapUpFinished("olga", "advised"),
    events.WrapUpExtended("olga"),
    events.CentreFactorChanged("north", 150, "boss", "flood"),
    events.ChannelsChosen("olga", ("video", "chat")),
    events.OperatorSignedIn("olga", channels=("chat",)),
    events.TicketTaken("t1", "consultation", "walk_in", "ru", "north", "", channel="chat"),
    events.CallBackAsked("t1", "consultation", "walk_in", "ru", "north", "c1", None, "2026-11-02T10:00:00+05:00"),
    events.CallBackWished("t1"),
    events.CallBackUnanswered("t1"),
    events.DoorTicketTaken("t1", "consultation", "walk_in", "ru", "north", "kiosk-7"),
    events.DoorEntered("t1", "kiosk-7", "c1"),
    events.KioskOccupied("kiosk-7"),
    events.KioskFreed("kiosk-7"),
    events.SettingsChanged('other_letter = "T"\n'),
    events.TimePassed(),
)


def in_full(event: events.Event) -> str:
    """Every field but those a later release added and that have their default."""
    plain: dict[str, object] = {"type": type(event).__name__, **dataclasses.asdict(event)}
    for one in dataclasses.fields(event):
        if one.metadata.get("later") and plain[one.name] == one.default:
            del plain[one.name]
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(
    st.builds(
        events.TicketTaken, st.text(), st.text(), st.text(), st.text(), st.text(), st.text(), st.text() | st.none()
    )
)
def test_any_text_is_written_as_canonical_json(event: events.TicketTaken) -> None:
    assert events.to_json(event) == in_full(event)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda one: type(one).__name__)
def test_every_kind_of_value_is_written_as_canonical_json(event: events.Event) -> None:
    assert events.to_json(event) == in_full(event)


def test_there_is_an_example_of_every_event() -> None:
    assert {type(one) for one in EXAMPLES} == set(events.EVENT_TYPES)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda one: type(one).__name__)
def test_an_event_comes_back_as_it_was(event: events.Event) -> None:
    text = events.to_json(event)
    assert events.from_json(text) == event
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"type":"Dispatcher"}',
        '{"type":"TicketParked"}',
        '{"type":"TicketParked","ticket_id":7}',
        '{"type":"TicketParked","ticket_id":"t1","more":"x"}',
        '{"type":"StatusChosen","operator_id":"olga","status":"asleep","reason":null}',
        '{"type":"OperatorSignedIn","operator_id":"olga","skills":[1],"languages":[],"suppliers":[]}',
        '{"type":"CentreFactorChanged","centre":"a","percent":true,"by":"b","reason":"c"}',
    ],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(errors.MalformedEvent):
        events.from_json(text)


def test_an_event_written_before_a_field_was_added_gets_its_default() -> None:
    assert events.from_json('{"type":"OperatorSignedIn","operator_id":"olga"}') == events.OperatorSignedIn("olga")


def test_an_effect_is_written_with_its_times_and_states_in_plain_text() -> None:
    told = effects.OperatorChanged("olga", OperatorState.WRAPUP, MORNING, None, None, "t1", None)
    assert json.loads(effects.to_json(told)) == {
        "type": "OperatorChanged",
        "operator_id": "olga",
        "state": "wrapup",
        "since": "2026-11-02T09:00:00+00:00",
        "deadline": None,
        "reason": None,
        "ticket_id": "t1",
        "next_status": None,
    }
    assert '"state":"waiting"' in effects.to_json(effects.TicketChanged("t1", "kiosk-7", TicketState.WAITING, None))


def test_one_moment_told_in_two_zones_is_written_as_each_has_it() -> None:
    there = MORNING.astimezone(timezone(timedelta(hours=5)))
    for since, deadline in ((MORNING, there), (there, MORNING), (MORNING, MORNING)):
        told = effects.OperatorChanged("olga", OperatorState.WRAPUP, since, deadline, None, "t1", None)
        plain = json.loads(effects.to_json(told))
        assert (plain["since"], plain["deadline"]) == (since.isoformat(), deadline.isoformat())


def test_what_an_earlier_release_wrote_keeps_its_text_and_so_every_hash_over_it() -> None:
    written = '{"case_id":"c1","centre":"north","kiosk_id":"kiosk-7","language":"ru","priority":"walk_in","service":"heat","supplier":null,"ticket_id":"t1","type":"TicketTaken"}'  # noqa: E501
    assert events.to_json(events.from_json(written)) == written
    assert "channel" in events.to_json(events.TicketTaken("t1", "heat", "walk_in", "ru", "north", "", channel="chat"))
