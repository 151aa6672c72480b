"""Rules: made-up moments of the line and of call-backs for the gallery. Numbers and places are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from operator_console.desk_state import Conversation, Desk
from operator_console.notices import Notice
from operator_console.queue_steps import Sought, Supervision
from signaling.protocol.queueing import CallBackCard, CentreRow, Colleague, QueueRow
from signaling.protocol.values import LineRow, OfferView, OperatorStatus, OperatorView, Peer, Role
from signaling.protocol.waiting_line import LINE_SHOWN, FoundRow, LineCounts

_MIASS, _TROITSK = "Миасс, ул. 8 Марта, 14, отделение банка", "Троицк, ул. Гагарина, 2"
_COLLEAGUES = (
    Colleague(operator_id="op-2", name="Jānis Bērziņš", free=True),
    Colleague(operator_id="op-3", name="Марат Ахметов", free=False),
    Colleague(operator_id="op-4", name="Светлана Константинопольская", free=False),
)
_ROWS = (
    ("П-027", "readings", _MIASS, "video", "walk_in", "waiting", 412, None, True),
    ("О-114", "payment", "Челябинск, МФЦ", "video", "special_need", "waiting", 130, None, False),
    ("Д-031", "contract", _TROITSK, "video", "booked", "waiting", 104, None, False),
    ("О-115", "payment", "", "phone", "repeat_callback", "waiting", 95, None, False),
    ("Р-028", "other", "Rīga, Brīvības iela 39", "video", "walk_in", "waiting", 31, None, False),
    ("П-026", "readings", "Челябинск, МФЦ", "video", "walk_in", "offered", 470, 13, False),
    ("О-110", "payment", "", "phone", "walk_in", "callback", 2_700, 1_500, False),
    ("Д-029", "contract", _MIASS, "video", "walk_in", "parked", 1_260, 900, False),
    ("Р-024", "other", _TROITSK, "video", "walk_in", "recallable", 840, 600, False),
    ("П-030", "readings", "Rīga, Brīvības iela 39", "video", "walk_in", "at_door", 66, None, False),
)


def call_back_states(idle: Desk, talking: Desk) -> dict[str, Desk]:
    """A call-back offered, dialled for the first and the last time, answered; and the news that nobody answered."""
    assert talking.conversation is not None
    session = talking.conversation.session.model_copy(
        update={"channel": "phone", "place": "", "visit_id": None, "ticket_number": "О-110",
                "peer": Peer(role="kiosk", name="", public_key="")}
    )  # fmt: skip
    asked = idle.now - timedelta(minutes=41)
    card = CallBackCard(
        phone="+79000000017", name="Ирина Петрова", asked_at=asked, source="site", tries=0, tries_most=3, again_s=900
    )
    call = Conversation(session=session, topic="payment", media="closed", fresh=False, call_back=card)
    dialling = replace(talking, conversation=call, devices_on=False)
    last = card.model_copy(update={"phone": "+37120000001", "name": "", "source": "kiosk", "tries": 2})
    answered = card.model_copy(update={"phone": ""})
    offer = OfferView(
        ticket_id="t-0", number="О-110", service="payment", topic="payment", language="lv", place="", waited_s=2_460,
        deadline=idle.now + timedelta(seconds=13), channel="phone", tries=1,
    )  # fmt: skip
    again = (("number", "О-110"), ("time", (idle.now + timedelta(minutes=15)).isoformat()))
    passed = replace(talking.conversation, ended="server", ended_at=idle.now, media="closed", passed="parked")
    return {
        "call_back_offer": replace(idle, offer=offer, offered_at=idle.now - timedelta(seconds=7), notice=None),
        "call_back": dialling,
        "call_back_last": replace(dialling, conversation=replace(call, call_back=last)),
        "call_back_answered": replace(dialling, conversation=replace(call, call_back=answered, reached=True)),
        "call_back_hidden": replace(dialling, conversation=replace(call, call_back=None)),
        "call_back_again": replace(idle, notice=Notice("info", "call_back.again", again)),
        "call_papers": talking,
        "call_transfer": replace(talking, conversation=replace(talking.conversation, colleagues=_COLLEAGUES)),
        "wrap_up_passed": replace(talking, conversation=passed, operator=_writing(talking)),
    }


def _writing(desk: Desk) -> OperatorView:
    assert desk.operator is not None
    told = {"status": OperatorStatus.WRAP_UP, "deadline": desk.now + timedelta(seconds=33), "next_status": None}
    return desk.operator.model_copy(update={**told, "since": desk.now - timedelta(seconds=12)})


def line_states(desk: Desk, line: tuple[LineRow, ...]) -> dict[str, Desk]:
    """The worst day at a desk: thousands wait, and who asks where they are is found by number, or is not."""
    counts = LineCounts(
        total=5613,
        since=desk.now - timedelta(seconds=9000),
        services={"payment": 3104, "other": 1420, "readings": 873, "contract": 216},
    )
    rows = tuple(
        line[place % 4].model_copy(
            update={
                "ticket_id": f"many-{place}",
                "number": f"П-{place + 104}",
                "taken_at": desk.now - timedelta(seconds=9000 - 61 * place),
            }
        )
        for place in range(LINE_SHOWN)
    )
    many = replace(desk, line=rows, counts=counts)
    waits = QueueRow(
        ticket_id="found-1", number="П-3027", service="payment", place=_MIASS, channel="video", priority="walk_in",
        state="waiting", arrived_at=desk.now - timedelta(minutes=41),
    )  # fmt: skip
    later = waits.model_copy(
        update={
            "ticket_id": "found-2", "number": "О-3027", "service": "other", "place": "", "channel": "phone",
            "state": "callback", "due_at": desk.now + timedelta(minutes=90),
        }
    )  # fmt: skip
    found = (FoundRow(place=2911, row=waits), FoundRow(place=None, row=later))
    return {
        "line_many": many,
        "line_found": replace(many, sought=Sought("3027", found, desk.now)),
        "line_not_found": replace(many, sought=Sought("Ж-9999", (), desk.now)),
    }


def queue_states(desk: Desk) -> dict[str, Desk]:
    """The supervisor's line: nothing chosen, one who waits, one who does not, a centre; and for who may only look."""
    assert desk.floor is not None
    rows = tuple(
        QueueRow(
            ticket_id=f"q-{place}",
            number=number,
            service=service,
            place=where,
            channel=channel,
            priority=kind,
            state=state,
            arrived_at=desk.now - timedelta(seconds=age),
            due_at=None if left is None else desk.now + timedelta(seconds=left),
            moved=moved,
            nobody=state == "waiting" and channel == "phone",
        )
        for place, (number, service, where, channel, kind, state, age, left, moved) in enumerate(_ROWS)
    )
    centres = (
        CentreRow(centre=_MIASS, percent=150, waiting=1, longest_wait_s=412),
        CentreRow(centre="Rīga, Brīvības iela 39", percent=100, waiting=1, longest_wait_s=31),
        CentreRow(centre=_TROITSK, percent=100, waiting=1, longest_wait_s=104),
        CentreRow(centre="Челябинск, МФЦ", percent=75, waiting=1, longest_wait_s=130),
    )
    told = replace(desk, floor=desk.floor.model_copy(update={"queue": rows, "centres": centres}))
    far = rows[2].model_copy(update={"ticket_id": "q-far", "number": "П-031", "service": "payment", "place": _TROITSK})
    return {
        "floor_queue": told,
        "floor_found": replace(
            told,
            sought=Sought("031", (FoundRow(place=512, row=far), FoundRow(place=3, row=rows[2])), desk.now),
            supervision=Supervision(ticket_id=far.ticket_id),
        ),
        "floor_move": replace(told, supervision=Supervision(ticket_id="q-2")),
        "floor_move_called": replace(told, supervision=Supervision(ticket_id="q-5")),
        "floor_weigh": replace(told, supervision=Supervision(centre=_MIASS)),
        "floor_look": replace(told, role=Role.ADMINISTRATOR),
        "floor_empty": desk,
    }
