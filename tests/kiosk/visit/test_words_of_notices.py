"""Whatever the journey, the payment or the protocol has to tell, there are words for it in every language."""

from __future__ import annotations

import pytest

from assets.words import LANGUAGES, Words
from billing import readings
from kiosk.journey import notices
from kiosk.visit.frame import notice_of
from payment import screen as payment_screen
from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import Notice

PHRASES = sorted(
    notices.PHRASES
    | payment_screen.PHRASES
    | {f"error.{code.value}" for code in ErrorCode}
    | {"reference.payment", "reference.unknown_payment", "reference.reading", "reference.ticket"}
    | {value for name, value in vars(readings).items() if name.isupper() and isinstance(value, str)}
    | set(readings.CHOICES_BELOW_LAST)
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_has_words(language: str) -> None:
    words = Words(language)
    assert [phrase for phrase in PHRASES if not words.knows(phrase)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phase_of_a_payment_has_a_title(language: str) -> None:
    from typing import get_args

    words = Words(language)
    phases = get_args(payment_screen.PhaseName)
    assert [phase for phase in phases if not words.knows(f"payment.phase.{phase}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_while_a_payment_is_in_doubt_nothing_says_unpaid(language: str) -> None:
    words = Words(language)
    certain = {"ru": "деньги не списаны", "lv": "nauda nav noņemta", "en": "no money was taken"}[language]
    for key in ("unknown", "parked", "verifying", "terminal_busy", "cancelling", "reversing"):
        assert certain not in words.say(f"payment.{key}").lower()
    for condition in ("Refusal", "Cancel", "WrongPIN", "other"):
        assert certain in words.say(f"payment.declined.{condition}").lower()


def test_a_doubt_names_its_consequence_when_it_is_known_and_is_plain_when_not() -> None:
    words = Words("en")
    values = {"units": "1674", "minor": "586000", "currency": "EUR", "times": "9.8"}
    plain = notice_of(Notice(tone="warning", phrase="reading.unusual", values=dict.fromkeys(values, "")), words)
    assert plain["text"].startswith("This is clearly more")
    told = notice_of(Notice(tone="warning", phrase="reading.unusual", values={**values, "n": "10"}), words)
    assert "1\u00a0674" in told["text"]
    assert "5\u00a0860\u00a0€" in told["text"]


def test_a_notice_nobody_wrote_words_for_is_our_own_failure() -> None:
    words = Words("en")
    told = notice_of(Notice(tone="danger", phrase="no.such.phrase"), words)
    assert told == {"tone": "danger", "text": words.say("error.server.internal")}
    missing = notice_of(Notice(tone="info", phrase="help.permitted"), words)
    assert missing["text"] == words.say("error.server.internal")
