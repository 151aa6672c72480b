"""Adapter: voices for measurements, made once by espeak-ng: an operator's and a customer's, in three languages."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np

from infomat.demo.speech import LINES, said
from media.sound.file import read_wav

#: name -> (espeak-ng's voice and variant, words a minute, what is said)
SPEAKERS = {
    "operator-ru": ("ru", 150, LINES["operator"][1]),
    "customer-ru": ("ru", 150, LINES["customer"][1]),
    "operator-lv": ("lv+f3", 155, "Labdien, mani sauc Ilze. Redzu jūsu rādījumus. Tūlīt kopā pārbaudīsim nakts zonu."),
    "customer-lv": (
        "lv+m4",
        140,
        "Labdien! Es nodevu rādījumus, bet neesmu drošs par nakts zonu. Paskatieties, lūdzu.",
    ),
    "operator-en": (
        "en-gb+m7",
        160,
        "Good morning, my name is Mark. I can see your readings. Let us check them together.",
    ),
    "customer-en": ("en-us+f4", 125, "Good morning. I sent in my readings, but I am not sure about the night zone."),
    "operator-new": (
        "ru+m3",
        165,
        "Добрый день. Да, я вижу начисление за октябрь. Давайте сверим его с вашей квитанцией.",
    ),
    "customer-new": (
        "lv+f2",
        150,
        "Man ir jautājums par rēķinu. Kāpēc par oktobri ir jāmaksā divreiz vairāk nekā parasti?",
    ),
}


def speech(name: str, folder: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Samples of a speaker, 48 kHz; raises OSError when espeak-ng is missing."""
    speaker, pace, text = SPEAKERS[name]
    file = asyncio.run(said(speaker, text, folder / f"{name}.wav", pace))
    samples: np.ndarray[Any, np.dtype[np.float64]] = read_wav(file).astype(np.float64)
    return samples
