"""What must arrive is on the disk before it is sent, and not one moment longer than it waits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.disk import RealDisk
from ground.simulated_disk import PowerCut, SimulatedDisk
from kiosk.agent.outbox import NAME, Outbox, OutboxBroken
from signaling.protocol.commands import RatingGive, ReadingSubmit, VisitEnd
from tests.kiosk.agent.full_disk import FullDisk

_END = VisitEnd(visit_id="v-1", outcome="finished")
_READING = ReadingSubmit(visit_id="v-1", account="7400124417", meter_id="M-1", values={"T1": 30160}, confirmed=True)


def _opened(disk: SimulatedDisk) -> Outbox:
    outbox = Outbox(disk)
    outbox.open()
    return outbox


def test_what_was_added_is_there_after_a_power_cut_in_its_order() -> None:
    disk = SimulatedDisk()
    outbox = _opened(disk)
    outbox.add("1", _READING)
    outbox.add("2", _END)
    disk.power_cut()
    assert _opened(disk).waiting == (("1", _READING), ("2", _END))


def test_what_was_answered_does_not_come_again_and_nothing_personal_stays() -> None:
    disk = SimulatedDisk()
    outbox = _opened(disk)
    outbox.add("1", _READING)
    outbox.add("2", _END)
    outbox.done("1")
    assert outbox.waiting == (("2", _END),)
    outbox.done("2")
    assert disk.read(NAME) == b""
    assert _opened(disk).waiting == ()


def test_an_answer_for_something_unknown_is_nothing() -> None:
    outbox = _opened(SimulatedDisk())
    outbox.done("never there")
    assert outbox.waiting == ()


@given(cut=st.integers(0, 12), seed=st.integers(0, 1000))
def test_whatever_was_promised_survives_a_cut_at_any_moment(cut: int, seed: int) -> None:
    disk = SimulatedDisk(seed=seed, cut_after=cut)
    promised: list[str] = []
    answered: set[str] = set()
    try:
        outbox = _opened(disk)
        for number in range(4):
            outbox.add(str(number), RatingGive(session_id=f"s-{number}", stars=5))
            promised.append(str(number))
            if number % 2:
                answered.add(str(number))
                outbox.done(str(number))
    except PowerCut:
        pass  # where it was planned, or at the end
    disk.power_cut()
    waiting = [command_id for command_id, _ in _opened(disk).waiting]
    assert set(promised) - answered <= set(waiting)
    assert waiting == sorted(waiting)


def test_lines_of_a_newer_program_are_passed_over(tmp_path: Path) -> None:
    disk = RealDisk(tmp_path)
    lines = [b'{"id": "1", "command": {"type": "of.the.future"}}', b"not json", b'["a list"]', b""]
    disk.replace(NAME, b"\n".join(lines))
    outbox = Outbox(disk)
    outbox.open()
    assert outbox.waiting == ()
    outbox.close()


def test_only_commands_of_the_protocol_are_kept() -> None:
    outbox = _opened(SimulatedDisk())
    with pytest.raises(ValueError):
        outbox.add("1", {"type": "nonsense"})  # type: ignore[arg-type]


def test_a_full_disk_costs_nothing_that_was_kept_before_or_after(tmp_path: Path) -> None:
    disk = FullDisk(tmp_path)
    outbox = Outbox(disk)
    outbox.open()
    outbox.add("1", _READING)
    disk.full = True
    with pytest.raises(OutboxBroken):
        outbox.add("2", _END)
    assert not outbox.keeps
    assert not outbox.mend()
    disk.full = False
    outbox.add("3", _END)
    assert outbox.keeps
    outbox.close()
    again = Outbox(RealDisk(tmp_path))
    again.open()
    assert again.waiting == (("1", _READING), ("2", _END), ("3", _END))
    again.close()


def test_a_machine_with_a_full_disk_starts_all_the_same(tmp_path: Path) -> None:
    disk = FullDisk(tmp_path)
    disk.full = True
    outbox = Outbox(disk)
    outbox.open()
    assert not outbox.keeps
    disk.full = False
    assert outbox.mend()
    outbox.close()
