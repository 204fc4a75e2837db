"""A run while it lives: its number, its events, its verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agentforge_core.boundary.events import Event, EventType, Sink
from agentforge_core.boundary.scope import Scope, exceeded
from agentforge_core.diagnostics import Diagnostic

if TYPE_CHECKING:
    from agentforge_core.boundary.drive import Drive


class Run:
    """What all parts of one run share.

    Args:
        run_id: name of the run.
        scope: the outermost scope.
        sink: takes the events; None when nobody listens, and then none are made.
        deltas: whether the listener wants text while the model speaks.
    """

    def __init__(self, run_id: str, scope: Scope, sink: Sink | None = None, *, deltas: bool = False) -> None:
        self.run_id = run_id
        self.scope = scope
        self.deltas = deltas and sink is not None
        self.verdict: BaseException | None = None
        self.drives: set[Drive] = set()
        self.diagnostics: list[Diagnostic] = []
        self._sink = sink
        self._seq = 0
        self._agents: dict[str, Scope] = {}
        self._timers: dict[Scope, asyncio.TimerHandle] = {}
        self.opened(scope)

    @property
    def observed(self) -> bool:
        """Whether anybody listens."""
        return self._sink is not None

    def emit(
        self,
        type: EventType,  # noqa: A002 - the event's own word
        *,
        task: str | None = None,
        agent: str | None = None,
        parent: int | None = None,
        data: Mapping[str, Any] | None = None,
        seq: int | None = None,
    ) -> int:
        """Tells the listener, and returns the event's number; 0 when nobody listens."""
        if self._sink is None:
            return 0
        if seq is None:
            self._seq += 1
            seq = self._seq
        self._sink(Event(self.run_id, seq, type, time.time(), task, agent, parent, data or {}))
        return seq

    def stop(self, verdict: BaseException) -> None:
        """Ends the run with `verdict`; the first one counts."""
        if self.verdict is None:
            self.verdict = verdict
        for drive in list(self.drives):
            drive.stop(self.verdict)

    def agent_scope(self, name: str, limits: Mapping[str, float], around: Scope) -> Scope:
        """The scope of an agent within `around`. What it may spend counts over all its tasks; time does not."""
        seconds = {n: v for n, v in limits.items() if n == "seconds"}
        spending = {n: v for n, v in limits.items() if n != "seconds"}
        whole = self._agents.setdefault(name, Scope("agent", name, spending)) if spending else None
        return self.opened(Scope("agent", name, seconds, around, whole))

    def opened(self, scope: Scope) -> Scope:
        """Starts the clock of a scope that limits seconds."""
        if "seconds" in scope.limits:
            loop = asyncio.get_running_loop()
            self._timers[scope] = loop.call_later(
                scope.limits["seconds"], lambda: self.stop(exceeded(scope, "seconds", "the time is up"))
            )
        return scope

    def closed(self, scope: Scope) -> None:
        """Stops the clock of `scope`."""
        timer = self._timers.pop(scope, None)
        if timer is not None:
            timer.cancel()

    def diagnose(self, diagnostic: Diagnostic) -> None:
        """Keeps a remark for the result and tells the listener; the same remark counts once."""
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)
            self.emit("diagnostic", parent=1, data=diagnostic.to_dict())  # 1 is run.started
