"""Adapter: the files behind a door's QR code: the page, its words already in it, and what stands at a wrong address.

Script and style are kept by the phone for ever, under an address that changes with them; the page itself never is.
Everything of the page is from here: no script, picture or font of another's (Content-Security-Policy).
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping
from string import Template
from typing import Any

from starlette.responses import Response

from assets import path as asset
from assets.words import LANGUAGES, Words

_FILES = {"door.js": "text/javascript", "door.css": "text/css", "sw.js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class DoorPage:
    """The pages of one company."""

    def __init__(self, company: str) -> None:
        folder = asset("door")
        self._company = html.escape(company)
        self._files = {name: (folder / name).read_bytes() for name in _FILES}
        self._version = hashlib.sha256(b"".join(self._files.values())).hexdigest()[:12]
        self._page, self._nowhere = (Template((folder / f"{name}.html").read_text()) for name in ("door", "nowhere"))

    def file(self, name: str) -> Response:
        """A script or the style; the one that keeps the page is looked for anew each time."""
        lasting = {} if name == "sw.js" else _FOR_EVER
        return Response(self._files[name], media_type=_FILES[name], headers=_HEADERS | lasting)

    def page(self, told: Mapping[str, Any]) -> Response:
        """The page with what ``GET /api/door/{key}`` tells, so that a slow link is asked once."""
        return self._html(
            self._page,
            language=told["language"],
            place=html.escape(told["place"]),
            told=json.dumps(told, ensure_ascii=False).replace("<", "\\u003c"),  # no text ends the element it is in
            noscript=_in_every_language("door.noscript", told["language"]),
        )

    def nowhere(self, language: str) -> Response:
        """For who has an address that leads to no door (any more)."""
        words = _in_every_language("door.nowhere", language)
        return self._html(self._nowhere, 404, language=language, nowhere=words)

    def _html(self, page: Template, status: int = 200, **values: str) -> Response:
        text = page.substitute(company=self._company, version=self._version, **values)
        return Response(text, status, media_type="text/html", headers=_HEADERS)


def _in_every_language(phrase: str, first: str) -> str:
    """Paragraphs: who has no script cannot choose."""
    order = sorted(LANGUAGES, key=lambda one: one != first)
    return "".join(f'<p lang="{one}">{html.escape(Words(one).say(phrase))}</p>' for one in order)
