"""Adapter: structured logs (structlog) with a whitelist of fields.

A field that is not listed is dropped, so that a name, an account, a phone or a card number cannot reach
a log by accident. Values of listed fields that look like a card number are blanked all the same.
An exception given as ``error=`` is told by its type and place, without its words: they may quote what somebody typed.

Everybody takes ``get_logger`` and ``bind_contextvars`` from here, never structlog itself.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO, cast

# structlog loads rich for colours that nobody sees in a log: 0.3 s of every process's start. A module that is None
# there cannot be imported (Python's reference, 5.3.1); afterwards it can again, by whoever talks to people.
_hidden = "rich" not in sys.modules
if _hidden:
    sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402

if _hidden:
    del sys.modules["rich"]

get_logger = structlog.get_logger
bind_contextvars = structlog.contextvars.bind_contextvars

ALLOWED = frozenset(
    "event level timestamp process visit ticket session purchase operator_id kiosk state code reason count "
    "seconds ms port path url method status attempt version kind number epoch host pid signal table name_of "
    "from_state to_state service category error".split()
)
_PLACES = 8  # of a fault that are told
_CARD_LIKE = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _blank_cards(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _CARD_LIKE.sub(lambda m: "[number]" if _luhn(re.sub(r"\D", "", m.group())) else m.group(), value)


def fault(error: BaseException) -> str:
    """What kind of error came from where: ``KeyError at hub.py:41 < house.py:210``, the innermost place first.

    A system's error says its own words too: those of a disk or a network, which nobody typed.
    """
    places = [f"{Path(one.filename).name}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__)]
    words = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{words}" + (f" at {' < '.join(places[::-1][:_PLACES])}" if places else "")


def keep_allowed(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: drop every field that is not whitelisted, blank what looks like a card."""
    told = {key: fault(value) if isinstance(value, BaseException) else value for key, value in fields.items()}
    return {key: _blank_cards(value) for key, value in told.items() if key in ALLOWED}


class _Spoken:
    """Where lines go. Whoever read them may be gone (a closed pipe, a full disk): that stops nobody's work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def set_up_logs(process: str, *, level: int = logging.INFO) -> None:
    """Log as JSON lines to standard error; ``process`` names us in each line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Spoken(sys.stderr))),
    )
    structlog.contextvars.bind_contextvars(process=process)
