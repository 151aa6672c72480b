"""Rules for tests: desks of the gallery with names, addresses and notes as long as the wire takes them."""

from __future__ import annotations

from dataclasses import replace

from operator_console.desk import Conversation, Desk

NAME = "Константинопольская-Задунайская Александра-Виктория Аполлинариевна Мамед-заде"
ADDRESS = (
    "Челябинская область, Кизильский муниципальный район, посёлок городского типа Верхнекизильский-Новостроевский, "
    "улица Сорокалетия Великой Победы, дом 114, корпус 3, помещение 17"
)
WORD = "Рентгеноэлектрокардиографическогозаводоуправления" * 3
#: One of each kind of view.
LONG_STATES = frozenset(
    {"menu_in_call", "idle", "offer", "offer_why", "call", "call_hold", "wrap_up", "payments", "payments_second"}
    | {"payments_difference_done", "floor", "floor_move", "floor_weigh", "call_back", "call_transfer"}
)


def lengthened(desk: Desk) -> Desk:
    """The same moment with everything of somebody's making made long."""
    if desk.operator is not None:
        desk = replace(desk, operator=desk.operator.model_copy(update={"name": NAME}))
    if desk.offer is not None:
        desk = replace(desk, offer=desk.offer.model_copy(update={"place": ADDRESS[:120]}))
    if desk.floor is not None:
        rows = {
            "sessions": {"place": ADDRESS[:120], "operator_name": NAME},
            "operators": {"name": NAME},
            "queue": {"place": ADDRESS[:120]},
            "centres": {"centre": ADDRESS[:120]},
        }
        told = {
            name: tuple(one.model_copy(update=more) for one in getattr(desk.floor, name)) for name, more in rows.items()
        }
        desk = replace(desk, floor=desk.floor.model_copy(update=told))
    if desk.conversation is not None:
        desk = replace(desk, conversation=_conversation(desk.conversation))
    return _payments(replace(desk, line=tuple(one.model_copy(update={"place": ADDRESS[:120]}) for one in desk.line)))


def _conversation(told: Conversation) -> Conversation:
    told = replace(told, session=told.session.model_copy(update={"place": ADDRESS[:120]}))
    told = replace(told, colleagues=tuple(one.model_copy(update={"name": NAME}) for one in told.colleagues))
    if told.card is not None:
        card = {"holder_name": NAME, "address": ADDRESS, "tariff": f"{NAME} {WORD[:60]}"}
        told = replace(told, card=told.card.model_copy(update=card))
    if told.call_back is not None:
        told = replace(told, call_back=told.call_back.model_copy(update={"name": NAME}))
    return told


def _payments(desk: Desk) -> Desk:
    told, cards = desk.payments, []
    for listed in (told.tasks, told.found):
        cards.append(
            tuple(
                one.model_copy(
                    update={
                        "place": ADDRESS[:120],
                        "kiosk_name": NAME[:60],
                        "lines": tuple(line.model_copy(update={"supplier_name": NAME}) for line in one.lines),
                        "refunds": tuple(
                            back.model_copy(update={"reason": WORD[:150], "asked_by": NAME}) for back in one.refunds
                        ),
                    }
                )
                for one in listed
            )
        )
    differences = tuple(one.model_copy(update={"note": f"{WORD}{ADDRESS}"[:200]}) for one in told.differences)
    return replace(desk, payments=replace(told, tasks=cards[0], found=cards[1], differences=differences))
