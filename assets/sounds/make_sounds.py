"""Adapter: draws the three cues as WAV files (48 kHz, mono, 16 bit); run it again to change them.

Soft attacks and bell-like decays: heard in a loud hall, never frightening.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 48_000
# name -> notes: (start seconds, frequency Hz, decay seconds, loudness 0..1)
CUES: dict[str, list[tuple[float, float, float, float]]] = {
    "touch": [(0.0, 1174.66, 0.03, 0.16)],
    "call": [
        (0.0, 659.26, 0.22, 0.30),
        (0.22, 880.0, 0.30, 0.30),
        (0.75, 659.26, 0.22, 0.30),
        (0.97, 880.0, 0.30, 0.30),
    ],
    "done": [(0.0, 783.99, 0.16, 0.24), (0.13, 1046.5, 0.28, 0.24)],
}
ATTACK = 0.006  # seconds


def cue(notes: list[tuple[float, float, float, float]]) -> bytes:
    """The notes as samples, ending when the last has died away."""
    length = max(start + 5 * decay for start, _, decay, _ in notes)
    time = np.arange(round(RATE * length)) / RATE
    sound = np.zeros_like(time)
    for start, frequency, decay, loudness in notes:
        since = np.maximum(time - start, 0.0)
        shape = np.minimum(since / ATTACK, 1.0) * np.exp(-since / decay)
        tone = np.sin(2 * np.pi * frequency * since) + 0.25 * np.sin(4 * np.pi * frequency * since)
        sound += loudness * shape * tone
    fade = np.minimum(1.0, (time[-1] - time) / 0.02)
    return (np.clip(sound * fade, -1, 1) * 32767).astype("<i2").tobytes()


def main() -> None:
    """Write each cue beside this file."""
    for name, notes in CUES.items():
        with wave.open(str(Path(__file__).parent / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(cue(notes))


if __name__ == "__main__":
    main()
