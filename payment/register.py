"""Port: a fiscal register: takes a document once, and says when it exists.

Both calls may be repeated as often as one likes: a document is known by its ``external_id``. They block, from any
thread, and never raise for what a register or a network does: nobody knows then, which is ``Later``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from payment.fiscal import FiscalDocument, FiscalMark


@dataclass(frozen=True, slots=True)
class Taken:
    """The register has the document under its own id; ask for it with ``report``."""

    uuid: str


@dataclass(frozen=True, slots=True)
class Issued:
    """The document exists."""

    mark: FiscalMark


@dataclass(frozen=True, slots=True)
class FiscalRefused:
    """The register says no, for good: there is no such document, a person has to look."""

    code: str


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is known, or not yet: ask the same again."""

    reason: str


class FiscalRegister(Protocol):
    """Driver of a register."""

    def register(self, document: FiscalDocument) -> Taken | FiscalRefused | Later:
        """Have it (again) issued; a document that is there already is not made twice."""
        ...

    def report(self, uuid: str, document: FiscalDocument) -> Issued | FiscalRefused | Later:
        """What became of it."""
        ...
