"""Rules: life-like views of every step, with long names, warnings and doubts, for the gallery and the tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from kiosk.ipc import KioskFace
from kiosk.visit.frame import Surroundings
from signaling.protocol.events import LineTold
from signaling.protocol.journey import (
    BillEntry,
    CallBackEntry,
    CallEntry,
    Ease,
    JourneyView,
    Notice,
    PaymentEntry,
    Proposal,
    ReadingEntry,
    Reference,
    Step,
)
from signaling.protocol.values import (
    AccountView,
    FiscalDocument,
    Language,
    MeterView,
    PageShape,
    Sum,
    TicketState,
    TicketView,
    WaitBand,
    ZoneView,
)

FACE = KioskFace(
    company="Электросбыт Южного Урала",
    kiosk_name="Терминал № 41",
    place="пр. Ленина, 28",
    phone="8 800 550-00-55",
)
FACE_LV = KioskFace(
    company="Dienvidu siltums un elektrība",
    kiosk_name="Terminālis Nr. 41",
    place="Brīvības gatve 214B, Rīga",
    phone="+371 6700 0055",
)
VISIT = "0193-visit"


def face(language: Language) -> KioskFace:
    """A company of the language's country."""
    return FACE if language == "ru" else FACE_LV


def around(language: Language, **changes: Any) -> Surroundings:
    """A busy ordinary day."""
    line = LineTold(waiting=2, operators=14, wait=WaitBand(p50=170, p90=350))
    return Surroundings(face(language), **{"line": line, **changes})


def samples(language: Language, ease: Ease) -> Iterator[tuple[str, JourneyView, Surroundings]]:
    """Every sample: its name, the view, and the surroundings."""
    for name, step, changes, day in _all(language):
        view = {"visit_id": VISIT, "number": 7, "step": step, "language": language, "ease": ease}
        yield name, JourneyView(**{**view, "can_go_back": step not in _NO_BACK, **changes}), around(language, **day)


_NO_BACK = (Step.ATTRACT, Step.MENU, Step.CALL, Step.OUT_OF_SERVICE)
Row = tuple[str, Step, dict[str, Any], dict[str, Any]]


def _all(language: Language) -> Iterator[Row]:
    yield from _services(language)
    yield from _readings(language)
    yield from _payments(language)
    yield from _outcomes(language)
    yield from _talk(language)


def _account(language: Language, debt: int = 128450) -> AccountView:
    russian = language == "ru"
    zones = (
        ZoneView(zone="T1", last_value=21840, last_date="2026-10-23", usual_low=210, usual_high=260),
        ZoneView(zone="T2", last_value=12611, last_date="2026-10-23", usual_low=150, usual_high=190),
        ZoneView(zone="T3", last_value=30211, last_date="2026-10-23", usual_low=150, usual_high=190),
    )
    meter = MeterView(
        meter_id="m1", model="Меркурий 230 ART-01", serial_masked="••• 8812", unit="kWh", digits=6, zones=zones
    )
    return AccountView(
        account="7401234417",
        account_masked="••••• 4417",
        holder_initials="И. П." if russian else "Ž. Š.",
        supplier="elektro" if russian else "siltums",
        supplier_name="Электросбыт Южного Урала" if russian else "Dienvidu siltums un elektrība",
        address_masked="Челябинск, пр. Ленина" if russian else "Rīga, Brīvības gatve",
        meters=(meter,),
        debt=Sum(minor=debt, currency="RUB" if russian else "EUR"),
        readings_until="2026-11-25",
    )


_PROOF = "3f2a91bc04de"


def _ticket(**changes: Any) -> TicketView:
    ticket = {"ticket_id": "t1", "number": "B-027", "state": TicketState.WAITING, "ahead": 2, "operators": 14}
    return TicketView(**{**ticket, "proof": _PROOF, "code": "4417", "wait": WaitBand(p50=170, p90=350), **changes})


def _services(language: Language) -> Iterator[Row]:
    account = _account(language)
    yield "attract", Step.ATTRACT, {}, {}
    yield "attract_called", Step.ATTRACT, {}, {"called": "A-027"}
    yield "attract_no_payments", Step.ATTRACT, {}, {"payments_offered": False}
    yield "language", Step.LANGUAGE, {}, {}
    yield "menu", Step.MENU, {}, {}
    yield "menu_known", Step.MENU, {"account": account, "ticket": _ticket(ahead=1)}, {}
    yield "menu_offline", Step.MENU, {"online": False, "payments_offered": False}, {"line": None}
    left = Notice(tone="info", phrase="waiting.left")
    yield "menu_nobody", Step.MENU, {"notice": left}, {"line": LineTold(waiting=0, operators=0, wait=None)}
    resumed = Notice(tone="info", phrase="visit.resumed")
    yield "menu_resumed", Step.MENU, {"notice": resumed, "account": account, "ticket": _ticket()}, {}
    yield "menu_idle", Step.MENU, {"idle_warning_s": 21}, {}
    yield "identify_empty", Step.IDENTIFY, {}, {}
    yield "identify_typed", Step.IDENTIFY, {"typed_account": "740123441"}, {}
    unknown = Notice(tone="warning", phrase="error.account.unknown")
    yield "identify_unknown", Step.IDENTIFY, {"typed_account": "7401234418", "notice": unknown}, {}
    yield "identify_busy", Step.IDENTIFY, {"typed_account": "7401234417", "busy": True}, {}
    down = Notice(tone="warning", phrase="error.link.down")
    yield "identify_offline", Step.IDENTIFY, {"typed_account": "7401234417", "notice": down, "online": False}, {}
    yield "out_of_service", Step.OUT_OF_SERVICE, {"online": False}, {"line": None, "online": False}


def _entry(**changes: Any) -> ReadingEntry:
    entry = {
        "meter_id": "m1",
        "zone": "T2",
        "zone_index": 1,
        "zone_count": 3,
        "unit": "kWh",
        "digits": 6,
        "last_value": 12611,
        "last_date": "2026-10-23",
        "usual_low": 150,
        "usual_high": 190,
    }
    return ReadingEntry(**{**entry, **changes})


def _readings(language: Language) -> Iterator[Row]:
    account = _account(language)
    currency = account.debt.currency
    money = {"units": 174, "money": Sum(minor=60900, currency=currency), "times_usual": 1.0}
    yield "reading_empty", Step.READING, {"account": account, "reading": _entry()}, {}
    yield "reading_typed", Step.READING, {"account": account, "reading": _entry(typed="12785", **money)}, {}
    much = {
        "units": 1674,
        "money": Sum(minor=586000, currency=currency),
        "times_usual": 9.8,
        "needs_confirmation": True,
    }
    values = {"units": "1674", "minor": "586000", "currency": currency, "times": "9.8"}
    unusual = Notice(tone="warning", phrase="reading.unusual", values=values)
    doubted = {"account": account, "reading": _entry(typed="014285", **much), "notice": unusual}
    yield "reading_unusual", Step.READING, doubted, {}
    low = Notice(tone="warning", phrase="reading.below_last", values={"last": "12611", "choices": ""})
    yield "reading_below", Step.READING, {"account": account, "reading": _entry(typed="1261"), "notice": low}, {}
    in_call = {"account": account, "call": _call(language), "ticket": _ticket(), "permission": "granted"}
    proposal = Proposal(field="reading.T2", value="12785", operator_name=_call(language).operator_name)
    yield "reading_proposed", Step.READING, {**in_call, "reading": _entry(), "proposal": proposal}, {}
    yield "reading_in_line", Step.READING, {"account": account, "reading": _entry(), "ticket": _ticket()}, {}
    one = {"zone": "T1", "zone_index": 0, "zone_count": 1, "digits": 5, "unit": "Gcal", "usual_low": None}
    yield "reading_offline_one", Step.READING, {"reading": _entry(**one, typed="21"), "online": False}, {}
    kept = Notice(tone="info", phrase="reading.kept")
    taken = (Reference(kind="reading", text="reference.reading", value="R-2611-004417"),)
    yield "reading_done", Step.READING_DONE, {"account": account, "references": taken}, {}
    yield "reading_kept", Step.READING_DONE, {"account": _account(language, 0), "notice": kept, "online": False}, {}


def _purchase(account: AccountView, phase: str, phrase: str = "", **changes: Any) -> dict[str, Any]:
    fee = Sum(minor=0, currency=account.debt.currency)
    told = {"amount": account.debt, "fee": fee, "purpose": account.supplier_name, "phase": phase, "phrase": phrase}
    return {"account": account, "payment": PaymentEntry(**{**told, **changes})}


def _bills(account: AccountView) -> tuple[BillEntry, ...]:
    currency = account.debt.currency
    names = ("Тепло и вода Южного Урала" if currency == "RUB" else "Rīgas siltums", "8 800 555-18-93")
    nothing = Sum(minor=0, currency=currency)
    return (
        BillEntry(
            place=0,
            account_masked=account.account_masked,
            supplier="elektro",
            supplier_name=account.supplier_name,
            supplier_phone="8 800 555-04-17",
            services=("electricity",),
            due=account.debt,
            fee=nothing,
        ),
        BillEntry(
            place=1,
            account_masked="••••• 1893",
            supplier="teplo",
            supplier_name=names[0],
            supplier_phone=names[1],
            services=("heat", "hot_water"),
            due=Sum(minor=215640, currency=currency),
            fee=Sum(minor=2156, currency=currency),
        ),
    )


def _payments(language: Language) -> Iterator[Row]:
    account = _account(language)

    def entry(phase: str, phrase: str = "", **changes: Any) -> dict[str, Any]:
        return _purchase(account, phase, phrase, **changes)

    yield "payment", Step.PAYMENT, entry("offered"), {}
    several = _bills(account)
    sums: dict[str, Any] = {"amount": Sum(minor=346246, currency=account.debt.currency), "bills": several}
    fee = Sum(minor=2156, currency=account.debt.currency)
    yield "payment_bills", Step.PAYMENT, entry("offered", **sums, fee=fee), {}
    three = (*several, several[1].model_copy(update={"place": 2, "ticked": False, "services": ("gas",)}))
    yield "payment_bills_three", Step.PAYMENT, entry("offered", **{**sums, "bills": three}, fee=fee), {}
    yield "payment_no_paper", Step.PAYMENT, entry("offered", slip="out"), {}
    yield "payment_bills_no_paper", Step.PAYMENT, entry("offered", **{**sums, "bills": three}, fee=fee, slip="out"), {}
    yield "payment_none", Step.PAYMENT, entry("offered", amount=Sum(minor=0, currency=account.debt.currency)), {}
    yield "payment_closed", Step.PAYMENT, {**entry("offered"), "payments_offered": False}, {}
    refused = Notice(tone="warning", phrase="payment.declined.Refusal")
    yield "payment_refused", Step.PAYMENT, {**entry("offered"), "notice": refused}, {}
    yield "paying_connecting", Step.PAYING, entry("connecting", "payment.connecting_again", can_cancel=True), {}
    yield (
        "paying_card",
        Step.PAYING,
        {**entry("present_card", "payment.present_card", can_cancel=True), "can_go_back": False},
        {},
    )
    yield "paying_cancelling", Step.PAYING, {**entry("cancelling", "payment.cancelling"), "can_go_back": False}, {}
    yield "paying_processing", Step.PAYING, {**entry("processing", "payment.verifying"), "can_go_back": False}, {}
    waits = Notice(tone="info", phrase="payment.finish_waits")
    unknown = {**entry("unknown", "payment.unknown", can_cancel=True), "can_go_back": False, "notice": waits}
    yield "paying_unknown", Step.PAYING, unknown, {}


def _outcomes(language: Language) -> Iterator[Row]:
    account = _account(language)

    def entry(phase: str, phrase: str = "", **changes: Any) -> dict[str, Any]:
        return _purchase(account, phase, phrase, **changes)

    reference = (Reference(kind="unknown_payment", text="reference.unknown_payment", value="0193-4F2A-7714"),)
    parked = {**entry("parked", "payment.parked", reference="0193-4F2A-7714"), "references": reference}
    yield "paying_parked", Step.PAYING, parked, {}
    on_paper = entry("parked", "payment.parked", reference="0193-4F2A-7714", slip="printed")
    yield "paying_parked_slip", Step.PAYING, {**on_paper, "references": reference}, {}
    yield "paying_reversing", Step.PAYING, entry("reversing", "payment.reversing"), {}
    paid = (Reference(kind="payment", text="reference.payment", value="0193-4F2A-7714"),)
    yield (
        "paid_approved",
        Step.PAID,
        {**entry("approved", "payment.approved", reference="0193-4F2A-7714"), "references": paid},
        {},
    )
    yield (
        "paid_posted",
        Step.PAID,
        {**entry("posted", "payment.posted", reference="0193-4F2A-7714"), "references": paid, "ticket": _ticket()},
        {},
    )
    receipt = FiscalDocument(
        kind="sell",
        number=1042,
        storage="9999078900012345",
        sign="2654435761",
        at="20261121T1503",
        total=Sum(minor=346246, currency="RUB"),
        qr="t=20261121T1503&s=3462.46&fn=9999078900012345&i=1042&fp=2654435761&n=1",
    )
    yield (
        "paid_fiscalised",
        Step.PAID,
        {
            **entry("posted", "payment.fiscalised", reference="0193-4F2A-7714", document=receipt, slip="printed"),
            "references": paid,
        },
        {},
    )
    bought: dict[str, Any] = {"amount": Sum(minor=346246, currency=account.debt.currency), "bills": _bills(account)}
    fee = Sum(minor=2156, currency=account.debt.currency)
    yield (
        "paid_bills",
        Step.PAID,
        {**entry("posted", "payment.posted", reference="0193-4F2A-7714", **bought, fee=fee), "references": paid},
        {},
    )
    yield (
        "paid_bills_fiscalised",
        Step.PAID,
        {
            **entry(
                "posted",
                "payment.fiscalised",
                reference="0193-4F2A-7714",
                document=receipt,
                slip="not_printed",
                **bought,
                fee=fee,
            ),
            "references": paid,
        },
        {},
    )
    yield (
        "paid_document_due",
        Step.PAID,
        {**entry("posted", "payment.posted_document", reference="0193-4F2A-7714"), "references": paid},
        {},
    )
    yield (
        "paid_bills_approved",
        Step.PAID,
        {**entry("approved", "payment.approved", reference="0193-4F2A-7714", **bought, fee=fee), "references": paid},
        {},
    )
    in_call = {"call": _call(language, camera_covered=True), "ticket": _ticket(state=TicketState.CONNECTED)}
    yield (
        "paying_in_call",
        Step.PAYING,
        {**entry("present_card", "payment.present_card", can_cancel=True), **in_call},
        {},
    )


def _call(language: Language, **changes: Any) -> CallEntry:
    name = "Марина" if language == "ru" else "Margarita Kalniņa-Ozoliņa"
    return CallEntry(**{"session_id": "s1", "operator_name": name, "media": "live", **changes})


def _talk(language: Language) -> Iterator[Row]:
    account = _account(language)
    yield "topic", Step.TOPIC, {}, {}
    yield "topic_busy", Step.TOPIC, {"account": account, "busy": True}, {}
    yield "waiting", Step.WAITING, {"account": account, "ticket": _ticket()}, {}
    yield "waiting_slip", Step.WAITING, {"account": account, "ticket": _ticket(), "ticket_slip": "printed"}, {}
    leave = Notice(tone="warning", phrase="waiting.leave_question", values={"number": "B-027"})
    yield "waiting_leave", Step.WAITING, {"ticket": _ticket(ahead=0, operators=1), "notice": leave}, {}
    lost = Notice(tone="warning", phrase="waiting.offline")
    yield "waiting_offline", Step.WAITING, {"ticket": _ticket(wait=None), "notice": lost, "online": False}, {}
    yield "waiting_called", Step.WAITING, {"ticket": _ticket(state=TicketState.OFFERED, ahead=0)}, {}
    until = datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
    missed = Notice(tone="warning", phrase="waiting.missed")
    recalled = _ticket(stage="recallable", until=until)
    yield "waiting_missed", Step.WAITING, {"ticket": recalled, "notice": missed}, {}
    booked = _ticket(stage="checked_in", wait=None, ahead=0, slot=datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
    yield "waiting_booked", Step.WAITING, {"account": account, "ticket": booked}, {}
    away = _ticket(state=TicketState.PARKED, stage="parked", until=until)
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
    yield "call_back_empty", Step.CALL_BACK, {"account": account, "ticket": _ticket(), "call_back": empty}, {}
    typed = empty.model_copy(update={"typed": "9123456789" if language == "ru" else "26123456"})
    yield "call_back_typed", Step.CALL_BACK, {"ticket": _ticket(), "call_back": typed}, {}
    some = {"ticket": _ticket(), "call_back": typed.model_copy(update={"typed": typed.typed[:4], "wait": None})}
    wrong = Notice(tone="warning", phrase="call_back.number")
    yield "call_back_wrong", Step.CALL_BACK, {**some, "notice": wrong}, {}
    yield "call_back_busy", Step.CALL_BACK, {"ticket": _ticket(), "call_back": typed, "busy": True}, {}
    number = (Reference(kind="ticket", text="reference.ticket", value="B-027", proof=_PROOF, code="4417"),)
    called_later = {"references": number, "call_back": empty.model_copy(update={"masked": "••• 67 89"})}
    yield "call_back_done", Step.CALL_BACK_DONE, {"account": account, **called_later}, {}
    talking = {"account": account, "ticket": _ticket(state=TicketState.CONNECTED)}
    yield "call", Step.CALL, {**talking, "call": _call(language)}, {}
    page = PageShape(width=764, height=1080)
    yield "call_page", Step.CALL, {**talking, "call": _call(language, page=page)}, {}
    yield "call_connecting", Step.CALL, {**talking, "call": _call(language, media="connecting")}, {}
    reconnecting = _call(language, media="reconnecting", microphone_on=False)
    yield "call_reconnecting", Step.CALL, {**talking, "call": reconnecting}, {}
    yield "call_hold", Step.CALL, {**talking, "call": _call(language, on_hold=True)}, {}
    yield "call_asked", Step.CALL, {**talking, "call": _call(language), "permission": "asked"}, {}
    yield (
        "call_granted",
        Step.CALL,
        {**talking, "call": _call(language, camera_covered=True), "permission": "granted"},
        {},
    )
    proposal = Proposal(field="account", value="7401234417", operator_name=_call(language).operator_name)
    proposed = {**talking, "call": _call(language), "permission": "granted", "proposal": proposal}
    yield "call_proposal", Step.CALL, proposed, {}
    yield "rating", Step.RATING, {}, {}
    yield "rating_chosen", Step.RATING, {"stars": 4}, {}
    kept = (
        Reference(kind="reading", text="reference.reading", value="R-2611-004417"),
        Reference(kind="payment", text="reference.payment", value="0193-4F2A-7714"),
        Reference(kind="ticket", text="reference.ticket", value="B-027", proof=_PROOF, code="4417"),
    )
    yield "goodbye", Step.GOODBYE, {"references": kept, "account": account}, {}
    yield "goodbye_plain", Step.GOODBYE, {}, {}
