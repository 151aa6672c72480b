"""kiosk.visit.talk_screens: what the waiting screen offers to do meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assets.words import Words
from kiosk.visit.samples import around, samples
from kiosk.visit.screens import screen
from signaling.protocol.journey import Ease, JourneyView, Notice, Reference
from signaling.protocol.values import Language, Sum, TicketState


def waiting(**changes: Any) -> JourneyView:
    """The sample of somebody who waits, owes money and may hand in readings."""
    view = next(view for name, view, _ in samples("ru", Ease()) if name == "waiting")
    return view.model_copy(update=changes)


def offered(view: JourneyView) -> dict[str, str]:
    """Services by name with their notes."""
    body = screen(view, around("ru"), Words("ru"))["body"]
    assert bool(body["meanwhile"]) == bool(body["services"])
    return {each["name"]: each["note"] for each in body["services"]}


def test_while_waiting_readings_and_payment_are_offered_with_what_to_know_of_them() -> None:
    notes = {name: " ".join(note.split()) for name, note in offered(waiting()).items()}  # any space is a space
    assert notes == {"readings": "до 25 ноября", "payment": "к оплате 1 284 ₽ 50 коп."}


@pytest.mark.parametrize(("kind", "left"), [("reading", ["payment"]), ("payment", ["readings"])])
def test_what_this_visit_has_done_already_is_not_offered_again(kind: str, left: list[str]) -> None:
    done = Reference(kind=kind, text=f"reference.{kind}", value="R-1")
    assert list(offered(waiting(references=(done,)))) == left


def test_nobody_without_a_debt_is_asked_to_pay() -> None:
    account = waiting().account
    assert account is not None
    paid = account.model_copy(update={"debt": Sum(minor=0, currency="RUB")})
    assert list(offered(waiting(account=paid))) == ["readings"]


def test_who_is_called_or_asked_whether_to_leave_is_offered_nothing_else() -> None:
    ticket = waiting().ticket
    assert ticket is not None
    called = waiting(ticket=ticket.model_copy(update={"state": TicketState.OFFERED}))
    leave = Notice(tone="warning", phrase="waiting.leave_question", values={"number": "B-027"})
    assert offered(called) == offered(waiting(notice=leave)) == {}


def test_without_a_link_no_call_is_promised_to_appear_by_itself() -> None:
    body = screen(waiting(online=False), around("ru", online=False), Words("ru"))["body"]
    assert body["kept"] == ""


@pytest.mark.parametrize(
    ("language", "said"),
    [("ru", "Подтверждение вашего места: "), ("lv", "Jūsu vietas apliecinājums: "), ("en", "Proof of your place: ")],
)
def test_the_proof_of_a_place_is_shown_while_waiting_and_kept_with_the_number(language: Language, said: str) -> None:
    shown = {
        name: screen(view, around(language), Words(language))["body"] for name, view, _ in samples(language, Ease())
    }
    assert shown["waiting"]["proof"] == said + "3F2A-91BC-04DE"
    assert [each["proof"] for each in shown["goodbye"]["references"]] == ["", "", said + "3F2A-91BC-04DE"]
    assert "4417 (3F2A-91BC-04DE)" in shown["goodbye"]["code"]


def test_a_server_that_gives_no_proof_leaves_no_empty_words() -> None:
    ticket = waiting().ticket
    assert ticket is not None
    body = screen(waiting(ticket=ticket.model_copy(update={"proof": ""})), around("ru"), Words("ru"))["body"]
    assert body["proof"] == ""


def test_without_a_link_what_to_do_takes_the_room_of_the_proof() -> None:
    body = screen(waiting(online=False), around("ru", online=False), Words("ru"))["body"]
    assert body["proof"] == ""


@pytest.mark.parametrize(("connection", "said"), [("good", "Разговор идёт"), ("weak", "Связь слабая")])
def test_how_good_the_connection_is_stands_where_its_state_does(connection: Any, said: str) -> None:
    view = next(view for name, view, _ in samples("ru", Ease()) if name == "call")
    shown = screen(view, replace(around("ru"), connection=connection), Words("ru"))
    assert shown["body"]["state"] == said
    assert view.call is not None
    broken = view.model_copy(update={"call": view.call.model_copy(update={"media": "reconnecting"})})
    assert "связ" in screen(broken, replace(around("ru"), connection=connection), Words("ru"))["body"]["state"].lower()


def test_a_conversation_tells_the_one_thing_of_our_devices_that_matters_most() -> None:
    def told(*missing: str, **more: Any) -> str:
        view = next(view for name, view, _ in samples("en", Ease()) if name == "call")
        assert view.call is not None
        view = view.model_copy(update={"call": view.call.model_copy(update={"missing": missing, **more})})
        return str(screen(view, around("en"), Words("en"))["body"]["missing"]["text"])

    assert told() == ""
    assert "cannot hear you" in told("camera", "microphone")
    assert "You cannot hear" in told("loudspeaker")
    assert "no sound" in told("microphone", "loudspeaker")
    assert "cannot be seen" in told("camera")
    assert told("microphone", microphone_on=False) == "", "switched off by the person: nobody expects to be heard"
