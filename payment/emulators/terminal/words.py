"""Rules: what the emulated terminal's window says, in the kiosk's three languages."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Card terminal (emulated)",
        "ready": "Ready",
        "pay": "Hold your card to the reader",
        "approved": "Approved",
        "declined": "Declined",
        "off": "No power",
        "tap": "Tap card",
        "decline": "Decline",
        "plug": "Pull the plug",
        "hint": "An emulator: no money moves.",
    },
    "ru": {
        "title": "Платёжный терминал (эмулятор)",
        "ready": "Готов",
        "pay": "Приложите карту",
        "approved": "Одобрено",
        "declined": "Отклонено",
        "off": "Нет питания",
        "tap": "Приложить карту",
        "decline": "Отклонить",
        "plug": "Выдернуть шнур",
        "hint": "Эмулятор: деньги не списываются.",
    },
    "lv": {
        "title": "Karšu terminālis (emulators)",
        "ready": "Gatavs",
        "pay": "Pielieciet karti",
        "approved": "Apstiprināts",
        "declined": "Noraidīts",
        "off": "Nav strāvas",
        "tap": "Pielikt karti",
        "decline": "Noraidīt",
        "plug": "Izraut vadu",
        "hint": "Emulators: nauda netiek noņemta.",
    },
}
