"""Rules: what can go wrong in the contact centre.

OfficeError
 +- NotAllowed     this role may not do that
"""

from __future__ import annotations

from ground.errors import InfomatError


class OfficeError(InfomatError):
    """Base of every error of this package."""

    code = "office.error"


class NotAllowed(OfficeError):
    """The role has no right to the action."""

    code = "office.not_allowed"
