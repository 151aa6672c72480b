"""What kiosks, operators and supervisors can do, and what they are refused, over a real connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol import journey as j
from signaling.protocol.errors import ErrorCode
from signaling.protocol.examples import EXAMPLES
from signaling.protocol.values import Role
from signaling.server.command_table import TABLE
from signaling.server.database import open_database
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling import visit as v
from tests.signaling.client import Client, Refused, ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNT, CARD = "7401004417", "04A1B2C3D4E5F6"  # Петрова, two zones, owes 1284.50
ONE_ZONE = "7401004425"


@pytest_asyncio.fixture(loop_scope="module")
async def kiosk(shared: ServerProcess) -> AsyncIterator[Client]:
    client = await shared.kiosk()
    yield client
    await client.leave()


@pytest_asyncio.fixture(loop_scope="module")
async def operator(shared: ServerProcess) -> AsyncIterator[Client]:
    client = await shared.staff(f"operator {new_id()}")
    yield client
    await client.ask(c.StatusSet(status="break"))
    await client.leave()


async def refused(client: Client, command: Any) -> tuple[ErrorCode, str]:
    with pytest.raises(Refused) as no:
        await client.ask(command)
    return no.value.code, getattr(no.value.frame, "detail", "")


# Rights.


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_send_what_the_table_says_and_nothing_else(shared: ServerProcess, role: Role) -> None:
    client = await (shared.kiosk() if role is Role.KIOSK else shared.staff(f"{role.value} {new_id()}", role))
    codes = {}
    for command in TABLE:
        try:
            await client.ask(EXAMPLES[command])
            codes[command] = None
        except Refused as no:
            codes[command] = no.code
    forbidden = {command for command, code in codes.items() if code is ErrorCode.NOT_ALLOWED}
    assert forbidden == {command for command, row in TABLE.items() if role not in row.roles}
    assert ErrorCode.INTERNAL not in codes.values()
    if role in (Role.OPERATOR, Role.SUPERVISOR):
        await client.ask(c.StatusSet(status="offline"))
    await client.leave()


async def test_the_table_gives_each_role_something_and_no_role_everything() -> None:
    for role in Role:
        allowed = [command for command, row in TABLE.items() if role in row.roles]
        assert 0 < len(allowed) < len(TABLE)


# Account and readings.


@pytest.mark.parametrize("key", [{"number": ACCOUNT}, {"card_uid": CARD}])
async def test_an_account_is_found_masked_by_number_and_by_card(kiosk: Client, key: dict[str, str]) -> None:
    visit_id = await v.begin(kiosk)
    account = (await kiosk.ask(c.AccountFind(visit_id=visit_id, **key))).account
    assert (account.account, account.account_masked, account.debt.minor) == (ACCOUNT, "••••• 4417", 128450)
    assert "Петрова" not in account.model_dump_json()
    assert "14–32" not in account.model_dump_json()
    assert [zone.zone for zone in account.meters[0].zones] == ["T1", "T2"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"number": "1234567890"}, ErrorCode.ACCOUNT_UNKNOWN),
        ({"card_uid": "0000000000"}, ErrorCode.ACCOUNT_UNKNOWN),
        ({}, ErrorCode.MALFORMED),
        ({"number": ACCOUNT, "card_uid": CARD}, ErrorCode.MALFORMED),
    ],
)
async def test_no_such_account_is_said_by_name(kiosk: Client, fields: dict[str, str], code: ErrorCode) -> None:
    visit_id = await v.begin(kiosk)
    assert (await refused(kiosk, c.AccountFind(visit_id=visit_id, **fields)))[0] is code


async def test_a_reading_is_asked_about_then_taken(kiosk: Client) -> None:
    visit_id = await v.begin(kiosk)
    account = (await kiosk.ask(c.AccountFind(visit_id=visit_id, number=ONE_ZONE))).account
    meter = account.meters[0]
    last = meter.zones[0].last_value or 0
    told = {"visit_id": visit_id, "account": ONE_ZONE, "meter_id": meter.meter_id}
    unusual = c.ReadingSubmit(**told, values={"T1": last + 5000})
    answer = await kiosk.ask(unusual)
    assert (answer.outcome, answer.reason, answer.units) == ("needs_confirmation", "reading.unusual", 5000)
    answer = await kiosk.ask(unusual.model_copy(update={"confirmed": True}))
    assert (answer.outcome, answer.units) == ("accepted", 5000)
    assert answer.reference
    assert answer.money is not None


@pytest.mark.parametrize("values", [{"T1": -4}, {"T1": 10**9}, {"T1": 10**40}, {"T9": 1}, {}])
async def test_what_is_no_reading_of_the_meter_is_refused_by_name(kiosk: Client, values: dict[str, int]) -> None:
    visit_id = await v.begin(kiosk)
    meter = (await kiosk.ask(c.AccountFind(visit_id=visit_id, number=ONE_ZONE))).account.meters[0]
    told = {"visit_id": visit_id, "account": ONE_ZONE, "meter_id": meter.meter_id, "values": values}
    assert (await refused(kiosk, c.ReadingSubmit(**told)))[0] is ErrorCode.READING_INVALID


# Purchases.


async def test_an_approved_purchase_is_kept_and_posted_once_however_often_it_is_told(kiosk: Client) -> None:
    purchase_id = new_id()
    visit_id = await v.begin(kiosk)
    before = (await kiosk.ask(c.AccountFind(visit_id=visit_id, number=ACCOUNT))).account.debt.minor
    entries = v.journal(purchase_id)
    for part in (entries[:1], entries, entries[1:]):
        told = await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=part))
    assert told.seq == 3
    posted = await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)
    assert posted.reference
    after = (await kiosk.ask(c.AccountFind(visit_id=visit_id, number=ACCOUNT))).account.debt.minor
    assert before - after == 10000
    await kiosk.leave()
    kiosk.seen = None
    await kiosk.again()
    assert posted in kiosk.snapshot.posted


async def test_a_gap_in_the_journal_names_the_entry_that_is_wanted(kiosk: Client) -> None:
    purchase_id = new_id()
    entries = v.journal(purchase_id)
    assert await refused(kiosk, c.PurchaseRecord(purchase_id=purchase_id, entries=entries[1:])) == (
        ErrorCode.JOURNAL_GAP,
        "1",
    )
    await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=entries[:1]))
    assert await refused(kiosk, c.PurchaseRecord(purchase_id=purchase_id, entries=entries[2:])) == (
        ErrorCode.JOURNAL_GAP,
        "2",
    )


async def test_another_kiosks_purchase_and_an_unreadable_entry_are_refused(
    shared: ServerProcess, kiosk: Client
) -> None:
    purchase_id = new_id()
    entries = v.journal(purchase_id)
    await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=entries[:1]))
    other = await shared.kiosk("K-9")
    told = c.PurchaseRecord(purchase_id=purchase_id, entries=entries[1:])
    assert await refused(other, told) == (ErrorCode.ILLEGAL_MOVE, "payment.book_foreign_kiosk")
    in_no_currency = json.loads(json.dumps(entries[0]).replace('"RUB"', '"rub"'))
    for unreadable in ({"seq": 2}, in_no_currency):
        told = c.PurchaseRecord(purchase_id=purchase_id, entries=(unreadable,))
        assert (await refused(kiosk, told))[0] is ErrorCode.MALFORMED


async def test_a_payment_to_an_account_billing_does_not_know_is_kept_and_never_called_posted(
    shared: ServerProcess, kiosk: Client
) -> None:
    purchase_id = new_id()
    told = c.PurchaseRecord(purchase_id=purchase_id, entries=v.journal(purchase_id, "1234567890"))
    assert (await kiosk.ask(told)).seq == 3
    async with asyncio.timeout(10):
        while b"purchase.line_refused" not in shared.errors:
            await asyncio.sleep(0.02)
    assert not [one for one in kiosk.events if getattr(one, "purchase_id", "") == purchase_id]


# The line.


async def test_refusals_of_the_line_have_names(kiosk: Client, operator: Client) -> None:
    visit_id = await v.begin(kiosk)
    assert (await refused(kiosk, c.TicketLeave(ticket_id="none")))[0] is ErrorCode.TICKET_UNKNOWN
    take = c.TicketTake(ticket_id=new_id(), visit_id="none", service="other", language="ru")
    assert (await refused(kiosk, take))[0] is ErrorCode.ILLEGAL_MOVE
    assert (await refused(operator, c.OfferAccept(ticket_id="none")))[0] is ErrorCode.TICKET_UNKNOWN
    ticket = await v.take(kiosk, visit_id)
    assert (await refused(operator, c.OfferAccept(ticket_id=ticket.ticket_id)))[0] is ErrorCode.OFFER_GONE
    assert (await refused(operator, c.WrapUpExtend()))[0] is ErrorCode.ILLEGAL_MOVE
    assert (await refused(operator, c.SessionEnd(session_id="none")))[0] is ErrorCode.SESSION_UNKNOWN
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    assert (await kiosk.event("ticket.changed", lambda one: one.ticket.state == "abandoned")).ticket


async def test_a_refused_offer_goes_to_another_operator_and_the_staff_see_the_line(
    shared: ServerProcess, kiosk: Client, operator: Client
) -> None:
    await v.available(operator)
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id)
    offer = (await operator.event("offer.made")).offer
    await operator.ask(c.OfferRefuse(ticket_id=offer.ticket_id, reason="language"))
    assert (await operator.event("offer.withdrawn")).reason == "refused"
    second = await shared.staff(f"second {new_id()}")
    await v.available(second)
    assert (await second.event("offer.made")).offer.ticket_id == ticket.ticket_id
    rows = [one.row for one in (await second.event("line.changed", lambda one: one.put)).put]
    assert ticket.number in [row.number for row in rows]
    await kiosk.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    assert (await second.event("offer.withdrawn")).reason == "customer_left"
    await second.ask(c.StatusSet(status="offline"))


async def test_kiosks_hear_how_long_the_line_is(shared: ServerProcess, kiosk: Client) -> None:
    other = await shared.kiosk("K-2")
    visit_id = await v.begin(kiosk)
    before = other.snapshot.line.waiting
    ticket = await v.take(kiosk, visit_id)
    assert (await other.event("line.told", lambda one: one.waiting == before + 1)).type == "line.told"
    await kiosk.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    assert (await other.event("line.told", lambda one: one.waiting == before)).type == "line.told"


# The conversation.


async def test_descriptions_go_to_the_other_end_only_and_the_kiosk_offers(
    shared: ServerProcess, kiosk: Client, operator: Client
) -> None:
    _, session = await v.call(kiosk, operator)
    stranger = await shared.staff(f"stranger {new_id()}")
    told = c.SessionDescribe(session_id=session.session_id, description=v.description(operator, "s", "answer"))
    assert (await refused(operator, told))[0] is ErrorCode.ILLEGAL_MOVE  # nothing to answer yet
    assert (await refused(stranger, told))[0] is ErrorCode.SESSION_UNKNOWN
    wrong = c.SessionDescribe(session_id=session.session_id, description=v.description(operator, "s", "offer"))
    assert (await refused(operator, wrong))[0] is ErrorCode.ILLEGAL_MOVE
    await v.live(kiosk, operator, session.session_id)
    await operator.ask(c.SessionEnd(session_id=session.session_id))
    assert (await kiosk.event("session.ended")).reason == "operator"
    assert (await refused(kiosk, c.SessionDescribe(session_id=session.session_id, description=v.description(
        kiosk, session.session_id, "offer"))))[0] is ErrorCode.ILLEGAL_MOVE  # fmt: skip
    assert not [one for one in stranger.events if getattr(one, "type", "").startswith("session.")]
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="not_ours"))


async def test_a_new_offer_makes_the_operator_begin_anew_and_the_other_way_round(
    kiosk: Client, operator: Client
) -> None:
    _, session = await v.call(kiosk, operator)
    session_id = session.session_id
    await v.live(kiosk, operator, session_id)
    made = await v.describe(kiosk, session_id, "offer")
    assert (await operator.event("session.restart")).session.you == "operator"
    assert (await operator.event("session.described")).description == made
    await v.describe(operator, session_id, "answer")
    await kiosk.event("session.described")
    await operator.ask(c.SessionMedia(session_id=session_id, state="connecting"))
    restart = (await kiosk.event("session.restart")).session
    assert (restart.session_id, restart.offerer) == (session_id, True)
    await kiosk.ask(c.SessionEnd(session_id=session_id))
    await operator.event("session.ended")
    await operator.ask(c.WrapUpFinish(session_id=session_id, result="resolved"))


async def test_the_operator_sees_the_journey_and_what_was_done_before_and_may_help_only_by_permission(
    kiosk: Client, operator: Client
) -> None:
    visit_id = await v.begin(kiosk)
    account = (await kiosk.ask(c.AccountFind(visit_id=visit_id, number=ACCOUNT))).account
    await kiosk.ask(c.JourneyReport(view=v.view(visit_id, 1, account=account, typed_account=ACCOUNT)))
    await v.available(operator)
    ticket = await v.take(kiosk, visit_id, account=ACCOUNT)
    await operator.event("offer.made")
    early = await operator.event("journey.changed")
    assert early.session_id == ticket.ticket_id
    assert ACCOUNT not in early.view.model_dump_json()  # not the operator's customer yet
    session = (await operator.ask(c.OfferAccept(ticket_id=ticket.ticket_id))).session
    seen = await operator.event("journey.changed", lambda one: one.session_id == session.session_id)
    assert seen.view.account.account == ACCOUNT
    lines = (await operator.event("timeline.changed")).lines
    assert [line[1] for line in lines] == ["visit.began", "visit.entered_by_card", "visit.talk_chosen"]

    async def intend(intent: Any) -> Any:
        return await operator.ask(c.JourneyIntent(session_id=session.session_id, intent=intent))

    propose = j.Propose(field="reading.T1", value="34290")
    for forbidden in (propose, j.OpenService(service="payment"), j.Pay(), j.Confirm(), j.Permit(granted=True)):
        with pytest.raises(Refused) as no:
            await intend(forbidden)
        assert no.value.code is ErrorCode.NOT_ALLOWED
    await intend(j.AskPermission())
    assert (await kiosk.event("journey.intent_came")).intent == j.AskPermission()
    await kiosk.ask(c.JourneyReport(view=v.view(visit_id, 2, account=account, permission="granted")))
    await operator.event("journey.changed", lambda one: one.view.permission == "granted")
    await intend(propose)
    came = await kiosk.event("journey.intent_came")
    assert (came.intent, came.visit_id) == (propose, visit_id)
    with pytest.raises(Refused):
        await intend(j.DecideProposal(accepted=True))

    card = (await operator.ask(c.CustomerShow(session_id=session.session_id))).card
    assert card.holder_name == "Петрова Ирина Сергеевна"
    assert len(card.monthly_units) >= 12
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    assert (await operator.event("session.ended")).reason == "visit_ended"
    again = (await operator.ask(c.CustomerShow(session_id=session.session_id))).card  # until the paper work is done
    assert again.holder_name == card.holder_name
    note = await refused(operator, c.WrapUpFinish(session_id=session.session_id, result="call_back"))
    assert note == (ErrorCode.ILLEGAL_MOVE, "result.note_missing")
    await operator.ask(c.WrapUpExtend())
    await operator.ask(c.NoteSave(session_id=session.session_id, text="call back on Monday"))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="call_back"))
    shown = await refused(operator, c.CustomerShow(session_id=session.session_id))
    assert shown[0] is ErrorCode.NOT_ALLOWED, "who has written a conversation up has no right to the person any more"


async def test_a_kiosk_holds_no_more_places_and_visits_than_people_need(kiosk: Client) -> None:
    first = await v.begin(kiosk)
    tickets = [await v.take(kiosk, first) for _ in range(10)]
    take = c.TicketTake(ticket_id=new_id(), visit_id=first, service="other", language="ru")
    assert (await refused(kiosk, take))[0] is ErrorCode.ILLEGAL_MOVE
    await kiosk.ask(c.TicketLeave(ticket_id=tickets[0].ticket_id))
    await kiosk.ask(take)
    later = [await v.begin(kiosk) for _ in range(4)]
    gone = c.TicketTake(ticket_id=new_id(), visit_id=first, service="other", language="ru")
    assert (await refused(kiosk, gone))[0] is ErrorCode.ILLEGAL_MOVE, "the oldest visit was ended"
    assert (await v.take(kiosk, later[0])).number
    for visit_id in later:
        await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))


async def test_an_older_report_of_the_journey_changes_nothing(kiosk: Client, operator: Client) -> None:
    visit_id, session = await v.call(kiosk, operator)
    await kiosk.ask(c.JourneyReport(view=v.view(visit_id, 5, step=j.Step.CALL)))
    await kiosk.ask(c.JourneyReport(view=v.view(visit_id, 4, step=j.Step.MENU)))
    await kiosk.ask(c.JourneyReport(view=v.view(visit_id, 6, step=j.Step.CALL)))
    numbers = [(await operator.event("journey.changed")).view.number for _ in range(2)]
    assert numbers == [5, 6]
    await kiosk.ask(c.SessionEnd(session_id=session.session_id))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))


async def test_a_supervisor_who_watches_sees_the_floor(shared: ServerProcess, kiosk: Client, operator: Client) -> None:
    supervisor = await shared.staff(f"supervisor {new_id()}", Role.SUPERVISOR)
    await supervisor.ask(c.FloorWatch(on=True))
    _, session = await v.call(kiosk, operator)
    floor = await supervisor.event(
        "floor.changed", lambda one: session.session_id in [row.session_id for row in one.sessions]
    )
    row = next(row for row in floor.sessions if row.session_id == session.session_id)
    assert (row.place, row.media, row.operator_id) == ("Miass", "opening", operator.identity)
    assert operator.identity in [one.operator_id for one in floor.operators if one.status == "busy"]
    await v.live(kiosk, operator, session.session_id)
    await supervisor.event("floor.changed", lambda one: [r for r in one.sessions if r.media == "live"])
    await kiosk.ask(c.SessionEnd(session_id=session.session_id))
    await supervisor.event("floor.changed", lambda one: not one.sessions)
    await supervisor.ask(c.FloorWatch(on=False))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))


async def test_a_renewed_token_opens_the_door_too(operator: Client) -> None:
    told = await operator.ask(c.TokenRenew())
    assert told.token != operator.token
    operator.token = told.token
    await operator.leave()
    assert (await operator.again()).name


async def test_metrics_and_health_are_served(shared: ServerProcess, kiosk: Client) -> None:
    await v.begin(kiosk)
    status, health = await shared.get("/healthz")
    assert (status, health["ok"], health["versions"]) == (200, True, [1])
    status, text = await shared.get("/metrics")
    assert status == 200
    told = text.decode()
    assert 'infomat_commands_total{outcome="done",type="visit.begin"}' in told
    assert 'infomat_connections{role="kiosk"}' in told
    for name in ("queue_waiting", "offers", "sessions_live", "postings_open", "log_commit_seconds_count"):
        assert f"infomat_{name}" in told


async def test_a_kiosk_tells_how_its_parts_are_and_an_older_one_less(shared: ServerProcess, kiosk: Client) -> None:
    older = c.HealthReport(terminal="busy", card_reader="unknown", frames_seen=1, software="infomat 0.0.9")
    await kiosk.ask(older)
    text = (await shared.get("/metrics"))[1].decode()
    line = f'infomat_kiosk_part_ok{{kiosk="{kiosk.identity}"'
    parts = [one for one in text.splitlines() if one.startswith(line)]
    assert len(parts) == 1, "what was not tried is not told"
    assert parts[0].endswith('part="terminal"} 1.0')
    await kiosk.ask(older.model_copy(update={"camera": "out", "engine": "ok", "printer": "low"}))
    text = (await shared.get("/metrics"))[1].decode()
    told = {one.split('part="')[1] for one in text.splitlines() if one.startswith(line)}
    assert told == {'terminal"} 1.0', 'camera"} 0.0', 'engine"} 1.0', 'printer"} 1.0'}
    low = f'infomat_kiosk_paper_low{{kiosk="{kiosk.identity}"'
    assert [one.split()[-1] for one in text.splitlines() if one.startswith(low)] == ["1.0"]


async def test_nothing_personal_is_in_the_log_of_events_or_the_log_of_the_process(shared: ServerProcess) -> None:
    engine = open_database(shared.config.url)
    bodies = "\n".join(entry.body for entry in SqlEventLog(engine).read_all())
    engine.dispose()
    for personal in (ACCOUNT, ONE_ZONE, "Петрова", "call back on Monday"):
        assert personal not in bodies
        assert personal not in shared.errors.decode()
