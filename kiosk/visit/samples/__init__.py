"""Life-like views of every step, with long names, warnings and doubts, for the gallery and the tests.

``services``, ``payments`` and ``talk`` are the parts of a visit; ``things`` is what they share.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from kiosk.ipc import KioskFace
from kiosk.visit.frame import Surroundings
from kiosk.visit.samples import payments, services, talk
from signaling.protocol.events import LineTold
from signaling.protocol.journey import Ease, JourneyView, Step
from signaling.protocol.values import Language, WaitBand

FACE = KioskFace(
    company="Электросбыт Южного Урала",
    kiosk_name="Терминал № 41",
    place="пр. Ленина, 28",
    phone="8 800 550-00-55",
)
FACE_LV = KioskFace(
    company="Dienvidu siltums un elektrība",
    kiosk_name="Terminālis Nr. 41",
    place="Brīvības gatve 214B, Rīga",
    phone="+371 6700 0055",
)
VISIT = "0193-visit"
_NO_BACK = (Step.ATTRACT, Step.MENU, Step.CALL, Step.OUT_OF_SERVICE)


def face(language: Language) -> KioskFace:
    """A company of the language's country."""
    return FACE if language == "ru" else FACE_LV


def around(language: Language, **changes: Any) -> Surroundings:
    """A busy ordinary day."""
    line = LineTold(waiting=2, operators=14, wait=WaitBand(p50=170, p90=350))
    return Surroundings(face(language), **{"line": line, **changes})


def samples(language: Language, ease: Ease) -> Iterator[tuple[str, JourneyView, Surroundings]]:
    """Every sample: its name, the view, and the surroundings."""
    for name, step, changes, day in chain(*(part.rows(language) for part in (services, payments, talk))):
        view = {"visit_id": VISIT, "number": 7, "step": step, "language": language, "ease": ease}
        yield name, JourneyView(**{**view, "can_go_back": step not in _NO_BACK, **changes}), around(language, **day)
