"""Rules: what can go wrong between us and a billing system.

BillingError
 +- BillingUnavailable   no answer, or one that makes no sense: the same call may be tried again later
 +- BillingRefused       the billing system said no; ``code`` says why, trying again changes nothing
"""

from __future__ import annotations

from ground.errors import InfomatError


class BillingError(InfomatError):
    """Base of every error of this package."""

    code = "billing.error"


class BillingUnavailable(BillingError):
    """The billing system did not answer in time or answered nonsense; whether it acted is unknown.

    A posting is safe to repeat with the same idempotency key.
    """

    code = "billing.unavailable"


class BillingRefused(BillingError):
    """A clear no. Codes: ``billing.account_unknown``, ``billing.key_reused``, ``billing.amount_invalid``,
    ``billing.currency_mismatch``, ``billing.nothing_to_reverse``, ``billing.unauthorised``,
    ``billing.request_invalid``."""

    code = "billing.refused"
