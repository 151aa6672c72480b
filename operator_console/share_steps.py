"""Rules: a page of a document in place of the operator's picture: shown, turned, and taken back by one touch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from media import messages as media
from operator_console import happenings as h
from operator_console.notices import Notice
from operator_console.share_acts import ShowedPage, ShownPage, StoppedShowing
from signaling.protocol import commands
from signaling.protocol.values import PageShape

if TYPE_CHECKING:
    from operator_console.desk_state import Conversation, Desk, Stepped


def showed_page(desk: Desk, act: ShowedPage) -> Stepped:
    """The engine sends the page; the kiosk hears what shape it has, and makes room."""
    assert desk.conversation is not None
    current = replace(desk.conversation, shown=act.page)
    return replace(desk, conversation=current), (h.TellMedia(_share(act.page)), _told(current))


def stopped_showing(desk: Desk, act: StoppedShowing) -> Stepped:
    """The operator's picture again; the kiosk hears of it even over a broken link."""
    assert desk.conversation is not None
    current = replace(desk.conversation, shown=None)
    return replace(desk, conversation=current), (*taken_back(desk.conversation), _told(current))


def not_readable(desk: Desk) -> Stepped:
    """The engine could not read it, and is back at the camera."""
    current = desk.conversation
    if current is None or current.shown is None:
        return desk, ()
    desk, effects = stopped_showing(desk, StoppedShowing())
    return replace(desk, notice=Notice("warning", "notice.not_shown")), effects


def told_again(current: Conversation) -> tuple[h.Effect, ...]:
    """After a gap: the server may have begun anew, or believe in a page that an earlier run of ours has shown."""
    if current.ended or current.by_phone:
        return ()
    return (_told(current),) if current.shown is not None or current.session.page is not None else ()


def begun_again(current: Conversation) -> tuple[h.Effect, ...]:
    """For an engine in place of a dead one."""
    return (h.TellMedia(_share(current.shown)),) if current.shown is not None else ()


def taken_back(current: Conversation) -> tuple[h.Effect, ...]:
    """What the engine is told when a page goes: also at the end of the call, or the next customer would see it."""
    return (h.TellMedia(media.Share(what=None)),) if current.shown is not None else ()


def _share(page: ShownPage) -> media.Share:
    return media.Share(what=media.DeviceChoice(kind="page", path=page.path))


def _told(current: Conversation) -> h.Effect:
    page = current.shown
    shape = PageShape(width=page.width, height=page.height) if page is not None else None
    return h.Send(commands.SessionShow(session_id=current.session.session_id, page=shape), must_arrive=shape is None)
