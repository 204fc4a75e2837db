"""The host's own threads for synchronous tools.

Not the loop's default executor: frameworks park their model calls there, and a host that queues behind
them dead-locks at cores + 4 runs. And daemon threads: a tool that never returns must not keep the
process from ending, which the standard pool would wait for.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

MAX_THREADS = 256
"""Most synchronous tools at work at once in one process; more wait their turn."""


class _Job(NamedTuple):
    loop: asyncio.AbstractEventLoop
    waiter: asyncio.Future[tuple[Any, BaseException | None]]
    context: contextvars.Context
    function: Callable[[], Any]


class ToolThreads:
    """A pool that grows when all its threads are busy and never keeps the process alive."""

    def __init__(self, limit: int = MAX_THREADS) -> None:
        self._limit = limit
        self.forget()

    def forget(self) -> None:
        """Begins anew, without threads: a forked child has the pool's object and none of them."""
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._under_way = 0

    async def run(self, function: Callable[[], T]) -> T:
        """What `function` returns, run in a thread, in a copy of the caller's context.

        Cancelled before a thread takes it up, it never runs; later, the thread runs on alone.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
        self._jobs.put(_Job(loop, waiter, contextvars.copy_context(), function))
        self._make_room()
        result, error = await waiter
        if error is not None:
            raise error
        value: T = result
        return value

    def _make_room(self) -> None:
        with self._lock:
            self._under_way += 1
            if self._threads >= min(self._under_way, self._limit):
                return
            self._threads += 1
            name = f"agentforge-tool-{self._threads}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        pid = os.getpid()
        while os.getpid() == pid:  # a tool may fork: its child ends here, as it would in any thread
            self._perform(self._jobs.get(), pid)

    def _perform(self, job: _Job, pid: int) -> None:
        outcome: tuple[Any, BaseException | None] = (None, None)
        if not job.waiter.cancelled():
            try:
                outcome = (job.context.run(job.function), None)
            except BaseException as error:  # noqa: BLE001 - belongs to whoever waits
                outcome = (None, error)
        if os.getpid() != pid:
            return
        with self._lock:
            self._under_way -= 1
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            job.loop.call_soon_threadsafe(_settle, job.waiter, outcome)


def _settle(
    waiter: asyncio.Future[tuple[Any, BaseException | None]], outcome: tuple[Any, BaseException | None]
) -> None:
    if not waiter.done():
        waiter.set_result(outcome)


THREADS = ToolThreads()
"""The pool of this process."""

os.register_at_fork(after_in_child=THREADS.forget)
