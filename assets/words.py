"""Rules: what is said to people, in Russian, Latvian and English: phrases, plurals, money, dates, numbers.

A phrase is a text with named places (``"Перед вами {ahead}"``) or, where a number bends the words, a table
``{"by": "n", "one": ..., "few": ..., "many": ...}``. All files ``translations/*.LANGUAGE.json`` make one book.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from assets import path

LANGUAGES = ("ru", "lv", "en")
_PLACE = re.compile(r"\{([a-z_]+)\}")
_NUMBER = re.compile(r"-?\d+")
_NBSP = "\u00a0"
#: The forms a plural table of a language must have (Unicode CLDR, whole numbers).
FORMS = {"ru": ("one", "few", "many"), "lv": ("zero", "one", "other"), "en": ("one", "other")}

Phrase = str | dict[str, str]


class WordsError(KeyError):
    """A phrase is not known in a language, or its places and the values given for them differ."""


class Words:
    """The words of one language. ``say`` is the only way a text gets to a screen."""

    def __init__(self, language: str, book: Mapping[str, Phrase] | None = None) -> None:
        if language not in LANGUAGES:
            raise WordsError(f"no language {language!r}")
        self.language = language
        self._book = book if book is not None else phrases(language)

    def knows(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self._book

    def places(self, key: str) -> set[str]:
        """The names of the values a phrase needs; empty for an unknown one."""
        return places(self._book.get(key, ""))

    def say(self, key: str, **values: object) -> str:
        """The phrase with its places filled; raises WordsError when it is unknown or a place and its value differ."""
        try:
            phrase = self._book[key]
        except KeyError:
            raise WordsError(f"no phrase {key!r} in {self.language}") from None
        wanted = places(phrase)
        if wanted != set(values):
            raise WordsError(f"{key} in {self.language} needs {sorted(wanted)}, was given {sorted(values)}")
        text = phrase if isinstance(phrase, str) else phrase[self._form(key, phrase["by"], values)]
        return _PLACE.sub(lambda found: str(values[found[1]]), text)

    def offer(self, key: str, values: Mapping[str, object]) -> str:
        """Like ``say`` for values that came by wire: what the phrase has no place for is left out."""
        wanted = self.places(key)
        return self.say(key, **{name: value for name, value in values.items() if name in wanted})

    def money(self, minor: int, currency: str) -> str:
        """``1 284 ₽ 50 коп.``, ``45 € 60 c``; whole amounts without the small unit, as one says them."""
        sign = "−" if minor < 0 else ""
        major, rest = divmod(abs(minor), 100)
        if not self.knows(f"money.{currency}"):  # of a newer server: as banks write it
            return f"{sign}{self.number(major)}.{rest:02d}{_NBSP}{currency}"
        if rest == 0:
            return sign + self.say(f"money.{currency}.whole", major=self.number(major))
        return sign + self.say(f"money.{currency}", major=self.number(major), minor=f"{rest:02d}")

    def money_about(self, minor: int, currency: str) -> str:
        """The amount rounded to its large unit, for ``about ...``."""
        return self.money((minor + 50) // 100 * 100, currency)

    def number(self, value: int) -> str:
        """Digits in groups of three with a space that never breaks."""
        return f"{value:,}".replace(",", _NBSP)

    def day(self, iso: str) -> str:
        """``23 октября``, ``23. oktobris``, ``23 October``; raises ValueError when it is not an ISO date."""
        told = date.fromisoformat(iso[:10])
        return self.say("date.day", day=told.day, month=self.say(f"date.month.{told.month}"))

    def until(self, iso: str) -> str:
        """The day as it stands after "until": ``25 ноября``, ``25. novembrim``, ``25 November``; raises ValueError."""
        told = date.fromisoformat(iso[:10])
        return self.say("date.day", day=told.day, month=self.say(f"date.until.{told.month}"))

    def weekday(self, iso: str) -> str:
        """The day with its weekday's name."""
        told = date.fromisoformat(iso[:10])
        return self.say("date.weekday", weekday=self.say(f"date.weekday.{told.isoweekday()}"), day=self.day(iso))

    def unit(self, unit: str) -> str:
        """A unit of consumption as people write it; an unknown one stays as it came."""
        key = f"unit.{unit}"
        return self.say(key) if self.knows(key) else unit

    def minutes(self, low_s: int, high_s: int) -> str:
        """A wait between two times in whole minutes, rounded up: a promise is better kept early."""
        low, high = max(1, -(-low_s // 60)), max(1, -(-high_s // 60))
        if high_s <= 60:
            return self.say("wait.under_a_minute")
        if low >= high:
            return self.say("wait.minutes", n=high)
        return self.say("wait.band", low=low, n=high)

    def _form(self, key: str, by: str, values: Mapping[str, object]) -> str:
        told = str(values[by]).replace(_NBSP, "")
        if not _NUMBER.fullmatch(told):
            raise WordsError(f"{key} in {self.language} counts by {by}, was given {values[by]!r}")
        return plural(self.language, int(told))


@lru_cache(maxsize=len(LANGUAGES))
def phrases(language: str) -> dict[str, Phrase]:
    """All phrases of a language; raises WordsError when two files have the same key."""
    book: dict[str, Phrase] = {}
    for file in sorted(path("translations").glob(f"*.{language}.json")):
        told: dict[str, Phrase] = json.loads(file.read_text(encoding="utf-8"))
        if twice := book.keys() & told.keys():
            raise WordsError(f"{file.name} repeats {sorted(twice)}")
        book |= told
    return book


def places(phrase: Phrase) -> set[str]:
    """The names a phrase needs values for."""
    if isinstance(phrase, str):
        return set(_PLACE.findall(phrase))
    texts = (text for form, text in phrase.items() if form != "by")
    return {phrase["by"], *(name for text in texts for name in _PLACE.findall(text))}


def plural(language: str, number: int) -> str:
    """Which form a whole number takes in a language (Unicode CLDR plural rules)."""
    n = abs(number)
    one = n % 10 == 1 and n % 100 != 11
    if language == "ru":
        if one:
            return "one"
        return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"
    if language == "lv":
        if n % 10 == 0 or 11 <= n % 100 <= 19:
            return "zero"
        return "one" if one else "other"
    return "one" if n == 1 else "other"
