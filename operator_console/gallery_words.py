"""Rules: the gallery's made-up people, places and papers in the language of the picture."""

from __future__ import annotations

import dataclasses
import re
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel

from signaling.protocol.values import Language, Sum

#: As the Russian samples have it: Latvian, English.
_SAID = {
    "Ольга Ветрова": ("Olga Vētra", "Olga Winter"),
    "Марат Ахметов": ("Mārtiņš Ozoliņš", "Mark Holloway"),
    "Светлана Константинопольская": ("Konstancija Straupmane-Straupeniece", "Svetlana Constantinopolskaya"),
    "Анна Лиепа": ("Anna Liepa", "Anna Linden"),
    "Анна Мельник": ("Anna Melne", "Anna Miller"),
    "Пётр Озолс": ("Pēteris Ozols", "Peter Oakley"),
    "Петрова Ирина Сергеевна": ("Irēna Pētersone", "Irene Peterson"),
    "Ирина Петрова": ("Irēna Pētersone", "Irene Peterson"),
    "П. И. С.": ("I. P.", "I. P."),
    "Миасс, ул. 8 Марта, 14, отделение банка": (
        "Jelgava, Akadēmijas iela 14, bankas filiāle", "Jelgava, 14 Academy Street, bank branch"
    ),
    "Челябинск, МФЦ": ("Daugavpils, klientu centrs", "Daugavpils, municipal centre"),
    "Троицк, ул. Гагарина, 2": ("Cēsis, Raunas iela 2", "Cēsis, 2 Rauna Street"),
    "Миасс 1": ("Jelgava 1", "Jelgava 1"),
    "Инфомат 41": ("Infomāts 41", "Infomat 41"),
    "Уралэнерго": ("Zemgales Enerģija", "Zemgale Energy"),
    "Электросбыт Южного Урала": ("Zemgales elektrības tirdzniecība", "Zemgale Electricity Supply"),
    "Тепло и вода Южного Урала": ("Zemgales siltums un ūdens", "Zemgale Heat and Water"),
    "ул. 8 Марта, 14": ("Akadēmijas iela 14", "14 Academy Street"),
    "Меркурий 206": ("Merkurs 206", "Mercury 206"),
    "Челябинская обл., Миасс, ул. 8 Марта, д. 14, кв. 32": (
        "Akadēmijas iela 14–32, Jelgava, LV-3001", "14 Academy Street, flat 32, Jelgava, LV-3001"
    ),
    "+7 900 000-00-17": ("+371 20 000 017", "+371 20 000 017"),
    "+79000000017": ("+37120000017", "+37120000017"),
    "двухзонный": ("divu zonu", "two zones"),
    "Баланс, решено · 4,9": ("Bilance, atrisināts · 4,9", "Balance, resolved · 4.9"),
    "Показания переданы без оператора": ("Rādījumi nodoti bez operatora", "Readings given without an operator"),
    "Счёт отправлен на почту": ("Rēķins nosūtīts pa pastu", "Invoice sent by post"),
    "Клиент оспаривает показание Т2 за октябрь: 013 6… вместо 012 784. Пломба цела. Договорились о перерасчёте.": (
        "Klients apstrīd oktobra T2 rādījumu: 013 6… 012 784 vietā. Plomba vesela. Vienojāmies par pārrēķinu.",
        "The customer disputes the T2 reading of October: 013 6… for 012 784. Seal intact. We agreed to recalculate.",
    ),
    "Счёт за октябрь 2026, ул. 8 Марта, 14.pdf": (
        "Rēķins par 2026. gada oktobri, Akadēmijas iela 14.pdf", "Invoice October 2026, 14 Academy Street.pdf"
    ),
    "оплатил дважды, второй раз в банке": ("samaksāts divreiz, otrreiz bankā", "paid twice, the second time at a bank"),
    "Банк прислал исправленный файл, письмо 118": (
        "Banka atsūtīja izlabotu failu, vēstule 118", "The bank sent a corrected file, letter 118"
    ),
}  # fmt: skip
_TICKET = re.compile(r"[А-Я]-(?=\d+$)")
_LETTERS = {"П": "R", "О": "M", "Д": "L", "Р": "C", "Ж": "Z"}

Told = TypeVar("Told")


def in_language(value: Told, language: Language) -> Told:
    """The same moment with names, places, sums and papers of that language's country; Russian stays as it is."""
    return value if language == "ru" else _in(value, language)


def _in(value: Any, language: Language) -> Any:
    if isinstance(value, str) and not isinstance(value, Enum):
        said = _SAID.get(value)
        if said is not None:
            return said[0 if language == "lv" else 1]
        return _TICKET.sub(lambda found: f"{_LETTERS.get(found[0][0], 'A')}-", value)
    if isinstance(value, Sum):
        return value.model_copy(update={"currency": "EUR"})
    if isinstance(value, BaseModel):
        told = {name: _in(getattr(value, name), language) for name in type(value).model_fields}
        if told.get("language") == "ru":
            told["language"] = language
        return value.model_copy(update=told)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: _in(getattr(value, one.name), language) for one in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(_in(one, language) for one in value)
    if isinstance(value, dict):
        return {name: _in(one, language) for name, one in value.items()}
    return value
