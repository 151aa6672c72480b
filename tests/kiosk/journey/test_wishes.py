"""What a customer's touches do: begin, identify, go back, finish, fall silent."""

import pytest

from kiosk.journey import IllegalMove, Settings
from kiosk.journey import events as e
from kiosk.journey.effects import AskServer, BeginVisit, EndVisit, WakeAt
from signaling.protocol import journey as i
from signaling.protocol.commands import AccountFind, TicketLeave
from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import Ease, Step
from tests.kiosk.journey.people import Visitor, account


def test_a_touch_begins_a_visit_at_the_menu_in_the_kiosks_first_language() -> None:
    visitor = Visitor().touch(i.Touch())
    assert visitor.step is Step.MENU
    assert BeginVisit("ru") in visitor.last


def test_a_kiosk_set_so_asks_for_the_language_first() -> None:
    visitor = Visitor(Settings(ask_language_first=True)).touch(i.Touch())
    assert visitor.step is Step.LANGUAGE
    assert visitor.touch(i.ChooseLanguage(language="lv")).step is Step.MENU
    assert visitor.view.language == "lv"


def test_touching_a_language_on_the_attract_screen_begins_in_it() -> None:
    visitor = Visitor().touch(i.ChooseLanguage(language="en"))
    assert (visitor.step, visitor.view.language) == (Step.MENU, "en")
    assert BeginVisit("en") in visitor.last


def test_the_language_can_be_changed_anywhere_without_losing_what_was_typed() -> None:
    visitor = (
        Visitor().touch(i.Touch(), i.OpenService(service="readings")).type("740").touch(i.ChooseLanguage(language="lv"))
    )
    assert (visitor.step, visitor.view.typed_account, visitor.view.language) == (Step.IDENTIFY, "740", "lv")


def test_a_service_asks_who_the_person_is_and_then_goes_on_to_it() -> None:
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="payment"))
    assert visitor.step is Step.IDENTIFY
    visitor.identified()
    assert isinstance(visitor.asked.command, AccountFind)
    assert visitor.asked.command.number == "7400124417"
    assert visitor.step is Step.PAYMENT
    assert visitor.view.typed_account == ""


def test_a_wrong_account_is_said_kindly_and_keeps_its_digits_to_correct() -> None:
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="readings")).type("7400").touch(i.Confirm())
    assert visitor.view.busy
    visitor.feel(e.Refused(visitor.asked.number, ErrorCode.ACCOUNT_UNKNOWN.value))
    assert (visitor.step, visitor.view.typed_account, visitor.phrase) == (
        Step.IDENTIFY,
        "7400",
        "error.account.unknown",
    )
    assert not visitor.view.busy


@pytest.mark.parametrize("code", [*(code.value for code in ErrorCode), "link.down", "something.newer"])
def test_every_refusal_has_a_phrase(code: str) -> None:
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="readings")).type("7").touch(i.Confirm())
    visitor.feel(e.Refused(visitor.asked.number, code))
    expected = "error.server.internal" if code == "something.newer" else f"error.{code}"
    assert visitor.phrase == expected


def test_an_answer_for_digits_that_were_changed_meanwhile_is_not_used() -> None:
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="readings")).type("7400").touch(i.Confirm())
    old = visitor.asked.number
    visitor.type("1").feel(e.AccountFound(old, account()))
    assert (visitor.step, visitor.view.account) == (Step.IDENTIFY, None)


def test_an_empty_number_asks_nothing_of_the_server() -> None:
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="readings"), i.Confirm())
    assert visitor.phrase == "identify.empty"
    assert not any(isinstance(effect, AskServer) for effect in visitor.all)


def test_a_customer_card_on_the_attract_screen_begins_and_identifies() -> None:
    visitor = Visitor().feel(e.CardPresented("04A1B2C3D4E5F6"))
    assert visitor.step is Step.MENU
    assert isinstance(visitor.asked.command, AccountFind)
    assert visitor.asked.command.card_uid == "04A1B2C3D4E5F6"
    visitor.feel(e.AccountFound(visitor.asked.number, account()))
    assert visitor.view.account is not None


def test_an_unknown_card_leads_to_the_number_pad() -> None:
    visitor = Visitor().feel(e.CardPresented("04A1B2C3"))
    visitor.feel(e.Refused(visitor.asked.number, "account.unknown"))
    assert (visitor.step, visitor.phrase) == (Step.IDENTIFY, "error.account.unknown")


def test_a_card_laid_down_later_does_not_change_whose_account_is_open() -> None:
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="payment")).identified()
    visitor.feel(e.CardPresented("04FFFFFF"))
    assert visitor.step is Step.PAYMENT
    assert not visitor.last or all(isinstance(effect, WakeAt) for effect in visitor.last)


def test_offline_looking_up_an_account_is_clearly_refused_and_keeps_the_digits() -> None:
    visitor = Visitor().feel(e.WorldChanged(False, False)).touch(i.Touch(), i.OpenService(service="readings"))
    visitor.type("740").touch(i.Confirm())
    assert (visitor.phrase, visitor.view.typed_account, visitor.view.online) == ("error.link.down", "740", False)
    visitor.feel(e.WorldChanged(True, True))
    assert visitor.phrase == ""


def test_a_kiosk_that_is_not_let_in_serves_nobody_until_it_is() -> None:
    visitor = Visitor().feel(e.WorldChanged(False, False, in_service=False))
    assert visitor.touch(i.Touch()).step is Step.OUT_OF_SERVICE
    assert visitor.feel(e.WorldChanged(True, True)).step is Step.ATTRACT


def test_losing_the_right_to_serve_does_not_throw_a_person_out() -> None:
    visitor = Visitor().touch(i.Touch()).feel(e.WorldChanged(False, False, in_service=False))
    assert visitor.step is Step.MENU


def test_finish_shows_the_references_and_ends_with_the_next_touch() -> None:
    visitor = Visitor().touch(i.Touch(), i.Finish())
    assert visitor.step is Step.GOODBYE
    assert visitor.touch(i.Finish()).last[-1] == WakeAt(None)
    assert EndVisit("finished") in visitor.last
    assert visitor.journey.ended


def test_goodbye_still_has_a_way_back_to_the_menu() -> None:
    assert Visitor().touch(i.Touch(), i.Finish(), i.Back()).step is Step.MENU


def test_the_idle_warning_gives_thirty_seconds_and_one_touch_extends_it() -> None:
    visitor = Visitor().touch(i.Touch()).wait(60)
    assert visitor.view.idle_warning_s == 30
    visitor.wait(29)
    assert visitor.view.idle_warning_s == 1
    visitor.touch(i.Touch())
    assert visitor.view.idle_warning_s is None
    assert not visitor.wait(60).journey.ended
    assert visitor.wait(31).journey.ended
    assert EndVisit("idle") in visitor.all


def test_slower_triples_every_quiet_time() -> None:
    visitor = Visitor().touch(i.Touch(), i.SetEase(ease=Ease(slower=True))).wait(179)
    assert visitor.view.idle_warning_s is None
    visitor.wait(2)
    assert visitor.view.idle_warning_s == 89


def test_walking_away_from_goodbye_is_finishing() -> None:
    visitor = Visitor().touch(i.Touch(), i.Finish()).wait(61)
    assert EndVisit("finished") in visitor.all


def test_the_attract_screen_waits_for_ever() -> None:
    assert not Visitor().wait(100_000).journey.ended


def test_finish_in_the_line_asks_once_and_gives_the_place_back() -> None:
    visitor = Visitor().touch(i.Touch()).in_line().touch(i.Finish())
    assert (visitor.step, visitor.phrase) == (Step.WAITING, "waiting.leave_question")
    ticket_id = visitor.journey.ticket_id
    assert visitor.touch(i.Finish()).step is Step.GOODBYE
    assert visitor.told == [TicketLeave(ticket_id=str(ticket_id))]
    assert all(reference.kind != "ticket" for reference in visitor.view.references)


def test_a_touch_that_does_not_belong_to_the_screen_is_an_error_with_a_name() -> None:
    visitor = Visitor().touch(i.Touch())
    before = visitor.journey
    with pytest.raises(IllegalMove, match="Key at menu"):
        visitor.touch(i.Key(key="1"))
    assert visitor.journey == before


def test_the_number_of_the_view_grows_with_each_change() -> None:
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="readings"))
    before = visitor.view.number
    visitor.type("7")
    assert visitor.view.number == before + 1
    visitor.touch(i.Touch())
    assert visitor.view.number == before + 1


def test_who_waits_and_walks_away_from_another_screen_keeps_the_place_and_leaves_nothing_personal() -> None:
    visitor = Visitor().touch(i.Touch()).in_line().touch(i.OpenService(service="readings")).identified()
    visitor.type("3016").wait(61)
    assert visitor.view.idle_warning_s == 29
    visitor.wait(30)
    assert not visitor.journey.ended
    assert (visitor.step, visitor.view.idle_warning_s) == (Step.WAITING, None)
    assert visitor.view.ticket is not None
    assert visitor.view.account is None
    assert "4417" not in visitor.view.model_dump_json(exclude={"ticket"})
    assert visitor.journey.readings.typed == {}
    assert visitor.wait(3600).step is Step.WAITING, "before the line's own screen a person may stand still"


def test_a_phone_number_that_is_half_typed_does_not_stay_on_the_screen() -> None:
    visitor = Visitor().touch(i.Touch()).in_line().touch(i.CallMeBack()).type("912345").wait(91)
    assert visitor.step is Step.WAITING
    assert visitor.journey.typed_phone == ""
