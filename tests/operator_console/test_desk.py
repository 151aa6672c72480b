"""The desk's rules as playbooks, and as a state machine that is given anything in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from media import messages as media
from office.notes import joined
from operator_console import happenings as h
from operator_console import payment_acts as pa
from operator_console import queue_acts as a
from operator_console import share_acts as sa
from operator_console.desk import Act, Desk, Scene, permitted, scene, step
from operator_console.errors import ActNotPermitted
from operator_console.notices import Notice
from operator_console.server_steps import joining
from signaling.protocol import commands as c
from signaling.protocol import events, replies
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import CallEntry
from signaling.protocol.values import IceServer
from tests.operator_console.worlds import (
    ACCOUNT,
    NOW,
    after,
    changed,
    journey,
    offer,
    operator,
    ready,
    run,
    session,
    snapshot,
    talking,
)


def sent(effects: list[h.Effect], kind: type) -> list[c.Command]:
    """The commands of a type among effects."""
    return [one.command for one in effects if isinstance(one, h.Send) and isinstance(one.command, kind)]


def told(effects: list[h.Effect], kind: type) -> list[media.Command]:
    """What the engine was told, of a type."""
    return [one.command for one in effects if isinstance(one, h.TellMedia) and isinstance(one.command, kind)]


def test_an_offer_rings_at_once_and_again_until_it_is_accepted() -> None:
    desk, effects = run(ready(), h.ServerSaid(events.OfferMade(offer=offer())), h.Ticked())
    assert h.CallAttention() in effects
    assert len(told(effects, media.Cue)) == 1
    desk, effects = run(desk, h.Ticked(), at=after(2))
    assert told(effects, media.Cue) == []
    desk, effects = run(desk, h.Ticked(), at=after(3))
    assert len(told(effects, media.Cue)) == 1
    desk, effects = run(desk, h.Accepted(), h.Ticked(), at=after(7))
    assert told(effects, media.Cue) == []
    assert sent(effects, c.OfferAccept) == [c.OfferAccept(ticket_id="t1")]


def test_an_offer_whose_time_is_up_cannot_be_accepted() -> None:
    desk, _ = run(ready(), h.ServerSaid(events.OfferMade(offer=offer(seconds=20))))
    desk, _ = run(desk, h.Ticked(), at=after(20))
    assert Act.ACCEPT not in permitted(desk)
    with pytest.raises(ActNotPermitted):
        step(desk, h.Accepted(), after(20))


def test_an_offer_does_not_ring_for_ever_when_the_link_is_away() -> None:
    desk, _ = run(ready(), h.ServerSaid(events.OfferMade(offer=offer(seconds=20))), h.LinkChanged(False))
    desk, effects = run(desk, h.Ticked(), at=after(4))
    assert effects == []
    assert scene(desk) is Scene.OFFERED, "a link that comes back in time can still take it"
    desk, _ = run(desk, h.Ticked(), at=after(23))
    assert scene(desk) is Scene.READY


def test_accept_is_asked_once_however_often_the_key_is_pressed() -> None:
    desk, _ = run(ready(), h.ServerSaid(events.OfferMade(offer=offer())), h.Accepted())
    assert {Act.ACCEPT, Act.REFUSE} & permitted(desk) == set()


def test_a_session_told_by_reply_and_by_event_is_joined_once() -> None:
    desk, _ = run(ready(), h.ServerSaid(events.OfferMade(offer=offer())), h.Accepted())
    opened = h.Replied(c.OfferAccept(ticket_id="t1"), replies.SessionOpened(session=session()))
    desk, effects = run(desk, h.ServerSaid(events.SessionStarted(session=session())), opened)
    assert len(told(effects, media.Join)) == 1
    assert told(effects, media.Join)[0].offerer is False  # type: ignore[union-attr]
    assert scene(desk) is Scene.TALKING


def test_the_engine_is_told_the_houses_codecs_and_whom_to_trust_for_its_relays() -> None:
    lent = IceServer(urls=("turns:relay.example:443",), username="u", credential="c", authority="PEM")
    join = joining(session().model_copy(update={"codecs": ("H264", "VP8"), "ice_servers": (lent,)}))
    assert join.codecs == ["H264", "VP8"]
    assert join.ice_servers[0].model_dump() == lent.model_dump(mode="json")


def test_hanging_up_stops_the_media_at_once_and_tells_the_server_even_over_a_broken_link() -> None:
    desk, effects = run(talking(), h.LinkChanged(False), h.EndedCall())
    assert told(effects, media.Leave) == [media.Leave(session_id="s1")]
    assert h.Send(c.SessionEnd(session_id="s1"), must_arrive=True) in effects
    assert scene(desk) is Scene.WRAP_UP
    desk, effects = run(desk, h.LinkChanged(True), snapshot("busy", session=session()))
    assert scene(desk) is Scene.WRAP_UP, "the server's older picture does not bring the call back"
    assert told(effects, media.Join) == []


def test_a_lost_link_takes_nothing_of_the_call_away() -> None:
    desk, effects = run(talking(), h.LinkChanged(False))
    assert scene(desk) is Scene.TALKING
    assert told(effects, media.Leave) == []
    assert {Act.NOTE, Act.SOUND, Act.PICTURE, Act.END, Act.RESULT} <= permitted(desk)
    assert {Act.BREAK, Act.ASK_HELP, Act.FINISH} & permitted(desk) == set()


def test_a_note_is_on_the_disk_at_each_letter_and_on_the_server_after_a_pause() -> None:
    desk, effects = run(talking(), h.NoteTyped("a"), h.NoteTyped("ab"))
    assert [one for one in effects if isinstance(one, h.KeepDraft)] == [
        h.KeepDraft("s1", "a"),
        h.KeepDraft("s1", "ab"),
    ]
    desk, effects = run(desk, h.Ticked(), at=after(0.5))
    assert sent(effects, c.NoteSave) == []
    desk, effects = run(desk, h.Ticked(), h.Ticked(), at=after(0.8))
    assert sent(effects, c.NoteSave) == [c.NoteSave(session_id="s1", text="ab")]


def test_letters_typed_while_the_note_is_on_its_way_are_sent_too() -> None:
    desk, _ = run(talking(), h.NoteTyped("ab"))
    desk, _ = run(desk, h.Ticked(), h.NoteTyped("abc"), at=after(1))
    saved = h.Replied(c.NoteSave(session_id="s1", text="ab"), replies.NoteSaved(at=after(1)))
    desk, effects = run(desk, saved, h.Ticked(), at=after(3))
    assert sent(effects, c.NoteSave) == [c.NoteSave(session_id="s1", text="abc")]


def test_an_unsaved_note_outlives_its_conversation_until_the_server_has_it() -> None:
    desk, _ = run(talking(), h.NoteTyped("late"), h.ServerSaid(events.SessionEnded(session_id="s1", reason="customer")))
    desk, effects = run(desk, changed("available"))
    note = c.NoteSave(session_id="s1", text="late")
    assert sent(effects, c.NoteSave) == [note]
    assert h.DropDraft("s1") not in effects
    desk, effects = run(desk, h.Unsent(note), h.LinkChanged(False), h.LinkChanged(True))
    assert sent(effects, c.NoteSave) == [note]
    desk, effects = run(desk, h.Replied(note, replies.NoteSaved(at=NOW)))
    assert effects == [h.DropDraft("s1")]
    assert desk.unsaved == ()


def test_a_draft_of_an_earlier_run_wins_over_the_servers_older_note() -> None:
    desk, _ = run(Desk(now=NOW), h.DraftsFound((("s1", "typed"), ("s0", "old"))), h.LinkChanged(True))
    desk, effects = run(desk, snapshot("busy", session=session(), note="typ"), h.Ticked())
    assert desk.conversation is not None
    assert desk.conversation.note.text == "typed"
    assert sent(effects, c.NoteSave) == [
        c.NoteSave(session_id="s1", text="typed"),
        c.NoteSave(session_id="s0", text="old", left_over=True),
    ]


def test_a_draft_of_an_earlier_run_takes_nothing_of_what_was_written_at_another_desk_since() -> None:
    desk, _ = run(Desk(now=NOW), h.DraftsFound((("s1", "abc"), ("s2", "ring"))), h.LinkChanged(True))
    gone_on, _ = run(desk, snapshot("busy", session=session(), note="abc def"))
    assert gone_on.conversation is not None
    assert gone_on.conversation.note.text == "abc def"
    another, effects = run(desk, snapshot("busy", session=session("s2"), note="meter 17"), h.Ticked())
    assert another.conversation is not None
    assert another.conversation.note.text == "meter 17\nring"
    assert c.NoteSave(session_id="s2", text="meter 17\nring") in sent(effects, c.NoteSave)


def test_what_another_desk_wrote_while_this_one_was_away_is_not_overwritten() -> None:
    desk, _ = run(talking(), h.NoteTyped("ring"), h.LinkChanged(False), h.LinkChanged(True))
    on, _ = run(desk, snapshot("busy", session=session(), note="meter 17"))
    assert on.conversation is not None
    assert on.conversation.note.text == "meter 17\nring"
    _, effects = run(desk, snapshot("available"))
    assert sent(effects, c.NoteSave) == [c.NoteSave(session_id="s1", text="ring", left_over=True)]


def test_a_note_whose_answer_was_lost_is_not_doubled() -> None:
    desk, _ = run(talking(), h.NoteTyped("rin"))
    desk, effects = run(desk, h.Ticked(), at=after(1))
    (note,) = sent(effects, c.NoteSave)
    desk, _ = run(desk, h.NoteTyped("sin"), h.Unsent(note), h.LinkChanged(False), h.LinkChanged(True))
    desk, _ = run(desk, snapshot("busy", session=session(), note="rin"))
    assert desk.conversation is not None
    assert desk.conversation.note.text == "sin"


def test_a_draft_goes_as_soon_as_the_server_has_every_letter() -> None:
    """What stays would be handed in by the next run over whatever was written since."""
    desk, _ = run(talking(), h.NoteTyped("ab"))
    desk, _ = run(desk, h.Ticked(), h.NoteTyped("abc"), at=after(1))
    saved = [h.Replied(c.NoteSave(session_id="s1", text=text), replies.NoteSaved(at=NOW)) for text in ("ab", "abc")]
    desk, effects = run(desk, saved[0])
    assert effects == []
    _, effects = run(desk, saved[1])
    assert effects == [h.DropDraft("s1")]


def test_a_draft_that_was_handed_in_is_in_its_note_when_its_conversation_comes_after_all() -> None:
    """Or the next letter would take the place of all that the server had been given."""
    desk, _ = run(Desk(now=NOW), h.DraftsFound((("s1", "typed"),)), h.LinkChanged(True))
    desk, effects = run(desk, snapshot("busy"), h.Ticked())
    note = c.NoteSave(session_id="s1", text="typed", left_over=True)
    assert sent(effects, c.NoteSave) == [note]
    early, _ = run(desk, snapshot("busy", session=session()))
    late, _ = run(desk, h.Replied(note, replies.NoteSaved(at=NOW)), h.Ticked(), snapshot("busy", session=session()))
    for one in (early, late):
        assert one.conversation is not None
        assert one.conversation.note.text == "typed"
        assert one.unsaved == ()
    _, effects = run(desk, h.Ticked(), at=after(1))
    assert sent(effects, c.NoteSave) == []


def test_a_result_is_needed_to_go_on_and_a_call_back_needs_a_note() -> None:
    desk, _ = run(talking(), h.EndedCall(), changed("wrap_up", deadline=after(45)))
    assert Act.FINISH not in permitted(desk)
    desk, _ = run(desk, h.ResultChosen("call_back"))
    assert Act.FINISH not in permitted(desk)
    desk, _ = run(desk, h.NoteTyped("ring at five"))
    assert Act.FINISH in permitted(desk)
    desk, effects = run(desk, h.WrapUpFinished())
    kinds = [one.command.type for one in effects if isinstance(one, h.Send)]
    assert kinds == ["note.save", "wrap_up.finish"]


def test_a_chosen_result_is_sent_before_the_wrap_up_ends_by_itself() -> None:
    desk, _ = run(talking(), h.EndedCall(), changed("wrap_up", deadline=after(45)), h.ResultChosen("resolved"))
    desk, effects = run(desk, h.Ticked(), at=after(42))
    assert sent(effects, c.WrapUpFinish) == []
    desk, effects = run(desk, h.Ticked(), h.Ticked(), at=after(43.5))
    assert len(sent(effects, c.WrapUpFinish)) == 1


def test_a_value_is_proposed_only_with_permission_for_the_field_in_view() -> None:
    desk, _ = run(talking(), h.ServerSaid(events.JourneyChanged(session_id="s1", view=journey(1))))
    assert Act.PROPOSE not in permitted(desk)
    assert Act.ASK_HELP in permitted(desk)
    view = journey(2, permission="granted")
    desk, _ = run(desk, h.ServerSaid(events.JourneyChanged(session_id="s1", view=view)))
    desk, effects = run(desk, h.ProposedValue(" 012790 "))
    (intent,) = sent(effects, c.JourneyIntent)
    assert (intent.intent.field, intent.intent.value) == ("reading.T2", "012790")  # type: ignore[union-attr]


def test_an_older_picture_of_the_customers_screen_changes_nothing() -> None:
    desk, _ = run(talking(), h.ServerSaid(events.JourneyChanged(session_id="s1", view=journey(5))))
    desk, _ = run(desk, h.ServerSaid(events.JourneyChanged(session_id="s1", view=journey(4, online=False))))
    assert desk.conversation is not None
    assert desk.conversation.journey == journey(5)


def test_the_card_is_asked_for_again_when_the_customer_names_an_account() -> None:
    desk = talking()
    view = journey(2, account=ACCOUNT)
    desk, effects = run(desk, h.ServerSaid(events.JourneyChanged(session_id="s1", view=view)))
    assert sent(effects, c.CustomerShow) == [c.CustomerShow(session_id="s1")]
    _, effects = run(desk, h.ServerSaid(events.JourneyChanged(session_id="s1", view=journey(3, account=ACCOUNT))))
    assert sent(effects, c.CustomerShow) == []


def test_camera_and_microphone_are_let_go_on_a_break() -> None:
    desk, effects = run(ready(), changed("break", reason="lunch"))
    assert h.OpenDevices(False) in effects
    _, effects = run(desk, changed("available"))
    assert h.OpenDevices(True) in effects


def silent(effects: list[h.Effect]) -> list[tuple[bool, bool]]:
    """What the engine was told to keep to itself: sound, picture."""
    return [(one.audio, one.video) for one in told(effects, media.Mute)]  # type: ignore[union-attr]


def test_on_hold_we_are_neither_seen_nor_heard_and_then_as_before() -> None:
    desk, effects = run(talking(), h.SwitchedSound())
    assert silent(effects) == [(True, False)]
    desk, effects = run(desk, h.SwitchedHold())
    hold = q.SessionHold(session_id="s1", on=True)
    assert (sent(effects, q.SessionHold), silent(effects)) == ([hold], [(True, True)]), "at the touch"
    assert {Act.HOLD, Act.SOUND, Act.PICTURE} & permitted(desk) == set()
    desk, effects = run(desk, changed("busy"), h.Replied(hold, replies.Done()), changed("busy", on_hold=True))
    assert silent(effects) == []
    desk, effects = run(desk, h.MediaSaid(media.EngineDied(exit_code=-9)), h.MediaSaid(media.Ready(pid=1, ms=1)))
    assert silent(effects) == [(True, True)]
    desk, effects = run(desk, h.SwitchedHold(), at=after(70))
    assert (sent(effects, q.SessionHold)[0].on, silent(effects)) == (False, [(True, False)])  # type: ignore[union-attr]
    desk, effects = run(desk, h.Refused(hold, ErrorCode.ILLEGAL_MOVE))
    assert silent(effects) == [(True, True)], "what the server says is the truth"
    assert desk.conversation is not None
    assert desk.conversation.held_since == NOW
    _, effects = run(desk, h.EndedCall())
    assert silent(effects) == [(False, False)], "the next customer hears us"


def test_a_hold_outlives_a_lost_link_and_a_new_console() -> None:
    hold = q.SessionHold(session_id="s1", on=True)
    desk, effects = run(talking(), h.LinkChanged(False), h.SwitchedHold(), h.Unsent(hold))
    assert silent(effects) == [(True, True)]
    desk, effects = run(desk, h.LinkChanged(True), snapshot("busy", session=session()))
    assert (sent(effects, q.SessionHold), silent(effects)) == ([hold], [])
    begun_again, _ = run(Desk(now=NOW), h.LinkChanged(True))
    view = operator("busy", on_hold=True, since=after(-60))
    told_all = h.SnapshotCame(events.DeskSnapshot(operator=view, session=session()))
    begun_again, effects = run(begun_again, told_all)
    assert silent(effects) == [(True, True)]
    assert begun_again.conversation is not None
    assert begun_again.conversation.held_since == after(-60)
    _, effects = run(begun_again, changed("grace"), changed("busy"))
    assert silent(effects) == [(False, False)], "the server took them off hold"


def test_a_hold_asked_for_without_a_link_is_asked_again_though_the_link_comes_back_without_a_snapshot() -> None:
    hold = q.SessionHold(session_id="s1", on=True)
    desk, _ = run(talking(), h.LinkChanged(False), h.SwitchedHold(), h.Unsent(hold))
    desk, effects = run(desk, h.LinkChanged(True), changed("busy"))
    assert (sent(effects, q.SessionHold), silent(effects)) == ([hold], [])
    over = h.ServerSaid(events.SessionEnded(session_id="s1", reason="customer"))
    desk, effects = run(desk, over, h.Refused(hold, ErrorCode.SESSION_UNKNOWN))
    assert desk.notice is None
    assert silent(effects) == [(False, False)]
    _, effects = run(desk, h.LinkChanged(False), h.LinkChanged(True))
    assert sent(effects, q.SessionHold) == []


def test_a_dead_engine_is_told_as_reconnecting_then_as_new_and_gets_the_session_back() -> None:
    live = h.MediaSaid(media.State(session_id="s1", state="live"))
    begun = h.MediaSaid(media.State(session_id="s1", state="connecting"))
    desk, effects = run(talking(), begun, live, h.MediaSaid(media.EngineDied(exit_code=-9)))
    assert [one.state for one in sent(effects, c.SessionMedia)] == ["connecting", "live", "reconnecting"]  # type: ignore[union-attr]
    desk, effects = run(desk, h.MediaSaid(media.Ready(pid=1, ms=1)), begun)
    assert len(told(effects, media.Join)) == 1
    assert [one.state for one in sent(effects, c.SessionMedia)] == ["connecting"]  # type: ignore[union-attr]


def test_the_first_engine_is_not_told_twice_what_it_has_kept() -> None:
    _, effects = run(talking(), h.MediaSaid(media.Ready(pid=1, ms=1)))
    assert effects == []


def test_a_new_offer_of_the_kiosk_is_not_answered_by_news_that_would_make_it_offer_again() -> None:
    begun = h.MediaSaid(media.State(session_id="s1", state="connecting"))
    live = h.MediaSaid(media.State(session_id="s1", state="live"))
    desk, _ = run(talking(), begun, live)
    _, effects = run(desk, h.ServerSaid(events.SessionRestart(session=session())), begun)
    assert [one.state for one in sent(effects, c.SessionMedia)] == ["reconnecting"]  # type: ignore[union-attr]


def test_a_refusal_is_a_phrase_and_a_gone_offer_leaves_the_desk() -> None:
    desk, _ = run(ready(), h.ServerSaid(events.OfferMade(offer=offer())), h.Accepted())
    desk, _ = run(desk, h.Refused(c.OfferAccept(ticket_id="t1"), ErrorCode.OFFER_GONE))
    assert desk.offer is None
    assert desk.notice is not None
    assert desk.notice.phrase == "error.offer.gone"


def test_the_window_does_not_close_on_a_customer() -> None:
    desk, effects = run(talking(), h.AskedToClose())
    assert effects == []
    assert desk.notice is not None
    _, effects = run(desk, h.EndedCall(), h.AskedToClose())
    assert h.CloseWindow() in effects
    offered, effects = run(ready(), h.ServerSaid(events.OfferMade(offer=offer())), h.AskedToClose())
    assert h.CloseWindow() not in effects
    assert offered.notice == Notice("warning", "notice.close_in_offer")
    _, effects = run(offered, h.LinkChanged(False), h.AskedToClose())
    assert h.CloseWindow() in effects, "nobody could answer it here"


TEXTS = st.text("ab ", min_size=1, max_size=6)


class AnyDay(RuleBasedStateMachine):
    """A server, a person and a link that do anything the desk lets them, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.desk = Desk(now=NOW)
        self.joined: set[str] = set()
        self.disk: dict[str, str] = {}
        self.server: dict[str, str] = {}
        self.typed: dict[str, str] = {}
        self.flight: list[c.Command] = []
        self.count = 0
        self.unseen = False
        self.do(h.LinkChanged(True))
        self.do(snapshot("available"))

    def do(self, happening: h.Happening) -> None:
        """One step with its effects."""
        self.desk, effects = step(self.desk, happening, self.now)
        for effect in effects:
            if isinstance(effect, h.TellMedia) and isinstance(effect.command, media.Join):
                self.joined.add(effect.command.session_id)
            elif isinstance(effect, h.TellMedia) and isinstance(effect.command, media.Leave):
                self.joined.discard(effect.command.session_id)
            elif isinstance(effect, h.TellMedia) and isinstance(effect.command, media.Mute):
                self.unseen = effect.command.video
            elif isinstance(effect, h.KeepDraft):
                self.disk[effect.session_id] = effect.text
            elif isinstance(effect, h.DropDraft):
                self.disk.pop(effect.session_id, None)
            elif isinstance(effect, h.Send):
                self.flight.append(effect.command)

    @rule(seconds=st.sampled_from((0.1, 0.8, 3.0, 30.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.do(h.Ticked())

    @rule()
    def server_offers(self) -> None:
        self.count += 1
        made = offer(f"t{self.count}").model_copy(update={"deadline": self.now + timedelta(seconds=20)})
        self.do(h.ServerSaid(events.OfferMade(offer=made)))

    @rule(reason=st.sampled_from(("no_answer", "customer_left", "accepted")))
    @precondition(lambda self: self.desk.offer is not None)
    def server_withdraws(self, reason: str) -> None:
        assert self.desk.offer is not None
        gone = {"ticket_id": self.desk.offer.ticket_id, "reason": reason}
        self.do(h.ServerSaid(events.OfferWithdrawn.model_validate(gone)))

    @rule(channel=st.sampled_from(("video", "phone")))
    def server_starts_a_session(self, channel: str) -> None:
        self.count += 1
        started = session(f"s{self.count}").model_copy(update={"channel": channel})
        self.do(h.ServerSaid(events.SessionStarted(session=started)))

    @rule()
    @precondition(lambda self: self.desk.conversation is not None)
    def server_ends_the_session(self) -> None:
        assert self.desk.conversation is not None
        over = events.SessionEnded(session_id=self.desk.conversation.session.session_id, reason="customer")
        self.do(h.ServerSaid(over))

    @rule(status=st.sampled_from(("available", "break", "busy", "wrap_up", "grace", "not_responding", "offline")))
    def server_moves_the_operator(self, status: str) -> None:
        self.do(changed(status, deadline=self.now + timedelta(seconds=40)))

    @rule(on=st.booleans())
    def server_says_who_waits(self, on: bool) -> None:
        self.do(changed("busy", on_hold=on))

    @rule(online=st.booleans())
    def link_changes(self, online: bool) -> None:
        self.do(h.LinkChanged(online))
        if not online:
            lost, self.flight = self.flight, []
            for command in lost:
                self.do(h.Unsent(command))

    @rule(code=st.sampled_from((None, "auth.expired", "protocol.replaced")))
    def link_ends_for_good(self, code: str | None) -> None:
        self.link_changes(online=False)
        self.do(h.LinkEnded(code))

    @rule(here=st.booleans(), status=st.sampled_from(("available", "busy", "wrap_up")))
    def snapshot_comes(self, here: bool, status: str) -> None:
        current = self.desk.conversation
        held = current.session if here and current is not None else None
        note = self.server.get(held.session_id, "") if held else ""
        self.do(snapshot(status, session=held, note=note))

    @rule()
    @precondition(lambda self: bool(self.flight))
    def server_answers(self) -> None:
        command = self.flight.pop(0)
        if isinstance(command, c.NoteSave):
            kept = self.server.get(command.session_id, "")
            self.server[command.session_id] = joined(kept, command.text) if command.left_over else command.text
            self.do(h.Replied(command, replies.NoteSaved(at=self.now)))
        elif isinstance(command, q.CallBackShow):
            told = q.CallBackCard(phone="+37120000001", asked_at=NOW, source="site", tries=0, tries_most=3)
            self.do(h.Replied(command, told))
        else:
            self.do(h.Replied(command, replies.Done()))

    @rule(text=TEXTS)
    @precondition(lambda self: Act.NOTE in permitted(self.desk))
    def person_types(self, text: str) -> None:
        assert self.desk.conversation is not None
        session_id = self.desk.conversation.session.session_id
        full = self.desk.conversation.note.text + text
        self.do(h.NoteTyped(full))
        self.typed[session_id] = full

    @rule(act=st.sampled_from((*h.NEEDS,)))
    def person_acts(self, act: type) -> None:
        made: dict[type, h.UserAct] = {
            h.TookBreak: h.TookBreak("lunch"),
            h.RefusedOffer: h.RefusedOffer("other"),
            h.ProposedValue: h.ProposedValue("1"),
            h.OpenedStep: h.OpenedStep("menu"),
            h.ResultChosen: h.ResultChosen("resolved"),
            h.FirstContactSet: h.FirstContactSet(False),
            pa.ChosePurchase: pa.ChosePurchase("p1"),
            pa.AskedRefund: pa.AskedRefund("r1", (1,), "a mistake"),
            pa.DecidedRefund: pa.DecidedRefund(True),
            pa.SettledLine: pa.SettledLine("by_hand", "by transfer"),
            pa.SettledDocument: pa.SettledDocument("again", "it works again"),
            pa.ClarifiedPurchase: pa.ClarifiedPurchase(True, "bank file"),
            pa.ChoseDifference: pa.ChoseDifference("d1"),
            pa.SettledDifference: pa.SettledDifference("resolve", "by letter"),
            a.ChoseInLine: a.ChoseInLine("t1"),
            a.LookedInLine: a.LookedInLine("B-027"),
            a.ChoseCentre: a.ChoseCentre("Miass"),
            a.MovedAhead: a.MovedAhead(5, "health"),
            a.WeighedCentre: a.WeighedCentre(200, "crowd"),
            a.ChannelsChosen: a.ChannelsChosen(phone=True),
            a.WrongNumber: a.WrongNumber("somebody else"),
            a.PassedOn: a.PassedOn("payment"),
            sa.ShowedPage: sa.ShowedPage(sa.ShownPage("/p.png", "a.pdf", 1, 2, "whole", 764, 1080)),
        }
        if act is h.NoteTyped:
            return
        happening = made.get(act) or act()
        need = h.NEEDS[act]
        if need is None or need in permitted(self.desk):
            self.do(happening)
            if act is a.WrongNumber and self.desk.conversation is not None:
                self.typed[self.desk.conversation.session.session_id] = self.desk.conversation.note.text
        else:
            with pytest.raises(ActNotPermitted):
                step(self.desk, happening, self.now)

    @invariant()
    def never_two_sessions(self) -> None:
        assert len(self.joined) <= 1

    @invariant()
    def the_joined_session_is_the_one_on_the_desk(self) -> None:
        current = self.desk.conversation
        talking = current is not None and current.ended is None and not current.by_phone
        live = {current.session.session_id} if current is not None and talking else set()
        assert self.joined == live

    @invariant()
    def nobody_on_hold_sees_us_and_nobody_else_begins_unseen(self) -> None:
        current = self.desk.conversation
        if not self.joined:
            assert not self.unseen
        elif current is not None and current.held_since is not None:
            assert self.unseen

    @invariant()
    def a_number_is_held_only_while_it_is_dialled_or_asked_for_again(self) -> None:
        current = self.desk.conversation
        if current is not None and current.ended is not None:
            assert current.call_back is None

    @invariant()
    def accept_only_while_an_offer_lives(self) -> None:
        if Act.ACCEPT in permitted(self.desk):
            assert self.desk.offer is not None
            assert self.desk.now < self.desk.offer.deadline
            assert self.desk.conversation is None
            assert self.desk.online

    @invariant()
    def nothing_typed_is_lost(self) -> None:
        for session_id, text in self.typed.items():
            there = self.disk.get(session_id) == text or text in self.server.get(session_id, "")
            assert there, session_id

    @invariant()
    def an_ended_call_is_wrapped_up_before_the_next(self) -> None:
        if self.desk.conversation is not None:
            assert {Act.ACCEPT, Act.SIGN_OUT} & permitted(self.desk) == set()


AnyDay.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyDay = AnyDay.TestCase


def test_what_of_the_kiosk_does_not_work_is_told_once_and_that_it_is_over() -> None:
    def seen(desk: Desk, number: int, *missing: str) -> Desk:
        call = {"session_id": "s1", "operator_name": "Anna", "missing": missing}
        view = journey(number, call=CallEntry.model_validate(call))
        return run(desk, h.ServerSaid(events.JourneyChanged(session_id="s1", view=view)))[0]

    desk = seen(talking(), 1, "microphone")
    assert desk.notice == Notice("warning", "notice.kiosk_lost.microphone")
    desk = replace(desk, notice=None)  # read
    assert seen(desk, 2, "microphone").notice is None
    assert seen(desk, 2, "microphone", "camera").notice == Notice("warning", "notice.kiosk_lost.camera")
    assert seen(desk, 2).notice == Notice("info", "notice.kiosk_back.microphone")


def test_a_substitute_is_told_and_the_chosen_one_stays_marked_until_it_is_back() -> None:
    desk, _ = run(talking(), h.MediaSaid(media.DeviceLost(kind="microphone", reason="stopped")))
    desk, _ = run(desk, h.MediaSaid(media.DeviceBack(kind="microphone", instead=True)))
    assert (desk.notice, desk.media_lost) == (
        Notice("info", "notice.device_instead.microphone"),
        frozenset({"microphone"}),
    )
    desk, _ = run(desk, h.MediaSaid(media.DeviceBack(kind="microphone")))
    assert (desk.notice, desk.media_lost) == (Notice("info", "notice.device_back.microphone"), frozenset())


def _writing_up(seconds: float = 45) -> Desk:
    over = events.SessionEnded(session_id="s1", reason="customer")
    return run(talking(), h.ServerSaid(over), changed("wrap_up", deadline=after(seconds)))[0]


def test_whoever_is_still_typing_gets_more_time_once_for_each_end() -> None:
    desk, _ = run(_writing_up(), h.NoteTyped("the met"), at=after(37))
    desk, effects = run(desk, h.Ticked(), at=after(38.9))
    assert sent(effects, c.WrapUpExtend) == []
    desk, effects = run(desk, h.Ticked(), h.Ticked(), at=after(39.1))
    assert sent(effects, c.WrapUpExtend) == [c.WrapUpExtend()]
    assert desk.notice == Notice("info", "notice.more_time")
    no, _ = run(desk, h.Refused(c.WrapUpExtend(), ErrorCode.ILLEGAL_MOVE))
    assert no.notice == Notice("warning", "notice.no_more_time")
    _, effects = run(no, h.NoteTyped("the meter"), h.Ticked(), at=after(40))
    assert sent(effects, c.WrapUpExtend) == []
    longer, _ = run(desk, h.Replied(c.WrapUpExtend(), replies.Done()), changed("wrap_up", deadline=after(75)))
    longer, effects = run(longer, h.Ticked(), at=after(70))
    assert sent(effects, c.WrapUpExtend) == [], "nothing was typed lately"
    _, effects = run(longer, h.NoteTyped("the meter"), h.Ticked(), at=after(71))
    assert sent(effects, c.WrapUpExtend) == [c.WrapUpExtend()]


def test_a_result_chosen_while_the_link_was_away_counts_though_its_time_was_up() -> None:
    desk, _ = run(_writing_up(), h.LinkChanged(False), h.NoteTyped("at five"), h.ResultChosen("call_back"))
    desk, effects = run(desk, h.LinkChanged(True), snapshot("available"), at=after(60))
    assert desk.conversation is None
    note = c.NoteSave(session_id="s1", text="at five", left_over=True)
    finish = c.WrapUpFinish(session_id="s1", result="call_back", first_contact=True)
    assert [one.command for one in effects if isinstance(one, h.Send)][-2:] == [note, finish]
    again, _ = run(desk, h.Refused(finish, ErrorCode.ILLEGAL_MOVE))
    assert again.notice is None, "the server had it; there is nothing to do about it"


def test_an_offer_whose_answer_did_not_arrive_rings_again() -> None:
    desk, _ = run(ready(), h.ServerSaid(events.OfferMade(offer=offer())), h.Accepted())
    lost = run(desk, h.Unsent(c.OfferAccept(ticket_id="t1")), h.LinkChanged(False), h.LinkChanged(True))[0]
    for one in (lost, run(desk, h.Refused(c.OfferAccept(ticket_id="t1"), ErrorCode.TOO_MANY))[0]):
        _, effects = run(one, h.Ticked(), at=after(1))
        assert told(effects, media.Cue) == [media.Cue(name="call")]


def test_what_no_wire_or_database_can_keep_is_not_in_a_note() -> None:
    _, effects = run(talking(), h.NoteTyped("a\0b\ud83dc \U0001f600"))
    assert effects == [h.KeepDraft("s1", "abc \U0001f600")]


def test_after_the_shift_nobody_is_seen_or_heard_behind_the_sign_in() -> None:
    desk, effects = run(ready(), h.SignedOut(), changed("offline"))
    assert [one for one in effects if isinstance(one, h.OpenDevices)] == [h.OpenDevices(False)]
    _, effects = run(ready(), h.SignedOut(), h.LinkEnded(None))  # the server's word for it did not come
    assert [one for one in effects if isinstance(one, h.OpenDevices)] == [h.OpenDevices(False)]
    _, effects = run(desk, h.LinkEnded(None))
    assert effects == []


def test_who_signs_in_elsewhere_is_not_seen_here_and_their_letters_stay() -> None:
    desk, _ = run(talking(), h.NoteTyped("meter 17"))
    desk, effects = run(desk, h.LinkChanged(False), h.LinkEnded("protocol.replaced"))
    assert told(effects, media.Leave) == [media.Leave(session_id="s1")]
    assert h.OpenDevices(False) in effects
    back, effects = run(desk, h.LinkChanged(True), snapshot("busy", session=session(), note="hums"), h.Ticked())
    assert [type(one) for one in told(effects, media.Join)] == [media.Join]
    assert h.OpenDevices(True) in effects
    assert back.conversation is not None
    assert back.conversation.note.text == "hums\nmeter 17"


def test_a_conversation_goes_on_behind_a_sign_in_that_has_run_out() -> None:
    desk, effects = run(talking(), h.LinkChanged(False), h.LinkEnded("auth.expired"))
    assert told(effects, media.Leave) == []
    assert h.OpenDevices(False) not in effects
    back, effects = run(desk, h.LinkChanged(True), snapshot("busy", session=session()))
    assert told(effects, media.Join) == []
    assert scene(back) is Scene.TALKING
    _, effects = run(ready(), h.LinkChanged(False), h.LinkEnded("auth.expired"))
    assert h.OpenDevices(False) in effects


def test_when_the_time_is_up_without_a_result_the_desk_says_so() -> None:
    desk, _ = run(_writing_up(), h.NoteTyped("the met"), at=after(42))
    desk, _ = run(desk, h.Ticked(), changed("available"), at=after(46))
    assert desk.notice == Notice("info", "notice.time_up", (("number", "A-1"),))
    done, _ = run(_writing_up(), h.NoteTyped("the met"), h.ResultChosen("resolved"), at=after(42))
    done, _ = run(done, h.Ticked(), changed("available"), at=after(46))
    assert done.notice is None
