"""Camera and sound of a seat: chosen, tried, remembered, and applied at once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QWidget

from media import messages as media
from operator_console import seat
from operator_console.equipment import Equipment, EquipmentFile, Found
from operator_console.gallery import application, make_window
from operator_console.gallery_states import states
from operator_console.phrases import Phrases
from operator_console.views.look import Look
from operator_console.views.parts import Button


class Place:
    """A window whose panel is open on a desk, and what the engine was told."""

    def __init__(self, folder: Path, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app = application()
        self.found = Found(("Face cam",), ("Headset", "Desk mic"), ("Headset",))
        monkeypatch.setattr(seat, "found_now", lambda: self.found)
        monkeypatch.setattr(seat, "LOOK_AGAIN_S", 0.05)
        self.told: list[media.Command] = []
        self.window, self.desk = make_window((1366, 768), Look()), states()[state]
        self.seat = seat.Seat(
            self.window.equipment,
            EquipmentFile(folder),
            lambda kind: media.DeviceChoice(kind="generated"),
            devices_on=lambda: state.startswith("call"),
            tell_engine=self.told.append,
            draw=self.draw,
        )
        self.draw()

    def draw(self) -> None:
        """As the console does at each step of the desk."""
        self.window.show_desk(self.desk, Phrases("en"))

    def button(self, name: str) -> Button:
        """A visible button."""
        found = self.window.findChild(QWidget, name)
        assert isinstance(found, Button), name
        assert found.isVisible(), name
        return found

    @property
    def opened(self) -> list[media.Open]:
        """What the engine was told to open."""
        return [one for one in self.told if isinstance(one, media.Open)]

    async def until(self, true: Callable[[], bool]) -> None:
        """Let the loop and Qt work until it is so."""
        async with asyncio.timeout(5):
            while not true():
                await asyncio.sleep(0.01)
                self.app.processEvents()

    def named(self, words: str) -> bool:
        """Whether a visible button says this."""
        return any(one.text() == words and one.isVisible() for one in self.window.findChildren(Button))


async def test_a_microphone_is_chosen_applied_at_once_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, "break", monkeypatch)
    place.window.toggle_equipment()
    assert place.opened[-1].camera.kind == "generated", "on a break the camera is on while one looks at oneself"
    place.button("equipment.microphone").click()
    await place.until(lambda: place.named("Desk mic"))
    place.button("equipment.microphone.2").click()
    assert place.opened[-1].microphone == media.DeviceChoice(kind="device", name="Desk mic")
    place.button("equipment.listening.loudspeaker").click()
    assert place.opened[-1].listening == "loudspeaker"
    place.button("equipment.test").click()
    assert isinstance(place.told[-1], media.Cue)
    place.button("equipment.close").click()
    assert (place.opened[-1].camera.kind, place.opened[-1].microphone.kind) == ("none", "none")
    await place.seat.close()
    place.window.hide()
    kept = EquipmentFile(tmp_path).read()
    assert kept == Equipment(microphone="Desk mic", listening="loudspeaker")


async def test_the_list_follows_what_is_plugged_in_and_levels_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, "break", monkeypatch)
    place.window.toggle_equipment()
    place.button("equipment.camera").click()
    await place.until(lambda: place.named("Face cam"))
    place.button("equipment.camera.1").click()
    place.found = Found()
    await place.until(lambda: place.button("equipment.camera").text() == "Face cam (not plugged in)")
    place.seat.heard(media.Level(mic=-30.0, speaker=-96.0))
    assert [bar.share for bar in place.window.equipment.levels.values()] == [0.5, 0.0]
    place.window.equipment.hide()
    await place.seat.close()
    place.window.hide()


async def test_in_a_call_looking_at_the_panel_touches_no_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, "call", monkeypatch)
    place.seat.open(True)
    place.window.toggle_equipment()
    place.window.toggle_equipment()
    assert place.told == []
    await place.seat.close()
    place.window.hide()


def test_a_damaged_file_is_as_if_nothing_had_been_chosen(tmp_path: Path) -> None:
    (tmp_path / "equipment.json").write_text('{"listening": "shou')
    assert EquipmentFile(tmp_path).read() == Equipment()
