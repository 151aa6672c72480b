"""Adapter: the UPOS driver: each request is one run of the bank's program. It decides nothing about money.

Where UPOS falls short, the port's words say so: it cannot be stopped (``abort`` does nothing), and of a run that was
cut off it cannot say more (``Untold``). A run that outlives our patience, or our process, goes on; ``status`` finds
its result as soon as it has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ground.clock import Clock, SystemClock
from ground.disk import Disk, RealDisk
from ground.logs import get_logger
from ground.money import Money
from payment.answers import (
    Failure,
    Granted,
    Health,
    NoUse,
    PaymentAnswer,
    PoiTransaction,
    Repeated,
    ReversalAnswer,
    Silence,
    Slip,
    StatusAnswer,
    Totals,
    TotalsAnswer,
    TotalsLine,
    Undone,
    Unsent,
    Untold,
)
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from payment.upos import program
from payment.upos.codes import APPROVED, CLOSE_THE_DAY, failure, is_known
from payment.upos.files import Result, read_output, read_result, read_slip, read_totals
from payment.upos.profile import Profile
from payment.upos.runs import Run, Runs

Ended = TypeVar("Ended")

_log = get_logger()
_TOTALS = {"Оплата": "Debit", "Отмена": "ReverseDebit", "Возврат": "Credit"}
_HOW = {0: "OK", 99: "Unreachable"}


class UposTerminal:
    """A ``payment.terminal.Terminal`` and ``DayBook`` behind the bank's program."""

    def __init__(self, profile: Profile, clock: Clock | None = None, disk: Disk | None = None) -> None:
        self._profile, self._clock = profile, clock or SystemClock()
        self._runs = Runs(disk or RealDisk(profile.folder), self._clock.now())
        self._turn = asyncio.Lock()  # of our own tests and reports: a payment waits for them
        self._paying = False
        self._watching: set[asyncio.Task[Any]] = set()
        self._host: tuple[datetime, bool] | None = None
        self._well_at: datetime | None = None

    @property
    def poi_id(self) -> str:
        """``UPOS-`` and the TID."""
        return self._profile.poi_id

    @property
    def sale_id(self) -> str:
        """The kiosk's name."""
        return self._profile.sale_id

    async def pay(self, request: SendPayment) -> PaymentAnswer:
        """Op 1. When the terminal first wants its day closed, that is done, and ``Busy`` asks for another try."""
        if request.amount.currency != self._profile.currency or request.amount.minor <= 0:
            return Failure("NotAllowed", detail="currency")
        run = Run(request.service_id, "Payment", self._now(), request.amount.minor)
        ended = await self._money(run, ["1", str(run.minor)])
        if not isinstance(ended, Run):
            return ended
        if ended.result is not None and ended.result.code in CLOSE_THE_DAY:
            await self.close_day(f"{request.service_id[:8]}-7")
        answer = self._payment(ended)
        return answer if not isinstance(answer, Untold) else Silence(answer.reason)

    async def status(self, request: AskStatus) -> StatusAnswer:
        """What our own journal and the directory say; UPOS itself knows nothing by reference."""
        self._settle()
        run = self._runs.runs.get(request.about)
        if run is None or run.category != request.category:
            return Failure("NotFound")
        if not run.ended:
            return Failure("InProgress")
        answer = self._payment(run) if run.category == "Payment" else self._reversal(run)
        if isinstance(answer, Untold):
            return answer
        return Repeated(run.category, self.sale_id, run.service_id, self.poi_id, answer)

    async def abort(self, request: SendAbort) -> None:
        """UPOS cannot be stopped from outside; the customer presses the red key, or it times out by itself."""

    async def reverse(self, request: SendReversal) -> ReversalAnswer:
        """Op 8 while the day is open and all of it goes back, else op 3 (a refund)."""
        paid = self._runs.payment_of(request.poi_transaction.id)
        if paid is None:
            return Failure("NotFound")
        minor = request.amount.minor if request.amount else paid.minor
        if (request.amount and request.amount.currency != self._profile.currency) or not 0 < minor <= paid.minor:
            return Failure("NotAllowed")
        refund = minor != paid.minor or self._runs.closed_since(paid)
        arguments = ["3" if refund else "8", str(minor), "0", "QSELECT", request.poi_transaction.id]
        run = Run(request.service_id, "Reversal", self._now(), minor, request.poi_transaction.id)
        ended = await self._money(run, arguments)
        if not isinstance(ended, Run):
            return ended
        answer = self._reversal(ended)
        return answer if not isinstance(answer, Untold) else Silence(answer.reason)

    async def diagnose(self, service_id: str) -> Health | NoUse:
        """Op 26, unless it was well a short while ago; now and then op 47 2: can the bank's host be reached?"""
        if self._well_at and self._clock.now() - self._well_at < timedelta(seconds=self._profile.test_every):
            return Health("OK", "", self._host and self._host[1])
        told = await self._quietly(["26"])
        if not isinstance(told, tuple):
            return told
        ready = told[0]
        known = self._host and self._clock.now() - self._host[0] < timedelta(seconds=self._profile.host_test_every)
        if ready.code == APPROVED and not known:
            host = await self._quietly(["47", "2"])
            self._host = (self._clock.now(), host[0].code == APPROVED) if isinstance(host, tuple) else None
        self._well_at = self._clock.now() if ready.code == APPROVED else None
        faults = () if ready.code == APPROVED else (f"UPOS{ready.code}",)
        return Health(_HOW.get(ready.code, "Maintenance"), "", self._host and self._host[1], faults)

    async def login(self, service_id: str) -> bool:
        """Nothing to do: the program logs in by itself."""
        return True

    async def logout(self, service_id: str) -> bool:
        """Nothing to do: between two runs nothing is held."""
        return True

    async def totals(self, service_id: str) -> TotalsAnswer:
        """Op 9 1: the report that closes nothing."""
        told = await self._quietly(["9", "1"])
        if not isinstance(told, tuple):
            return told
        result, slip = told
        return self._counted(service_id, slip) if result.code == APPROVED else failure(result.code, result.text)

    async def close_day(self, service_id: str) -> TotalsAnswer:
        """Op 7, the day's end; its report is kept in the journal of runs."""
        ended = await self._money(Run(service_id, "Reconciliation", self._now()), ["7"])
        if not isinstance(ended, Run):
            return ended
        if ended.result is None:
            return Silence("cut off")
        if ended.result.code != APPROVED:
            return failure(ended.result.code, ended.result.text)
        return self._counted(service_id, ended.slip)

    def _counted(self, name: str, slip: tuple[str, ...]) -> Totals:
        lines = (
            TotalsLine("", _TOTALS[word], count, Money(minor, self._profile.currency))
            for word, count, minor in read_totals(slip)
        )
        return Totals(name, tuple(lines), slip)

    # --- runs ---

    async def _money(self, run: Run, arguments: list[str]) -> Run | Unsent | Silence | Failure:
        """One run that is remembered. ``Unsent``: it never began; ``Silence``: it goes on without us."""
        if self._paying:
            return Failure("Busy")
        lock = await self._take(self._profile.turn_within)
        if not isinstance(lock, int):
            return Failure("Busy") if isinstance(lock, program.StillRuns) else lock
        try:
            started = self._begin(run, arguments, lock)
        except (OSError, ValueError) as error:
            self._turn.release()
            return Unsent(type(error).__name__)
        finally:
            program.let_go(lock)
        self._paying = True
        within = self._profile.answer_within if run.category == "Reconciliation" else self._profile.payment_within
        return await self._within(self._end(run, started), within)

    async def _take(self, within: float) -> int | Unsent | program.StillRuns:
        """Our turn and the directory's lock; what a former life of ours left is written down first."""
        try:
            await asyncio.wait_for(self._turn.acquire(), within)
        except TimeoutError:
            return Unsent("the terminal is being tested")
        try:
            lock = program.take(self._profile.folder)
        except (program.StillRuns, OSError) as error:
            self._turn.release()
            return error if isinstance(error, program.StillRuns) else Unsent(type(error).__name__)
        try:
            self._settle_with(lock)
        except OSError as error:
            program.let_go(lock)
            self._turn.release()
            return Unsent(type(error).__name__)
        return lock

    def _begin(self, run: Run, arguments: list[str], lock: int) -> program.Started:
        """The order is the promise: old results away, the intent on disk, then the program."""
        program.clear(self._profile.folder)
        self._runs.begin(run)
        try:
            return program.start(self._profile.folder, self._profile.program, arguments, lock)
        except OSError:
            self._runs.forget(run.service_id)
            raise

    async def _end(self, run: Run, started: program.Started) -> Run:
        try:
            await started.wait()
            return self._write_end(run)
        finally:
            self._paying = False
            self._turn.release()

    async def _within(self, work: Coroutine[Any, Any, Ended], seconds: float) -> Ended | Silence:
        """Our patience ends before the program does: the watching goes on."""
        task = asyncio.get_running_loop().create_task(work)
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        try:
            return await asyncio.wait_for(asyncio.shield(task), seconds)
        except TimeoutError:
            return Silence("the program still runs")

    def _write_end(self, run: Run) -> Run:
        money = run.category != "Reconciliation"
        error_file, slip, output = program.left(self._profile.folder)
        result = read_result(error_file, self._profile.encoding, money=money)
        said = read_output(output)
        if result is None and said not in (None, APPROVED) and error_file is None:
            result = Result(said, "") if said is not None and is_known(said) else None
        elif result is not None and said is not None and said != result.code:
            result = None  # file and output contradict each other
        if result is not None and money and result.code == APPROVED and result.terminal_id != self._profile.terminal_id:
            result = None
        ended = self._runs.end(run.service_id, result, read_slip(slip, self._profile.encoding) if result else ())
        with suppress(OSError):
            program.clear(self._profile.folder)
        if result is None or failure(result.code).condition == "UnavailableDevice":
            self._well_at = None
        if result is None:
            _log.warning("terminal", state="cut off", category=run.category)
        return ended

    def _settle(self) -> None:
        """Write the end of a run of a former life, if its program has ended."""
        if self._turn.locked() or self._runs.unfinished() is None:
            return
        try:
            lock = program.take(self._profile.folder)
        except (program.StillRuns, OSError):
            return
        try:
            self._settle_with(lock)
        finally:
            program.let_go(lock)

    def _settle_with(self, _lock: int) -> None:
        run = self._runs.unfinished()
        if run is not None:
            self._write_end(run)

    async def _quietly(self, arguments: list[str]) -> tuple[Result, tuple[str, ...]] | NoUse:
        """A run without money, with its slip: not remembered, and never beside another."""
        if self._paying:
            return Silence("a run is under way")
        lock = await self._take(self._profile.turn_within)
        if not isinstance(lock, int):
            return Silence("a run is under way") if isinstance(lock, program.StillRuns) else lock
        try:
            program.clear(self._profile.folder)
            started = program.start(self._profile.folder, self._profile.program, arguments, lock)
        except OSError as error:
            self._turn.release()
            return Unsent(type(error).__name__)
        finally:
            program.let_go(lock)
        return await self._within(self._read_after(started), self._profile.answer_within)

    async def _read_after(self, started: program.Started) -> tuple[Result, tuple[str, ...]] | Silence:
        try:
            await started.wait()
            error_file, slip, output = program.left(self._profile.folder)
        finally:
            self._turn.release()
        said = read_output(output)
        result = read_result(error_file, self._profile.encoding, money=False)
        if result is None and said is None:
            return Silence("no result")
        return result or Result(said or APPROVED, ""), read_slip(slip, self._profile.encoding)

    def _payment(self, run: Run) -> Granted | Failure | Untold:
        result = run.result
        if result is None or (result.code != APPROVED and not is_known(result.code)):
            return Untold("cut off" if result is None else f"code {result.code}")
        if result.code != APPROVED:
            return failure(result.code, result.text)
        # UPOS names no amount: the program was given one, and it asks for no other.
        return Granted(
            Slip(
                Money(run.minor, self._profile.currency),
                PoiTransaction(result.rrn, result.at),
                result.brand,
                result.last_digits,
                result.approval_code,
                run.slip,
            )
        )

    def _reversal(self, run: Run) -> Undone | Failure | Untold:
        result = run.result
        if result is None or (result.code != APPROVED and not is_known(result.code)):
            return Untold("cut off" if result is None else f"code {result.code}")
        return Undone() if result.code == APPROVED else failure(result.code, result.text)

    def _now(self) -> str:
        return self._clock.now().isoformat()
