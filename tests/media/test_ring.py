"""media/ring.py"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from media.ring import Ring, RingError

_WRITER = """
import sys, time
import numpy as np
from media.ring import Ring
ring = Ring.attach(sys.argv[1])
for number in range(1, int(sys.argv[2]) + 1):
    width = 64 + number % 3 * 64
    memory = ring.begin(width, 90)
    shown = np.frombuffer(memory, dtype=np.uint32)
    half = len(shown) // 2
    shown[:half] = number
    time.sleep(0)
    shown[half:] = number
    ring.publish(taken_at=time.monotonic())
"""


def test_what_was_written_last_is_read_with_its_times() -> None:
    ring = Ring.create(64, 32)
    assert ring.latest() is None
    for value in (1, 2):
        memory = ring.begin(4, 2)
        memory[:] = bytes([value]) * 32
        before = time.monotonic()
        ring.publish(taken_at=5.0)
    frame = ring.latest()
    assert frame is not None
    assert (frame.number, frame.width, frame.height, frame.taken_at) == (2, 4, 2, 5.0)
    assert bytes(frame.pixels) == b"\2" * 32
    assert before <= frame.written_at <= time.monotonic()
    assert ring.latest(after=2) is None
    del memory, frame
    ring.close()


def test_a_closed_ring_gives_nothing_and_a_held_picture_stays_readable() -> None:
    ring = Ring.create(8, 8)
    ring.begin(8, 8)[:] = b"\7" * 256
    ring.publish(0.0)
    frame = ring.latest()
    assert frame is not None
    pixels = np.frombuffer(frame.pixels, dtype=np.uint8)
    ring.close()
    ring.close()
    assert ring.latest() is None
    assert (pixels == 7).all()


def test_a_held_picture_is_not_overwritten_however_many_follow() -> None:
    ring = Ring.create(8, 8)
    ring.begin(8, 8)[:] = b"\7" * 256
    ring.publish(0.0)
    held = ring.latest()
    assert held is not None
    for _ in range(20):
        ring.begin(8, 8)[:] = b"\1" * 256
        ring.publish(0.0)
        assert bytes(held.pixels) == b"\7" * 256
    newest = ring.latest(held.number)
    assert newest is not None
    assert newest.number == 21


def test_a_picture_that_is_too_big_is_refused() -> None:
    ring = Ring.create(8, 8)
    with pytest.raises(RingError):
        ring.begin(9, 8)


def test_an_address_of_another_size_is_refused() -> None:
    ring = Ring.create(64, 64)
    with pytest.raises(RingError):
        Ring.attach(f"fd:{ring.fd}:32x32")


def test_no_torn_picture_is_seen_while_another_process_writes_as_fast_as_it_can() -> None:
    ring = Ring.create(192, 90)
    count = 6000
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, ring.address, str(count)], pass_fds=[ring.fd])
    seen, number, deadline = 0, 0, time.monotonic() + 60
    while number < count and time.monotonic() < deadline:
        frame = ring.latest(after=number)
        if frame is None:
            continue
        assert frame.number > number
        number = frame.number
        pixels = np.frombuffer(frame.pixels, dtype=np.uint32)
        assert frame.width == 64 + number % 3 * 64
        for _ in range(3):  # it must stay whole for as long as it is held
            assert (pixels == number).all()
        seen += 1
        del pixels, frame
    assert writer.wait(30) == 0
    assert number == count
    assert seen > 100


def test_a_reader_that_ends_leaves_the_ring_to_the_others() -> None:
    ring = Ring.create(8, 8)
    code = "import sys; from media.ring import Ring; assert Ring.attach(sys.argv[1]).latest().number == 1"
    ring.begin(8, 8)[:] = b"\3" * 256
    ring.publish(0.0)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, ring.address], pass_fds=[ring.fd], check=True, timeout=60)
    frame = ring.latest()
    assert frame is not None
    assert frame.number == 1
