"""Rules: samples of the way to a person: the line, numbers, calls back, the conversation, and goodbye."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from kiosk.visit.samples.things import PROOF, Row, account_of, call, ticket
from signaling.protocol.journey import CallBackEntry, Notice, Proposal, Reference, Step
from signaling.protocol.values import Language, PageShape, TicketState, WaitBand


def rows(language: Language) -> Iterator[Row]:
    """From the topic to the last screen."""
    account = account_of(language)
    yield "topic", Step.TOPIC, {}, {}
    yield "topic_busy", Step.TOPIC, {"account": account, "busy": True}, {}
    yield "waiting", Step.WAITING, {"account": account, "ticket": ticket()}, {}
    yield "waiting_slip", Step.WAITING, {"account": account, "ticket": ticket(), "ticket_slip": "printed"}, {}
    leave = Notice(tone="warning", phrase="waiting.leave_question", values={"number": "B-027"})
    yield "waiting_leave", Step.WAITING, {"ticket": ticket(ahead=0, operators=1), "notice": leave}, {}
    lost = Notice(tone="warning", phrase="waiting.offline")
    yield "waiting_offline", Step.WAITING, {"ticket": ticket(wait=None), "notice": lost, "online": False}, {}
    yield "waiting_called", Step.WAITING, {"ticket": ticket(state=TicketState.OFFERED, ahead=0)}, {}
    until = datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
    missed = Notice(tone="warning", phrase="waiting.missed")
    recalled = ticket(stage="recallable", until=until)
    yield "waiting_missed", Step.WAITING, {"ticket": recalled, "notice": missed}, {}
    booked = ticket(stage="checked_in", wait=None, ahead=0, slot=datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
    yield "waiting_booked", Step.WAITING, {"account": account, "ticket": booked}, {}
    away = ticket(state=TicketState.PARKED, stage="parked", until=until)
    yield "parked", Step.PARKED, {"ticket": away}, {}
    yield "parked_leave", Step.PARKED, {"ticket": away, "notice": leave}, {}
    yield "have_number_empty", Step.HAVE_NUMBER, {}, {}
    yield "have_number_typed", Step.HAVE_NUMBER, {"typed_number": "02744"}, {}
    yield "have_number_long", Step.HAVE_NUMBER, {"typed_number": "10274417"}, {}
    number_wrong = Notice(tone="warning", phrase="number.wrong")
    yield "have_number_wrong", Step.HAVE_NUMBER, {"typed_number": "0274417", "notice": number_wrong}, {}
    paused = Notice(tone="warning", phrase="number.paused")
    yield "have_number_paused", Step.HAVE_NUMBER, {"typed_number": "0274417", "notice": paused}, {}
    yield "have_number_busy", Step.HAVE_NUMBER, {"typed_number": "0274417", "busy": True}, {}
    country = "+7" if language == "ru" else "+371"
    wait = WaitBand(p50=170, p90=350)
    empty = CallBackEntry(country_code=country, wait=wait)
    yield "call_back_empty", Step.CALL_BACK, {"account": account, "ticket": ticket(), "call_back": empty}, {}
    typed = empty.model_copy(update={"typed": "9123456789" if language == "ru" else "26123456"})
    yield "call_back_typed", Step.CALL_BACK, {"ticket": ticket(), "call_back": typed}, {}
    some = {"ticket": ticket(), "call_back": typed.model_copy(update={"typed": typed.typed[:4], "wait": None})}
    wrong = Notice(tone="warning", phrase="call_back.number")
    yield "call_back_wrong", Step.CALL_BACK, {**some, "notice": wrong}, {}
    yield "call_back_busy", Step.CALL_BACK, {"ticket": ticket(), "call_back": typed, "busy": True}, {}
    number = (Reference(kind="ticket", text="reference.ticket", value="B-027", proof=PROOF, code="4417"),)
    called_later = {"references": number, "call_back": empty.model_copy(update={"masked": "••• 67 89"})}
    yield "call_back_done", Step.CALL_BACK_DONE, {"account": account, **called_later}, {}
    talking = {"account": account, "ticket": ticket(state=TicketState.CONNECTED)}
    yield "call", Step.CALL, {**talking, "call": call(language)}, {}
    page = PageShape(width=764, height=1080)
    yield "call_page", Step.CALL, {**talking, "call": call(language, page=page)}, {}
    yield "call_connecting", Step.CALL, {**talking, "call": call(language, media="connecting")}, {}
    reconnecting = call(language, media="reconnecting", microphone_on=False)
    yield "call_reconnecting", Step.CALL, {**talking, "call": reconnecting}, {}
    yield "call_hold", Step.CALL, {**talking, "call": call(language, on_hold=True)}, {}
    yield "call_unheard", Step.CALL, {**talking, "call": call(language, missing=("microphone",))}, {}
    yield "call_deaf", Step.CALL, {**talking, "call": call(language, missing=("loudspeaker",))}, {}
    yield "call_soundless", Step.CALL, {**talking, "call": call(language, missing=("microphone", "loudspeaker"))}, {}
    yield "call_asked", Step.CALL, {**talking, "call": call(language), "permission": "asked"}, {}
    yield (
        "call_granted",
        Step.CALL,
        {**talking, "call": call(language, camera_covered=True), "permission": "granted"},
        {},
    )
    proposal = Proposal(field="account", value="7401234417", operator_name=call(language).operator_name)
    proposed = {**talking, "call": call(language), "permission": "granted", "proposal": proposal}
    yield "call_proposal", Step.CALL, proposed, {}
    yield "rating", Step.RATING, {}, {}
    yield "rating_chosen", Step.RATING, {"stars": 4}, {}
    kept = (
        Reference(kind="reading", text="reference.reading", value="R-2611-004417"),
        Reference(kind="payment", text="reference.payment", value="0193-4F2A-7714"),
        Reference(kind="ticket", text="reference.ticket", value="B-027", proof=PROOF, code="4417"),
    )
    yield "goodbye", Step.GOODBYE, {"references": kept, "account": account}, {}
    yield "goodbye_plain", Step.GOODBYE, {}, {}
