"""Adapter: voices for the demo customer and operator, made once by espeak-ng."""

from __future__ import annotations

import asyncio
from pathlib import Path

LINES = {
    "customer": ("ru", "Здравствуйте! Я передала показания, но не уверена в ночной зоне. Посмотрите, пожалуйста."),
    "operator": ("ru", "Здравствуйте, меня зовут Марина. Вижу ваши показания. Сейчас вместе проверим ночную зону."),
}


async def voice(who: str, folder: Path) -> Path:
    """A WAV in which ``who`` says their lines; raises OSError when espeak-ng is missing."""
    file = folder / f"{who}.wav"
    if _is_new(file):
        language, text = LINES[who]
        process = await asyncio.create_subprocess_exec("espeak-ng", "-v", language, "-s", "150", "-w", str(file), text)
        await process.wait()
    return file


def _is_new(file: Path) -> bool:
    file.parent.mkdir(parents=True, exist_ok=True)
    return not file.exists()
