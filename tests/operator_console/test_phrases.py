"""What the desk says: complete in each language, and never a bare code or key."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

import assets
from assets.words import FORMS, LANGUAGES, places
from office.visits import PHRASES
from operator_console.happenings import BREAK_REASONS, REFUSE_REASONS
from operator_console.notices import Notice
from operator_console.phrases import Phrases, clock, rating, talk_length
from signaling.protocol.errors import ErrorCode
from signaling.protocol.events import SessionEnded
from signaling.protocol.journey import Step
from signaling.protocol.values import OperatorStatus
from tests.operator_console.worlds import operator

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "operator_console"
BOOKS = {one: json.loads(assets.path(f"translations/console.{one}.json").read_text("utf-8")) for one in LANGUAGES}


def test_each_language_has_the_same_phrases_with_the_same_places() -> None:
    for language in LANGUAGES:
        assert BOOKS[language].keys() == BOOKS["ru"].keys()
        for key, phrase in BOOKS[language].items():
            assert places(phrase) == places(BOOKS["ru"][key]), (language, key)
            if not isinstance(phrase, str):
                assert set(phrase) == {"by", *FORMS[language]}, (language, key)


def test_every_phrase_that_the_source_asks_for_is_there() -> None:
    asked = set()
    for path in SOURCES.rglob("*.py"):
        asked |= set(re.findall(r"(?:say|phrases\.say)\(\s*\"([a-z_.]+)\"", path.read_text("utf-8")))
    assert len(asked) > 60
    assert {key for key in asked if f"desk.{key}" not in BOOKS["ru"]} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wire_word_the_desk_shows_has_its_phrase(language: str) -> None:
    words = Phrases(language).words
    needed = [f"desk.status.{one.value}" for one in OperatorStatus]
    needed += [f"desk.step.{one.value}" for one in Step]
    needed += [f"desk.{one}" for one in PHRASES]
    assert [key for key in needed if not words.knows(key)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_a_sentence_and_never_a_code(language: str) -> None:
    phrases = Phrases(language)
    for code in ErrorCode:
        sentence = phrases.error(code.value, seconds="30")
        assert code.value not in sentence
        assert sentence.endswith((".", "!"))
    assert phrases.notice(Notice("warning", "error.some.newer.code")) == phrases.say("error.other")


def reasons_of_a_status() -> set[str]:
    """Every reason that the queue's rules or the server's code give an operator's status, read from their source."""
    found = set()
    for path in (*(ROOT / "queue" / "equeue").glob("*.py"), *(ROOT / "signaling" / "server").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = [word.value for word in call.keywords if word.arg == "reason"]
            if name == "StatusChosen":
                given += call.args[2:]
            if name in ("move_operator", "StatusChosen"):
                found |= {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_a_status_and_of_an_end_has_its_phrase(language: str) -> None:
    words = Phrases(language).words
    of_status = reasons_of_a_status()
    assert {"signed_in", "missed", "connection_lost"} <= of_status
    ends = get_args(SessionEnded.model_fields["reason"].annotation)
    needed = [f"desk.reason.{one}" for one in sorted({*of_status, *BREAK_REASONS})]
    needed += [f"desk.wrap.by.{one}" for one in ends]
    needed += [f"desk.refuse.{one}" for one in REFUSE_REASONS]
    assert [key for key in needed if not words.knows(key)] == []


def test_a_reason_of_a_newer_server_is_not_shown_as_a_code() -> None:
    assert Phrases("ru").status(operator("break", reason="fire_drill")) == Phrases("ru").say("status.break")


def test_what_the_customer_did_is_told_in_words_even_by_a_newer_server() -> None:
    phrases = Phrases("ru")
    warned = {"zone": "T2", "value": "013600", "times": "9.1", "units": "816", "unit": "kWh"}
    assert "в 9 раз больше" in phrases.happened("visit.reading_warned", warned)
    below = phrases.happened("visit.reading_warned", {**warned, "times": ""})
    assert "необычное" in below
    paid = {"phase": "approved", "minor": "128450", "currency": "RUB"}
    assert phrases.words.money(128_450, "RUB") in phrases.happened("visit.payment", paid)
    assert phrases.happened("visit.reading_typed", {"zone": "T2"}) == phrases.say("visit.unknown")
    assert phrases.happened("visit.something_new", {"x": "y"}) == phrases.say("visit.unknown")


def test_clocks_and_figures_read_as_people_write_them() -> None:
    assert clock(timedelta(seconds=252)) == "04:12"
    assert clock(timedelta(seconds=3725)) == "1:02:05"
    assert clock(timedelta(seconds=-3)) == "00:00"
    assert talk_length(348) == "5:48"
    assert rating(4.916, "ru") == "4,92"
    assert rating(4.916, "en") == "4.92"


def test_a_break_says_its_reason_and_what_comes_next_is_named() -> None:
    phrases = Phrases("en")
    assert phrases.status(operator("break", reason="lunch")) == "Break: lunch"
    busy = operator("busy", next_status="break", next_reason="rest")
    assert phrases.next_status(busy) == "Next: Break: rest"
    assert phrases.next_status(operator("busy")) == ""


def test_a_registers_clock_is_read_as_it_stands_on_the_receipt() -> None:
    assert Phrases("lv").register_time("20261121T1503") == "21.11.2026. 15:03"
    assert Phrases("lv").register_time("yesterday") == "yesterday"


def test_a_day_has_its_whole_year_in_the_order_of_the_language() -> None:
    said = [Phrases(one, UTC).date(datetime(2026, 11, 5, 9, tzinfo=UTC)) for one in ("ru", "lv", "en")]
    assert said == ["05.11.2026", "05.11.2026.", "5 Nov 2026"]
    short = [Phrases(one).day("2026-11-05", year=False) for one in ("ru", "lv", "en")]
    assert short == ["05.11", "05.11.", "5 Nov"]
    assert Phrases("en").day("soon") == "soon"


def test_what_somebody_did_or_where_they_are_is_said_of_women_and_men_alike() -> None:
    """A past verb of Russian and a participle of Latvian have a gender; a line about somebody unknown has none."""
    manly = {"ru": r"\w+л(?:ся)?\b", "lv": r"\b(?:devies|vērsies|pārcelts|aicināts|pats|viņš)\b"}
    areas = ("desk.visit.", "desk.queue.", "desk.earlier.", "desk.mirror.", "desk.offer.by_phone")
    for language, pattern in manly.items():
        for key, phrase in BOOKS[language].items():
            told = phrase if isinstance(phrase, str) else " ".join(phrase.values())
            noun = re.search("[Кк]лиент|человек|кто|терминал", told)  # a word with a gender of its own
            if key.startswith(areas) and not noun:
                assert not re.search(pattern, told), (language, key, told)


@pytest.mark.parametrize(("language", "strange"), [("ru", '[“”„"]'), ("lv", '[«»“"]'), ("en", '[«»„"]')])
def test_quotation_marks_are_those_of_the_language(language: str, strange: str) -> None:
    for file in sorted(assets.path("translations").glob(f"*.{language}.json")):
        for key, phrase in json.loads(file.read_text("utf-8")).items():
            told = phrase if isinstance(phrase, str) else " ".join(phrase.values())
            assert not re.search(strange, told), (file.name, key, told)


def test_a_moment_of_another_day_is_told_with_its_day_also_over_midnight_and_the_change_of_the_clocks() -> None:
    riga = Phrases("en", ZoneInfo("Europe/Riga"))
    night = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # 01:30 on the 25th, before the clocks go back
    assert riga.moment(night, night + timedelta(hours=3)) == "01:30"
    assert riga.moment(night + timedelta(hours=3), night) == "03:30"
    assert riga.moment(night - timedelta(hours=2), night) == "24 Oct 2026 23:30"


def test_a_card_is_called_as_its_brand_writes_itself() -> None:
    assert Phrases("ru").card("mir •• 9999") == "Мир •• 9999"
    assert Phrases("lv").card("MC •• 9999") == "Mastercard •• 9999"
    assert Phrases("en").card("UnionPay •• 9999") == "UnionPay •• 9999"
