"""What the command line does to the staff and the kiosks of a running server, and what everybody then sees."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from ground.ids import new_id
from ground.signing import SigningKey
from office.errors import OfficeError
from office.roster import SignOut
from signaling.protocol import commands as c
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode
from signaling.protocol.values import Role
from signaling.server import kiosk_changes, staff_changes
from signaling.server.staff_changes import Wanted
from tests.signaling import visit as v
from tests.signaling.client import PASSWORD, Client, Refused, ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

T = TypeVar("T")
AT_ONCE, AFTER = SignOut.AT_ONCE, SignOut.AFTER_TALK
NEW_PASSWORD = "another horse, another battery"


async def done(what: Callable[..., T], server: ServerProcess, *args: Any) -> T:
    return await asyncio.to_thread(what, server.config, *args)


async def refused(client: Client, command: Any) -> ErrorCode:
    with pytest.raises(Refused) as told:
        await client.ask(command)
    return told.value.code


async def sign_in(server: ServerProcess, name: str, password: str = PASSWORD) -> int:
    body = {"name": name, "password": password, "public_key": SigningKey().public}
    return (await server.post("/api/sign-in", body))[0]


async def in_a_talk(server: ServerProcess) -> tuple[str, Client, Client, str, str]:
    """(sign-in name, operator, kiosk, session, ticket) in a conversation."""
    name = f"op {new_id()}"
    kiosk, operator = await server.kiosk(f"K {new_id()}", f"Place {new_id()}"), await server.staff(name)
    visit_id = await v.begin(kiosk)
    await v.available(operator)
    ticket = await v.take(kiosk, visit_id)
    await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket.ticket_id)
    session = (await operator.ask(c.OfferAccept(ticket_id=ticket.ticket_id))).session
    return name, operator, kiosk, session.session_id, ticket.ticket_id


def log_of(server: ServerProcess, kind: str) -> list[dict[str, str]]:
    with sqlite3.connect(f"file:{server.folder}/infomat.db?mode=ro", uri=True) as database:
        rows = database.execute("SELECT body FROM event_log WHERE kind = ? ORDER BY number", (kind,)).fetchall()
    return [json.loads(body) for (body,) in rows]


async def test_who_is_locked_is_out_at_once_and_stays_out_until_unlocked(shared: ServerProcess) -> None:
    name = f"op {new_id()}"
    operator = await shared.staff(name)
    await v.available(operator)
    assert await done(staff_changes.lock_staff, shared, name, AFTER) is None
    assert (await operator.parted()).code is ErrorCode.TOKEN_EXPIRED
    with pytest.raises(Refused) as told:
        await operator.again()
    assert told.value.code is ErrorCode.TOKEN_EXPIRED
    assert await sign_in(shared, name) == 401
    assert await done(staff_changes.lock_staff, shared, name, AFTER) is not None  # so it is, and since then
    assert await done(staff_changes.unlock_staff, shared, name) is True
    assert await done(staff_changes.unlock_staff, shared, name) is False
    with pytest.raises(Refused):
        await operator.again()  # what was begun before holds no more
    assert (await shared.sign_in(name)).snapshot.operator.status == "break"
    acts = [one for one in log_of(shared, "staff.locked") if one["staff"] == operator.identity]
    assert len(acts) == 1
    assert acts[0]["by"].startswith("uid:")


async def test_who_left_cannot_renew_a_token(shared: ServerProcess) -> None:
    operator = await shared.staff(f"op {new_id()}")
    await done(staff_changes.remove_staff, shared, operator.identity, AFTER)
    try:
        assert await refused(operator, c.TokenRenew()) in (ErrorCode.TOKEN_EXPIRED, ErrorCode.NOT_ALLOWED)
    except asyncio.CancelledError:
        assert operator.goodbye is not None  # the server was faster
    await operator.parted()


async def test_who_is_locked_in_a_conversation_finishes_it_and_nothing_else(shared: ServerProcess) -> None:
    name, operator, kiosk, session_id, ticket_id = await in_a_talk(shared)
    await done(staff_changes.lock_staff, shared, name, AFTER)
    told = await operator.event("operator.changed", lambda one: one.operator.next_status == "offline")
    assert told.operator.status == "busy"
    for command in (c.StatusSet(status="available"), c.OfferAccept(ticket_id=ticket_id)):
        assert await refused(operator, command) is ErrorCode.NOT_ALLOWED
    operator.token = (await operator.ask(c.TokenRenew())).token  # a long conversation is not cut off by it
    await operator.ask(c.NoteSave(session_id=session_id, text="explained"))
    await operator.leave()
    await operator.again()  # a link that breaks meanwhile comes back
    await operator.ask(c.SessionEnd(session_id=session_id))
    assert (await kiosk.event("session.ended")).reason == "operator"
    await operator.ask(c.WrapUpFinish(session_id=session_id, result="resolved"))
    assert (await operator.parted()).code is ErrorCode.TOKEN_EXPIRED
    with pytest.raises(Refused):
        await operator.again()


async def test_locked_at_once_the_customer_is_back_in_the_line_and_served_by_somebody_else(
    shared: ServerProcess,
) -> None:
    name, operator, kiosk, _, ticket_id = await in_a_talk(shared)
    await done(staff_changes.lock_staff, shared, name, AFTER)
    await done(staff_changes.lock_staff, shared, name, AT_ONCE)  # thought better of
    assert (await operator.parted()).code is ErrorCode.TOKEN_EXPIRED
    assert (await kiosk.event("session.ended")).reason == "server"
    other = await shared.staff(f"op {new_id()}")
    await v.available(other)
    await other.event("offer.made", lambda one: one.offer.ticket_id == ticket_id)
    await other.ask(c.OfferAccept(ticket_id=ticket_id))


async def test_another_password_ends_what_the_old_one_began(shared: ServerProcess) -> None:
    name = f"op {new_id()}"
    operator = await shared.staff(name)
    await done(staff_changes.set_password, shared, name, NEW_PASSWORD, AFTER)
    assert (await operator.parted()).code is ErrorCode.TOKEN_EXPIRED
    assert [await sign_in(shared, name), await sign_in(shared, name, NEW_PASSWORD)] == [401, 200]
    with pytest.raises(OfficeError, match="8"):
        await done(staff_changes.set_password, shared, name, "short", AFTER)


async def test_a_lost_console_is_signed_out_and_its_owner_signs_in_at_another(shared: ServerProcess) -> None:
    name = f"op {new_id()}"
    lost = await shared.staff(name)
    await done(staff_changes.sign_staff_out, shared, name, AT_ONCE)
    assert (await lost.parted()).code is ErrorCode.TOKEN_EXPIRED
    found = await shared.sign_in(name)
    with pytest.raises(Refused):
        await lost.again()
    await found.ask(c.StatusSet(status="break", reason="lunch"))


async def test_who_leaves_is_forgotten_by_name_and_kept_by_id(shared: ServerProcess) -> None:
    name, operator, _, session_id, _ = await in_a_talk(shared)
    await operator.ask(c.SessionEnd(session_id=session_id))
    assert await done(staff_changes.remove_staff, shared, name, AFTER) is True
    await operator.ask(c.WrapUpFinish(session_id=session_id, result="resolved"))
    await operator.parted()
    assert await done(staff_changes.remove_staff, shared, operator.identity, AFTER) is False
    with pytest.raises(OfficeError, match="nobody of the staff"):
        await done(staff_changes.remove_staff, shared, name, AFTER)
    await shared.staff(name)  # the name is free again, for somebody else
    left = [row for row in staff_changes.everybody(shared.config, left=True) if row.id == operator.identity]
    assert [(row.display_name, row.password_hash, name in row.name) for row in left] == [("", "", False)]
    with sqlite3.connect(f"file:{shared.folder}/infomat.db?mode=ro", uri=True) as database:
        served = database.execute("SELECT result FROM sessions WHERE operator_id = ?", (operator.identity,)).fetchall()
    assert served == [("resolved",)]


async def test_skills_reach_who_is_free_at_once_and_the_line_follows(shared: ServerProcess) -> None:
    name = f"op {new_id()}"
    operator = await shared.staff(name, skills=("contract",))
    await v.available(operator)
    kiosk = await shared.kiosk(f"K {new_id()}", f"Place {new_id()}")
    ticket = await v.take(kiosk, await v.begin(kiosk))  # of the service payment
    wanted = Wanted(display_name="Ольга", skills=("payment",))
    assert await done(staff_changes.change_staff, shared, name, wanted) == ("display_name", "skills")
    assert await done(staff_changes.change_staff, shared, name, wanted) == ()
    await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket.ticket_id)
    session = (await operator.ask(c.OfferAccept(ticket_id=ticket.ticket_id))).session
    assert (await kiosk.event("session.started")).session.peer.name == "Ольга"
    await operator.ask(c.SessionEnd(session_id=session.session_id))
    await operator.leave()
    changed = [one for one in log_of(shared, "staff.changed") if one["staff"] == operator.identity]
    assert [(one["what"], one["skills"]) for one in changed] == [("display_name,skills", "payment")]
    assert "Ольга" not in json.dumps(changed, ensure_ascii=False)


async def test_another_role_needs_another_sign_in(shared: ServerProcess) -> None:
    name = f"op {new_id()}"
    operator = await shared.staff(name)
    await done(staff_changes.change_staff, shared, name, Wanted(role="supervisor"))
    assert (await operator.parted()).code is ErrorCode.TOKEN_EXPIRED
    supervisor = await shared.sign_in(name, Role.SUPERVISOR)
    await supervisor.ask(c.FloorWatch(on=True))


async def test_the_last_administrator_stays(shared: ServerProcess) -> None:
    await shared.staff("root", Role.ADMINISTRATOR)
    for act, args in (
        (staff_changes.lock_staff, (AFTER,)),
        (staff_changes.remove_staff, (AFTER,)),
        (staff_changes.change_staff, (Wanted(role="operator"),)),
    ):
        with pytest.raises(OfficeError, match="only administrator"):
            await done(act, shared, "root", *args)  # type: ignore[arg-type]
    await shared.staff("second", Role.ADMINISTRATOR)
    await done(staff_changes.lock_staff, shared, "root", AFTER)
    with pytest.raises(OfficeError, match="second is the only"):
        await done(staff_changes.lock_staff, shared, "second", AFTER)


async def test_a_kiosk_that_is_shut_out_is_out_at_once_with_whoever_is_there(shared: ServerProcess) -> None:
    _, operator, kiosk, _, _ = await in_a_talk(shared)
    name = (await kiosk.again()).name
    again = (await done(kiosk_changes.code_to_enrol_again, shared, name))[1]
    assert await done(kiosk_changes.revoke_kiosk, shared, name) is True
    assert (await kiosk.parted()).code is ErrorCode.NOT_SIGNED_IN
    assert (await operator.event("session.ended")).reason == "visit_ended"
    with pytest.raises(Refused) as told:
        await kiosk.again()
    assert told.value.code is ErrorCode.NOT_SIGNED_IN
    status, _ = await shared.post("/api/enrol", {"code": again, "public_key": SigningKey().public})
    assert status == 403  # a code of before is none
    assert await done(kiosk_changes.revoke_kiosk, shared, kiosk.identity) is False
    with pytest.raises(kiosk_changes.NoSuchKiosk, match="no kiosk is called"):
        await done(kiosk_changes.revoke_kiosk, shared, name)
    assert [row.id for row in kiosk_changes.kiosks(shared.config, revoked=True)] == [kiosk.identity]


async def test_another_machine_takes_the_place_of_a_kiosk(shared: ServerProcess) -> None:
    name = f"K {new_id()}"
    kiosk = await shared.kiosk(name, "Miass")
    door = (await kiosk.event("door.told") if kiosk.snapshot is None else kiosk.snapshot.door).path
    told_name, code = await done(kiosk_changes.code_to_enrol_again, shared, name)
    assert told_name == name
    key = SigningKey()
    status, told = await shared.post("/api/enrol", {"code": code, "public_key": key.public})
    assert (status, told["identity"], told["name"]) == (200, kiosk.identity, name)
    assert (await kiosk.parted()).code is ErrorCode.NOT_SIGNED_IN
    with pytest.raises(Refused):
        await kiosk.again()
    new = Client(shared, Role.KIOSK, kiosk.identity, key=key)
    await new.link()
    assert new.snapshot.door.path == door


async def test_a_kiosk_has_another_name_and_place_while_it_is_linked(shared: ServerProcess) -> None:
    name, other, place = f"K {new_id()}", f"K {new_id()}", f"Place {new_id()}"
    kiosk, boss = await shared.kiosk(name, "Miass"), await shared.staff(f"boss {new_id()}", Role.SUPERVISOR)
    await shared.kiosk(other, "Miass")
    await boss.ask(c.FloorWatch(on=True))
    with pytest.raises(kiosk_changes.KioskRefused, match="is there"):
        await done(kiosk_changes.rename_kiosk, shared, name, other)
    with pytest.raises(kiosk_changes.KioskRefused, match="enrol-again"):
        await done(kiosk_changes.new_kiosk_code, shared, name, "Miass")
    assert await done(kiosk_changes.move_kiosk, shared, name, place) is True
    assert await done(kiosk_changes.move_kiosk, shared, name, place) is False
    await boss.event("floor.changed", lambda one: place in [row.centre for row in one.centres])
    await boss.ask(q.CentreWeigh(centre=place, percent=150, reason="crowd"))
    assert await done(kiosk_changes.rename_kiosk, shared, name, f"{name} b") is True
    assert (await kiosk.again()).name == f"{name} b"
