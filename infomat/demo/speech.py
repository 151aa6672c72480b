"""Adapter: a text said by espeak-ng, once; voices for the demo customer and operator."""

from __future__ import annotations

import asyncio
from pathlib import Path

LINES = {
    "customer": ("ru", "Здравствуйте! Я передала показания, но не уверена в ночной зоне. Посмотрите, пожалуйста."),
    "operator": ("ru", "Здравствуйте, меня зовут Марина. Вижу ваши показания. Сейчас вместе проверим ночную зону."),
}


async def voice(who: str, folder: Path) -> Path:
    """A WAV in which ``who`` says their lines; raises OSError when espeak-ng is missing."""
    return await said(*LINES[who], folder / f"{who}.wav")


async def said(speaker: str, text: str, file: Path, pace: int = 150) -> Path:
    """The WAV of a text, made when it is not there; raises OSError when espeak-ng or that voice is missing.

    ``speaker`` is espeak-ng's voice and variant, ``pace`` words a minute.
    """
    if _is_new(file):
        process = await asyncio.create_subprocess_exec(
            "espeak-ng", "-v", speaker, "-s", str(pace), "-w", str(file), text
        )
        if await process.wait():
            raise OSError(f"espeak-ng has no voice {speaker}")
    return file


def _is_new(file: Path) -> bool:
    file.parent.mkdir(parents=True, exist_ok=True)
    return not file.exists()
