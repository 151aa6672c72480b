"""Rules: what the media engine tells, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from media import messages as media
from operator_console import hold_steps, share_steps
from operator_console.desk_state import Conversation, Desk, Stepped
from operator_console.happenings import Effect, OpenDevices, Send, SignAndDescribe, TellMedia
from operator_console.notices import Notice
from operator_console.server_steps import joining
from signaling.protocol import commands

#: How often the figures of a live call go to the server.
FIGURES_EVERY = timedelta(seconds=5)
_TOLD = {"connecting": "connecting", "live": "live", "reconnecting": "reconnecting", "lost": "lost", "refused": "lost"}


def media_said(desk: Desk, event: media.Event) -> Stepped:
    """One event of the engine."""
    if isinstance(event, media.LocalDescription):
        return desk, (SignAndDescribe(event),) if _ours(desk, event.session_id) else ()
    if isinstance(event, media.State):
        return _state(desk, event)
    if isinstance(event, media.Quality):
        return _quality(desk, event)
    if isinstance(event, media.FirstSound):
        current = desk.conversation
        if current is None or not _ours(desk, event.session_id):
            return desk, ()
        return replace(desk, conversation=replace(current, heard=True)), ()
    if isinstance(event, media.DeviceLost):
        lost = desk.media_lost | {event.kind}
        return replace(desk, media_lost=lost, notice=Notice("warning", f"notice.device_lost.{event.kind}")), ()
    if isinstance(event, media.DeviceBack):
        return _replaced(desk, event.kind) if event.instead else _back(desk, event.kind), ()
    if isinstance(event, media.Problem) and event.code == "media.share":
        return share_steps.not_readable(desk)
    if isinstance(event, media.EngineDied):
        return _died(desk)
    if isinstance(event, media.Ready):
        return _ready(desk)
    return desk, ()


def _back(desk: Desk, kind: media.DeviceKind) -> Desk:
    """In a call the operator is told that they are seen or heard again; otherwise the old news just goes."""
    desk = replace(desk, media_lost=desk.media_lost - {kind})
    current = desk.conversation
    if current is not None and current.ended is None:
        return replace(desk, notice=Notice("info", f"notice.device_back.{kind}"))
    lost = desk.notice is not None and desk.notice.phrase == f"notice.device_lost.{kind}"
    return replace(desk, notice=None) if lost else desk


def _replaced(desk: Desk, kind: media.DeviceKind) -> Desk:
    """The chosen one stays marked as not there; the conversation goes on by the computer's own."""
    return replace(desk, notice=Notice("info", f"notice.device_instead.{kind}"))


def _ours(desk: Desk, session_id: str) -> bool:
    current = desk.conversation
    return current is not None and current.ended is None and current.session.session_id == session_id


def _state(desk: Desk, event: media.State) -> Stepped:
    current = desk.conversation
    if current is None or not _ours(desk, event.session_id):
        return desk, ()
    if event.state == "reconnecting" and current.media != "reconnecting":
        current = replace(current, tally=current.tally.broken())
    current = replace(current, media=event.state)
    effects = told(current, {})
    if event.state == "refused":
        desk = replace(desk, notice=Notice("danger", "notice.media_refused"))
    return replace(desk, conversation=replace(current, fresh=False)), effects


def told(current: Conversation, figures: dict[str, float]) -> tuple[Effect, ...]:
    """What the server is told of our media. ``connecting`` means to it that our media began anew.

    ``figures`` are of the whole call so far: the server keeps the last.
    """
    state = "reconnecting" if current.media == "connecting" and not current.fresh else current.media
    if state not in _TOLD:
        return ()
    command = commands.SessionMedia.model_validate(
        {"session_id": current.session.session_id, "state": _TOLD[state], "figures": figures}
    )
    return (Send(command),)


def _quality(desk: Desk, event: media.Quality) -> Stepped:
    current = desk.conversation
    if current is None or not _ours(desk, event.session_id):
        return desk, ()
    due = current.figures_due is None or desk.now >= current.figures_due
    due_next = desk.now + FIGURES_EVERY if due else current.figures_due
    current = replace(current, quality=event, tally=current.tally.after(event), figures_due=due_next)
    desk = replace(desk, conversation=current)
    if not due or not desk.online:
        return desk, ()
    return desk, told(current, current.tally.figures())


def _died(desk: Desk) -> Stepped:
    """The window is well and the engine is started anew; the session goes on without picture for a moment."""
    desk = replace(desk, engine_died=True)
    current = desk.conversation
    if current is None or current.ended:
        return desk, ()
    if current.by_phone:
        return desk, ()
    current = replace(current, media="reconnecting", quality=None)
    return replace(desk, conversation=replace(current, fresh=True)), told(current, {})


def _ready(desk: Desk) -> Stepped:
    """A new engine in place of a dead one is given the devices and the session; the first has kept what it was told."""
    if not desk.engine_died:
        return desk, ()
    desk = replace(desk, engine_died=False)
    effects: tuple[Effect, ...] = (OpenDevices(desk.devices_on),)
    current = desk.conversation
    if current is None or current.ended or current.by_phone:
        return desk, effects
    shown = share_steps.begun_again(current)
    return desk, (*effects, TellMedia(joining(current.session)), TellMedia(hold_steps.silence(desk)), *shown)


def connection_word(desk: Desk) -> str:
    """The phrase key of how the picture and sound of this call are."""
    current = desk.conversation
    if current is None or current.media != "live":
        return f"media.{current.media}" if current else "media.closed"
    if current.quality is None:
        return "media.live"
    return {"good": "media.good", "weak": "media.fair", "bad": "media.poor"}[current.tally.estimate.word]
