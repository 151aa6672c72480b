"""office.visits: the lines an operator reads about what the person just did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from office import visits
from office.visits import Story, as_lines, follow, talk_chosen

NOW = datetime(2026, 11, 21, 6, 2, 14, tzinfo=UTC)
ACCOUNT = {"account": "7401004417", "account_masked": "••••• 4417", "supplier_name": "Электросбыт"}


def report(number: int, step: str, **parts: Any) -> dict[str, Any]:
    """A journey report as the protocol's ``JourneyView`` dumps it."""
    return {"visit_id": "v1", "number": number, "step": step, "language": "ru", "typed_account": "", **parts}


def reading(index: int, typed: str, **parts: Any) -> dict[str, Any]:
    """The reading being typed in zone T1 or T2."""
    return {
        "meter_id": "E1", "zone": f"T{index + 1}", "zone_index": index, "zone_count": 2, "unit": "kWh",
        "digits": 6, "typed": typed, **parts,
    }  # fmt: skip


def told(*reports: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """The phrases of the story these reports tell."""
    story = Story()
    for seconds, one in enumerate(reports):
        story = follow(story, NOW + timedelta(seconds=seconds), one)
    return [(phrase, values) for _, phrase, values in as_lines(story)]


def test_a_visit_with_two_zones_a_warning_and_an_acceptance_is_told_in_order() -> None:
    doubt = {"needs_confirmation": True, "units": 1674, "times_usual": 9.0}
    lines = told(
        report(1, "menu"),
        report(2, "identify", typed_account="7401004417"),
        report(3, "reading", account=ACCOUNT, reading=reading(0, "")),
        report(4, "reading", account=ACCOUNT, reading=reading(0, "34400")),
        report(5, "reading", account=ACCOUNT, reading=reading(1, "")),
        report(6, "reading", account=ACCOUNT, reading=reading(1, "14285")),
        report(7, "reading", account=ACCOUNT, reading=reading(1, "14285", **doubt)),
        report(8, "reading_done", account=ACCOUNT),
    )
    assert lines == [
        (visits.BEGAN, {"language": "ru"}),
        (visits.ENTERED_BY_ACCOUNT, {"account": "••••• 4417", "supplier": "Электросбыт"}),
        (visits.READING_TYPED, {"zone": "T1", "value": "034400", "unit": "kWh"}),
        (
            visits.READING_WARNED,
            {"zone": "T2", "value": "014285", "units": "1674", "unit": "kWh", "times": "9"},
        ),
        (visits.READING_ACCEPTED, {"zone": "T1", "value": "034400", "unit": "kWh"}),
        (visits.READING_ACCEPTED, {"zone": "T2", "value": "014285", "unit": "kWh"}),
    ]


def test_going_back_to_a_zone_forgets_its_value_until_it_is_typed_again() -> None:
    lines = told(
        report(1, "reading", account=ACCOUNT, reading=reading(0, "34400")),
        report(2, "reading", account=ACCOUNT, reading=reading(1, "")),
        report(3, "reading", account=ACCOUNT, reading=reading(0, "34401")),
        report(4, "reading", account=ACCOUNT, reading=reading(1, "12700")),
        report(5, "reading_done", account=ACCOUNT),
    )
    accepted = [values for phrase, values in lines if phrase == visits.READING_ACCEPTED]
    assert [(values["zone"], values["value"]) for values in accepted] == [("T1", "034401"), ("T2", "012700")]


def test_a_refused_reading_says_why_and_is_not_called_accepted() -> None:
    notice = {"tone": "warning", "phrase": "reading.below_last"}
    lines = told(
        report(1, "reading", reading=reading(0, "34117")),
        report(2, "reading", reading=reading(0, "34117"), notice=notice),
        report(3, "menu"),
    )
    assert lines[1:] == [(visits.READING_REFUSED, {"reason": "reading.below_last"})]


def test_each_meter_is_told_when_it_is_taken_and_two_meters_of_one_zone_are_not_mixed() -> None:
    water = {"meter_id": "W1", "zone": "T1", "unit": "m3", "digits": 5}
    lines = told(
        report(1, "reading", reading=reading(0, "21900")),
        report(2, "reading", reading=reading(1, "", **water)),
        report(3, "reading", reading=reading(1, "415", **water)),
        report(4, "reading_done"),
    )
    assert lines[1:] == [
        (visits.READING_ACCEPTED, {"zone": "T1", "value": "021900", "unit": "kWh"}),
        (visits.READING_ACCEPTED, {"zone": "T1", "value": "00415", "unit": "m3"}),
    ]


def test_a_reading_kept_for_later_is_not_called_accepted() -> None:
    lines = told(
        report(1, "reading", reading=reading(0, "34400")),
        report(2, "reading_done", notice={"tone": "info", "phrase": "reading.kept"}),
    )
    assert [phrase for phrase, _ in lines[1:]] == [visits.READING_KEPT]


def test_leaving_a_reading_for_the_menu_hands_nothing_in() -> None:
    lines = told(
        report(1, "reading", reading=reading(0, "34400")),
        report(2, "reading", reading=reading(1, "12700")),
        report(3, "menu"),
        report(4, "reading", reading=reading(1, "12701")),
        report(5, "reading_done"),
    )
    accepted = [values["value"] for phrase, values in lines if phrase == visits.READING_ACCEPTED]
    assert accepted == ["012701"]


def test_trouble_on_any_screen_is_told_once_and_a_mere_hint_is_not() -> None:
    trouble = {"tone": "danger", "phrase": "error.internal"}
    hint = {"tone": "warning", "phrase": "payment.nothing_due"}
    lines = told(
        report(1, "menu"),
        report(2, "menu", notice=trouble),
        report(3, "menu", notice=trouble),
        report(4, "menu", notice=hint),
    )
    assert lines[1:] == [(visits.TROUBLE, {"reason": "error.internal"})]


def test_a_card_on_the_reader_is_told_apart_from_a_typed_account() -> None:
    assert told(report(1, "identify"), report(2, "menu", account=ACCOUNT))[1][0] == visits.ENTERED_BY_CARD


def paying(phase: str, purchase: str | None = "b1") -> dict[str, Any]:
    return {"purchase_id": purchase, "amount": {"minor": 128450, "currency": "RUB"}, "phase": phase}


def payments(lines: list[tuple[str, dict[str, str]]]) -> list[str]:
    return [values["phase"] for phrase, values in lines if phrase == visits.PAYMENT]


def test_a_payment_is_one_line_that_tells_its_latest_phase_and_its_amount() -> None:
    lines = told(
        report(1, "payment", payment=paying("offered", None)),
        report(2, "paying", payment=paying("present_card")),
        report(3, "paying", payment=paying("present_card")),
        report(4, "paid", payment=paying("posted")),
    )
    assert lines[1:] == [(visits.PAYMENT, {"phase": "posted", "minor": "128450", "currency": "RUB"})]


def test_the_line_of_a_payment_has_the_moment_of_its_latest_phase() -> None:
    later = NOW + timedelta(seconds=40)
    story = follow(Story(), NOW, report(1, "payment", payment=paying("offered", None)))
    story = follow(story, later, report(2, "paid", payment=paying("approved")))
    assert [line.at for line in story.lines] == [NOW, later]


def test_another_payment_is_another_line() -> None:
    lines = told(
        report(1, "paying", payment=paying("declined")),
        report(2, "paying", payment=paying("present_card", "b2")),
        report(3, "paid", payment=paying("posted", "b2")),
    )
    assert payments(lines) == ["declined", "posted"]


def test_what_was_done_between_two_phases_of_a_payment_keeps_its_place() -> None:
    lines = told(
        report(1, "paying", payment=paying("present_card")),
        report(2, "paying", payment=paying("present_card"), permission="granted"),
        report(3, "paid", payment=paying("posted"), permission="granted"),
    )
    assert [phrase for phrase, _ in lines[1:]] == [visits.PAYMENT, visits.HELP_ALLOWED, visits.PAYMENT]
    assert payments(lines) == ["present_card", "posted"]


def test_a_sum_that_is_only_looked_at_twice_is_one_line() -> None:
    lines = told(
        report(1, "payment", payment=paying("offered", None)),
        report(2, "menu"),
        report(3, "payment", payment=paying("offered", None)),
    )
    assert payments(lines) == ["offered"]


def test_a_refusal_stays_when_the_payment_is_offered_again() -> None:
    lines = told(
        report(1, "paying", payment=paying("declined")),
        report(2, "payment", payment=paying("offered", None)),
        report(3, "paying", payment=paying("present_card", "b2")),
    )
    assert payments(lines) == ["declined", "present_card"]


def test_looking_through_the_languages_is_one_line_with_the_last_one() -> None:
    lines = told(report(1, "menu"), report(2, "menu", language="lv"), report(3, "menu", language="en"))
    assert lines[1:] == [(visits.LANGUAGE, {"language": "en"})]


def test_ease_permission_language_and_the_talk_are_told() -> None:
    story = Story()
    steps = [
        report(1, "menu"),
        report(2, "menu", ease={"bigger": True, "contrast": False}),
        report(3, "menu", ease={"bigger": True, "contrast": False}, language="lv"),
    ]
    for one in steps:
        story = follow(story, NOW, one)
    story = talk_chosen(story, NOW, "readings", "A-027")
    story = follow(story, NOW, report(4, "call", permission="granted", language="lv", ease={"bigger": True}))
    story = follow(story, NOW, report(5, "call", permission="none", language="lv", ease={"bigger": True}))
    assert [(line.phrase, dict(line.values)) for line in story.lines[1:]] == [
        (visits.EASE, {"what": "bigger"}),
        (visits.LANGUAGE, {"language": "lv"}),
        (visits.TALK_CHOSEN, {"topic": "readings", "number": "A-027"}),
        (visits.HELP_ALLOWED, {}),
        (visits.HELP_ENDED, {}),
    ]


def test_a_report_that_comes_twice_or_late_changes_nothing() -> None:
    story = follow(Story(), NOW, report(5, "menu"))
    assert follow(story, NOW, report(5, "menu", language="lv")) == story
    assert follow(story, NOW, report(4, "menu", language="lv")) == story


_account = st.one_of(st.none(), st.just(ACCOUNT))
_reading = st.one_of(st.none(), st.builds(reading, st.integers(0, 1), st.from_regex(r"\d{0,6}", fullmatch=True)))


@given(st.lists(st.tuples(st.sampled_from(["menu", "reading", "reading_done", "paid"]), _account, _reading)))
def test_no_line_ever_holds_the_full_account_and_every_phrase_is_a_known_one(steps: list[Any]) -> None:
    reports = [
        report(number, step, account=account, reading=entry, typed_account="7401004417")
        for number, (step, account, entry) in enumerate(steps, start=1)
    ]
    lines = told(*reports)
    assert "7401004417" not in repr(lines)
    assert {phrase for phrase, _ in lines} <= set(visits.PHRASES)
