"""Ctrl-C, SIGTERM and a closed terminal: the first one cancels the run, the second ends the process."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """While it is entered, signals cancel the task that entered it.

    Handlers of `signal`, not of the loop: they also work while something blocks the loop.

    Args:
        first: called on the first signal.
        second: called on the second one; must not return.
    """

    def __init__(self, first: Callable[[], Any], second: Callable[[], Any]) -> None:
        self._first = first
        self._second = second
        self._before: dict[signal.Signals, Any] = {}
        self.interrupted = False

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                before = signal.getsignal(number)
                if before is not signal.SIG_IGN:  # nohup, or a shell's background job
                    self._before[number] = before
                    signal.signal(number, self._received)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        if self.interrupted:
            self._second()
        self.interrupted = True
        self._first()
        self.cancel()

    def cancel(self) -> None:
        """Cancels the task, from any thread or signal handler."""
        self.interrupted = True
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
