"""One event loop in a daemon thread, for callers that have none: `run_sync` and the blocking twins."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from agentforge_core.errors import UsageError

T = TypeVar("T")

CANCEL_SECONDS = 2.0
"""How long Ctrl-C waits for the run to end in order; a second one does not wait."""

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None


def loop() -> asyncio.AbstractEventLoop:
    """The background loop of this process, started when first asked for."""
    global _loop, _thread  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _loop is None or _thread is None or not _thread.is_alive():
            _loop = asyncio.new_event_loop()
            _thread = threading.Thread(target=_loop.run_forever, name="agentforge-loop", daemon=True)
            _thread.start()
        return _loop


def _forget() -> None:
    """A forked child has the loop's object but not its thread."""
    global _loop  # noqa: PLW0603
    _loop = None


os.register_at_fork(after_in_child=_forget)


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs `coroutine` on the background loop and waits; Ctrl-C cancels it.

    Raises:
        UsageError: called from the background loop itself, where waiting would be for ever.
    """
    background = loop()
    try:
        inside = asyncio.get_running_loop() is background
    except RuntimeError:
        inside = False
    if inside:
        coroutine.close()
        raise UsageError.of(
            "AF6001", "run_sync was called from inside a run", hint="await run() there instead"
        )
    tasks: list[asyncio.Task[Any]] = []
    future = asyncio.run_coroutine_threadsafe(_noted(coroutine, tasks), background)

    def cancel() -> None:
        (tasks[0] if tasks else future).cancel()

    try:
        return future.result()
    except BaseException:
        if not future.done():
            background.call_soon_threadsafe(cancel)
            concurrent.futures.wait([future], timeout=CANCEL_SECONDS)
        raise


async def _noted(coroutine: Coroutine[Any, Any, T], tasks: list[asyncio.Task[Any]]) -> T:
    """Awaits `coroutine` and tells its task, which can be cancelled and waited for."""
    tasks += [task for task in (asyncio.current_task(),) if task is not None]
    return await coroutine
