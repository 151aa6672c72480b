"""Adapter: what both clients see and hear at their own place: a film with a code in each picture, and speech.

The film is a drawn talking head with a little sensor noise, as raw Y4M (I420): Chromium's fake camera and
OpenCV read the same bytes, so nobody's camera is cheaper. The code of a picture is its place in the film, in the blocks
of ``media.timecode``; when it was taken is told by the end that took it. The speech has a floor of room noise 55 dB
below full scale, as every room has, so that the first sound of a call can be told from no sound.
"""

from __future__ import annotations

import math
import shutil
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from infomat.demo.speech import said
from media import timecode
from media.sound.file import read_wav

WIDTH, HEIGHT, FPS = 1280, 720, 30
PICTURES = 240  # eight seconds: longer than any delay a call can have
RATE = 48_000
MEMORY = Path("/dev/shm")
NOISE = 2.5  # standard deviation of the sensor, of 255
_SENTENCES = {
    "kiosk": ("ru", "Здравствуйте! Я передала показания, но не уверена в ночной зоне. Посмотрите, пожалуйста. "
                    "Счётчик у нас новый, двухтарифный, его поменяли в прошлом месяце, и цифры теперь другие."),
    "operator": ("ru", "Здравствуйте, меня зовут Марина. Вижу ваши показания. Сейчас вместе проверим ночную зону. "
                       "Назовите, пожалуйста, номер счётчика и первые пять цифр, которые вы видите на его экране."),
}  # fmt: skip


def film(file: Path) -> Path:
    """The film as Y4M, made when it is not there yet (330 MB)."""
    if file.exists():
        return file
    part = file.with_suffix(".part")
    across = np.linspace(0.75, 0.45, WIDTH)[None, :, None] * np.linspace(1.0, 0.8, HEIGHT)[:, None, None]
    room = np.ascontiguousarray((across * np.array([196, 190, 178])[None, None, :]).astype(np.uint8))
    grains = np.random.default_rng(1).normal(0, NOISE, (8, HEIGHT, WIDTH, 1)).astype(np.int16).repeat(3, axis=3)
    with part.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(PICTURES):
            picture = room.copy()
            _head(picture, number / FPS)
            grain = np.roll(grains[number % 8], number * 37, axis=1)
            picture = cv2.add(picture, grain, dtype=cv2.CV_8U)
            timecode.draw(picture, timecode.TimeCode(number, 0))
            out.write(b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).tobytes())
    part.rename(file)
    return file


@contextmanager
def in_memory(film: Path) -> Iterator[Path]:
    """The film where no disk is waited for: both ends read 41 MB of it a second, and the system forgets its pages.

    A camera never stops for a disk. Where there is no such place the file itself.
    """
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < 2 * film.stat().st_size:
        yield film
        return
    held = MEMORY / f"infomat-{film.name}"  # one name: what a killed run left is used up
    try:
        yield Path(shutil.copyfile(film, held))
    finally:
        held.unlink(missing_ok=True)


def _head(picture: Any, now: float) -> None:
    """Somebody who talks, nods and blinks, with the light from the left; the end of the film fits its beginning."""
    turn = 2 * math.pi * now * FPS / PICTURES
    unit = HEIGHT / 100
    x, y = WIDTH / 2 + 4 * unit * math.sin(turn), HEIGHT / 2 + 1.5 * unit * math.sin(2 * turn)

    def oval(dx: float, dy: float, a: float, b: float, colour: tuple[int, int, int], start: int = 0) -> None:
        place = (int(x + dx * unit), int(y + dy * unit))
        size = (max(1, int(a * unit)), max(1, int(b * unit)))
        cv2.ellipse(picture, place, size, 0, start, 360, colour, -1, cv2.LINE_AA)

    oval(0, 48, 34, 24, (92, 66, 48), 180)
    oval(0, 0, 16, 21, (150, 178, 222))
    oval(0, -8, 17, 15, (40, 48, 60), 180)
    for side in (-6.0, 6.0):
        oval(side, -1, 2, 0.3 if now % 4 < 0.15 else 2.0, (60, 50, 40))
    oval(0, 10, 5, 0.8 + 2.2 * abs(math.sin(now * 7) * math.sin(now * 2.3)), (80, 70, 150))


async def speech(role: str, folder: Path) -> Path:
    """What ``role`` says: 48 kHz mono, 16 bit, peaks at -6 dBFS. Raises OSError when espeak-ng is missing."""
    file = folder / f"speech-{role}.wav"
    if file.exists():
        return file
    raw = await said(*_SENTENCES[role], folder / f"raw-{role}.wav")
    samples = read_wav(raw).astype(np.float64)
    raw.unlink()
    samples *= 0.5 * 32767 / np.abs(samples).max()
    floor = np.random.default_rng(2).normal(0, 32767 * 10 ** (-55 / 20), len(samples))
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.clip(samples + floor, -32768, 32767).astype("<i2").tobytes())
    return file
