"""Rules: what a person at a desk does with a document: shows a page of it, and takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["whole", "top", "bottom"]
PARTS: tuple[Part, ...] = ("whole", "top", "bottom")


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page drawn to ``path`` (PNG, ``width`` x ``height``): page ``number`` of ``pages`` of the document ``name``."""

    path: str
    name: str
    number: int
    pages: int
    part: Part
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShowedPage:
    """Wants the customer to see this page now."""

    page: ShownPage


@dataclass(frozen=True, slots=True)
class StoppedShowing:
    """Wants to be seen again."""


ShareAct = ShowedPage | StoppedShowing
#: Which permission each of them needs (values of ``happenings.Act``).
NEEDS: dict[type, str] = {ShowedPage: "show", StoppedShowing: "show_end"}
