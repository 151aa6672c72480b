"""Rules: what the examples of messages are made of: one made-up visit, with its people, its payment and its line."""

from __future__ import annotations

from datetime import UTC, datetime

from signaling.protocol import events as e
from signaling.protocol import journey as j
from signaling.protocol import purchasing as p
from signaling.protocol import queueing as q
from signaling.protocol import values as v
from signaling.protocol import waiting_line as w

VISIT = "0193a5a0-0000-7000-8000-000000000001"
TICKET = "0193a5a0-0000-7000-8000-000000000002"
SESSION = "0193a5a0-0000-7000-8000-000000000003"
PURCHASE = "0193a5a0-0000-7000-8000-000000000004"
COMMAND = "0193a5a0-0000-7000-8000-000000000005"
KIOSK = "0193a5a0-0000-7000-8000-000000000006"
OPERATOR = "0193a5a0-0000-7000-8000-000000000007"
EPOCH = "0193a5a0-0000-7000-8000-000000000008"
AT = datetime(2026, 11, 21, 9, 30, 5, tzinfo=UTC)
KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
SIGNATURE = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw=="
FINGERPRINT = ":".join(["5E"] * 32)

DEBT = v.Sum(minor=128450, currency="RUB")
TICKET_VIEW = v.TicketView(
    ticket_id=TICKET,
    number="B-027",
    state=v.TicketState.WAITING,
    ahead=2,
    operators=3,
    wait=v.WaitBand(p50=140, p90=320),
)
ZONE = v.ZoneView(zone="T1", last_value=34118, last_date="2026-10-22", usual_low=140, usual_high=210)
METER = v.MeterView(meter_id="m-1", model="CE 102", serial_masked="••• 8812", unit="kWh", digits=6, zones=(ZONE,))
ACCOUNT = v.AccountView(
    account="740012344417",
    account_masked="••••• 4417",
    holder_initials="И. П.",
    supplier="uralenergo",
    supplier_name="Уралэнерго",
    address_masked="Миасс, ул. 8 Марта",
    meters=(METER,),
    debt=DEBT,
    readings_until="2026-11-25",
)
VIEW = j.JourneyView(
    visit_id=VISIT,
    number=14,
    step=j.Step.READING,
    language="ru",
    account=ACCOUNT,
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
SESSION_VIEW = v.SessionView(
    session_id=SESSION,
    ticket_id=TICKET,
    ticket_number="B-027",
    visit_id=VISIT,
    you="kiosk",
    offerer=True,
    peer=v.Peer(role="operator", name="Анна", public_key=KEY),
    place="Миасс",
    started_at=AT,
    ice_servers=(
        v.IceServer(urls=("stun:relay.example.org:3478",)),
        v.IceServer(
            urls=("turn:relay.example.org:3478?transport=udp", "turns:relay.example.org:443?transport=tcp"),
            username="1795392000:" + KIOSK,
            credential="Nq5zKf3bOrc2vYxGkqB1eU9mT0s=",
        ),
    ),
)
DESCRIPTION = v.Description(
    kind="offer",
    sdp=f"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {FINGERPRINT}\r\n",
    fingerprint=FINGERPRINT,
    nonce="Zx2bq1m9TfW6vQ8n",
    signature=SIGNATURE,
)
OPERATOR_VIEW = v.OperatorView(
    operator_id=OPERATOR,
    name="Анна",
    role=v.Role.OPERATOR,
    status=v.OperatorStatus.AVAILABLE,
    since=AT,
    served_today=12,
    mean_talk_s=214,
    mean_rating=4.92,
)
OFFER = v.OfferView(
    ticket_id=TICKET,
    number="B-027",
    service="payment",
    topic="payment",
    language="ru",
    place="Миасс",
    waited_s=96,
    deadline=AT,
)
LINE_ROW = v.LineRow(
    ticket_id=TICKET,
    number="B-027",
    service="payment",
    topic="payment",
    place="Миасс",
    taken_at=AT,
    state=v.TicketState.WAITING,
)
FLOOR_ROW = v.FloorRow(
    session_id=SESSION,
    ticket_number="B-027",
    place="Миасс",
    operator_id=OPERATOR,
    operator_name="Анна",
    service="payment",
    started_at=AT,
    media="live",
)
LINE_COUNTS = w.LineCounts(total=1, since=AT, services={"payment": 1}, priorities={"walk_in": 1}, centres={"Миасс": 1})
LINE = (("2026-11-21T09:28:40+00:00", "visit.began", {"language": "ru"}),)
LINE_TOLD = e.LineTold(waiting=3, operators=3, wait=v.WaitBand(p50=140, p90=320))
QUEUE_ROW = q.QueueRow(
    ticket_id=TICKET,
    number="B-027",
    service="payment",
    place="Миасс",
    channel="video",
    priority="walk_in",
    state="waiting",
    arrived_at=AT,
)
CENTRE = q.CentreRow(centre="Миасс", percent=100, waiting=3, longest_wait_s=210)
FLOOR = e.FloorChanged(
    sessions=(FLOOR_ROW,), operators=(OPERATOR_VIEW,), queue=(QUEUE_ROW,), centres=(CENTRE,), settings=2
)
DOOR = q.DoorTold(path="/door/kd5f7q2mzx4w", waiting=2, called="B-031", called_until=AT)
LINE_CARD = p.LineCard(
    number=1,
    supplier_name="Уралэнерго",
    account_masked="••••• 4417",
    services=("electricity",),
    amount=DEBT,
    fee=v.Sum(minor=0, currency="RUB"),
    state="refused",
    reason="billing.account_unknown",
)
REFUND_CARD = p.RefundCard(
    refund_id=TICKET,
    lines=(1,),
    amount=DEBT,
    reason="paid twice",
    asked_by="Анна",
    asked_at=AT,
    state="asked",
)
DIFFERENCE = p.DifferenceCard(
    difference_id="3f1c0a9b7d21",
    found_at=AT,
    what="double",
    advice="return_money",
    day="2026-11-20",
    kind="payment",
    purchase_id=PURCHASE,
    reference="0000-0004",
    ours=DEBT,
    bank=DEBT,
    terminal="10203040",
    rrn="632512345678",
    approval="A1B2C3",
    state="taken",
    taken_by="Ольга",
    taken_at=AT,
    mine=True,
    acts=("let_go", "resolve"),
)
DOCUMENT = v.FiscalDocument(
    kind="sell",
    number=1042,
    storage="9999078900012345",
    sign="2654435761",
    at="20261121T1503",
    total=v.Sum(minor=128450, currency="RUB"),
    qr="t=20261121T1503&s=1284.50&fn=9999078900012345&i=1042&fp=2654435761&n=1",
)
PURCHASE_CARD = p.PurchaseCard(
    purchase_id=PURCHASE,
    reference="0000-0004",
    kiosk_name="Миасс 1",
    place="Миасс",
    kiosk_here=True,
    begun_at=AT,
    amount=DEBT,
    fee=v.Sum(minor=0, currency="RUB"),
    state="approved",
    card="mc •• 9999",
    lines=(LINE_CARD,),
    refunds=(REFUND_CARD,),
    documents=(DOCUMENT,),
    life=((AT, "charged"),),
    why="second_person",
    acts=("decide",),
)
REFUND = e.PurchaseRefund(purchase_id=PURCHASE, refund_id=TICKET, amount=DEBT)
FISCALISED = e.PurchaseFiscalised(
    purchase_id=PURCHASE,
    document_id=PURCHASE,
    document=DOCUMENT,
)
CLARIFIED = e.PurchaseClarified(purchase_id=PURCHASE, charged=True, note="bank file 2026-11-22")
POSTED = e.PurchasePosted(purchase_id=PURCHASE, reference="P-2026-004417")
JOURNAL_ENTRY = {
    "purchase_id": PURCHASE,
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
