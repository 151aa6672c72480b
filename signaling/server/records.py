"""Adapter: what is looked up in the tables. Synchronous; called by ``asyncio.to_thread``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, Select, or_, select

from equeue.ticket_states import ENDED
from office.people import Case, case_to_continue
from payment.documents import SENDING, DocumentState
from payment.lines import WORKED_AT
from payment.moves import OVER, State
from payment.refunds import RefundState
from signaling.server import tables as t
from signaling.server.database import reading

_DAY = timedelta(days=1)
_EARLIER = 10  # contacts on a customer's card


class Records:
    """Reads; every writing goes through the event log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _one(self, query: Select[Any]) -> Row[Any] | None:
        with self._engine.connect() as connection:
            return connection.execute(query).first()

    # People and machines.

    def kiosk(self, identity: str) -> Row[Any] | None:
        """An enrolled kiosk that was not retired."""
        return self._one(select(t.kiosks).where(t.kiosks.c.id == identity, t.kiosks.c.retired_at.is_(None)))

    def kiosks(self) -> Sequence[Row[Any]]:
        """All kiosks that ever were."""
        return self._rows(select(t.kiosks))

    def staff_by_name(self, name: str) -> Row[Any] | None:
        """Somebody who has not left, by the name they sign in with."""
        return self._one(select(t.staff).where(t.staff.c.name == name, t.staff.c.left_at.is_(None)))

    def staff_by_id(self, staff_id: str) -> Row[Any] | None:
        """Somebody who has not left."""
        return self._one(select(t.staff).where(t.staff.c.id == staff_id, t.staff.c.left_at.is_(None)))

    def member(self, staff_id: str) -> Row[Any] | None:
        """Somebody of the staff, also one who has left."""
        return self._one(select(t.staff).where(t.staff.c.id == staff_id))

    def staff(self) -> Sequence[Row[Any]]:
        """Everybody who ever was."""
        return self._rows(select(t.staff))

    def staff_and_kiosks(self) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
        """Both as they are at one moment."""
        with self._engine.connect() as connection:
            return connection.execute(select(t.staff)).all(), connection.execute(select(t.kiosks)).all()

    def token(self, token_hash: str) -> Row[Any] | None:
        """A kept token."""
        return self._one(select(t.tokens).where(t.tokens.c.token_hash == token_hash))

    def enrolment_code(self, code_hash: str) -> Row[Any] | None:
        """A one-time code, used or not."""
        return self._one(select(t.enrolment_codes).where(t.enrolment_codes.c.code_hash == code_hash))

    # The customer.

    def person(self, account_ref: str) -> str | None:
        """The person known by this account reference."""
        row = self._one(select(t.persons.c.id).where(t.persons.c.account_ref == account_ref))
        return None if row is None else str(row.id)

    def anybody_known(self) -> bool:
        """Whether any person was ever known by an account."""
        return self._one(select(t.persons.c.id).limit(1)) is not None

    def case_of(self, person_id: str, topic: str, now: datetime) -> str | None:
        """The case that a new contact of this person carries on, if any."""
        rows = self._rows(select(t.cases).where(t.cases.c.person_id == person_id, t.cases.c.closed_at.is_(None)))
        cases = [Case(row.id, row.person_id, row.topic, row.opened_at, row.closed_at) for row in rows]
        found = case_to_continue(cases, person_id, topic, now)
        return None if found is None else found.id

    def earlier_contacts(self, person_id: str, but_session: str) -> Sequence[Row[Any]]:
        """(at, channel, topic, result, note) of the person's last contacts, newest first."""
        joined = t.contacts.join(t.cases, t.contacts.c.case_id == t.cases.c.id).outerjoin(
            t.notes, t.notes.c.session_id == t.contacts.c.session_id
        )
        return self._rows(
            select(t.contacts.c.at, t.contacts.c.channel, t.cases.c.topic, t.contacts.c.result, t.notes.c.text)
            .select_from(joined)
            .where(t.cases.c.person_id == person_id, t.contacts.c.id != but_session)
            .order_by(t.contacts.c.at.desc())
            .limit(_EARLIER)
        )

    def session_note(self, session_id: str) -> Row[Any] | None:
        """(operator_id, text) of a conversation of whatever day; the text is None without a note."""
        joined = t.sessions.outerjoin(t.notes, t.notes.c.session_id == t.sessions.c.id)
        return self._one(
            select(t.sessions.c.operator_id, t.notes.c.text).select_from(joined).where(t.sessions.c.id == session_id)
        )

    # To begin again after a stop.

    def running_visits(self, now: datetime) -> Sequence[Row[Any]]:
        """Visits of the last day that have not ended."""
        return self._rows(select(t.visits).where(t.visits.c.ended_at.is_(None), t.visits.c.begun_at > now - _DAY))

    def recent_tickets(self, now: datetime) -> Sequence[Row[Any]]:
        """Tickets the queue may still hold: not over, or of the last two days."""
        ended = [state.value for state in ENDED]
        return self._rows(
            select(t.tickets).where(or_(t.tickets.c.state.not_in(ended), t.tickets.c.changed_at > now - 2 * _DAY))
        )

    def recent_sessions(self, now: datetime) -> Sequence[Row[Any]]:
        """Live conversations and those of the last day, each with its note."""
        return self._rows(
            select(t.sessions, t.tickets.c.number, t.tickets.c.service, t.notes.c.text)
            .select_from(
                t.sessions.join(t.tickets, t.tickets.c.id == t.sessions.c.ticket_id).outerjoin(
                    t.notes, t.notes.c.session_id == t.sessions.c.id
                )
            )
            .where(or_(t.sessions.c.ended_at.is_(None), t.sessions.c.started_at > now - _DAY))
            .order_by(t.sessions.c.started_at)
        )

    def call_backs(self) -> Sequence[Row[Any]]:
        """Whom to call back, and those served within the last day."""
        return self._rows(select(t.call_backs))

    def bookings(self) -> Sequence[Row[Any]]:
        """Booked visits, and those over within the last day."""
        return self._rows(select(t.bookings))

    def source(self, token_hash: str) -> str | None:
        """The name of a site or phone menu that may ask for call-backs and book visits."""
        row = self._one(
            select(t.sources.c.name).where(t.sources.c.token_hash == token_hash, t.sources.c.retired_at.is_(None))
        )
        return None if row is None else str(row.name)

    def newest_keys(self) -> Iterator[tuple[str, str]]:
        """(staff id, public key) of the newest token of each member of staff."""
        for row in self._rows(select(t.tokens).order_by(t.tokens.c.issued_at)):
            yield row.staff_id, row.public_key

    def kept_replies(self, since: datetime) -> Sequence[Row[Any]]:
        """Replies that are still kept."""
        return self._rows(select(t.kept_replies).where(t.kept_replies.c.at > since).order_by(t.kept_replies.c.at))

    # Purchases.

    def purchase(self, purchase_id: str) -> Row[Any] | None:
        """A purchase's row."""
        return self._one(select(t.purchases).where(t.purchases.c.id == purchase_id))

    def purchase_entries(self, purchase_id: str) -> Sequence[Row[Any]]:
        """The replicated journal entries of a purchase, in order."""
        return self._rows(
            select(t.purchase_entries)
            .where(t.purchase_entries.c.purchase_id == purchase_id)
            .order_by(t.purchase_entries.c.seq)
        )

    def purchase_lines(self, purchase_id: str) -> Sequence[Row[Any]]:
        """Where the money of its lines is."""
        return self._rows(select(t.purchase_lines).where(t.purchase_lines.c.purchase_id == purchase_id))

    def refunds(self, purchase_id: str) -> Sequence[Row[Any]]:
        """Its refunds, oldest first."""
        return self._rows(select(t.refunds).where(t.refunds.c.purchase_id == purchase_id).order_by(t.refunds.c.id))

    def fiscal_documents(self, purchase_id: str) -> Sequence[Row[Any]]:
        """Its fiscal documents, the sale's first."""
        found = select(t.fiscal_documents).where(t.fiscal_documents.c.purchase_id == purchase_id)
        return self._rows(found.order_by(t.fiscal_documents.c.kind, t.fiscal_documents.c.id))

    def purchases_to_document(self) -> Sequence[str]:
        """Purchases with a fiscal document that is not issued yet."""
        states = [state.value for state in SENDING]
        rows = self._rows(
            select(t.fiscal_documents.c.purchase_id).where(t.fiscal_documents.c.state.in_(states)).distinct()
        )
        return [str(row.purchase_id) for row in rows]

    def purchases_worked_at(self) -> Sequence[str]:
        """Purchases with a line that the outbox has to work at."""
        states = [state.value for state in WORKED_AT]
        rows = self._rows(select(t.purchase_lines.c.purchase_id).where(t.purchase_lines.c.state.in_(states)).distinct())
        return [str(row.purchase_id) for row in rows]

    def purchases_to_tell(self, kiosk_id: str) -> Sequence[str]:
        """Purchases of which the kiosk may still have to hear something: settled, ordered, clarified, documented."""
        p = t.purchases.c
        settled = select(p.id).where(p.kiosk_id == kiosk_id, p.state == State.APPROVED.value, p.posted_at.is_not(None))
        issued = (
            select(p.id)
            .join(t.fiscal_documents, t.fiscal_documents.c.purchase_id == p.id)
            .where(p.kiosk_id == kiosk_id, t.fiscal_documents.c.state == DocumentState.ISSUED.value)
        )
        ordered = select(t.refunds.c.purchase_id).where(
            t.refunds.c.kiosk_id == kiosk_id, t.refunds.c.state == RefundState.ORDERED.value
        )
        clarified = select(p.id).where(p.kiosk_id == kiosk_id, p.clarification.is_not(None))
        return [str(row[0]) for row in self._rows(ordered.union(clarified, settled, issued))]  # type: ignore[arg-type]

    def purchases_ending(self, letters: str) -> Sequence[str]:
        """Purchases whose id ends with these hexadecimal letters, newest first."""
        found = select(t.purchases.c.id).where(t.purchases.c.id.endswith(letters)).order_by(t.purchases.c.id.desc())
        return [str(row.id) for row in self._rows(found.limit(10))]

    def purchases_waiting(self, silent_since: datetime) -> Sequence[str]:
        """Purchases that may wait for a person, oldest first; also for a kiosk that is ``silent_since`` then."""
        lines = select(t.purchase_lines.c.purchase_id).where(t.purchase_lines.c.state.in_(("refused", "held")))
        refunds = select(t.refunds.c.purchase_id).where(t.refunds.c.state == RefundState.ASKED.value)
        unclear = select(t.purchases.c.id).where(t.purchases.c.state.in_(("parked", "reversal_parked")))
        documents = select(t.fiscal_documents.c.purchase_id).where(t.fiscal_documents.c.state == "refused")
        at_kiosk = select(t.refunds.c.purchase_id).where(
            t.refunds.c.state.in_(("ordered", "running")), t.refunds.c.changed_at < silent_since
        )
        known = [state.value for state in OVER | {State.APPROVED}]
        unheard = select(t.purchases.c.id).where(
            t.purchases.c.state.not_in(known), t.purchases.c.changed_at < silent_since
        )
        denied = select(t.purchases.c.id).where(t.purchases.c.clarification.is_not(None))
        contradicted = select(t.refunds.c.purchase_id).where(t.refunds.c.state == RefundState.CONTRADICTED.value)
        waiting = lines.union(refunds, unclear, documents, at_kiosk, unheard, denied, contradicted)
        return sorted({str(row[0]) for row in self._rows(waiting)})  # type: ignore[arg-type]
