"""Any order of payments, refunds, deaths, lost answers and people: the money of each line is in one place only.

The truth is the terminal's (what the card was charged, net) and billing's (what is on the accounts, net); the rules,
the journal on a disk that loses what was not synced, and the server's book are the product's.
"""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ground.money import Money
from ground.simulated_disk import PowerCut
from payment import book as server
from payment import events as e
from payment import lines as ln
from payment import refunds as rf
from payment.basket import Line
from payment.book import OrderClarification, OrderRefund, Page, Settled
from payment.errors import IllegalLineMove
from payment.lines import LineState
from payment.moves import MOVES, State
from payment.readings import undone
from payment.refunds import Refund
from payment.tasks import acts, why
from tests.payment.purchases import START
from tests.payment.test_chaos import Killed, World, an_agent

MOODS = ["fine", "fine", "fine", "lost", "away", "refused", "elsewhere"]
AMOUNTS = st.lists(st.integers(1, 9), min_size=1, max_size=3)
ORDERS = ["approve"] * 9 + ["Refusal", "busy", "other_amount"]


class Accounts:
    """Billing's truth: each key once, a key that takes another back only while that stands."""

    def __init__(self) -> None:
        self.posted: dict[str, int] = {}
        self.taken_back: set[str] = set()

    def net(self, purchase_id: str, number: int) -> int:
        """What stands on the line's account."""
        first = f"purchase-{purchase_id}" + ("" if number == 1 else f"-{number}")
        keys = [key for key in self.posted if key == first or key.startswith(f"{first}-again")]
        return sum(self.posted[key] for key in keys if key not in self.taken_back)


class AgentsWorld(World):
    """The outbox works by rules of the machine, not by itself."""

    def _settled(self, page: Page) -> Page:
        return page


class AnyMoney(RuleBasedStateMachine):
    """A kiosk, its terminal, the server's book, billing, two people at desks, and no luck at all."""

    @initialize(seed=st.integers(0, 10_000))
    def opens(self, seed: int) -> None:
        self.world = AgentsWorld(random.Random(seed))
        self.world.terminal.trouble, self.world.terminal.forgetful = 0.2, 0.01
        self.agent = an_agent(self.world, 0.99)
        self.accounts, self.numbers = Accounts(), 0

    # --- the kiosk ---

    def _alive(self, act: object, *arguments: object) -> None:
        try:
            act(*arguments)  # type: ignore[operator]
        except (Killed, PowerCut):
            self._reborn()

    def _reborn(self) -> None:
        self.world.disk.cut_after = None
        self.world.disk.power_cut()
        self.agent = an_agent(self.world, 0.99)

    @precondition(lambda self: self.agent.free and self.numbers < 4)
    @rule(
        amounts=st.lists(st.integers(1, 9), min_size=1, max_size=3),
        fee=st.integers(0, 2),
        order=st.sampled_from(ORDERS),
    )
    def pays(self, amounts: list[int], fee: int, order: str) -> None:
        self.numbers += 1
        self.world.terminal.orders = [order]
        basket = tuple(
            Line(number, "", f"a{number}", "heat", Money(100 * minor, "RUB"), Money(fee, "RUB"))
            for number, minor in enumerate(amounts, 1)
        )
        self._alive(self.agent.start, f"p{self.numbers}", basket)
        self.time_goes_on(3)

    @rule(times=st.integers(1, 6))
    def time_goes_on(self, times: int) -> None:
        for _ in range(times):
            self._alive(self.agent.one_move)

    @rule(rounds=st.integers(1, 3), mood=st.sampled_from(MOODS))
    def things_go_on(self, rounds: int, mood: str) -> None:
        for _ in range(rounds):
            self.time_goes_on(25)
            self.entries_go_up()
            self.entries_go_up()
            self.the_outbox_works(mood)
            self.orders_come_down()

    @rule(trouble=st.sampled_from([0.02, 0.7]))
    def the_terminals_line_is(self, trouble: float) -> None:
        self.world.terminal.trouble = trouble

    @rule(after=st.integers(0, 6))
    def the_power_will_go(self, after: int) -> None:
        self.world.disk.cut_after = after

    @rule()
    def the_power_goes(self) -> None:
        self._reborn()

    @rule()
    def entries_go_up(self) -> None:
        for purchase in self.agent.purchases.values():
            page = self.world.book.get(purchase.purchase_id)
            after = page.purchase.seq if page else 0
            self.world.deliver(self.agent.journal.entries_after(purchase.purchase_id, after))

    @rule()
    def orders_come_down(self) -> None:
        for page in list(self.world.book.values()):
            for told in server.news(page):
                self._alive(self._hear, page.purchase.purchase_id, told)

    def _hear(self, name: str, told: server.News) -> None:
        purchase = self.agent.purchases.get(name)
        if purchase is None:
            return
        event: e.Event | None = None
        match told:
            case Settled(reference=reference) if purchase.state is State.APPROVED:
                event = e.Posted(reference)
            case OrderRefund(refund=refund) if self.agent.free and refund.refund_id not in purchase.refund_ids:
                event = e.ReversalOrdered(self.world.fresh(), "MerchantCancel", refund.refund_id, refund.amount)
            case OrderClarification(clarification=found):
                event = e.Clarified(found.note) if found.charged else e.ClarifiedNotCharged(found.note)
                if purchase.state is State.REVERSAL_PARKED and purchase.refunding:
                    event = e.RefundRefused("clarified") if found.charged else undone(purchase, found.note)
                elif purchase.state is State.REVERSAL_PARKED and not found.charged:
                    event = e.ClarifiedReversed(found.note)
        if event is not None and (purchase.state, type(event)) in MOVES:
            self.agent.feed(name, event)

    # --- the server's outbox and billing ---

    @rule(mood=st.sampled_from(MOODS))
    def the_outbox_works(self, mood: str) -> None:
        for name, page in list(self.world.book.items()):
            for line in server.work(page):
                self._one_line(name, line, mood)

    def _one_line(self, name: str, line: ln.LinePage, mood: str) -> None:
        key, number = line.key(name), line.line.number
        if mood == "away":
            return
        event: ln.LineEvent
        if line.state is LineState.CHECKING:
            event = ln.PaidElsewhere() if mood == "elsewhere" else ln.DueStill()
        elif line.state is LineState.WITHDRAWING:
            if mood == "refused" and key not in self.accounts.taken_back:
                event = ln.WithdrawalRefused("billing.period_closed")
            else:
                assert key in self.accounts.posted
                self.accounts.taken_back.add(key)
                event = ln.LineWithdrawn()
        elif mood == "refused" and key not in self.accounts.posted:
            event = ln.LineRefused("billing.account_unknown")
        else:
            assert key not in self.accounts.taken_back, "a key that was taken back posts nothing"
            self.accounts.posted[key] = line.line.amount.minor
            event = ln.LinePosted("B-1")
        if mood != "lost":
            page = server.at_line(self.world.book[name], number, event)
            self.world.book[name] = server.automatic_refund(page, f"auto-{self.world.fresh()}", START)

    # --- people ---

    @precondition(lambda self: any("refund" in acts(page) for page in self.world.book.values()))
    @rule(pick=st.integers(0, 9), lines=st.sets(st.integers(1, 3), min_size=1), second=st.booleans())
    def somebody_wants_money_back(self, pick: int, lines: set[int], second: bool) -> None:
        page = self._page(pick, "refund")
        numbers = tuple(sorted(one for one in lines if one <= len(page.lines))) or (1,)
        amount = server.refund_amount(page, numbers)
        refund = Refund(self.world.fresh(), numbers, amount, "a mistake", "anna", START)
        try:
            self._keep(server.ask_refund(page, refund, second_person=second))
            self.the_outbox_works("fine")
            self.orders_come_down()
        except IllegalLineMove:
            movable = [(page.line(one).state, ln.RefundWanted) in ln.LINE_MOVES for one in numbers]
            assert not all(movable)

    @precondition(lambda self: any("decide" in acts(page) for page in self.world.book.values()))
    @rule(pick=st.integers(0, 9), agreed=st.booleans())
    def another_person_decides(self, pick: int, agreed: bool) -> None:
        event = rf.Agreed("olga", START) if agreed else rf.Denied("olga", START)
        self._keep(server.decide_refund(self._page(pick, "decide"), event))

    @precondition(lambda self: any("by_hand" in acts(page) for page in self.world.book.values()))
    @rule(pick=st.integers(0, 9), again=st.booleans())
    def a_task_is_settled(self, pick: int, again: bool) -> None:
        page = self._page(pick, "by_hand")
        waiting = next(line for line in page.lines if (line.state, ln.PostAgain) in ln.LINE_MOVES)
        event = ln.PostAgain() if again else ln.SettledByHand("by transfer")
        self._keep(server.settle_by_hand(page, waiting.line.number, event))

    @rule()
    def the_bank_is_asked(self) -> None:
        for page in list(self.world.book.values()):
            if "clarify" in acts(page):
                found = self._found_out(page)
                if found is not None:
                    self._keep(server.clarify(page, server.Clarification(found, "bank file", "olga")))

    def _found_out(self, page: Page) -> bool | None:
        """What the bank says; None while it is another amount, which a person first gives back."""
        purchase = self.agent.purchases.get(page.purchase.purchase_id, page.purchase)
        held = self.world.truth.charged.get(purchase.purchase_id, 0)
        if purchase.state is State.REVERSAL_PARKED and purchase.refund_amount is not None:
            return held > purchase.amount.minor - purchase.refunded_minor - purchase.refund_amount.minor
        if held not in (0, purchase.amount.minor) or purchase.state is State.REVERSAL_PARKED:
            self.world.truth.charged[purchase.purchase_id] = held = 0
        return held > 0

    def _page(self, pick: int, act: str) -> Page:
        pages = [page for page in self.world.book.values() if act in acts(page)]
        return pages[pick % len(pages)]

    def _keep(self, page: Page) -> None:
        self.world.book[page.purchase.purchase_id] = page

    # --- what holds ---

    @invariant()
    def no_money_is_in_two_places(self) -> None:
        for name, page in self.world.book.items():
            held = self.world.truth.charged.get(name, 0)
            standing = sum(line.line.total.minor for line in page.lines if self.accounts.net(name, line.line.number))
            settled = sum(line.line.total.minor for line in page.lines if line.state is LineState.SETTLED)
            assert held >= standing, f"{name}: on accounts {standing}, held of the card {held}"
            assert held >= settled or page.refund is not None
            for line in page.lines:
                assert self.accounts.net(name, line.line.number) in (0, line.line.amount.minor)
            assert len([one for one in page.refunds if one.state in rf.UNDER_WAY]) <= 1

    def teardown(self) -> None:
        """Nobody dies any more, answers come, people do their tasks: then every kopeck has its place."""
        if not hasattr(self, "world"):
            return
        self.world.terminal.trouble, self.world.terminal.forgetful = 0.0, 0.0
        self._reborn()
        self.agent.mercy = 2.0
        for _ in range(60):
            for _ in range(400):
                if not self.agent.one_move() or all(
                    one.state in (State.PARKED, State.REVERSAL_PARKED) or not one.is_open
                    for one in self.agent.purchases.values()
                ):
                    break
            self.entries_go_up()
            self.the_outbox_works("fine")
            self.the_bank_is_asked()
            for page in list(self.world.book.values()):
                if "decide" in acts(page):
                    self._keep(server.decide_refund(page, rf.Denied("olga", START)))
                if "by_hand" in acts(page):
                    waiting = next(line for line in page.lines if (line.state, ln.PostAgain) in ln.LINE_MOVES)
                    self._keep(server.settle_by_hand(page, waiting.line.number, ln.SettledByHand("by transfer")))
            self.orders_come_down()
        for name, page in self.world.book.items():
            self._every_kopeck(name, page)

    def _every_kopeck(self, name: str, page: Page) -> None:
        held = self.world.truth.charged.get(name, 0)
        places = Counter[LineState]()
        for line in page.lines:
            places[line.state] += line.line.total.minor
            stands = self.accounts.net(name, line.line.number) > 0
            assert stands is (line.state is LineState.POSTED), f"{name} line {line.line.number}: {line.state}"
        assert set(places) <= {LineState.POSTED, LineState.REFUNDED, LineState.SETTLED}, f"{name}: {places}"
        assert held == places[LineState.POSTED] + places[LineState.SETTLED], f"{name}: held {held}, {places}"
        if page.lines:
            assert sum(places.values()) == page.purchase.amount.minor
        assert why(page) is None, f"{name}: {why(page)}"


TestAnyMoney = AnyMoney.TestCase
TestAnyMoney.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
