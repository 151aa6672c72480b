"""Adapter: a pool for what waits for others: questions to systems that are not ours, apart from the server's own work.

A system that takes a question and never answers holds a place of its own pool, and nothing else: not the log's
writer, not what is looked up in the tables, not another such system.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class Outside:
    """At most ``places`` questions at once; the others wait their turn.

    ``within_s``: how long one who asks waits in all, the turn included; None: as long as it takes.
    """

    def __init__(self, places: int, within_s: float | None = None) -> None:
        self._places, self._within_s = asyncio.Semaphore(places), within_s
        self._threads = _Threads()

    async def ask(self, question: Callable[..., _Value], *args: Any) -> _Value:
        """What the question answers or raises; raises TimeoutError for no answer in time.

        Whether a question without an answer did anything is unknown: it goes on, and holds its place until it is over.
        """
        async with asyncio.timeout(self._within_s):
            await self._places.acquire()
            try:
                call = partial(copy_context().run, question, *args)
                answer = asyncio.get_running_loop().run_in_executor(self._threads, call)
            except BaseException:  # no thread to be had
                self._places.release()
                raise
            answer.add_done_callback(lambda _done: self._places.release())
            return await asyncio.shield(answer)


class _Threads(Executor):
    """A thread for each call. The process ends without waiting for them: what is asked may be asked again."""

    def submit(self, fn: Callable[..., _Value], /, *args: Any, **kwargs: Any) -> Future[_Value]:
        """Begin at once."""
        answer = Future[_Value]()
        answer.set_running_or_notify_cancel()
        threading.Thread(target=_answer, args=(answer, partial(fn, *args, **kwargs)), daemon=True).start()
        return answer


def _answer(answer: Future[_Value], call: Callable[[], _Value]) -> None:
    try:
        value = call()
    except BaseException as error:  # it is the asker's
        answer.set_exception(error)
    else:
        answer.set_result(value)
