"""office.rights: the table of who may do what, and which personal fields reach whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.accounts import Address, HolderName
from office.errors import NotAllowed
from office.people import Role
from office.rights import RIGHTS, Action, allowed, may_confirm_refund, require, visible_card
from tests.billing.samples import card

A = Action
EXPECTED = {
    Role.OPERATOR: {A.TAKE_CALLS, A.SEE_CUSTOMER, A.REFUND},
    Role.SUPERVISOR: {
        A.TAKE_CALLS, A.SEE_CUSTOMER, A.SEE_FLOOR, A.LISTEN, A.WHISPER, A.BARGE,
        A.REFUND, A.CONFIRM_REFUND, A.SETTLE_PAYMENTS, A.MOVE_IN_QUEUE, A.SEE_AUDIT,
    },
    Role.ADMINISTRATOR: {A.SEE_FLOOR, A.MANAGE_STAFF, A.ENROL_KIOSK, A.CHANGE_SETTINGS, A.SEE_AUDIT},
}  # fmt: skip


@given(st.sampled_from(Role), st.sampled_from(Action))
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert allowed(role, action) == (action in EXPECTED[role])
    if allowed(role, action):
        require(role, action)
    else:
        with pytest.raises(NotAllowed):
            require(role, action)


def test_every_action_is_somebodys_right() -> None:
    assert {action for _, action in RIGHTS} == set(Action)


def test_nobody_confirms_their_own_refund() -> None:
    assert may_confirm_refund(Role.SUPERVISOR, "s1", "o1")
    assert not may_confirm_refund(Role.SUPERVISOR, "s1", "s1")
    assert not may_confirm_refund(Role.OPERATOR, "o2", "o1")


_words = st.text(alphabet="абвгдежзиклмнопрстуфхцчшэюя", min_size=5, max_size=12)


@given(
    st.sampled_from([None, *Role]), _words, _words, _words, st.from_regex(r"\d{6,12}", fullmatch=True),
    st.integers(100, 999),
)  # fmt: skip
def test_personal_fields_reach_only_who_may_see_the_customer(
    role: Role | None, surname: str, given_name: str, patronymic: str, number: str, house: int
) -> None:
    account = replace(
        card(),
        number=number,
        holder=HolderName(surname, given_name, patronymic),
        address=Address("Область", "МИАСС", "УЛ. 8 МАРТА", str(house), "77"),
    )
    seen = visible_card(role, account)
    if role in (Role.OPERATOR, Role.SUPERVISOR):
        assert (seen.number, seen.holder, seen.address) == (number, account.holder_name, account.address.line)
        assert seen.audited
    else:
        shown = f"{seen.number}|{seen.holder}|{seen.address}"
        assert not seen.audited
        assert number not in shown
        assert number[-4:] in shown
        assert not any(secret in shown for secret in (surname, given_name, patronymic))
        assert str(house) not in seen.address
