"""Rules: made-up moments of a desk, one for each thing a person can see. Names, places and sums are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from media.messages import Quality
from operator_console.desk_state import Conversation, Desk, Note
from operator_console.gallery_payments import payment_states
from operator_console.gallery_queue import call_back_states, line_states, queue_states
from operator_console.notices import Notice
from operator_console.share_acts import ShownPage
from signaling.protocol.events import FloorChanged
from signaling.protocol.journey import CallEntry, Ease, JourneyView, ReadingEntry, Step
from signaling.protocol.journey import Notice as ShownNotice
from signaling.protocol.values import (
    AccountView,
    CaseLine,
    CustomerCard,
    FloorRow,
    LineRow,
    MeterView,
    OfferView,
    OperatorStatus,
    OperatorView,
    Peer,
    Role,
    SessionView,
    Sum,
    TicketState,
    ZoneView,
)
from signaling.protocol.waiting_line import LineCounts

NOW = datetime(2026, 11, 20, 8, 7, 30, tzinfo=UTC)


def _ago(seconds: int) -> datetime:
    return NOW - timedelta(seconds=seconds)


def operator(status: OperatorStatus, *, ago: int = 252, left: int | None = None, **more: object) -> OperatorView:
    """An operator in a state since ``ago`` seconds."""
    return OperatorView.model_validate(
        {
            "operator_id": "op-1",
            "name": "Ольга Ветрова",
            "role": Role.OPERATOR,
            "status": status,
            "since": _ago(ago),
            "deadline": NOW + timedelta(seconds=left) if left is not None else None,
            "served_today": 31,
            "mean_talk_s": 348,
            "mean_rating": 4.92,
            **more,
        }
    )


_PLACES = (
    "Миасс, ул. 8 Марта, 14, отделение банка",
    "Челябинск, МФЦ",
    "Троицк, ул. Гагарина, 2",
    "Rīga, Brīvības iela 39",
)
LINE = tuple(
    LineRow(
        ticket_id=f"t-{place}",
        number=number,
        service=topic,
        topic=topic,
        place=_PLACES[place % len(_PLACES)],
        taken_at=_ago(age),
        state=TicketState.WAITING,
    )
    for place, (number, topic, age) in enumerate(
        (("П-027", "readings", 362), ("О-114", "payment", 130), ("Д-031", "contract", 104), ("Р-028", "other", 31))
    )
)
SUM = Sum(minor=128_450, currency="RUB")
ACCOUNT = AccountView(
    account="7401004417",
    account_masked="•• 4417",
    holder_initials="П. И. С.",
    supplier="energo",
    supplier_name="Уралэнерго",
    address_masked="ул. 8 Марта, 14",
    meters=(
        MeterView(
            meter_id="m-1",
            model="Меркурий 206",
            serial_masked="•• 0931",
            unit="kWh",
            digits=6,
            zones=(
                ZoneView(zone="T1", last_value=33_918, last_date="2026-10-21", usual_low=160, usual_high=240),
                ZoneView(zone="T2", last_value=12_784, last_date="2026-10-21", usual_low=70, usual_high=110),
            ),
        ),
    ),
    debt=SUM,
)
_UNITS = (241, 263, 310, 228, 204, 190, 181, 188, 206, 248, 262, 640)
CARD = CustomerCard(
    account=ACCOUNT,
    holder_name="Петрова Ирина Сергеевна",
    address="Челябинская обл., Миасс, ул. 8 Марта, д. 14, кв. 32",
    phone="+7 900 000-00-17",
    tariff="двухзонный",
    verification_until="2031-03-01",
    last_payment=Sum(minor=98_000, currency="RUB"),
    last_payment_date="2026-10-12",
    monthly_units=tuple(
        (f"{2025 + (place + 11) // 12}-{(place + 11) % 12 + 1:02d}", units) for place, units in enumerate(_UNITS)
    ),
    earlier=(
        CaseLine(at=_ago(39 * 86400), channel="phone", summary="Баланс, решено · 4,9"),
        CaseLine(at=_ago(109 * 86400), channel="kiosk", summary="Показания переданы без оператора"),
        CaseLine(at=_ago(185 * 86400), channel="messenger", summary="Счёт отправлен на почту"),
    ),
)
JOURNEY = JourneyView(
    visit_id="v-1",
    number=17,
    step=Step.READING,
    language="ru",
    ease=Ease(bigger=True),
    account=ACCOUNT,
    reading=ReadingEntry(
        meter_id="m-1",
        zone="T2",
        zone_index=1,
        zone_count=2,
        unit="kWh",
        digits=6,
        typed="0136",
        last_value=12_784,
        last_date="2026-10-21",
        usual_low=70,
        usual_high=110,
        times_usual=9.1,
    ),
    call=CallEntry(session_id="s-1", operator_name="Ольга Ветрова", media="live"),
    permission="granted",
)
TIMELINE = (
    ("2026-11-20T08:02:14+00:00", "visit.entered_by_card", {"account": "•• 4417", "supplier": "Уралэнерго"}),
    ("2026-11-20T08:03:40+00:00", "visit.reading_typed", {"zone": "T1", "value": "034118"}),
    ("2026-11-20T08:04:55+00:00", "visit.reading_warned", {"zone": "T2", "value": "013600", "times": "9.1"}),
    ("2026-11-20T08:05:20+00:00", "visit.talk_chosen", {"topic": "readings", "number": "П-027"}),
)
OFFER = OfferView(
    ticket_id="t-0",
    number="П-027",
    service="readings",
    topic="readings",
    language="ru",
    place=_PLACES[0],
    waited_s=362,
    deadline=NOW + timedelta(seconds=13),
)
SESSION = SessionView(
    session_id="s-1",
    ticket_id="t-0",
    ticket_number="П-027",
    visit_id="v-1",
    you="operator",
    offerer=False,
    peer=Peer(role="kiosk", name="Инфомат 41", public_key=""),
    place=_PLACES[0],
    started_at=_ago(252),
)
_QUALITY = Quality(
    session_id="s-1",
    fps_in=29.8, fps_out=30.0, loss=0.001, rtt_ms=31.0, jitter_ms=3.0, kbps_in=1480.0, kbps_out=1420.0,
    decoded=12_000, concealed=3, frames_dropped=1,
)  # fmt: skip
_NOTE = "Клиент оспаривает показание Т2 за октябрь: 013 6… вместо 012 784. Пломба цела. Договорились о перерасчёте."
TALK = Conversation(
    session=SESSION,
    journey=JOURNEY,
    timeline=TIMELINE,
    card=CARD,
    card_for=ACCOUNT.account,
    note=Note(text=_NOTE, saved=_NOTE, saved_at=_ago(4)),
    media="live",
    quality=_QUALITY,
)
SHOWN = ShownPage("", "Счёт за октябрь 2026, ул. 8 Марта, 14.pdf", 2, 3, "whole", 764, 1080)
_BASE = Desk(
    now=NOW,
    online=True,
    ever_online=True,
    line=LINE,
    counts=LineCounts(total=len(LINE), since=_ago(362)),
    devices_on=True,
)
_FLOOR = FloorChanged(
    sessions=tuple(
        FloorRow(
            session_id=f"s-{place}",
            ticket_number=number,
            place=_PLACES[place % 4],
            operator_id=f"op-{place}",
            operator_name=name,
            service=topic,
            started_at=_ago(age),
            media=state,
        )
        for place, (number, name, topic, age, state) in enumerate(
            (
                ("П-021", "Ольга Ветрова", "readings", 252, "live"),
                ("О-109", "Jānis Bērziņš", "payment", 731, "live"),
                ("Д-030", "Марат Ахметов", "contract", 95, "reconnecting"),
                ("Р-025", "Светлана Константинопольская", "other", 12, "connecting"),
            )
        )
    ),
    operators=(
        operator(OperatorStatus.BUSY, next_status=OperatorStatus.BREAK, next_reason="lunch"),
        operator(OperatorStatus.BUSY, name="Jānis Bērziņš", ago=731, served_today=27, mean_talk_s=402, mean_rating=4.8),
        operator(OperatorStatus.WRAP_UP, name="Марат Ахметов", ago=41, left=20, served_today=19),
        operator(OperatorStatus.AVAILABLE, name="Анна Лиепа", ago=75, served_today=33, mean_rating=None),
        operator(OperatorStatus.BREAK, name="Светлана Константинопольская", ago=1260, reason="training"),
        operator(OperatorStatus.NOT_RESPONDING, name="Пётр Озолс", ago=33),
    ),
)


_FLOOR_DESK = replace(
    _BASE, operator=operator(OperatorStatus.AVAILABLE, role=Role.SUPERVISOR), floor=_FLOOR, role=Role.SUPERVISOR
)


def states() -> dict[str, Desk]:
    """Every state of the gallery by its name."""
    talking = replace(
        _BASE, operator=operator(OperatorStatus.BUSY, next_status=OperatorStatus.BREAK), conversation=TALK
    )
    ended = replace(TALK, ended="customer", ended_at=_ago(12), media="closed", result="resolved")
    asking = replace(
        TALK,
        journey=JOURNEY.model_copy(update={"permission": "none"}),
        note=Note(text=_NOTE, saved=""),
        media="reconnecting",
    )
    unknown = replace(
        TALK,
        card=None,
        journey=JOURNEY.model_copy(
            update={"account": None, "step": Step.IDENTIFY, "typed_account": "7401", "reading": None, "ease": Ease()}
        ),
        sound_on=False,
        quality=None,
        media="connecting",
        note=Note(),
    )
    warned = JOURNEY.model_copy(
        update={"notice": ShownNotice(tone="warning", phrase="unknown"), "permission": "none", "call": None}
    )
    left = Notice("info", "offer.gone.customer_left", (("number", "П-026"),))
    offered = replace(
        _BASE,
        operator=operator(OperatorStatus.OFFERED, ago=7),
        offer=OFFER,
        offered_at=_ago(7),
        preview=warned,
        preview_timeline=TIMELINE,
    )
    return {
        "connecting": Desk(now=NOW),
        "menu": replace(_BASE, operator=operator(OperatorStatus.AVAILABLE, ago=38)),
        "menu_in_call": talking,
        "equipment": replace(_BASE, operator=operator(OperatorStatus.AVAILABLE, ago=38)),
        "equipment_list": replace(_BASE, operator=operator(OperatorStatus.AVAILABLE, ago=38)),
        "equipment_gone_in_call": replace(
            talking,
            media_lost=frozenset({"microphone"}),
            notice=Notice("warning", "notice.device_lost.microphone"),
        ),
        "equipment_replaced": replace(talking, notice=Notice("info", "notice.device_instead.loudspeaker")),
        "call_unheard": replace(talking, notice=Notice("warning", "notice.kiosk_lost.microphone")),
        "call_deaf": replace(talking, notice=Notice("warning", "notice.kiosk_lost.loudspeaker")),
        "offer_why": offered,
        "idle": replace(_BASE, operator=operator(OperatorStatus.AVAILABLE, ago=38), notice=left),
        "break": replace(
            _BASE,
            operator=operator(OperatorStatus.BREAK, ago=611, reason="lunch"),
            devices_on=False,
            line=LINE[:1],
            counts=LineCounts(total=1, since=_ago(362)),
        ),
        "not_responding": replace(
            _BASE, operator=operator(OperatorStatus.NOT_RESPONDING, ago=45), line=(), counts=LineCounts()
        ),
        "offer": offered,
        "call": talking,
        "call_hold": replace(
            talking,
            operator=operator(OperatorStatus.BUSY, ago=83, on_hold=True),
            conversation=replace(TALK, held_since=_ago(83)),
        ),
        "share": talking,
        "share_locked": talking,
        "share_chosen": talking,
        "share_shown": replace(talking, conversation=replace(TALK, shown=SHOWN)),
        "call_unknown": replace(talking, conversation=unknown),
        "reconnecting": replace(talking, online=False, away_since=_ago(9), conversation=asking),
        "wrap_up": replace(_BASE, operator=operator(OperatorStatus.WRAP_UP, ago=12, left=33), conversation=ended),
        "wrap_up_hurry": replace(
            _BASE,
            operator=operator(OperatorStatus.WRAP_UP, ago=52, left=7),
            conversation=replace(ended, result=None, ended="media_lost", note=Note(text=_NOTE)),
            notice=Notice("warning", "error.state.illegal"),
        ),
        **payment_states(replace(_FLOOR_DESK, floor=None)),
        "floor": _FLOOR_DESK,
        **queue_states(_FLOOR_DESK),
        **line_states(replace(_BASE, operator=operator(OperatorStatus.AVAILABLE, ago=38)), LINE),
        **call_back_states(replace(_BASE, operator=operator(OperatorStatus.AVAILABLE, ago=38)), talking),
    }
