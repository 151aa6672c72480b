"""Rules: a block of speech a little shorter or longer, without a change of pitch (overlap-add of one pitch period).

The method of WSOLA (Verhelst, Roelands 1993): two pieces one pitch period apart are alike, so that one can be faded
into the other unheard, and the period between them left out or said twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[Any]  # int16, mono, 48 kHz

_THIN = 4  # the search is done on every fourth sample
_LEAST, _MOST = 120, 480  # samples of a pitch period: 400 Hz to 100 Hz
ALIKE = 0.7  # correlation from which two periods may be faded into each other
QUIET = 150.0  # RMS below which nobody hears what is left out


def shorter(block: Sound) -> Sound:
    """Without one pitch period (2.5 to 10 ms); unchanged where that would be heard. ``block`` has 20 ms or more."""
    lag = _period(block)
    if lag == 0:
        return block
    return np.concatenate([_faded(block[:lag], block[lag : 2 * lag]), block[2 * lag :]])


def longer(block: Sound) -> Sound:
    """With one pitch period said twice; unchanged where that would be heard."""
    lag = _period(block)
    if lag == 0:
        return block
    return np.concatenate([block[:lag], _faded(block[lag : 2 * lag], block[:lag]), block[lag:]])


def quiet(block: Sound) -> bool:
    """Whether nobody would hear a piece of it missing."""
    return float(np.mean(np.square(block[::_THIN], dtype=np.float64))) < QUIET**2


def _faded(out: Sound, into: Sound) -> Sound:
    rise = np.linspace(0.0, 1.0, len(out), dtype=np.float32)
    mixed: Sound = np.rint(out * (1 - rise) + into * rise).astype(np.int16)
    return mixed


def _period(block: Sound) -> int:
    """The pitch period of a block's beginning, in samples; 0 where there is none."""
    if len(block) < 2 * _MOST:
        return 0
    if quiet(block):
        return _MOST
    thin = block[::_THIN].astype(np.float64)
    window, least, most = _MOST // _THIN, _LEAST // _THIN, _MOST // _THIN
    first = thin[:window]
    both = np.correlate(thin[: window + most], first, "valid")[least:]
    energy = np.concatenate([[0.0], np.cumsum(np.square(thin[: window + most]))])
    norms = np.sqrt((energy[window:] - energy[:-window])[least:] * energy[window]) + 1.0
    likeness = both / norms
    best = int(np.argmax(likeness))
    return (best + least) * _THIN if likeness[best] >= ALIKE else 0
