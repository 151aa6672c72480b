"""Rules: the states of a purchase and the one table of its moves.

A pair that is not here is an error with a name (``IllegalEvent``). Numbers in the comments are the rows of
payments.md 1.5; what an answer means is judged before, in ``payment/readings.py``.
"""

from __future__ import annotations

from enum import StrEnum

from payment import events as e


class State(StrEnum):
    """Where a purchase stands."""

    CREATED = "created"  #: begun, nothing was sent
    AUTHORISING = "authorising"  #: the payment request is on its way or at the terminal
    NOT_SENT = "not_sent"  #: nothing was started at the terminal; a retry may be pending
    BUSY = "busy"  #: the terminal said Busy; asking whether it is about ours
    VERIFYING = "verifying"  #: a failure that leaves the acquirer in doubt; asking once
    UNKNOWN = "unknown"  #: nobody knows yet; asking again and again
    PARKED = "parked"  #: unknown for too long; this terminal takes no payment until it is clear
    APPROVED = "approved"  #: charged as asked; the server settles its lines
    POSTED = "posted"  #: every line is settled: on its account, or returned; the end where no document is owed
    FISCALISED = "fiscalised"  #: settled, and its fiscal document exists
    DECLINED = "declined"  #: certainly not charged
    NOT_CHARGED = "not_charged"  #: the terminal never had it
    MISMATCH = "mismatch"  #: charged another amount; to be reversed
    REVERSING = "reversing"  #: the reversal is on its way or its answer is lost
    REVERSAL_PARKED = "reversal_parked"  #: the reversal needs a person
    REVERSED = "reversed"  #: the money went back
    REFUNDED = "refunded"  #: all of it went back by an operator's order, or because the bill was paid elsewhere


_S = State

#: What an answer about our payment decides, wherever it comes from.
_DECIDED: dict[type, State] = {
    e.Charged: _S.APPROVED,  # 4
    e.ChargedOtherAmount: _S.MISMATCH,  # 5
    e.Refused: _S.DECLINED,  # 6
}
#: What ends a refund that was ordered. APPROVED again: the server settles what is left.
_REFUND_ENDS: dict[type, State] = {
    e.Refunded: _S.REFUNDED,
    e.PartRefunded: _S.APPROVED,
    e.RefundRefused: _S.APPROVED,
}
#: What a status answer may say that decides nothing.
_UNDECIDED: tuple[type, ...] = (e.StillRunning, e.StatusLost, e.OtherTransaction)


def _rows(state: State, *tables: dict[type, State]) -> dict[tuple[State, type], State]:
    return {(state, event): target for table in tables for event, target in table.items()}


MOVES: dict[tuple[State, type], State] = {
    # Nobody can cancel it: the terminal is asked at once. A process that died in between did not ask.
    **_rows(_S.CREATED, {e.PaymentAsked: _S.AUTHORISING, e.Restarted: _S.NOT_SENT}),
    **_rows(
        _S.AUTHORISING,
        _DECIDED,
        {
            e.NotSent: _S.NOT_SENT,  # 1
            e.AnswerLost: _S.UNKNOWN,  # 2, 3
            e.TerminalBusy: _S.BUSY,  # 7
            e.HostInDoubt: _S.VERIFYING,  # 8
            e.StillRunning: _S.UNKNOWN,  # 9
            e.Cancelled: _S.AUTHORISING,
            e.Restarted: _S.UNKNOWN,
        },
    ),
    **_rows(_S.NOT_SENT, {e.Woken: _S.AUTHORISING, e.Cancelled: _S.DECLINED, e.Restarted: _S.NOT_SENT}),
    **_rows(
        _S.BUSY,
        _DECIDED,
        dict.fromkeys(_UNDECIDED, _S.UNKNOWN),
        {e.NotStarted: _S.NOT_SENT, e.Cancelled: _S.BUSY, e.Restarted: _S.UNKNOWN},  # 7
    ),
    **_rows(
        _S.VERIFYING,
        _DECIDED,
        dict.fromkeys(_UNDECIDED, _S.UNKNOWN),
        {e.Restarted: _S.UNKNOWN},  # 8; it lasts one question, a cancel would change nothing
    ),
    **_rows(
        _S.UNKNOWN,
        _DECIDED,
        dict.fromkeys((*_UNDECIDED, e.NotKnownThere, e.Woken, e.Cancelled, e.Restarted), _S.UNKNOWN),
        {e.NeverCharged: _S.NOT_CHARGED, e.TooLong: _S.PARKED},
    ),
    **_rows(
        _S.PARKED,
        _DECIDED,
        dict.fromkeys((*_UNDECIDED, e.NotKnownThere, e.Woken, e.Restarted), _S.PARKED),
        {
            e.NeverCharged: _S.NOT_CHARGED,
            e.Clarified: _S.APPROVED,
            e.ClarifiedNotCharged: _S.NOT_CHARGED,
        },
    ),
    # A surplus result is never dropped: the acquirer's file may show money where we were told there is none.
    **_rows(_S.DECLINED, {e.Clarified: _S.APPROVED}),
    **_rows(_S.NOT_CHARGED, {e.Clarified: _S.APPROVED, e.Charged: _S.APPROVED}),
    **_rows(_S.APPROVED, {e.Posted: _S.POSTED, e.ReversalOrdered: _S.REVERSING}),
    # A document that cannot be had undoes nothing: the purchase stays where it is (payments.md 3.2).
    **_rows(_S.POSTED, {e.Fiscalised: _S.FISCALISED, e.ReversalOrdered: _S.REVERSING}),
    **_rows(_S.FISCALISED, {e.Fiscalised: _S.FISCALISED, e.ReversalOrdered: _S.REVERSING}),  # a refund has its own
    **_rows(_S.REFUNDED, {e.Fiscalised: _S.REFUNDED}),
    **_rows(_S.MISMATCH, {e.Woken: _S.REVERSING, e.Restarted: _S.MISMATCH}),
    **_rows(
        _S.REVERSING,
        dict.fromkeys(
            (
                *_UNDECIDED,
                e.NotKnownThere,
                e.ReversalNotSent,
                e.ReversalLost,
                e.Woken,
                e.Restarted,
            ),
            _S.REVERSING,
        ),
        {
            e.Reversed: _S.REVERSED,
            e.ReversalRefused: _S.REVERSAL_PARKED,
            e.TooLong: _S.REVERSAL_PARKED,
            **_REFUND_ENDS,
        },
    ),
    **_rows(
        _S.REVERSAL_PARKED,
        dict.fromkeys((*_UNDECIDED, e.NotKnownThere, e.Woken, e.ReversalRefused, e.Restarted), _S.REVERSAL_PARKED),
        {e.Reversed: _S.REVERSED, e.ClarifiedReversed: _S.REVERSED, **_REFUND_ENDS},
    ),
}

#: A sign that the terminal may have forgotten; it moves nothing, but is remembered.
MOVES |= {
    (state, e.TerminalWasAway): state
    for state in (
        _S.AUTHORISING,
        _S.BUSY,
        _S.VERIFYING,
        _S.UNKNOWN,
        _S.PARKED,
        _S.REVERSING,
        _S.REVERSAL_PARKED,
    )
}

# A question may still be out when reconciliation clarifies a parked purchase, and when the next refund is under way.
MOVES |= {
    (state, e.AnsweredLate): state
    for state in (
        _S.NOT_CHARGED,
        _S.APPROVED,
        _S.POSTED,
        _S.FISCALISED,
        _S.REVERSED,
        _S.REFUNDED,
        _S.REVERSING,
        _S.REVERSAL_PARKED,
    )
}

#: States that wait for a status answer.
ASKING = frozenset({_S.BUSY, _S.VERIFYING, _S.UNKNOWN, _S.PARKED, _S.REVERSING, _S.REVERSAL_PARKED})
#: States in which the terminal may hold a customer at its keys.
ACTIVE = frozenset({_S.AUTHORISING, _S.BUSY, _S.VERIFYING, _S.UNKNOWN})
#: States in which the terminal's memory of our request matters: a sign that it may have forgotten is remembered.
AT_TERMINAL = ASKING | {_S.AUTHORISING}
#: States whose money is with us, so that an order may return it.
RETURNABLE = frozenset({_S.APPROVED, _S.POSTED, _S.FISCALISED})
#: States of an open intent: no other purchase may begin at this terminal. NOT_SENT only while a retry waits.
OPEN = ACTIVE | {_S.CREATED, _S.PARKED, _S.MISMATCH, _S.REVERSING}
#: States in which nobody may say that nothing was paid.
UNCLEAR = ACTIVE | {_S.PARKED}
#: States in which nothing more is expected of the terminal, the customer or the server (but perhaps a document).
OVER = frozenset({_S.POSTED, _S.FISCALISED, _S.DECLINED, _S.NOT_CHARGED, _S.NOT_SENT, _S.REVERSED, _S.REFUNDED})
