"""Rules: one example of each message, from one made-up visit. Tested, and printed in ``docs/protocol.md``."""

from __future__ import annotations

from signaling.protocol import commands as c
from signaling.protocol import events as e
from signaling.protocol import example_parts as x
from signaling.protocol import frames as f
from signaling.protocol import journey as j
from signaling.protocol import purchasing as p
from signaling.protocol import queueing as q
from signaling.protocol import replies as r
from signaling.protocol import values as v
from signaling.protocol import waiting_line as w
from signaling.protocol.errors import ErrorCode

_COMMANDS: tuple[v.Message, ...] = (
    c.VisitBegin(visit_id=x.VISIT, language="ru"),
    c.VisitEnd(visit_id=x.VISIT, outcome="finished"),
    c.JourneyReport(view=x.VIEW),
    c.AccountFind(visit_id=x.VISIT, number="740012344417"),
    c.ReadingSubmit(visit_id=x.VISIT, account="740012344417", meter_id="m-1", values={"T1": 34290}),
    c.PurchaseRecord(purchase_id=x.PURCHASE, entries=(x.JOURNAL_ENTRY,)),
    c.TicketTake(ticket_id=x.TICKET, visit_id=x.VISIT, service="payment", language="ru", account="740012344417"),
    c.TicketLeave(ticket_id=x.TICKET),
    c.SessionDescribe(session_id=x.SESSION, description=x.DESCRIPTION),
    c.SessionMedia(session_id=x.SESSION, state="live", figures={"fps_in": 29.6, "rtt_ms": 18.0}),
    c.SessionEnd(session_id=x.SESSION),
    c.RatingGive(session_id=x.SESSION, stars=5),
    c.TerminalDayClosed(
        poi_id="P400Plus-275039202",
        closed_at=x.AT,
        reconciliation_id="1000",
        totals=(v.TerminalTotal(brand="mir", kind="Debit", count=12, amount=v.Sum(minor=1541400, currency="RUB")),),
    ),
    c.HealthReport(
        terminal="ok",
        card_reader="ok",
        frames_seen=18211,
        software="infomat 0.1.0",
        camera="out",
        microphone="ok",
        loudspeaker="ok",
        engine="ok",
        sound_check="ok",
    ),
    c.StatusSet(status="break", reason="lunch"),
    c.OfferAccept(ticket_id=x.TICKET),
    c.OfferRefuse(ticket_id=x.TICKET, reason="language"),
    c.JourneyIntent(session_id=x.SESSION, intent=j.Propose(field="reading.T1", value="34290")),
    c.SessionShow(session_id=x.SESSION, page=v.PageShape(width=764, height=1080)),
    c.CustomerShow(session_id=x.SESSION),
    c.NoteSave(session_id=x.SESSION, text="Explained the October bill."),
    c.WrapUpExtend(),
    c.WrapUpFinish(session_id=x.SESSION, result="resolved"),
    c.FloorWatch(on=True),
    p.PurchaseFind(reference="0000-0004"),
    p.PurchaseTasks(),
    p.RefundAsk(refund_id=x.TICKET, purchase_id=x.PURCHASE, lines=(1,), reason="paid twice"),
    p.RefundDecide(refund_id=x.TICKET, purchase_id=x.PURCHASE, agreed=True),
    p.LineSettle(purchase_id=x.PURCHASE, line=1, how="post_again", note="the account exists now"),
    p.DocumentSettle(purchase_id=x.PURCHASE, how="again", note="the register works again"),
    p.PurchaseClarify(purchase_id=x.PURCHASE, charged=True, note="bank file 2026-11-22"),
    p.DifferenceTasks(),
    p.DifferenceSettle(difference_id="3f1c0a9b7d21", how="resolve", note="returned by the bank, letter 118"),
    w.LineFind(number="B-027"),
    c.TokenRenew(),
    q.CallBackWish(ticket_id=x.TICKET, phone="+37120000000"),
    q.TicketReturn(visit_id=x.VISIT, number="027", code="4417"),
    q.TicketPause(ticket_id=x.TICKET),
    q.ChannelsSet(channels=("video", "phone")),
    q.CallBackShow(session_id=x.SESSION),
    q.CallBackUnanswered(session_id=x.SESSION),
    q.TicketPark(session_id=x.SESSION),
    q.SessionHold(session_id=x.SESSION, on=True),
    q.ColleaguesAsk(),
    q.TicketTransfer(session_id=x.SESSION, service="contract"),
    q.TicketAbsent(session_id=x.SESSION),
    q.TicketMove(ticket_id=x.TICKET, seconds=600, reason="health"),
    q.CentreWeigh(centre="Миасс", percent=150, reason="crowd"),
)
_REPLIES: tuple[v.Message, ...] = (
    r.Done(),
    r.AccountFound(account=x.ACCOUNT),
    r.ReadingAnswer(
        outcome="needs_confirmation",
        reason="reading.unusual",
        units=1720,
        money=v.Sum(minor=619200, currency="RUB"),
        times_usual=9.0,
        zone="T1",
    ),
    r.PurchaseRecorded(purchase_id=x.PURCHASE, seq=1),
    r.TicketTaken(ticket=x.TICKET_VIEW),
    r.SessionOpened(session=x.SESSION_VIEW.model_copy(update={"you": "operator", "offerer": False})),
    r.CustomerCardShown(
        card=v.CustomerCard(
            account=x.ACCOUNT,
            holder_name="Петрова Ирина Сергеевна",
            address="Челябинская обл., Миасс, ул. 8 Марта, 14–32",
            tariff="T1",
            verification_until="2031-04-30",
            last_payment=v.Sum(minor=98000, currency="RUB"),
            last_payment_date="2026-10-18",
            monthly_units=(("2026-09", 168), ("2026-10", 175)),
            earlier=(v.CaseLine(at=x.AT, channel="kiosk", summary="resolved"),),
        )
    ),
    r.NoteSaved(at=x.AT),
    p.PurchaseCards(cards=(x.PURCHASE_CARD,)),
    p.DifferenceCards(cards=(x.DIFFERENCE,)),
    q.Colleagues(rows=(q.Colleague(operator_id=x.OPERATOR, name="Jānis", free=True),)),
    r.TokenRenewed(token="q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA", expires_at=x.AT),
    q.CallBackCard(phone="+37120000000", name="Ирина", asked_at=x.AT, source="site", tries=1, tries_most=3),
    w.LineFound(rows=(w.FoundRow(place=212, row=x.QUEUE_ROW),)),
)
_EVENTS: tuple[v.Message, ...] = (
    e.TicketChanged(ticket=x.TICKET_VIEW),
    e.SessionStarted(session=x.SESSION_VIEW),
    e.SessionDescribed(session_id=x.SESSION, description=x.DESCRIPTION),
    e.SessionRestart(session=x.SESSION_VIEW),
    e.SessionShown(session_id=x.SESSION, page=v.PageShape(width=764, height=1080)),
    e.SessionEnded(session_id=x.SESSION, reason="customer"),
    e.IntentCame(session_id=x.SESSION, visit_id=x.VISIT, operator_name="Анна", intent=j.AskPermission()),
    x.POSTED,
    x.FISCALISED,
    x.REFUND,
    x.CLARIFIED,
    p.PaymentTasksChanged(),
    e.OperatorChanged(operator=x.OPERATOR_VIEW),
    e.OfferMade(offer=x.OFFER),
    e.OfferWithdrawn(ticket_id=x.TICKET, reason="no_answer"),
    e.JourneyChanged(session_id=x.SESSION, view=x.VIEW),
    e.TimelineChanged(session_id=x.SESSION, lines=x.LINE),
    x.LINE_TOLD,
    w.LineChanged(gone=(x.SESSION,), put=(w.PlacedRow(place=2, row=x.LINE_ROW),), counts=x.LINE_COUNTS),
    x.FLOOR,
    x.DOOR,
)
_SNAPSHOTS: tuple[v.Message, ...] = (
    e.KioskSnapshot(
        tickets=(x.TICKET_VIEW,), line=x.LINE_TOLD, door=x.DOOR, posted=(x.POSTED,), fiscalised=(x.FISCALISED,)
    ),
    e.DeskSnapshot(operator=x.OPERATOR_VIEW, offer=x.OFFER, line=(x.LINE_ROW,), counts=x.LINE_COUNTS),
)
_INTENTS: tuple[v.Message, ...] = (
    j.Touch(),
    j.ChooseLanguage(language="lv"),
    j.OpenService(service="readings"),
    j.Key(key="7"),
    j.Confirm(),
    j.SkipMeter(),
    j.Back(),
    j.Finish(),
    j.TickBill(place=1, ticked=False),
    j.Pay(),
    j.CancelPayment(),
    j.Talk(topic="payment"),
    j.HaveNumber(),
    j.Pause(),
    j.LeaveLine(),
    j.CallMeBack(),
    j.EndCall(),
    j.Mute(microphone_on=False),
    j.Rate(stars=5),
    j.SetEase(ease=j.Ease(bigger=True)),
    j.AskPermission(),
    j.Permit(granted=True),
    j.Propose(field="account", value="740012344417"),
    j.DecideProposal(accepted=True),
)
_FRAMES: tuple[v.Message, ...] = (
    f.Challenge(nonce="u4yLQvCZ0gq1mXw3b6TqkS8nEo5RfHdP", versions=(1,)),
    f.Hello(
        version=1,
        role=v.Role.KIOSK,
        identity=x.KIOSK,
        software="infomat 0.1.0",
        proof=f.KioskProof(signature=x.SIGNATURE),
        seen=f.Seen(epoch=x.EPOCH, number=41),
    ),
    f.Welcome(version=1, epoch=x.EPOCH, number=43, resumed=True, name="Миасс-1"),
    f.CommandFrame(id=x.COMMAND, command=c.OfferAccept(ticket_id=x.TICKET)),
    f.ReplyFrame(id=x.COMMAND, reply=r.Done()),
    f.ErrorFrame(id=x.COMMAND, code=ErrorCode.OFFER_GONE, phrase=f"error.{ErrorCode.OFFER_GONE.value}", detail=""),
    f.EventFrame(epoch=x.EPOCH, number=42, event=x.LINE_TOLD),
    f.SnapshotFrame(epoch=x.EPOCH, number=41, snapshot=e.KioskSnapshot(line=x.LINE_TOLD)),
    f.Goodbye(code=ErrorCode.GOING_AWAY, phrase=f"error.{ErrorCode.GOING_AWAY.value}", retry_after_s=1.4),
)

#: Message class -> an example of it.
EXAMPLES: dict[type[v.Message], v.Message] = {
    type(example): example
    for group in (_COMMANDS, _REPLIES, _EVENTS, _SNAPSHOTS, _INTENTS, _FRAMES)
    for example in group
}
