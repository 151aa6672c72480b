"""Rules: the electronic queue: one line for all towns, called by a pure and deterministic machine.

    from equeue import Dispatcher, Settings, events, effects, errors, ticket_states, operator_states, proof, why

    queue = Dispatcher(Settings.from_toml("offer_s = 20"))         # or Settings(): sane defaults

    # The runner: step, log the event, then perform the effects. Stepping through the log again rebuilds the queue.
    def happened(event: events.Event) -> None:
        now = clock.now()                                          # aware
        try:
            told = queue.step(event, now)                          # refuses before anything has changed
        except errors.QueueError as refusal:
            return reply_refused(refusal.code)                     # such as "queue.offer_gone"
        log.append(now, events.to_json(event))                     # synced before anybody is told anything
        for effect in told:
            perform(effect)                                        # routed by the ids each effect carries
        wake_at(queue.next_deadline(), events.TimePassed())        # None: nothing is due

    happened(events.OperatorSignedIn("olga", skills=("*",), languages=("ru", "lv"), suppliers=("*",)))
    happened(events.StatusChosen("olga", "available"))             # an operator begins in a break
    happened(events.TicketTaken("t1", "consultation", "walk_in", "ru", "north", "kiosk-7", case_id="c1"))
    # -> TicketNumbered A-001, TicketChanged waiting, TicketChanged offered, OfferMade, OperatorChanged offered
    happened(events.OfferAccepted("t1", "olga"))                   # -> ..., Connected
    happened(events.SessionEnded("t1", by="customer"))             # -> SessionOver, TicketChanged wrapping, ...
    happened(events.WrapUpFinished("olga", "advised"))             # -> TicketChanged closed, OperatorChanged

For views: ``ticket(id)``, ``operator(id)``, ``operators()``, ``waiting()`` (first called first),
``ahead_of(id)``, ``wait_band(id, now)`` (p50 and p90 seconds; None while booked or nobody at work can serve it),
``wait_rise_reason(id)``, ``operators_on_duty()``, ``settings()``, ``picture()`` (the whole state as plain values).

After a restart and replay, step ``OperatorConnectionLost`` for every operator whose state is neither offline nor
grace: nobody's link lived through it. The proof: keep a ``proof.Chain`` beside the log, print ``proof.printed(head)``
on each ticket, sign ``proof.day_text`` daily; ``proof.verify(entries, settings, known_heads)`` replays a log and names
the first entry that does not follow; ``why.why(entries, settings, ticket_id)`` tells why others were called before.

Where to read: ``events``, ``effects``, ``ticket_states.MOVES``, ``operator_states.MOVES``, ``errors``, ``settings``;
what happens: ``ticket_rules``, ``session_rules``, ``operator_rules``, ``cases``, ``bookings``, ``recalls``,
``returns``, and for people who are elsewhere ``callbacks``, ``rests`` and ``door_rules``; who is called by whom:
``matching``, ``room_rules``; in which order: ``line``; what is promised: ``outlook``, ``forecast``, ``waits``; the
state: ``records``, its moves: ``floor``.
"""

from equeue import effects, errors, events, operator_states, proof, ticket_states, why
from equeue.dispatcher import Dispatcher
from equeue.settings import Settings

__all__ = ["Dispatcher", "Settings", "effects", "errors", "events", "operator_states", "proof", "ticket_states", "why"]
