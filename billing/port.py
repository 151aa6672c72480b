"""Port: a billing system, as the front office needs it. One small protocol, one driver per system."""

from __future__ import annotations

from typing import Protocol

from billing.accounts import (
    AccountCard,
    AccountHistory,
    Posted,
    Posting,
    ReadingAccepted,
    ReadingRefused,
    ReadingSubmission,
)


class BillingSystem(Protocol):
    """Synchronous, and may take long: a loop asks it through threads kept for it alone. Safe from several threads.

    Every method raises BillingUnavailable when no sensible answer came in time (within 12 s: a person waits), and
    BillingRefused, with one of the codes of ``billing.errors``, for a clear no that is not part of its values. What
    is raised may be logged: no number, name or address in its text. Any text may come as a number or a UID.
    Contract: ``tests/billing/contract.py``; how a driver is put in place: docs/integrating.md.
    """

    def find_account(self, number: str) -> AccountCard | None:
        """The card of an account by the supplier's number, or None when there is no such account."""
        ...

    def account_by_card(self, uid: str) -> AccountCard | None:
        """The account of a customer card by its chip's UID (upper-case hexadecimal), or None."""
        ...

    def accounts_of_home(self, number: str) -> tuple[AccountCard, ...]:
        """The account and the others of the same holder at the same address; () when it is not known."""
        ...

    def submit_reading(self, submission: ReadingSubmission) -> ReadingAccepted | ReadingRefused:
        """Take readings, all zones of the submission or none; BillingRefused ``billing.account_unknown``.

        Reasons, notes and choices are the keys of ``billing.readings``. A system that judges readings itself has its
        words translated to them; for one that takes whatever it is given, ask ``check_moment`` and
        ``judge_submission`` first: they are what the kiosk asks while the person types.
        Idempotent per (meter, period, zone); the last one taken before the deadline wins.
        """
        ...

    def post_payment(self, posting: Posting) -> Posted:
        """Write a payment, exactly once per idempotency key.

        The same key and content gives the same answer again, also after a lost answer or a restart;
        the same key with other content is BillingRefused ``billing.key_reused``. A posting that ``reverses``
        another takes it off the account again (``amount`` is still positive; its payment is no more the last one),
        and is refused ``billing.nothing_to_reverse`` when that one is not there or was reversed before.
        """
        ...

    def history(self, account: str) -> AccountHistory:
        """24 complete months and the running one; BillingRefused ``billing.account_unknown``."""
        ...
