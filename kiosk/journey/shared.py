"""Rules: the shared journey: what an operator may do on the customer's screen, by permission and never unseen."""

from __future__ import annotations

from dataclasses import replace

from kiosk.journey import identify, notices, readings
from kiosk.journey.effects import Cue
from kiosk.journey.errors import NotPermitted
from kiosk.journey.places import Outcome, at_service, at_talk
from kiosk.journey.state import Journey
from signaling.protocol.journey import AskPermission, OpenService, Proposal, Propose, Step


def operator_wants(journey: Journey, intent: object, operator_name: str) -> Outcome:
    """An operator's intent. Asking is free in a conversation, the rest needs the customer's permission."""
    if journey.session is None:
        raise NotPermitted("no conversation")
    if isinstance(intent, AskPermission):
        if journey.permission == "granted":
            return journey, []
        notice = notices.info(notices.ASKS_PERMISSION, operator=operator_name)
        return replace(journey, permission="asked", notice=notice), [Cue("touch")]
    if not isinstance(intent, Propose | OpenService):
        raise NotPermitted(f"{type(intent).__name__} is the customer's")
    if journey.permission != "granted":
        raise NotPermitted("the customer has not agreed")
    if isinstance(intent, Propose):
        return _propose(journey, intent, operator_name)
    if journey.paying and journey.step is Step.PAYING:
        raise NotPermitted("a payment is under way")
    journey = open_service(journey, intent)
    return replace(journey, notice=notices.info(notices.OPENED_BY, operator=operator_name)), [Cue("touch")]


def open_service(journey: Journey, intent: OpenService) -> Journey:
    """Go to a service, whoever wanted it."""
    if intent.service == "talk":
        return at_talk(journey)
    if intent.service == "menu" and journey.session is None and not journey.paying:
        return replace(journey, step=Step.MENU, wanted="menu")
    return at_service(replace(journey, wanted=intent.service))


def permit(journey: Journey, granted: bool) -> Outcome:
    """The customer lets the operator help, or ends that at any time."""
    if journey.session is None:
        return journey, []
    if granted:
        name = journey.session.peer.name
        return replace(journey, permission="granted", notice=notices.info(notices.PERMITTED, operator=name)), []
    ended = notices.info(notices.PERMISSION_ENDED)
    return replace(journey, permission="none", proposal=None, notice=ended), []


def decide(journey: Journey, accepted: bool) -> Outcome:
    """The customer takes the proposed value or not; nothing changed before."""
    proposal = journey.proposal
    if proposal is None:
        return journey, []
    if proposal.field != "account" and accepted and journey.waits_for("reading"):  # what is being handed in stands
        return journey, []
    journey = replace(journey, proposal=None, notice=None)
    if not accepted:
        return replace(journey, notice=notices.info(notices.NOT_TAKEN)), []
    if proposal.field == "account":
        journey = replace(journey, typed_account=proposal.value)
        return identify.look_up(journey, number=proposal.value)
    return readings.put(journey, proposal.field.removeprefix("reading."), proposal.value), []


def _propose(journey: Journey, intent: Propose, operator_name: str) -> Outcome:
    if not (intent.value.isascii() and intent.value.isdigit()):
        raise NotPermitted("a proposed value is digits")
    zones = {f"reading.{zone.zone}" for _, zone in journey.spots}
    if intent.field != "account" and intent.field not in zones:
        raise NotPermitted("no such field on this customer's screens")
    proposal = Proposal(field=intent.field, value=intent.value, operator_name=operator_name)
    notice = notices.info(notices.PROPOSES, operator=operator_name)
    return replace(journey, proposal=proposal, notice=notice), [Cue("touch")]
