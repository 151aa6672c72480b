"""Rules: how a conversation ended, in the operator's words, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from office.errors import OfficeError


@dataclass(frozen=True, slots=True)
class ResultCode:
    """``code`` as the protocol names it, ``phrase`` its key for the screen.

    ``closes_case``: nothing is left to do. ``needs_note``: the next person must be able to go on from it.
    """

    code: str
    phrase: str
    closes_case: bool
    needs_note: bool


RESULT_CODES: tuple[ResultCode, ...] = (
    ResultCode("resolved", "result.resolved", closes_case=True, needs_note=False),
    ResultCode("call_back", "result.call_back", closes_case=False, needs_note=True),
    ResultCode("request", "result.request", closes_case=False, needs_note=False),
    ResultCode("not_ours", "result.not_ours", closes_case=True, needs_note=False),
)


def result_code(code: str) -> ResultCode:
    """A result by its code; raises OfficeError ``office.result_unknown``."""
    for known in RESULT_CODES:
        if known.code == code:
            return known
    raise OfficeError(f"no result {code!r}", code="office.result_unknown")


def missing_for_wrap_up(code: str | None, note: str, *, mandatory: bool = True) -> str | None:
    """The phrase key of what keeps an operator from finishing the wrap-up, or None when all is there.

    ``mandatory`` is the house's setting whether a result must be given at all.
    """
    if code is None:
        return "result.missing" if mandatory else None
    if result_code(code).needs_note and not note.strip():
        return "result.note_missing"
    return None
