"""Rules: how this queue behaves, as one frozen value that can be read from TOML text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import Any

from equeue.errors import SettingsError

#: Letters that look the same in Latin and Cyrillic, so that a number can be read out in either.
TWIN_LETTERS = "ABCEHKMOPTX"

_SERVICES = {"consultation": "A", "payment": "B", "readings": "C", "documents": "E", "sealing": "H"}
_CHANNELS = {"video": 100, "phone": 100, "chat": 30}
_SLOPES = {"walk_in": 1.0, "booked": 1.5, "repeat_callback": 2.0, "special_need": 3.0}


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set. Times are whole seconds unless the name says otherwise."""

    edition: int = 1  #: of the rules; what is new in the second: docs/decisions/0097
    #: service -> letters its ticket numbers begin with; services sharing letters share the counter
    services: Mapping[str, str] = field(default_factory=lambda: dict(_SERVICES))
    #: letters for a service not listed
    other_letter: str = "T"
    #: class of priority -> priority gathered per second of waiting
    slopes: Mapping[str, float] = field(default_factory=lambda: dict(_SLOPES))
    #: service centre -> factor on the slope; 1.0 where not listed
    centre_factors: Mapping[str, float] = field(default_factory=dict)
    #: service -> steps (after so many seconds, this level of skill is enough), levels 9 to 0; 0: anybody will do
    skill_steps: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    #: idle universals kept back while a specialist is at work, and for how long at most
    reserve_universals: int = 0
    reserve_s: int = 60
    #: channel -> hundredths of an operator's capacity that one contact takes; 100 leaves room for nothing else
    channels: Mapping[str, int] = field(default_factory=lambda: dict(_CHANNELS))
    #: for how long at most a desk takes nothing smaller beside what goes on, until somebody has room there who needs
    #: more, came before, and has waited so long; 0: never
    room_s: int = 0
    room_after_s: int = 120
    #: a call-back that found nobody is tried again so long after, and so often in all
    callback_gap_s: int = 900
    callback_tries: int = 3
    #: class of priority of somebody who asks to be called a second time
    repeat_priority: str = "repeat_callback"
    #: somebody at a capsule's door is asked in when an operator will be free in about so long, and has then so long
    #: to appear; nobody stands at a door for longer than the limit
    door_lead_s: int = 90
    door_grace_s: int = 90
    door_limit_s: int = 7200
    #: how long an operator's desk rings
    offer_s: int = 20
    #: how long a refused ticket is kept from the refuser
    refuse_backoff_s: int = 60
    #: the same after an unanswered offer
    miss_backoff_s: int = 30
    #: unanswered offers in a row until NOT_RESPONDING
    misses_allowed: int = 1
    #: time to write up; 0: none
    wrapup_s: int = 60
    #: time gained by one extension, and how many there are
    wrapup_extension_s: int = 60
    wrapup_extensions: int = 2
    #: wrap-up ends only with a result code
    result_code_mandatory: bool = False
    #: codes of which each break needs one; none named: any text, or none
    break_reasons: tuple[str, ...] = ()
    #: whether who comes back from a break counts as idle since before it, or anew
    idle_through_breaks: bool = False
    #: how long a lost link keeps an operator who is in no session
    grace_s: int = 45
    #: how long the place of somebody who left is kept
    return_window_s: int = 300
    #: how long somebody fetching papers keeps the place
    park_limit_s: int = 1800
    #: how long a transferred ticket is kept from the operator who passed it on
    transfer_exclusion_s: int = 900
    #: how long a ticket that was passed on to a named operator waits for them alone
    named_s: int = 180
    #: whether the open requests of one case merge into one place in the line
    merge_requests: bool = False
    #: each repeated request of one person counts as so much earlier an arrival, and all together at most so much
    merge_boost_s: int = 120
    merge_boost_cap_s: int = 600
    #: a checked-in booking joins the line so long before its slot; so long after it the boost is lost, and the
    #: booked class becomes ``late_priority``; so long after it nobody is expected any more
    booking_early_s: int = 600
    booking_late_s: int = 600
    late_priority: str = "walk_in"
    booking_no_show_s: int = 1800
    #: a booked customer can check in from so long before the slot on
    booking_open_s: int = 14_400
    #: whether a number also holds at a kiosk of another place than its own
    return_anywhere: bool = True
    #: how many further calls of the letter, and how long, somebody called and not there may still come; also somebody
    #: booked who is not expected any more
    recall_tickets: int = 5
    recall_limit_s: int = 1800
    #: how long an ended ticket can be asked about
    keep_ended_s: int = 86_400
    #: the service day, at whose start ticket numbers begin again: minutes of local time, local minus UTC
    day_begins_min: int = 240
    utc_offset_min: int = 0
    #: mean of talk and wrap-up before anything was measured, and how many contacts that guess is worth
    handling_prior_s: int = 300
    handling_prior_weight: int = 20
    #: mean time after which a waiting customer gives up, believed until enough were seen; 0: nobody does
    patience_s: int = 0

    def letter(self, service: str) -> str:
        """The letters the service's ticket numbers begin with."""
        return self.services.get(service, self.other_letter)

    def level(self, service: str, waited_s: int) -> tuple[int, int | None]:
        """The level of skill needed after waiting so long, and after how many seconds the next step comes."""
        level = 1
        for after_s, enough in self.skill_steps.get(service, ()):
            if waited_s < after_s:
                return level, after_s
            level = enough
        return level, None

    @classmethod
    def from_toml(cls, text: str) -> Settings:
        """Settings from TOML: a key per field, tables for services, slopes and centre_factors.

        What is left out keeps its default. Raises SettingsError naming the key and what to do.
        """
        try:
            return cls._read_from(text)
        except RecursionError as error:
            raise SettingsError("the settings are nested far too deep: write them as plain keys and tables") from error
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"the settings are not TOML: {error}") from error
        except ValueError as error:  # of a number with more digits than Python reads or writes
            raise SettingsError(f"the settings have a number that cannot be read: {error}") from error

    @classmethod
    def of_house(cls, text: str) -> Settings:
        """As ``from_toml``, from the file of a house: what it leaves out of NEWEST is as it stands there."""
        return replace(cls.from_toml(text), **{key: NEWEST[key] for key in NEWEST.keys() - tomllib.loads(text).keys()})

    @classmethod
    def _read_from(cls, text: str) -> Settings:
        given = tomllib.loads(text)
        defaults = cls()
        known = {one.name: getattr(defaults, one.name) for one in fields(cls)}
        for key, value in given.items():
            if key not in known:
                raise SettingsError(f"{key}: no such setting; remove it or choose one of {', '.join(known)}")
            _check(key, value, known[key])
        changes: dict[str, Any] = {key: _read(key, value) for key, value in given.items()}
        settings = cls(**changes)
        for key in ("late_priority", "repeat_priority"):
            if key in given and getattr(settings, key) not in settings.slopes:
                raise SettingsError(f"{key}: {given[key]!r} has no slope; name it under [slopes], or choose one there")
        # What a queue wrote down itself is read as it is: logs of earlier releases hold settings of that kind.
        if settings.keep_ended_s < settings.return_window_s and text != settings.to_toml():
            raise SettingsError(
                f"keep_ended_s: {settings.keep_ended_s} forgets who left before return_window_s, "
                f"{settings.return_window_s}, is over; make it at least as long, or return_window_s shorter"
            )
        return settings

    def to_toml(self) -> str:
        """Text from which ``from_toml`` makes the same settings."""
        lines, tables = [], []
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in _LATER and value == getattr(_DEFAULTS, one.name):
                continue
            if isinstance(value, Mapping):
                tables.append(f"[{one.name}]")
                tables += [f"{_text(key)} = {_text(item)}" for key, item in value.items()]
            else:
                lines.append(f"{one.name} = {_text(value)}")
        return "\n".join([*lines, *tables]) + "\n"


#: Settings of a later release: left out while they have their default, so that the head a log begins with stays.
_LATER = frozenset(
    {
        "channels", "callback_gap_s", "callback_tries", "repeat_priority", "door_lead_s", "door_grace_s",
        "door_limit_s", "booking_open_s", "return_anywhere", "break_reasons", "idle_through_breaks", "named_s",
        "room_s", "room_after_s", "edition",
    }
)  # fmt: skip
_DEFAULTS = Settings()
#: What is best for a house, where the default is what held before there was the setting (docs/decisions/0094).
NEWEST: Mapping[str, Any] = {"edition": 2, "room_s": 1800}

_LIMITS = {
    "edition": (1, 2),
    "callback_tries": (1, 100),
    "door_grace_s": (1, 3600),
    "door_limit_s": (60, 86_400),
    "recall_tickets": (1, 1000),
    "reserve_universals": (0, 10_000),
    "offer_s": (1, 600),
    "misses_allowed": (1, 100),
    "wrapup_extensions": (0, 100),
    "day_begins_min": (0, 1439),
    "utc_offset_min": (-840, 840),
    "handling_prior_s": (1, 86_400),
    "handling_prior_weight": (1, 10_000),
    "keep_ended_s": (0, 31_536_000),
}
_SECONDS = (0, 86_400)


def _check(key: str, value: object, default: object) -> None:
    if key == "services":
        for name, letters in _table(key, value).items():
            _check_letters(f"services.{name}", letters)
    elif key == "other_letter":
        _check_letters(key, value)
    elif key in ("late_priority", "repeat_priority"):
        if not isinstance(value, str) or not value:
            raise SettingsError(f"{key}: write a class of priority such as 'walk_in', not {value!r}")
    elif key == "skill_steps":
        for name, steps in _table(key, value).items():
            _check_steps(f"skill_steps.{name}", steps)
    elif key == "channels":
        for name, weight in _table(key, value).items():
            if type(weight) is not int or not 1 <= weight <= 100:
                raise SettingsError(f"channels.{name}: write a whole number from 1 to 100, not {weight!r}")
        if not value:
            raise SettingsError("channels: name at least one channel, such as video = 100")
    elif key == "break_reasons":
        if not isinstance(value, list) or not all(isinstance(one, str) and 0 < len(one) <= 40 for one in value):
            raise SettingsError(f"{key}: write a list of short codes such as ['lunch', 'training'], not {value!r}")
    elif isinstance(default, Mapping):
        for name, number in _table(key, value).items():
            _check_factor(f"{key}.{name}", number)
        if key == "slopes" and not value:
            raise SettingsError("slopes: name at least one class of priority, such as walk_in = 1.0")
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            raise SettingsError(f"{key}: write true or false, not {value!r}")
    else:
        low, high = _LIMITS.get(key, _SECONDS)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise SettingsError(f"{key}: write a whole number from {low} to {high}, not {value!r}")


def _table(key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SettingsError(f"{key}: write a table, [{key}], not {value!r}")
    return value


def _check_letters(key: str, value: object) -> None:
    if not isinstance(value, str) or not 1 <= len(value) <= 2 or any(c not in TWIN_LETTERS for c in value):
        raise SettingsError(f"{key}: write one or two of the letters {' '.join(TWIN_LETTERS)}, not {value!r}")


def _check_steps(key: str, value: object) -> None:
    wanted = f"{key}: write steps such as [[0, 3], [60, 1]]: seconds growing from 0, levels falling within 9 to 0"
    if not isinstance(value, list) or not 1 <= len(value) <= 6:
        raise SettingsError(f"{wanted}, one to six of them")
    for step in value:
        if not isinstance(step, list) or len(step) != 2 or any(type(one) is not int for one in step):
            raise SettingsError(f"{wanted}, not {step!r}")
    after, levels = [one[0] for one in value], [one[1] for one in value]
    falling = all(a > b for a, b in pairwise(levels))
    growing = all(a < b for a, b in pairwise(after))
    if after[0] != 0 or not growing or not falling or not 0 <= levels[-1] <= levels[0] <= 9:
        raise SettingsError(f"{wanted}, not {value!r}")


def _check_factor(key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.01 <= value <= 100:
        raise SettingsError(f"{key}: write a number from 0.01 to 100, not {value!r}")


def _read(key: str, value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, dict):
        return value
    if key == "channels":
        return dict(value)
    if key == "skill_steps":
        return {name: tuple((step[0], step[1]) for step in steps) for name, steps in value.items()}
    return {name: item if isinstance(item, str) else float(item) for name, item in value.items()}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in value)
        return f'"{escaped}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return repr(value)
