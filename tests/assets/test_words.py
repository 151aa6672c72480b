"""The words: plurals, money, dates; one book for three languages, with the same keys and places."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import path
from assets.words import FORMS, LANGUAGES, Words, WordsError, phrases, places, plural

ROOT = Path(__file__).parents[2]


def test_every_language_has_the_same_phrases_with_the_same_places() -> None:
    russian = phrases("ru")
    for language in LANGUAGES:
        book = phrases(language)
        assert set(book) == set(russian), set(book) ^ set(russian)
        for key, phrase in book.items():
            assert places(phrase) == places(russian[key]), f"{key} in {language}"


def test_a_plural_phrase_has_every_form_of_its_language_and_no_phrase_is_empty() -> None:
    for language in LANGUAGES:
        for key, phrase in phrases(language).items():
            if isinstance(phrase, str):
                assert phrase.strip(), f"{key} in {language}"
                continue
            assert set(phrase) == {"by", *FORMS[language]}, f"{key} in {language}"
            assert all(text.strip() for text in phrase.values()), f"{key} in {language}"


def test_a_kiosk_never_says_error_and_never_shouts() -> None:
    for file in path("translations").glob("kiosk.*.json"):
        text = file.read_text(encoding="utf-8").lower()
        for key_and_text in text.splitlines():
            told = key_and_text.partition('": ')[2]
            assert not re.search(r"\berror\b|\bkļūmes kods\b|код ошибки|!", told), f"{file.name}: {key_and_text}"


@pytest.mark.parametrize(
    ("language", "number", "form"),
    [
        ("ru", 1, "one"),
        ("ru", 2, "few"),
        ("ru", 5, "many"),
        ("ru", 11, "many"),
        ("ru", 12, "many"),
        ("ru", 21, "one"),
        ("ru", 22, "few"),
        ("ru", 111, "many"),
        ("lv", 0, "zero"),
        ("lv", 1, "one"),
        ("lv", 2, "other"),
        ("lv", 10, "zero"),
        ("lv", 11, "zero"),
        ("lv", 21, "one"),
        ("lv", 22, "other"),
        ("en", 0, "other"),
        ("en", 1, "one"),
        ("en", 21, "other"),
    ],
)
def test_numbers_bend_words_as_people_say_them(language: str, number: int, form: str) -> None:
    assert plural(language, number) == form


def test_the_number_of_people_ahead_is_said_rightly() -> None:
    words = Words("ru")
    assert words.say("wait.ahead", n=1) == "Перед вами 1\u00a0человек"
    assert words.say("wait.ahead", n=2) == "Перед вами 2\u00a0человека"
    assert words.say("wait.ahead", n=12) == "Перед вами 12\u00a0человек"
    assert Words("lv").say("wait.ahead", n=21) == "Pirms jums 21\u00a0cilvēks"


def test_money_is_said_with_its_currency_and_small_unit() -> None:
    words = Words("ru")
    assert words.money(128450, "RUB") == "1\u00a0284\u00a0₽ 50\u00a0коп."
    assert words.money(128400, "RUB") == "1\u00a0284\u00a0₽"
    assert words.money(5, "RUB") == "0\u00a0₽ 05\u00a0коп."
    assert Words("lv").money(4560, "EUR") == "45\u00a0€ 60\u00a0c"
    assert Words("en").money(-4560, "EUR") == "−45\u00a0€ 60\u00a0c"
    assert words.money_about(586049, "RUB") == "5\u00a0860\u00a0₽"


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(["RUB", "EUR"]), st.sampled_from(LANGUAGES))
def test_every_sum_can_be_read_back_from_its_words(minor: int, currency: str, language: str) -> None:
    told = Words(language).money(minor, currency)
    digits = re.findall(r"\d+", told.replace("\u00a0", ""))
    assert int(digits[0]) * 100 + int(digits[1] if len(digits) > 1 else 0) == minor


def test_until_a_day_has_the_case_that_the_language_wants() -> None:
    said = {one: " ".join(Words(one).until("2026-11-25").split()) for one in ("ru", "lv", "en")}
    assert said == {"ru": "25 ноября", "lv": "25. novembrim", "en": "25 November"}
    assert " ".join(Words("lv").until("2026-03-01").split()) == "1. martam"


def test_days_are_said_in_each_language() -> None:
    assert Words("ru").day("2026-10-23") == "23\u00a0октября"
    assert Words("lv").day("2026-10-23") == "23.\u00a0oktobris"
    assert Words("en").weekday("2026-11-21") == "Saturday, 21\u00a0November"


def test_a_wait_is_told_in_whole_minutes_and_never_too_short() -> None:
    words = Words("ru")
    assert words.minutes(170, 350) == "3–6\u00a0минут"
    assert words.minutes(20, 50) == "меньше минуты"
    assert words.minutes(110, 120) == "около 2\u00a0минут"
    assert words.minutes(61, 1261) == "2–22\u00a0минуты"


def test_a_place_and_its_value_must_agree() -> None:
    book = {"hello": "Hello, {name}", "count": {"by": "n", "one": "{n} thing", "other": "{n} things"}}
    words = Words("en", book)
    assert words.say("hello", name="Anna") == "Hello, Anna"
    for values in ({}, {"nam": "Anna"}, {"name": "Anna", "more": 1}):
        with pytest.raises(WordsError):
            words.say("hello", **values)
    with pytest.raises(WordsError):
        words.say("count", n="many")
    with pytest.raises(WordsError):
        words.say("nothing")
    assert words.offer("hello", {"name": "Anna", "extra": "x"}) == "Hello, Anna"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(WordsError):
        Words("de")


def test_every_phrase_the_python_code_names_exists() -> None:
    known = phrases("ru")
    missing = {}
    for file in [*(ROOT / "kiosk").rglob("*.py"), *(ROOT / "payment").rglob("screen.py")]:
        for key in re.findall(r'(?:say|offer)\(\s*"([a-z_]+\.[A-Za-z0-9_.]+)"', file.read_text(encoding="utf-8")):
            if key not in known:
                missing[key] = file.name
    assert missing == {}


def test_qml_says_nothing_of_its_own() -> None:
    for file in (ROOT / "kiosk/visit/qml").glob("*.qml"):
        for line in file.read_text(encoding="utf-8").splitlines():
            found = re.search(r'\b(?:text|title|note|spoken):\s*"([^"]+)"', line)
            assert found is None, f"{file.name} says {found[1] if found else ''!r}: words come from the translations"
