"""The journal on a disk that loses what was not synced, cut off at every single operation."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest

from ground.simulated_disk import PowerCut, SimulatedDisk
from payment import effects as do
from payment import events as e
from payment.answers import PoiTransaction, Slip
from payment.errors import JournalBroken, JournalDamaged
from payment.events import entry_to_json
from payment.journal import NAME, Journal
from payment.moves import State
from tests.payment.purchases import OTHER_SLIP, SLIP, Play, approved, reversing


def opened(disk: SimulatedDisk) -> Journal:
    journal = Journal(disk)
    journal.open()
    return journal


def life() -> list[e.Event]:
    """From intent over a lost answer and a wrong amount to a reversal: every kind of request is sent."""
    return [
        e.PaymentAsked("PAY1"),
        e.NotSent("TimeoutError"),
        e.Woken("PAY2"),
        e.AnswerLost("reset"),
        e.Woken("ASK1"),
        e.ChargedOtherAmount(OTHER_SLIP),
        e.Woken("REV1"),
        e.ReversalLost("reset"),
        e.Woken("ASK2"),
        e.Reversed(),
    ]


def perform(journal: Journal, sent: list[do.Effect]) -> None:
    """Live the life above: the journal is written, everything else counts as done to the world."""
    play = Play()
    carry_out(journal, play.effects, sent)
    for event in life():
        carry_out(journal, play.feed(event), sent)
        if len(play.entries) == 5:
            journal.acknowledged("p1", 4)


def carry_out(journal: Journal, effects: list[do.Effect], sent: list[do.Effect]) -> None:
    for effect in effects:
        if isinstance(effect, do.WriteJournal):
            journal.write(effect.entry)
        else:
            sent.append(effect)


def forgotten(sent: list[do.Effect], journal: Journal) -> list[do.Effect]:
    """Requests that the world has seen and the journal does not know."""
    purchase = journal.purchases().get("p1")
    spent = purchase.spent_ids if purchase else ()
    entries = journal.entries_after("p1", 0)
    return [
        effect
        for effect in sent
        if (isinstance(effect, do.SendPayment | do.SendReversal) and effect.service_id not in spent)
        or (isinstance(effect, do.Replicate) and effect.entry not in entries)
    ]


def operations_of_a_life() -> int:
    disk = SimulatedDisk()
    perform(opened(disk), [])
    return disk.operations


@pytest.mark.parametrize("seed", range(5))
def test_after_a_power_cut_at_any_operation_nothing_that_was_sent_is_forgotten(seed: int) -> None:
    total = operations_of_a_life()
    assert total > 20
    for cut in range(total):
        disk, sent = SimulatedDisk(seed=seed, cut_after=cut), []
        with pytest.raises(PowerCut):
            perform(opened(disk), sent)
        disk.power_cut()
        again = opened(disk)
        assert forgotten(sent, again) == [], f"cut {cut}"
        if purchase := again.purchases().get("p1"):
            again.write(e.Entry("p1", purchase.seq + 1, e.Restarted("BOOT1", True), purchase.begun_at))
            assert opened(disk).purchases()["p1"].seq == purchase.seq + 1


def test_a_disk_that_lies_about_its_sync_is_noticed_by_that_test() -> None:
    losses = 0
    for cut in range(operations_of_a_life()):
        disk, sent = SimulatedDisk(seed=cut, cut_after=cut, lie_about_sync=True), []
        with pytest.raises(PowerCut):
            perform(opened(disk), sent)
        disk.power_cut()
        losses += len(forgotten(sent, opened(disk)))
    assert losses > 0


def test_a_torn_tail_is_cut_off_wherever_it_is_torn() -> None:
    disk = SimulatedDisk()
    journal = opened(disk)
    for entry in approved().entries:
        journal.write(entry)
    whole = disk.read(NAME) or b""
    last = whole.rindex(b"\n", 0, -1) + 1
    for size in range(last, len(whole)):
        torn = SimulatedDisk()
        torn.replace(NAME, whole[:size])
        assert opened(torn).purchases()["p1"].state is State.AUTHORISING
        assert torn.read(NAME) == whole[:last]


def test_damage_in_the_middle_is_an_error_and_never_silently_cut() -> None:
    disk = SimulatedDisk()
    journal = opened(disk)
    for entry in reversing().entries:
        journal.write(entry)
    whole = bytearray(disk.read(NAME) or b"")
    whole[40] ^= 1
    disk.replace(NAME, bytes(whole))
    with pytest.raises(JournalDamaged):
        opened(disk)


@pytest.mark.parametrize(
    "text", ['{"purchase_id": "p1"}', entry_to_json(approved().entries[0]).replace('"RUB"', '"rub"')]
)
def test_a_whole_line_that_is_no_entry_is_damage(text: str) -> None:
    disk = SimulatedDisk()
    journal = opened(disk)
    journal._append(text)
    with pytest.raises(JournalDamaged):
        opened(disk)


def test_entries_that_contradict_the_rules_are_damage() -> None:
    disk = SimulatedDisk()
    journal = opened(disk)
    entries = approved().entries
    journal.write(entries[0])
    journal.write(entries[2])
    with pytest.raises(JournalDamaged):
        opened(disk).purchases()


def test_what_the_server_acknowledged_is_not_sent_again_after_a_restart() -> None:
    disk = SimulatedDisk()
    journal = opened(disk)
    entries = approved().entries
    for entry in entries:
        journal.write(entry)
    assert journal.unacknowledged() == entries
    journal.acknowledged("p1", 2)
    journal.acknowledged("p1", 1)
    disk.power_cut()
    again = opened(disk)
    assert again.unacknowledged() == entries[2:]
    assert again.entries_after("p1", 1) == entries[1:]


class FullDisk(SimulatedDisk):
    """No space left on the device."""

    def _operation(self) -> None:
        if self.operations >= 3:
            raise OSError(28, "No space left on device")
        super()._operation()


def test_a_disk_that_refuses_a_write_stops_the_journal_for_good() -> None:
    journal = opened(FullDisk())
    journal.write(approved().entries[0])
    for _ in range(2):
        with pytest.raises(JournalBroken):
            journal.write(approved().entries[1])


class ForgetfulDisk(SimulatedDisk):
    """A sync that fails once: what it should have written stays readable, counts as clean, and is never written."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_next, self.lost = False, b""
        self.harmed: object = None

    def open_append(self, name: str) -> Any:
        file, disk = super().open_append(name), self
        kept = disk.files[name]

        class File:
            append, close = file.append, file.close

            def sync(self) -> None:
                if disk.fails_next:
                    disk.fails_next = False
                    disk.lost, kept.pending = kept.pending, b""
                    kept.durable += disk.lost  # readable until the power goes
                    raise OSError(5, "Input/output error")
                file.sync()

        return File()

    def power_cut(self) -> None:
        file = self.files[NAME]
        if file is self.harmed:
            file.durable = file.durable.replace(self.lost, b"\0" * len(self.lost))
        super().power_cut()


def test_after_a_sync_that_failed_the_journal_is_written_anew_and_outlives_a_power_cut() -> None:
    disk = ForgetfulDisk()
    journal = opened(disk)
    entries = approved().entries
    journal.write(entries[0])
    disk.fails_next = True
    with pytest.raises(JournalBroken):
        journal.write(entries[1])
    disk.harmed = disk.files[NAME]
    again = opened(disk)
    assert [entry.seq for entry in again.entries_after("p1", 0)] == [1, 2]
    again.write(entries[2])
    disk.power_cut()
    assert [entry.seq for entry in opened(disk).entries_after("p1", 0)] == [1, 2, 3]


def test_letters_of_every_language_survive() -> None:
    disk = SimulatedDisk()
    journal = opened(disk)
    slip = Slip(SLIP.amount, PoiTransaction("x", "y"), receipt=("Оплата", "Rēķins", "₽"))
    play = Play(e.PaymentAsked("PAY1"), e.Charged(slip))
    for entry in play.entries:
        journal.write(entry)
    assert opened(disk).purchases()["p1"].slip == slip


def test_forgetting_keeps_the_others_and_is_whole_at_any_power_cut() -> None:
    def written(disk: SimulatedDisk) -> Journal:
        journal = opened(disk)
        for name in ("p1", "p2"):
            for entry in approved().entries:
                journal.write(replace(entry, purchase_id=name))
            journal.acknowledged(name, 2)
        return journal

    before = SimulatedDisk()
    written(before)
    for cut in range(before.operations, before.operations + 2):
        disk = SimulatedDisk(cut_after=cut)
        journal = written(disk)
        with contextlib.suppress(PowerCut):
            journal.forget({"p1"})
            journal.acknowledged("p2", 3)
        disk.power_cut()
        again = opened(disk)
        assert set(again.purchases()) in ({"p1", "p2"}, {"p2"})
        assert [entry.seq for entry in again.unacknowledged() if entry.purchase_id == "p2"] == [3]
    journal = written(SimulatedDisk())
    journal.forget({"p1"})
    assert set(journal.purchases()) == {"p2"}
