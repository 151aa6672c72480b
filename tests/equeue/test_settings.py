"""Settings from text: every mistake is named by its key."""

from dataclasses import replace

import pytest

from equeue import Settings
from equeue.errors import SettingsError
from equeue.settings import NEWEST, TWIN_LETTERS


def test_what_is_left_out_keeps_its_default() -> None:
    assert Settings.from_toml("") == Settings()
    changed = Settings.from_toml("offer_s = 15\n[slopes]\nwalk_in = 1\n")
    assert (changed.offer_s, changed.slopes, changed.grace_s) == (15, {"walk_in": 1.0}, 45)


def test_settings_come_back_from_their_text() -> None:
    settings = Settings(
        services={'встреча "А"\\': "A", "x\n": "B"},
        centre_factors={"north": 1.5},
        skill_steps={"heat": ((0, 3), (60, 0))},
        result_code_mandatory=True,
        break_reasons=("lunch", "training"),
        return_anywhere=False,
    )
    assert Settings.from_toml(settings.to_toml()) == settings


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("offer = 20", "offer:"),
        ("offer_s = 0", "offer_s:"),
        ("offer_s = '20'", "offer_s:"),
        ("offer_s = true", "offer_s:"),
        ("grace_s = -1", "grace_s:"),
        ("result_code_mandatory = 1", "result_code_mandatory:"),
        ("day_begins_min = 1440", "day_begins_min:"),
        ("other_letter = 'Z'", "other_letter:"),
        ("services = 'A'", "services:"),
        ("[services]\nheat = 'ABC'", "services.heat:"),
        ("[slopes]\nwalk_in = 0", "slopes.walk_in:"),
        ("[slopes]", "slopes:"),
        ("[centre_factors]\nnorth = 'fast'", "centre_factors.north:"),
        ("skill_steps = 3", "skill_steps:"),
        ("[skill_steps]\nheat = []", "skill_steps.heat:"),
        ("[skill_steps]\nheat = [[0, 3, 1]]", "skill_steps.heat:"),
        ("[skill_steps]\nheat = [[5, 3]]", "skill_steps.heat:"),
        ("[skill_steps]\nheat = [[0, 3], [0, 2]]", "skill_steps.heat:"),
        ("[skill_steps]\nheat = [[0, 3], [60, 3]]", "skill_steps.heat:"),
        ("[skill_steps]\nheat = [[0, 10]]", "skill_steps.heat:"),
        ("break_reasons = 'lunch'", "break_reasons:"),
        ("break_reasons = ['']", "break_reasons:"),
        ("return_anywhere = 'yes'", "return_anywhere:"),
        ("booking_open_s = -1", "booking_open_s:"),
        ("room_s = 86401", "room_s:"),
        ("edition = 3", "edition:"),
        ("room_after_s = '2'", "room_after_s:"),
        ("offer_s = ", "TOML"),
        ("services = " + "[" * 3000 + "]" * 3000, "nested"),
        ("services" + ".a" * 5000 + " = 1", "nested"),
        ("offer_s = " + "1" * 5000, "number"),
        ("offer_s = 0x" + "f" * 5000, "number"),
        ("keep_ended_s = 60", "keep_ended_s:"),
        ("keep_ended_s = 3600\nreturn_window_s = 3601", "return_window_s"),
    ],
)
def test_a_mistake_is_named(text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named) as refusal:
        Settings.from_toml(text)
    assert refusal.value.code == "queue.settings"


def test_a_house_has_the_newest_rules_unless_it_says_otherwise_and_a_log_only_those_it_names() -> None:
    assert Settings.from_toml("offer_s = 15").room_s == 0
    assert Settings.of_house("offer_s = 15") == replace(Settings(offer_s=15), **NEWEST)
    assert Settings.of_house("room_s = 0").room_s == 0
    house = Settings.of_house("")
    assert Settings.from_toml(house.to_toml()) == house != Settings()


def test_who_left_may_be_forgotten_as_soon_as_the_place_is_not_kept_any_more() -> None:
    settings = Settings.from_toml("keep_ended_s = 60\nreturn_window_s = 60")
    assert (settings.keep_ended_s, settings.return_window_s) == (60, 60)


def test_what_an_earlier_queue_wrote_into_its_log_is_read_as_it_is() -> None:
    """A log outlives every release, also one with settings that nobody may choose any more."""
    settings = Settings(keep_ended_s=60, return_window_s=300)
    assert Settings.from_toml(settings.to_toml()) == settings
    with pytest.raises(SettingsError):
        Settings.from_toml("# ours\n" + settings.to_toml())


def test_default_letters_can_be_read_in_latin_and_cyrillic() -> None:
    settings = Settings()
    letters = [*settings.services.values(), settings.other_letter]
    assert set("".join(letters)) <= set(TWIN_LETTERS)
    assert len(set(letters)) == len(letters)
