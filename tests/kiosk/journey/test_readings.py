"""Handing in readings: one register a screen, doubts with their consequence, the server's word last."""

from kiosk.journey import events as e
from kiosk.journey.effects import TellServer
from signaling.protocol import journey as i
from signaling.protocol.commands import ReadingSubmit
from signaling.protocol.journey import Step
from signaling.protocol.replies import ReadingAnswer
from signaling.protocol.values import Sum
from tests.kiosk.journey.people import Visitor, account, zone


def _at_readings(meters: int = 1) -> Visitor:
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="readings"))
    return visitor.identified(account(meters=meters))


def _accepted(visitor: Visitor, reference: str = "R2611-M-1") -> Visitor:
    answer = ReadingAnswer(outcome="accepted", reference=reference)
    return visitor.feel(e.ReadingAnswered(visitor.asked.number, answer))


def test_each_register_has_its_screen_with_last_value_and_usual_beside() -> None:
    shown = _at_readings().view.reading
    assert shown is not None
    assert (shown.zone, shown.zone_index, shown.zone_count) == ("T1", 0, 2)
    assert (shown.last_value, shown.usual_low, shown.usual_high) == (30_000, 150, 190)


def test_usual_values_go_to_the_server_together_and_bring_a_reference() -> None:
    visitor = _at_readings().type("030160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    command = visitor.asked.command
    assert isinstance(command, ReadingSubmit)
    assert (command.values, command.confirmed) == ({"T1": 30160, "T2": 12780}, False)
    assert command.taken_at == visitor.now
    assert visitor.view.busy
    _accepted(visitor)
    assert visitor.step is Step.READING_DONE
    assert visitor.view.references[0].value == "R2611-M-1"


def test_consumption_and_money_are_shown_while_typing() -> None:
    shown = _at_readings().type("30160").view.reading
    assert shown is not None
    assert (shown.units, shown.money) == (160, Sum(minor=56_000, currency="RUB"))


def test_an_unusual_value_says_what_it_comes_to_and_lets_the_person_go_on() -> None:
    visitor = _at_readings().type("31674").touch(i.Confirm())
    shown = visitor.view.reading
    assert shown is not None
    assert shown.needs_confirmation
    assert (shown.units, shown.money, shown.times_usual) == (1674, Sum(minor=585_900, currency="RUB"), 9)
    assert visitor.phrase == "reading.unusual"
    visitor.touch(i.Confirm())
    assert visitor.view.reading is not None
    assert visitor.view.reading.zone == "T2"


def test_what_was_confirmed_here_is_not_asked_a_second_time_by_the_server() -> None:
    visitor = _at_readings().type("31674").touch(i.Confirm(), i.Confirm()).type("12780").touch(i.Confirm())
    doubt = ReadingAnswer(outcome="needs_confirmation", reason="reading.unusual", units=1674, zone="T1")
    visitor.feel(e.ReadingAnswered(visitor.asked.number, doubt))
    assert isinstance(visitor.asked.command, ReadingSubmit)
    assert visitor.asked.command.confirmed
    assert _accepted(visitor).step is Step.READING_DONE


def test_a_doubt_only_the_server_has_is_shown_with_its_figures_and_confirmed_by_touch() -> None:
    visitor = _at_readings().type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    money = Sum(minor=56_000, currency="RUB")
    doubt = ReadingAnswer(
        outcome="needs_confirmation", reason="reading.beyond_physical", units=160, money=money, zone="T1"
    )
    visitor.feel(e.ReadingAnswered(visitor.asked.number, doubt))
    shown = visitor.view.reading
    assert shown is not None
    assert (shown.zone, shown.needs_confirmation, shown.money) == ("T1", True, money)
    visitor.touch(i.Confirm(), i.Confirm())
    assert isinstance(visitor.asked.command, ReadingSubmit)
    assert visitor.asked.command.confirmed


def test_correcting_the_value_drops_the_doubt_and_the_confirmation() -> None:
    visitor = _at_readings().type("31674").touch(i.Confirm(), i.Key(key="back"))
    assert visitor.view.reading is not None
    assert not visitor.view.reading.needs_confirmation
    assert visitor.phrase == ""


def test_below_the_last_value_names_the_choices_and_goes_nowhere() -> None:
    visitor = _at_readings().type("29000").touch(i.Confirm())
    notice = visitor.view.notice
    assert notice is not None
    assert notice.phrase == "reading.below_last"
    assert notice.values["last"] == "30000"
    assert "reading.choice.meter_replaced" in notice.values["choices"]
    assert visitor.view.reading is not None
    assert visitor.view.reading.typed == "29000"


def test_nothing_typed_asks_for_the_value() -> None:
    assert _at_readings().touch(i.Confirm()).phrase == "reading.empty"


def test_a_meter_takes_no_more_digits_than_it_has() -> None:
    shown = _at_readings().type("12345678").view.reading
    assert shown is not None
    assert shown.typed == "123456"


def test_back_goes_to_the_register_before_and_keeps_what_was_typed() -> None:
    visitor = _at_readings().type("30160").touch(i.Confirm()).type("127").touch(i.Back())
    assert visitor.view.reading is not None
    assert (visitor.view.reading.zone, visitor.view.reading.typed) == ("T1", "30160")
    visitor.touch(i.Back(), i.OpenService(service="readings"))
    assert visitor.view.reading is not None
    visitor.touch(i.Confirm())
    assert visitor.view.reading is not None
    assert (visitor.view.reading.zone, visitor.view.reading.typed) == ("T2", "127")


def test_two_meters_are_handed_in_one_after_the_other() -> None:
    visitor = _at_readings(meters=2).type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    _accepted(visitor)
    assert visitor.view.reading is not None
    assert (visitor.view.reading.meter_id, visitor.view.reading.zone_index) == ("M-2", 2)
    visitor.type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    assert _accepted(visitor, "R2611-M-2").step is Step.READING_DONE
    assert [reference.value for reference in visitor.view.references] == ["R2611-M-1", "R2611-M-2"]


def test_offline_the_reading_is_kept_with_its_moment_and_the_person_is_told_so() -> None:
    visitor = _at_readings().feel(e.WorldChanged(False, False))
    visitor.type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    assert (visitor.step, visitor.phrase) == (Step.READING_DONE, "reading.kept")
    (kept,) = [effect.command for effect in visitor.last if isinstance(effect, TellServer)]
    assert isinstance(kept, ReadingSubmit)
    assert kept.taken_at == visitor.now
    assert visitor.view.references == ()


def test_an_answer_that_never_came_keeps_the_reading_too() -> None:
    visitor = _at_readings().type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    visitor.feel(e.Refused(visitor.asked.number, "link.down"))
    assert (visitor.step, visitor.phrase) == (Step.READING_DONE, "reading.kept")
    assert len(visitor.told) == 1


def test_a_billing_system_that_is_away_keeps_what_was_typed_to_try_again() -> None:
    visitor = _at_readings().type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    visitor.feel(e.Refused(visitor.asked.number, "billing.unavailable"))
    assert (visitor.step, visitor.phrase) == (Step.READING, "error.billing.unavailable")
    visitor.touch(i.Confirm())
    assert _accepted(visitor).step is Step.READING_DONE


def test_an_acceptance_that_comes_when_the_person_went_on_is_still_noted() -> None:
    visitor = _at_readings().type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    visitor.touch(i.OpenService(service="payment"))
    _accepted(visitor)
    assert (visitor.step, visitor.phrase) == (Step.PAYMENT, "reading.taken_meanwhile")
    assert visitor.view.references[0].kind == "reading"


def test_the_servers_refusal_is_shown_at_its_register() -> None:
    visitor = _at_readings().type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())
    answer = ReadingAnswer(outcome="refused", reason="reading.above_next", zone="T1")
    visitor.feel(e.ReadingAnswered(visitor.asked.number, answer))
    assert visitor.view.reading is not None
    assert (visitor.view.reading.zone, visitor.phrase) == ("T1", "reading.above_next")


def _being_handed_in(visitor: Visitor) -> Visitor:
    return visitor.type("30160").touch(i.Confirm()).type("12780").touch(i.Confirm())


def test_what_is_being_handed_in_stands_while_the_server_is_asked() -> None:
    visitor = _being_handed_in(_at_readings())
    asked = visitor.asked
    visitor.touch(i.Key(key="clear"), i.Key(key="9"))
    visitor.feel(e.Refused(asked.number, "link.down"))
    (kept,) = visitor.told
    assert isinstance(kept, ReadingSubmit)
    assert (kept.values, kept.confirmed) == ({"T1": 30160, "T2": 12780}, True)


def _with_another_account(visitor: Visitor, meters: int) -> Visitor:
    """The operator of a conversation proposes another account's number while a reading is being handed in."""
    _being_handed_in(visitor)
    visitor.operator(i.AskPermission()).touch(i.Permit(granted=True))
    visitor.operator(i.Propose(field="account", value="9999999999")).touch(i.DecideProposal(accepted=True))
    return visitor.feel(e.AccountFound(visitor.asked.number, account("9999999999", meters=meters)))


def _talking() -> Visitor:
    visitor = Visitor().touch(i.Touch()).in_call()
    return visitor.touch(i.OpenService(service="readings")).identified()


def test_a_reading_that_nobody_answered_is_kept_for_the_account_it_was_typed_for() -> None:
    visitor = _talking()
    _with_another_account(visitor, meters=1)
    (number,) = [waiting.number for waiting in visitor.journey.pending]
    visitor.feel(e.Refused(number, "link.down"))
    (kept,) = visitor.told
    assert isinstance(kept, ReadingSubmit)
    assert (kept.account, kept.values) == ("7400124417", {"T1": 30160, "T2": 12780})
    assert not visitor.journey.readings.handed_in


def test_a_doubt_about_an_account_no_longer_in_view_is_told_and_asks_nothing() -> None:
    visitor = _talking()
    _with_another_account(visitor, meters=0)
    (number,) = [waiting.number for waiting in visitor.journey.pending]
    visitor.feel(e.ReadingAnswered(number, ReadingAnswer(outcome="needs_confirmation", reason="reading.unusual")))
    assert visitor.phrase == "reading.not_taken_meanwhile"


def test_a_visit_that_ends_before_the_answer_leaves_the_reading_to_arrive_later() -> None:
    visitor = _being_handed_in(_at_readings()).touch(i.Finish(), i.Finish())
    (kept,) = visitor.told
    assert isinstance(kept, ReadingSubmit)
    assert (kept.values, kept.confirmed) == ({"T1": 30160, "T2": 12780}, True)
    assert visitor.journey.ended


def test_a_zone_this_build_does_not_know_is_typed_and_judged_by_the_server() -> None:
    known = account()
    meter = known.meters[0].model_copy(update={"zones": (zone("T4", 30_000),)})
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="readings"))
    visitor.identified(known.model_copy(update={"meters": (meter,)})).type("30160").touch(i.Confirm())
    assert isinstance(visitor.asked.command, ReadingSubmit)
    assert visitor.asked.command.values == {"T4": 30160}


def test_a_reading_is_not_said_to_be_kept_where_the_disk_refuses_it() -> None:
    visitor = _being_handed_in(_at_readings().feel(e.WorldChanged(False, False)))
    assert visitor.phrase == "reading.kept"
    visitor.feel(e.WorldChanged(False, False, keeps=False))
    assert visitor.phrase == "reading.not_kept"
    other = _being_handed_in(_at_readings().feel(e.WorldChanged(False, False, keeps=False)))
    assert (other.step, other.phrase, other.told) == (Step.READING, "error.link.down", [])


def test_of_several_meters_one_may_be_left_out() -> None:
    visitor = _at_readings(meters=3).touch(i.SkipMeter())
    assert visitor.view.reading is not None
    assert (visitor.view.reading.meter_id, visitor.view.reading.can_skip) == ("M-2", True)
    _accepted(_being_handed_in(visitor))
    assert visitor.view.reading is not None
    assert visitor.view.reading.meter_id == "M-3"
    assert visitor.touch(i.SkipMeter()).step is Step.READING_DONE
    visitor.touch(i.OpenService(service="readings"))
    assert visitor.view.reading is not None
    assert visitor.view.reading.meter_id == "M-1", "what was left out may be handed in after all"


def test_who_leaves_every_meter_out_is_back_at_the_services() -> None:
    assert _at_readings(meters=2).touch(i.SkipMeter(), i.SkipMeter()).step is Step.MENU
    one = _at_readings()
    assert one.view.reading is not None
    assert not one.view.reading.can_skip


def test_a_meter_that_is_being_handed_in_is_not_left_out() -> None:
    visitor = _being_handed_in(_at_readings(meters=2)).touch(i.SkipMeter())
    assert visitor.view.busy
    assert _accepted(visitor).view.reading is not None
