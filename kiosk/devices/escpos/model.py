"""Adapter: what a model of printer can do, from python-escpos' database and what the kiosk is told beside it.

The import of python-escpos costs 0.7 s and leaves a folder behind; it is done when the first document is printed, in a
thread, and the folder is removed.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from ground.errors import InfomatError
from kiosk.devices.escpos.letters import CODECS

Cut = Literal["full", "partial", "none"]


class UnknownModel(InfomatError):
    """No such model in the database, or it has no table with letters of ours."""

    code = "printer.model"


@dataclass(frozen=True, slots=True)
class Model:
    """``profile`` as python-escpos names it; ``tables`` the numbers of code tables; ``codes``: draws a QR by itself."""

    profile: str
    columns: int
    tables: Mapping[str, int]
    codes: bool = True
    cut: Cut = "partial"


@lru_cache(maxsize=1)
def library() -> Any:
    """The module ``escpos.printer``."""
    import escpos.capabilities as capabilities
    import escpos.printer as printer

    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return printer


def model_of(
    profile: str, columns: int | None = None, tables: Mapping[str, int] | None = None, cut: Cut | None = None
) -> Model:
    """The model of the database; what is given goes before what the database says. Raises UnknownModel."""
    library()
    from escpos.capabilities import CAPABILITIES

    told = CAPABILITIES["profiles"].get(profile)
    if told is None:
        raise UnknownModel(f"no model {profile!r}: python-escpos' profiles are {', '.join(CAPABILITIES['profiles'])}")
    known = {name: int(number) for number, name in told["codePages"].items() if name in CODECS}
    numbers = {**known, **(tables or {})}
    if not numbers or not set(numbers) <= set(CODECS):
        raise UnknownModel(f"{profile!r} needs code tables among {', '.join(CODECS)}")
    features = told["features"]
    cuts: Cut = "partial" if features.get("paperPartCut") else "full" if features.get("paperFullCut") else "none"
    width = columns or int(told["fonts"]["0"]["columns"])
    return Model(profile, width, numbers, bool(features.get("qrCode")), cut or cuts)
