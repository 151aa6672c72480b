"""kiosk.visit: what is said of a sum, of kept readings and of a place in the line is never more than what is known."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from assets import path
from assets.words import Words
from kiosk.visit.samples import around, samples
from kiosk.visit.screens import screen
from signaling.protocol.journey import Ease
from signaling.protocol.values import Language, Sum

LANGUAGES: tuple[Language, ...] = ("ru", "lv", "en")


def drawn(name: str, language: Language = "ru") -> dict[str, Any]:
    """A sample's screen as it is told to the view."""
    view, day = next((view, day) for one, view, day in samples(language, Ease()) if one == name)
    return screen(view, day, Words(language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phase", ["processing", "unknown", "parked", "reversing", "cancelling"])
def test_a_sum_nobody_is_to_pay_again_is_not_headed_to_pay(phase: str, language: Language) -> None:
    words = Words(language)
    assert drawn(f"paying_{phase}", language)["body"]["sumTitle"] == words.say("payment.sum_asked")
    assert drawn("paying_card", language)["body"]["sumTitle"] == words.say("payment.sum_title")


def test_a_sum_that_comes_back_whole_has_no_fee() -> None:
    assert drawn("paying_reversing")["body"]["fee"] == ""


def test_the_card_is_waited_for_only_when_it_can_be_held_to_the_reader() -> None:
    waits = Words("ru").say("payment.step_card")
    now = {
        phase: [each["text"] for each in drawn(f"paying_{phase}")["body"]["steps"] if each["state"] == "now"]
        for phase in ("connecting", "card", "processing", "cancelling")
    }
    assert [phase for phase, texts in now.items() if waits in texts] == ["card"]
    assert now["cancelling"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_that_are_kept_are_not_said_to_be_handed_in(language: Language) -> None:
    assert drawn("reading_kept", language)["top"]["where"] == Words(language).say("reading_done.title_kept")
    assert drawn("reading_done", language)["top"]["where"] == Words(language).say("top.reading_done")


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_that_could_not_be_kept_are_not_said_to_be_taken(language: Language) -> None:
    told, words = drawn("reading_lost", language), Words(language)
    assert told["body"]["title"] == words.say("reading_done.title_lost")
    assert told["body"]["tone"] == "warning"
    assert told["top"]["where"] == words.say("top.reading_one")


@pytest.mark.parametrize("name", ["waiting_offline", "menu_offline"])
def test_without_a_link_no_payment_is_offered(name: str) -> None:
    assert "payment" not in [each["name"] for each in drawn(name)["body"]["services"]]


def test_who_is_asked_whether_to_give_up_a_kept_place_can_stay_first_of_all() -> None:
    stay, leave = drawn("parked_leave")["body"]["actions"]
    assert (stay["name"], stay["kind"], leave["name"]) == ("stay", "main", "leave_line")


def test_where_no_card_is_taken_the_only_way_goes_on() -> None:
    assert [each["text"] for each in drawn("payment_closed")["body"]["actions"]] == [Words("ru").say("done.menu")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fee_and_the_missing_paper_are_two_sentences(language: Language) -> None:
    fee = drawn("payment_bills_no_paper", language)["body"]["fee"]
    assert f". {Words(language).say('slip.screen.out')}" in fee
    assert ".." not in fee


def test_no_line_ends_within_a_number() -> None:
    phone = around("ru").face.phone
    assert drawn("out_of_service")["body"]["phone"].endswith(phone.replace(" ", "\u00a0").replace("-", "\u2011"))
    assert "•••••\u00a04417" in drawn("paying_card")["top"]["who"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_page_at_the_door_says_to_touch_is_written_so_on_the_screen(language: Language) -> None:
    words = Words(language)
    assert words.say("menu.have_number") == words.say("attract.have_number")
    assert words.say("menu.have_number") in words.say("door.code_note")


@pytest.mark.parametrize("language", LANGUAGES)
def test_services_and_money_of_a_newer_server_are_shown_as_far_as_they_are_known(language: Language) -> None:
    view, day = next((view, day) for one, view, day in samples(language, Ease()) if one == "payment_bills")
    assert view.payment is not None
    new = view.payment.bills[0].model_copy(
        update={"services": ("waste", "heat"), "due": Sum(minor=128450, currency="GBP")}
    )
    payment = view.payment.model_copy(update={"bills": (new, *view.payment.bills[1:])})
    bill = screen(view.model_copy(update={"payment": payment}), day, Words(language))["body"]["bills"][0]
    assert bill["note"].lower().startswith(Words(language).say("payment.service.heat"))
    assert bill["sum"] == "1\u00a0284.50\u00a0GBP"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_link_readings_are_promised_only_for_an_account_that_is_known(language: Language) -> None:
    words = Words(language)
    assert drawn("menu_offline", language)["offline"] == words.say("offline.banner_unknown")
    view, day = next((view, day) for one, view, day in samples(language, Ease()) if one == "payment")
    assert screen(view.model_copy(update={"online": False}), day, words)["offline"] == words.say("offline.banner")


#: Of a person nobody has seen: past tenses and participles of one gender.
GENDERED = {
    "ru": re.compile(r"(?:Специалист|{operator}|Вы|клиент)\b[^.]*?\b\w+(?:ёл|шел|лся|отпущен|занят)\b|^Отпущен"),
    "lv": re.compile(
        r"(?:{operator}|[Jj]ūs)\b[^.]*?\besat? \w+(?:is|s)\b|{operator} ir \w+(?:is|ies|ts)\b|(?:^|un )[Gg]atavs\b"
    ),
}


@pytest.mark.parametrize("language", ["ru", "lv"])
def test_nobody_unseen_is_called_a_man(language: Language) -> None:
    found = []
    for book in ("kiosk", "queue", "door", "slip"):
        for key, phrase in json.loads(path(f"translations/{book}.{language}.json").read_text()).items():
            texts = [phrase] if isinstance(phrase, str) else [text for form, text in phrase.items() if form != "by"]
            found += [key for text in texts if GENDERED[language].search(text)]
    assert found == []
