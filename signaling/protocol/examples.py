"""Rules: one example of each message, from one made-up visit. Tested, and printed in ``docs/protocol.md``."""

from __future__ import annotations

from datetime import UTC, datetime

from signaling.protocol import commands as c
from signaling.protocol import events as e
from signaling.protocol import frames as f
from signaling.protocol import journey as j
from signaling.protocol import purchasing as p
from signaling.protocol import queueing as q
from signaling.protocol import replies as r
from signaling.protocol import values as v
from signaling.protocol.errors import ErrorCode

_VISIT = "0193a5a0-0000-7000-8000-000000000001"
_TICKET = "0193a5a0-0000-7000-8000-000000000002"
_SESSION = "0193a5a0-0000-7000-8000-000000000003"
_PURCHASE = "0193a5a0-0000-7000-8000-000000000004"
_COMMAND = "0193a5a0-0000-7000-8000-000000000005"
_KIOSK = "0193a5a0-0000-7000-8000-000000000006"
_OPERATOR = "0193a5a0-0000-7000-8000-000000000007"
_EPOCH = "0193a5a0-0000-7000-8000-000000000008"
_AT = datetime(2026, 11, 21, 9, 30, 5, tzinfo=UTC)
_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_SIGNATURE = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw=="
_FINGERPRINT = ":".join(["5E"] * 32)

_DEBT = v.Sum(minor=128450, currency="RUB")
_TICKET_VIEW = v.TicketView(
    ticket_id=_TICKET,
    number="B-027",
    state=v.TicketState.WAITING,
    ahead=2,
    operators=3,
    wait=v.WaitBand(p50=140, p90=320),
)
_ZONE = v.ZoneView(zone="T1", last_value=34118, last_date="2026-10-22", usual_low=140, usual_high=210)
_METER = v.MeterView(meter_id="m-1", model="CE 102", serial_masked="••• 8812", unit="kWh", digits=6, zones=(_ZONE,))
_ACCOUNT = v.AccountView(
    account="740012344417",
    account_masked="••••• 4417",
    holder_initials="И. П.",
    supplier="uralenergo",
    supplier_name="Уралэнерго",
    address_masked="Миасс, ул. 8 Марта",
    meters=(_METER,),
    debt=_DEBT,
    readings_until="2026-11-25",
)
_VIEW = j.JourneyView(
    visit_id=_VISIT,
    number=14,
    step=j.Step.READING,
    language="ru",
    account=_ACCOUNT,
    reading=j.ReadingEntry(
        meter_id="m-1",
        zone="T1",
        zone_index=0,
        zone_count=1,
        unit="kWh",
        digits=6,
        typed="34290",
        last_value=34118,
        last_date="2026-10-22",
        usual_low=140,
        usual_high=210,
        units=172,
        money=v.Sum(minor=61920, currency="RUB"),
    ),
)
_SESSION_VIEW = v.SessionView(
    session_id=_SESSION,
    ticket_id=_TICKET,
    ticket_number="B-027",
    visit_id=_VISIT,
    you="kiosk",
    offerer=True,
    peer=v.Peer(role="operator", name="Анна", public_key=_KEY),
    place="Миасс",
    started_at=_AT,
    ice_servers=(
        v.IceServer(urls=("stun:relay.example.org:3478",)),
        v.IceServer(
            urls=("turn:relay.example.org:3478?transport=udp", "turns:relay.example.org:443?transport=tcp"),
            username="1795392000:" + _KIOSK,
            credential="Nq5zKf3bOrc2vYxGkqB1eU9mT0s=",
        ),
    ),
)
_DESCRIPTION = v.Description(
    kind="offer",
    sdp=f"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {_FINGERPRINT}\r\n",
    fingerprint=_FINGERPRINT,
    nonce="Zx2bq1m9TfW6vQ8n",
    signature=_SIGNATURE,
)
_OPERATOR_VIEW = v.OperatorView(
    operator_id=_OPERATOR,
    name="Анна",
    role=v.Role.OPERATOR,
    status=v.OperatorStatus.AVAILABLE,
    since=_AT,
    served_today=12,
    mean_talk_s=214,
    mean_rating=4.92,
)
_OFFER = v.OfferView(
    ticket_id=_TICKET,
    number="B-027",
    service="payment",
    topic="payment",
    language="ru",
    place="Миасс",
    waited_s=96,
    deadline=_AT,
)
_LINE_ROW = v.LineRow(
    ticket_id=_TICKET,
    number="B-027",
    service="payment",
    topic="payment",
    place="Миасс",
    taken_at=_AT,
    state=v.TicketState.WAITING,
)
_FLOOR_ROW = v.FloorRow(
    session_id=_SESSION,
    ticket_number="B-027",
    place="Миасс",
    operator_id=_OPERATOR,
    operator_name="Анна",
    service="payment",
    started_at=_AT,
    media="live",
)
_LINE = (("2026-11-21T09:28:40+00:00", "visit.began", {"language": "ru"}),)
_LINE_TOLD = e.LineTold(waiting=3, operators=3, wait=v.WaitBand(p50=140, p90=320))
_QUEUE_ROW = q.QueueRow(
    ticket_id=_TICKET,
    number="B-027",
    service="payment",
    place="Миасс",
    channel="video",
    priority="walk_in",
    state="waiting",
    arrived_at=_AT,
)
_CENTRE = q.CentreRow(centre="Миасс", percent=100, waiting=3, longest_wait_s=210)
_FLOOR = e.FloorChanged(
    sessions=(_FLOOR_ROW,), operators=(_OPERATOR_VIEW,), queue=(_QUEUE_ROW,), centres=(_CENTRE,), settings=2
)
_DOOR = q.DoorTold(path="/door/kd5f7q2mzx4w", waiting=2, called="B-031", called_until=_AT)
_LINE_CARD = p.LineCard(
    number=1,
    supplier_name="Уралэнерго",
    account_masked="••••• 4417",
    services=("electricity",),
    amount=_DEBT,
    fee=v.Sum(minor=0, currency="RUB"),
    state="refused",
    reason="billing.account_unknown",
)
_REFUND_CARD = p.RefundCard(
    refund_id=_TICKET,
    lines=(1,),
    amount=_DEBT,
    reason="paid twice",
    asked_by="Анна",
    asked_at=_AT,
    state="asked",
)
_DIFFERENCE = p.DifferenceCard(
    difference_id="3f1c0a9b7d21",
    found_at=_AT,
    what="double",
    advice="return_money",
    day="2026-11-20",
    kind="payment",
    purchase_id=_PURCHASE,
    reference="0000-0004",
    ours=_DEBT,
    bank=_DEBT,
    terminal="10203040",
    rrn="632512345678",
    approval="A1B2C3",
    state="taken",
    taken_by="Ольга",
    taken_at=_AT,
    mine=True,
    acts=("let_go", "resolve"),
)
_DOCUMENT = v.FiscalDocument(
    kind="sell",
    number=1042,
    storage="9999078900012345",
    sign="2654435761",
    at="20261121T1503",
    total=v.Sum(minor=128450, currency="RUB"),
    qr="t=20261121T1503&s=1284.50&fn=9999078900012345&i=1042&fp=2654435761&n=1",
)
_PURCHASE_CARD = p.PurchaseCard(
    purchase_id=_PURCHASE,
    reference="0000-0004",
    kiosk_name="Миасс 1",
    place="Миасс",
    kiosk_here=True,
    begun_at=_AT,
    amount=_DEBT,
    fee=v.Sum(minor=0, currency="RUB"),
    state="approved",
    card="mc •• 9999",
    lines=(_LINE_CARD,),
    refunds=(_REFUND_CARD,),
    documents=(_DOCUMENT,),
    life=((_AT, "charged"),),
    why="second_person",
    acts=("decide",),
)
_REFUND = e.PurchaseRefund(purchase_id=_PURCHASE, refund_id=_TICKET, amount=_DEBT)
_FISCALISED = e.PurchaseFiscalised(
    purchase_id=_PURCHASE,
    document_id=_PURCHASE,
    document=_DOCUMENT,
)
_CLARIFIED = e.PurchaseClarified(purchase_id=_PURCHASE, charged=True, note="bank file 2026-11-22")
_POSTED = e.PurchasePosted(purchase_id=_PURCHASE, reference="P-2026-004417")
_JOURNAL_ENTRY = {
    "purchase_id": _PURCHASE,
    "seq": 1,
    "event": {
        "kind": "begun",
        "amount": {"minor": 128450, "currency": "RUB"},
        "account_ref": "740012344417",
        "purpose": "electricity",
        "poi_id": "POI-1",
    },
    "at": "2026-11-21T09:29:11Z",
}

_COMMANDS: tuple[v.Message, ...] = (
    c.VisitBegin(visit_id=_VISIT, language="ru"),
    c.VisitEnd(visit_id=_VISIT, outcome="finished"),
    c.JourneyReport(view=_VIEW),
    c.AccountFind(visit_id=_VISIT, number="740012344417"),
    c.ReadingSubmit(visit_id=_VISIT, account="740012344417", meter_id="m-1", values={"T1": 34290}),
    c.PurchaseRecord(purchase_id=_PURCHASE, entries=(_JOURNAL_ENTRY,)),
    c.TicketTake(ticket_id=_TICKET, visit_id=_VISIT, service="payment", language="ru", account="740012344417"),
    c.TicketLeave(ticket_id=_TICKET),
    c.SessionDescribe(session_id=_SESSION, description=_DESCRIPTION),
    c.SessionMedia(session_id=_SESSION, state="live", figures={"fps_in": 29.6, "rtt_ms": 18.0}),
    c.SessionEnd(session_id=_SESSION),
    c.RatingGive(session_id=_SESSION, stars=5),
    c.TerminalDayClosed(
        poi_id="P400Plus-275039202",
        closed_at=_AT,
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
    c.OfferAccept(ticket_id=_TICKET),
    c.OfferRefuse(ticket_id=_TICKET, reason="language"),
    c.JourneyIntent(session_id=_SESSION, intent=j.Propose(field="reading.T1", value="34290")),
    c.SessionShow(session_id=_SESSION, page=v.PageShape(width=764, height=1080)),
    c.CustomerShow(session_id=_SESSION),
    c.NoteSave(session_id=_SESSION, text="Explained the October bill."),
    c.WrapUpExtend(),
    c.WrapUpFinish(session_id=_SESSION, result="resolved"),
    c.FloorWatch(on=True),
    p.PurchaseFind(reference="0000-0004"),
    p.PurchaseTasks(),
    p.RefundAsk(refund_id=_TICKET, purchase_id=_PURCHASE, lines=(1,), reason="paid twice"),
    p.RefundDecide(refund_id=_TICKET, purchase_id=_PURCHASE, agreed=True),
    p.LineSettle(purchase_id=_PURCHASE, line=1, how="post_again", note="the account exists now"),
    p.DocumentSettle(purchase_id=_PURCHASE, how="again", note="the register works again"),
    p.PurchaseClarify(purchase_id=_PURCHASE, charged=True, note="bank file 2026-11-22"),
    p.DifferenceTasks(),
    p.DifferenceSettle(difference_id="3f1c0a9b7d21", how="resolve", note="returned by the bank, letter 118"),
    c.TokenRenew(),
    q.CallBackWish(ticket_id=_TICKET, phone="+37120000000"),
    q.TicketReturn(visit_id=_VISIT, number="027", code="4417"),
    q.TicketPause(ticket_id=_TICKET),
    q.ChannelsSet(channels=("video", "phone")),
    q.CallBackShow(session_id=_SESSION),
    q.CallBackUnanswered(session_id=_SESSION),
    q.TicketPark(session_id=_SESSION),
    q.SessionHold(session_id=_SESSION, on=True),
    q.ColleaguesAsk(),
    q.TicketTransfer(session_id=_SESSION, service="contract"),
    q.TicketAbsent(session_id=_SESSION),
    q.TicketMove(ticket_id=_TICKET, seconds=600, reason="health"),
    q.CentreWeigh(centre="Миасс", percent=150, reason="crowd"),
)
_REPLIES: tuple[v.Message, ...] = (
    r.Done(),
    r.AccountFound(account=_ACCOUNT),
    r.ReadingAnswer(
        outcome="needs_confirmation",
        reason="reading.unusual",
        units=1720,
        money=v.Sum(minor=619200, currency="RUB"),
        times_usual=9.0,
        zone="T1",
    ),
    r.PurchaseRecorded(purchase_id=_PURCHASE, seq=1),
    r.TicketTaken(ticket=_TICKET_VIEW),
    r.SessionOpened(session=_SESSION_VIEW.model_copy(update={"you": "operator", "offerer": False})),
    r.CustomerCardShown(
        card=v.CustomerCard(
            account=_ACCOUNT,
            holder_name="Петрова Ирина Сергеевна",
            address="Челябинская обл., Миасс, ул. 8 Марта, 14–32",
            tariff="T1",
            verification_until="2031-04-30",
            last_payment=v.Sum(minor=98000, currency="RUB"),
            last_payment_date="2026-10-18",
            monthly_units=(("2026-09", 168), ("2026-10", 175)),
            earlier=(v.CaseLine(at=_AT, channel="kiosk", summary="resolved"),),
        )
    ),
    r.NoteSaved(at=_AT),
    p.PurchaseCards(cards=(_PURCHASE_CARD,)),
    p.DifferenceCards(cards=(_DIFFERENCE,)),
    q.Colleagues(rows=(q.Colleague(operator_id=_OPERATOR, name="Jānis", free=True),)),
    r.TokenRenewed(token="q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA", expires_at=_AT),
    q.CallBackCard(phone="+37120000000", name="Ирина", asked_at=_AT, source="site", tries=1, tries_most=3),
)
_EVENTS: tuple[v.Message, ...] = (
    e.TicketChanged(ticket=_TICKET_VIEW),
    e.SessionStarted(session=_SESSION_VIEW),
    e.SessionDescribed(session_id=_SESSION, description=_DESCRIPTION),
    e.SessionRestart(session=_SESSION_VIEW),
    e.SessionShown(session_id=_SESSION, page=v.PageShape(width=764, height=1080)),
    e.SessionEnded(session_id=_SESSION, reason="customer"),
    e.IntentCame(session_id=_SESSION, visit_id=_VISIT, operator_name="Анна", intent=j.AskPermission()),
    _POSTED,
    _FISCALISED,
    _REFUND,
    _CLARIFIED,
    p.PaymentTasksChanged(),
    e.OperatorChanged(operator=_OPERATOR_VIEW),
    e.OfferMade(offer=_OFFER),
    e.OfferWithdrawn(ticket_id=_TICKET, reason="no_answer"),
    e.JourneyChanged(session_id=_SESSION, view=_VIEW),
    e.TimelineChanged(session_id=_SESSION, lines=_LINE),
    _LINE_TOLD,
    e.LineChanged(rows=(_LINE_ROW,)),
    _FLOOR,
    _DOOR,
)
_SNAPSHOTS: tuple[v.Message, ...] = (
    e.KioskSnapshot(tickets=(_TICKET_VIEW,), line=_LINE_TOLD, door=_DOOR, posted=(_POSTED,), fiscalised=(_FISCALISED,)),
    e.DeskSnapshot(operator=_OPERATOR_VIEW, offer=_OFFER, line=(_LINE_ROW,)),
)
_INTENTS: tuple[v.Message, ...] = (
    j.Touch(),
    j.ChooseLanguage(language="lv"),
    j.OpenService(service="readings"),
    j.Key(key="7"),
    j.Confirm(),
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
        identity=_KIOSK,
        software="infomat 0.1.0",
        proof=f.KioskProof(signature=_SIGNATURE),
        seen=f.Seen(epoch=_EPOCH, number=41),
    ),
    f.Welcome(version=1, epoch=_EPOCH, number=43, resumed=True, name="Миасс-1"),
    f.CommandFrame(id=_COMMAND, command=c.OfferAccept(ticket_id=_TICKET)),
    f.ReplyFrame(id=_COMMAND, reply=r.Done()),
    f.ErrorFrame(id=_COMMAND, code=ErrorCode.OFFER_GONE, phrase=f"error.{ErrorCode.OFFER_GONE.value}", detail=""),
    f.EventFrame(epoch=_EPOCH, number=42, event=_LINE_TOLD),
    f.SnapshotFrame(epoch=_EPOCH, number=41, snapshot=e.KioskSnapshot(line=_LINE_TOLD)),
    f.Goodbye(code=ErrorCode.GOING_AWAY, phrase=f"error.{ErrorCode.GOING_AWAY.value}", retry_after_s=1.4),
)

#: Message class -> an example of it.
EXAMPLES: dict[type[v.Message], v.Message] = {
    type(example): example
    for group in (_COMMANDS, _REPLIES, _EVENTS, _SNAPSHOTS, _INTENTS, _FRAMES)
    for example in group
}
