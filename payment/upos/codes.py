"""Rules: what UPOS's numbers mean to a purchase (payments.md 1.7; banks' public lists of the codes).

A number that is not here decides nothing: the purchase is parked and the bank's registry ends it.
"""

from __future__ import annotations

from payment.answers import Failure

APPROVED = 0
#: The day has to be closed (op 7) before anything else works; the payment was not begun.
CLOSE_THE_DAY = frozenset({4110, 4111, 4112, 4130, 4134, 4332})

_CONDITIONS: dict[str, tuple[int, ...]] = {
    "Cancel": (2000,),
    "Aborted": (2002,),  # nobody held a card to it
    "Refusal": (521, 705, 706, 707, 4113, 4114, 4132, 4150, 4319),
    "WrongPIN": (403, 405, 4117, 4137),
    "InvalidCard": (361, 362, 363, 364, 444, 507, 572, 574, 579, 4103, 4104, 4105, 4106, 4107, 4108, 4109, 4125),
    "UnreachableHost": (4100, 4119, 3019, 3020, 3021),
    "UnavailableDevice": (12, 36, 99, 4120, 4121, 4122, 4123, 4124, 4131, 4135, 4136),
    "NotAllowed": (101,),
    "Busy": (115,),  # its library is held by another process
}
_BY_CODE = {code: condition for condition, codes in _CONDITIONS.items() for code in codes}


def is_known(code: int) -> bool:
    """Whether this number says for certain what became of the request."""
    return code in _BY_CODE or code in CLOSE_THE_DAY or 4401 <= code <= 4499


def failure(code: int, text: str = "") -> Failure:
    """A number other than ``APPROVED`` in the words of the purchase's rules."""
    if code in CLOSE_THE_DAY:
        return Failure("Busy", detail=text)
    if 4401 <= code <= 4499:  # the issuer's own answers, such as 4451: not enough money
        return Failure("Refusal", detail=text)
    return Failure(_BY_CODE.get(code, f"UPOS{code}"), detail=text)
