"""media/capture/source.py: the camera's thread, still, mute and a camera that comes and goes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from media.capture import CameraLost, generated, source
from media.capture.film import RawFilm
from media.capture.opencv import DeviceCamera, FileCamera, fitted
from media.messages import DeviceBack, DeviceChoice, DeviceLost, Event, Open, StillShown
from media.timecode import TimeCode, draw, read

GENERATED = DeviceChoice(kind="generated")


class Stage:
    """A source and what it told."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.order = Open(camera=GENERATED, width=320, height=180)
        self.source = source.PictureSource(asyncio.get_running_loop(), self.told.append, self.order)

    async def until(self, wanted: Callable[[Any], bool]) -> Any:
        """The first picture that is as wanted."""
        number, deadline = 0, time.monotonic() + 20
        while time.monotonic() < deadline:
            shot = await asyncio.wait_for(self.source.after(number), 10)
            number = shot.number
            picture = cv2.cvtColor(shot.planes, cv2.COLOR_YUV2BGR_I420)
            if wanted(picture):
                return picture
        raise AssertionError("the wanted picture never came")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    await made.source.close()


async def test_only_the_latest_picture_is_kept_for_a_slow_reader(stage: Stage) -> None:
    stage.source.start()
    first = await stage.source.after(0)
    await stage.source.after(first.number + 5)
    late = await stage.source.after(first.number)
    assert late.number >= first.number + 6


async def test_no_camera_picture_is_given_out_behind_a_still(stage: Stage) -> None:
    stage.source.start()
    await stage.until(lambda picture: read(picture) is not None)
    number = (await stage.source.after(0)).number
    stage.source.show_still(True)
    for _ in range(4):
        shot = await asyncio.wait_for(stage.source.after(number), 5)
        number = shot.number
        assert read(cv2.cvtColor(shot.planes, cv2.COLOR_YUV2BGR_I420)) is None
    assert stage.told == [StillShown(on=True)]
    stage.source.show_still(False)
    await stage.until(lambda picture: read(picture) is not None)
    assert stage.told[-1] == StillShown(on=False)


async def test_a_still_is_told_although_the_camera_hangs_and_each_time_it_is_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung = threading.Event()

    class Hung:
        def read(self) -> Any:
            hung.wait(30)
            raise CameraLost("at last")

        skip = read

        def close(self) -> None:
            pass

    monkeypatch.setattr(source, "open_camera", lambda *_: Hung())
    stage.source.start()
    for count in (1, 2):
        stage.source.show_still(True)
        deadline = time.monotonic() + 10
        while stage.told != [StillShown(on=True)] * count:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
    hung.set()


async def test_pictures_the_camera_kept_from_behind_a_still_do_not_come_out_after_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = generated.GeneratedCamera(320, 180, 30)

    class Slow:
        """A camera whose pictures are two old, as a driver's queue makes them."""

        def __init__(self) -> None:
            self.queue = [camera.read(), camera.read()]

        def read(self) -> Any:
            self.queue.append(camera.read())
            return self.queue.pop(0)

        def skip(self) -> None:
            self.read()

        def close(self) -> None:
            pass

    monkeypatch.setattr(source, "open_camera", lambda *_: Slow())
    stage.source.start()
    await stage.until(lambda picture: read(picture) is not None)
    stage.source.show_still(True)
    await stage.until(lambda picture: read(picture) is None)
    ended = int(time.time() * 1000)
    stage.source.show_still(False)
    picture = await stage.until(lambda picture: read(picture) is not None)
    code = read(picture)
    assert code is not None
    assert (code.ms - ended) % 2**32 < 2**31  # made after the still's end


async def test_a_camera_that_is_missing_is_told_once_and_a_drawing_is_sent(stage: Stage) -> None:
    stage.source.choose(stage.order.model_copy(update={"camera": DeviceChoice(kind="file", path="/no/such.avi")}))
    stage.source.start()
    for _ in range(3):
        await stage.until(lambda picture: read(picture) is None)
    assert [event for event in stage.told if isinstance(event, DeviceLost)] == stage.told
    assert len(stage.told) == 1


async def test_a_camera_lost_in_the_call_comes_back_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plugged = True

    class Cable:
        def __init__(self, *_: Any) -> None:
            if not plugged:
                raise CameraLost("not there")
            self.camera = generated.GeneratedCamera(320, 180, 30)

        def read(self) -> Any:
            if not plugged:
                raise CameraLost("pulled out")
            return self.camera.read()

        def skip(self) -> None:
            self.read()

        def close(self) -> None:
            self.camera.close()

    monkeypatch.setattr(source, "open_camera", Cable)
    monkeypatch.setattr(source, "RETRY", 0.1)
    stage.source.start()
    await stage.until(lambda picture: read(picture) is not None)
    plugged = False
    await stage.until(lambda picture: read(picture) is None)
    plugged = True
    await stage.until(lambda picture: read(picture) is not None)
    assert [type(event) for event in stage.told] == [DeviceLost, DeviceBack]


def test_a_video_file_is_played_over_and_over(tmp_path: Path) -> None:
    path = tmp_path / "two.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 180))
    for counter in (1, 2):
        picture = np.full((180, 320, 3), 127, dtype=np.uint8)
        draw(picture, TimeCode(counter, 0))
        writer.write(picture)
    writer.release()
    camera = FileCamera(str(path), 320, 180, fps=60)
    codes = [read(camera.read()) for _ in range(5)]
    camera.close()
    assert [code.counter for code in codes if code is not None] == [1, 2, 1, 2, 1]


def test_a_device_that_is_not_there_is_lost_not_a_crash() -> None:
    with pytest.raises(CameraLost):
        DeviceCamera("/dev/no-such-camera", 640, 360, 30)


def test_pictures_of_another_shape_are_scaled_and_cut_to_the_size_of_the_call() -> None:
    assert fitted(np.zeros((480, 640, 3), dtype=np.uint8), 1280, 720).shape == (720, 1280, 3)
    assert fitted(np.zeros((1080, 1920, 3), dtype=np.uint8), 320, 180).shape == (180, 320, 3)


def test_a_raw_film_is_played_as_it_is_over_and_over(tmp_path: Path) -> None:
    path, pictures = tmp_path / "two.y4m", [np.full((270, 320), value, dtype=np.uint8) for value in (40, 90)]
    path.write_bytes(b"YUV4MPEG2 W320 H180 F30:1 C420jpeg\n" + b"".join(b"FRAME\n" + p.tobytes() for p in pictures))
    camera = RawFilm(str(path), 320, 180, 200)
    assert [int(camera.read()[0, 0]) for _ in range(3)] == [40, 90, 40]
    camera.skip()
    assert int(camera.read()[0, 0]) == 40
    camera.close()
    smaller = RawFilm(str(path), 160, 90, 200)
    assert smaller.read().shape == (135, 160)
    smaller.close()


def test_a_file_that_is_no_raw_film_is_a_lost_camera(tmp_path: Path) -> None:
    path = tmp_path / "no.y4m"
    path.write_bytes(b"RIFF and so on")
    with pytest.raises(CameraLost):
        RawFilm(str(path), 320, 180, 30)


async def test_a_camera_nobody_looks_at_makes_few_pictures_and_all_as_soon_as_one_does(stage: Stage) -> None:
    stage.source.start()
    first = await stage.source.after(0)
    await asyncio.sleep(source.WANTED_FOR + 0.2)  # the time in which nobody asks is what is tested
    before = stage.source.latest
    assert before is not None
    await asyncio.sleep(1.0)
    after = stage.source.latest
    assert after is not None
    assert 2 <= after.number - before.number <= source.IDLE_FPS + 2
    began = time.monotonic()
    for _ in range(8):
        after = await stage.source.after(after.number)
    assert time.monotonic() - began < 6 / source.IDLE_FPS
    assert after.number > first.number
