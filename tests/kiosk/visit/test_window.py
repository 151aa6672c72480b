"""The window: real touches become intents, views become words, pictures move, the probe tells what is where."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QImage
from PySide6.QtTest import QTest

from ground.probe import look
from kiosk.ipc import KioskFace
from kiosk.visit.gallery import settle
from kiosk.visit.samples import FACE, VISIT, around, samples
from kiosk.visit.window import VisitWindow, root_of
from media.ring import Ring
from signaling.protocol import journey as j
from signaling.protocol.events import LineTold
from signaling.protocol.journey import Ease, JourneyView, Step
from signaling.protocol.values import WaitBand


class Stand:
    """A shown window, the intents it sent, and a finger."""

    def __init__(self, face: KioskFace = FACE, geometry: str = "540x960+0+0", surprised_ms: int = 0) -> None:
        self.intents: list[Any] = []
        self.window = VisitWindow(face, self.intents.append, geometry, surprised_ms=surprised_ms)
        self.window.prepare()
        self.number = 0

    def show(self, name: str, **changes: Any) -> JourneyView:
        """A sample by its name, changed."""
        self.number += 1
        view = next(view for each, view, _ in samples("ru", Ease()) if each == name)
        view = view.model_copy(update={"number": self.number, **changes})
        told = around("ru")
        self.window.show_world(told.line, view.online, view.payments_offered, told.called)
        self.window.show_view(view)
        self.settle()
        return view

    def settle(self) -> None:
        settle(self.window.quick.contentItem())

    def item(self, name: str) -> dict[str, Any]:
        """What the probe tells of a visible item."""
        told = [each for each in self.window.describe()["items"] if each["name"] == name]
        assert told, f"{name} is not on the screen: {sorted(each['name'] for each in self.window.describe()['items'])}"
        return dict(told[0])

    def touch(self, name: str) -> None:
        """A finger in the middle of it, as a real event of the window system."""
        told = self.item(name)
        corner = self.window.quick.position()
        place = QPointF(told["x"] - corner.x() + told["w"] / 2, told["y"] - corner.y() + told["h"] / 2).toPoint()
        QTest.mouseClick(self.window.quick, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        self.settle()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Let Qt work until it holds; fails after five seconds."""
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline, what
        QTest.qWait(2)


@pytest.fixture
def stand(application: object) -> Iterator[Stand]:
    made = Stand()
    made.show("attract")
    revealed: list[bool] = []
    made.window.reveal(lambda: revealed.append(True))
    wait_until(lambda: bool(revealed), "no first frame")
    yield made
    assert made.window.warnings == ()
    made.window.close()
    QCoreApplication.processEvents()


TOUCHES: list[tuple[str, str, Any]] = [
    ("attract", "start", j.Touch()),
    ("attract", "language.lv", j.ChooseLanguage(language="lv")),
    ("language", "language.en.choice", j.ChooseLanguage(language="en")),
    ("menu", "talk", j.OpenService(service="talk")),
    ("menu", "service.readings", j.OpenService(service="readings")),
    ("menu", "service.payment", j.OpenService(service="payment")),
    ("menu", "finish", j.Finish()),
    ("menu_idle", "still_here", j.Touch()),
    ("identify_typed", "key.5", j.Key(key="5")),
    ("identify_typed", "key.back", j.Key(key="back")),
    ("identify_typed", "key.clear", j.Key(key="clear")),
    ("identify_typed", "confirm", j.Confirm()),
    ("identify_typed", "back", j.Back()),
    ("identify_typed", "talk", j.OpenService(service="talk")),
    ("reading_unusual", "confirm", j.Confirm()),
    ("reading_skip", "skip_meter", j.SkipMeter()),
    ("reading_in_line", "return", j.OpenService(service="talk")),
    ("reading_proposed", "accept_proposal", j.DecideProposal(accepted=True)),
    ("reading_done", "service.payment", j.OpenService(service="payment")),
    ("reading_done", "confirm", j.Confirm()),
    ("payment", "pay", j.Pay()),
    ("payment", "later", j.Back()),
    ("paying_card", "cancel_payment", j.CancelPayment()),
    ("paid_posted", "confirm", j.Confirm()),
    ("topic", "topic.contract", j.Talk(topic="contract")),
    ("waiting", "leave_line", j.LeaveLine()),
    ("waiting", "call_me_back", j.CallMeBack()),
    ("call_back_typed", "confirm", j.Confirm()),
    ("call_back_typed", "key.back", j.Key(key="back")),
    ("call_back_done", "go_home", j.Finish()),
    ("waiting_leave", "stay", j.OpenService(service="talk")),
    ("waiting_leave", "leave_line", j.LeaveLine()),
    ("call", "mute", j.Mute(microphone_on=False)),
    ("call", "end_call", j.EndCall()),
    ("call", "service.readings", j.OpenService(service="readings")),
    ("call_asked", "permit", j.Permit(granted=True)),
    ("call_asked", "deny", j.Permit(granted=False)),
    ("call_granted", "revoke", j.Permit(granted=False)),
    ("call_proposal", "refuse_proposal", j.DecideProposal(accepted=False)),
    ("rating", "star.4", j.Rate(stars=4)),
    ("rating", "skip_rating", j.Rate(stars=None)),
    ("goodbye", "finish", j.Finish()),
]


@pytest.mark.parametrize(("sample", "name", "intent"), TOUCHES, ids=[f"{row[0]}-{row[1]}" for row in TOUCHES])
def test_a_touch_sends_its_intent_once(stand: Stand, sample: str, name: str, intent: Any) -> None:
    stand.show(sample)
    stand.touch(name)
    assert stand.intents == [intent]


def test_every_step_has_a_sample_and_loads(stand: Stand) -> None:
    seen = set()
    for name, view, _ in samples("ru", Ease()):
        stand.show(name)
        seen.add(view.step)
        assert stand.window.describe()["state"]["step"] == view.step.value
    assert seen == set(Step)


def test_a_button_that_cannot_be_used_sends_nothing(stand: Stand) -> None:
    stand.show("identify_empty")
    assert stand.item("confirm")["enabled"] is False
    stand.touch("confirm")
    stand.show("reading_typed", busy=True)
    stand.touch("confirm")
    assert stand.intents == []


def test_a_second_tap_on_the_same_place_after_the_screen_changed_is_not_taken_for_the_new_screen(stand: Stand) -> None:
    stand.show("rating")
    stand.touch("star.3")
    assert len(stand.intents) == 1
    there = stand.item("star.3")
    stand.show("goodbye")
    corner = stand.window.quick.position()
    under = QPointF(there["x"] - corner.x() + there["w"] / 2, there["y"] - corner.y() + there["h"] / 2)
    QTest.mouseClick(stand.window.quick, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, under.toPoint())
    assert len(stand.intents) == 1
    stand.touch("finish")
    assert stand.intents[-1] == j.Finish()


def test_a_tap_at_the_moment_a_call_comes_up_by_itself_does_not_end_it(application: object) -> None:
    stand = Stand(surprised_ms=350)
    stand.show("waiting")
    stand.window.reveal(lambda: None)
    stand.show("call")
    stand.touch("end_call")  # the finger was on its way to the screen before
    assert stand.intents == []
    QTest.qWait(400)
    stand.touch("end_call")
    assert stand.intents == [j.EndCall()]
    stand.window.close()


def test_a_finger_that_slides_a_little_on_a_screen_that_scrolls_still_touches(stand: Stand) -> None:
    stand.show("waiting", ease=Ease(bigger=True))
    told = stand.item("service.readings")
    corner = stand.window.quick.position()
    place = QPointF(told["x"] - corner.x() + 60, told["y"] - corner.y() + 40).toPoint()
    window, none = stand.window.quick, Qt.KeyboardModifier.NoModifier
    assert "scroll.down" in {each["name"] for each in stand.window.describe()["items"]}
    QTest.mousePress(window, Qt.MouseButton.LeftButton, none, place)
    for slid in (8, 13, 15, 17):  # of a window half as wide as the screen: eight millimetres
        QTest.mouseMove(window, place - QPoint(0, slid))
    QTest.mouseRelease(window, Qt.MouseButton.LeftButton, none, place - QPoint(0, 17))
    assert stand.intents == [j.OpenService(service="readings")]


def test_ease_of_use_is_chosen_in_a_panel_and_shown_at_once(stand: Stand) -> None:
    stand.show("menu")
    stand.touch("ease")
    stand.touch("ease.contrast")
    assert stand.intents == [j.SetEase(ease=Ease(contrast=True))]
    stand.show("menu", ease=Ease(contrast=True))
    end = time.monotonic() + 5  # the panel's shade still moves for a moment
    while stand.window.quick.grabWindow().pixelColor(5, 300).name() != "#000000":
        assert time.monotonic() < end
        stand.settle()
    stand.touch("ease.close")
    stand.touch("talk")
    assert stand.intents[-1] == j.OpenService(service="talk")


def test_ease_of_use_does_not_stay_open_where_somebody_has_walked_away(stand: Stand) -> None:
    root_of(stand.window).setProperty("lingers", 20)
    stand.show("attract")
    stand.touch("ease")
    assert "ease.close" in {each["name"] for each in stand.window.describe()["items"]}
    wait_until(lambda: "ease.close" not in {each["name"] for each in stand.window.describe()["items"]}, "still open")


def test_the_language_changes_every_word(stand: Stand) -> None:
    stand.show("menu")
    assert stand.item("title")["text"] == "Чем помочь?"
    stand.show("menu", language="lv")
    assert stand.item("title")["text"] == "Kā varam palīdzēt?"
    assert stand.item("finish")["text"] == "Pabeigt"


def test_the_wait_is_told_before_it_is_asked_and_follows_the_line(stand: Stand) -> None:
    stand.show("menu")
    assert "3–6\u00a0минут" in stand.item("talk")["text"]
    stand.window.show_world(LineTold(waiting=9, operators=2, wait=WaitBand(p50=700, p90=1200)), True, True)
    stand.settle()
    assert "12–20\u00a0минут" in stand.item("talk")["text"]
    assert "9\u00a0человек" in stand.item("talk")["text"]


def test_a_service_that_is_not_offered_has_no_tile(stand: Stand) -> None:
    stand.show("menu", payments_offered=False)
    names = {each["name"] for each in stand.window.describe()["items"]}
    assert "service.payment" not in names
    assert "service.readings" in names


def test_a_view_of_the_same_step_keeps_the_button_that_is_being_pressed(stand: Stand) -> None:
    stand.show("waiting")
    told = stand.item("service.readings")
    corner = stand.window.quick.position()
    place = QPointF(told["x"] - corner.x() + 20, told["y"] - corner.y() + 20).toPoint()
    QTest.mousePress(stand.window.quick, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    stand.show("waiting", idle_warning_s=None)
    QTest.mouseRelease(stand.window.quick, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert stand.intents == [j.OpenService(service="readings")]


def test_pictures_of_a_ring_are_painted_once_each_and_seen_on_the_screen(stand: Stand) -> None:
    remote = Ring.create(320, 240)
    stand.show("call")
    stand.window.set_rings(remote, None)
    for red in (40, 250):
        before = stand.window.frames_painted
        np.frombuffer(remote.begin(320, 240), np.uint8).reshape(240, 320, 4)[:] = (20, 30, red, 255)
        remote.publish(0.0)
        wait_until(lambda before=before: stand.window.frames_painted == before + 1, "the picture was not painted")  # type: ignore[misc]
        colour = stand.window.quick.grabWindow().pixelColor(270, 250)
        assert (colour.red(), colour.green(), colour.blue()) == (red, 30, 20)
    painted = stand.window.frames_painted
    stand.window.set_rings(None, None)
    remote.begin(320, 240)
    remote.publish(0.0)
    passed: list[bool] = []
    QTimer.singleShot(100, lambda: passed.append(True))
    wait_until(lambda: bool(passed), "time stands still")
    assert stand.window.frames_painted == painted
    stand.show("rating")


def test_the_code_of_the_goodbye_can_be_read_by_a_phone(application: object) -> None:
    stand = Stand(geometry="1080x1920+0+0")
    stand.show("goodbye")
    stand.window.warm()
    stand.settle()
    picture = stand.window.quick.grabWindow().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine() // 4, 4)
    found = zxingcpp.read_barcodes(cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY))
    texts = [each.text for each in found]
    assert len(texts) == 1
    assert "R-2611-004417" in texts[0]
    assert "B-027" in texts[0]
    assert "7401234417" not in texts[0]
    stand.window.close()


def test_nothing_shown_holds_a_full_account_but_what_the_person_types(stand: Stand) -> None:
    for name, view, _ in samples("ru", Ease()):
        if view.typed_account or view.proposal is not None:
            continue
        stand.show(name)
        told = " ".join(each["text"] for each in stand.window.describe()["items"])
        assert "7401234417" not in told.replace("\u00a0", ""), name


async def test_the_probe_answers_with_places_on_the_screen(stand: Stand, tmp_path: Path) -> None:
    view = stand.show("menu")
    server = await stand.window.serve_probe(tmp_path / "probe")
    try:
        told = await asyncio.wait_for(look(tmp_path / "probe"), 5)
    finally:
        server.close()
    assert told["window"] == "kiosk"
    assert told["state"]["step"] == "menu"
    assert told["state"]["number"] == view.number
    talk = next(each for each in told["items"] if each["name"] == "talk")
    assert 0 <= talk["x"] < talk["x"] + talk["w"] <= 540
    assert 0 <= talk["y"] < talk["y"] + talk["h"] <= 960
    assert talk["enabled"] is True


def test_a_hidden_window_tells_nothing(application: object) -> None:
    stand = Stand()
    stand.show("menu")
    told = stand.window.describe()
    assert told["items"] == []
    assert told["state"]["visible"] is False
    stand.window.close()


def test_a_keyboard_cannot_close_the_window(stand: Stand) -> None:
    stand.show("menu")
    QCoreApplication.sendEvent(stand.window.quick, QCloseEvent())  # what Alt+F4 makes of a window
    assert stand.window.quick.close() is False
    assert stand.window.quick.isVisible()
    stand.touch("talk")
    assert stand.intents == [j.OpenService(service="talk")]


def test_a_company_colour_paints_the_screen_and_a_pale_one_is_refused(application: object) -> None:
    stand = Stand(FACE.model_copy(update={"brand": "#8A1538"}))
    stand.show("attract")
    stand.window.warm()
    assert stand.window.quick.grabWindow().pixelColor(5, 400).name() == "#8a1538"
    stand.window.close()
    with pytest.raises(ValueError, match="needed"):
        Stand(FACE.model_copy(update={"brand": "#FFD400"}))


@pytest.mark.parametrize("geometry", ["big", "540x", "x960", "540x960+10"])
def test_a_malformed_geometry_is_refused(application: object, geometry: str) -> None:
    with pytest.raises(ValueError, match="geometry"):
        VisitWindow(FACE, lambda intent: None, geometry).prepare()


def test_an_idle_warning_counts_down_in_words(stand: Stand) -> None:
    stand.show("menu_idle")
    assert "21\u00a0секунду" in stand.item("idle.text")["text"]
    stand.show("menu_idle", idle_warning_s=5)
    assert "5\u00a0секунд " in stand.item("idle.text")["text"] + " "
    assert VISIT not in str(stand.window.describe()["items"])


def test_the_picture_of_the_conversation_follows_to_other_screens_and_back(stand: Stand) -> None:
    remote = Ring.create(64, 48)
    stand.window.set_rings(remote, None)
    for sample, x, y in (
        ("call", 270, 250),
        ("paying_in_call", 80, 110),
        ("reading_proposed", 80, 110),
        ("call", 270, 250),
    ):
        stand.show(sample)
        before = stand.window.frames_painted
        np.frombuffer(remote.begin(64, 48), np.uint8).reshape(48, 64, 4)[:] = (200, 10, 10, 255)
        remote.publish(0.0)
        wait_until(lambda before=before: stand.window.frames_painted > before, f"not painted on {sample}")  # type: ignore[misc]
        assert stand.window.quick.grabWindow().pixelColor(x, y).blue() == 200, sample
    stand.window.set_rings(None, None)
