"""Listens to a run: counts, tells the progress, and writes the events where they were asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Protocol

from agentforge_core.boundary.events import Event
from agentforge_core.cli.streams import Answer
from agentforge_core.errors import ForgeError, RunCancelledError
from agentforge_core.runs.result import AdapterInfo, RunResult, RunUsage


class Progress(Protocol):
    """What people see on stderr while a run lives."""

    def show(self, event: Event) -> None:
        """Takes an event into account; returns at once."""

    def start(self) -> None:
        """Begins to show."""

    def stop(self) -> None:
        """Ends, or makes room for a question; `start` goes on."""


class Listener:
    """The sink of one run.

    Args:
        progress: told every event.
        events: takes the events as JSON Lines; None when nobody asked for them.
        deaf: called once when the reader of the events has gone.
    """

    def __init__(self, progress: Progress, events: Answer | None, deaf: Callable[[], Any]) -> None:
        self._progress = progress
        self._events = events
        self._deaf = deaf
        self._last: Event | None = None
        self._counts = {"model": 0, "tool": 0, "in": 0, "out": 0}
        self._adapter: str | None = None
        self.models: dict[str, None] = {}
        """Names of the models that were called, in order."""

    def __call__(self, event: Event) -> None:
        """Takes one event."""
        self._last = event
        self._count(event)
        self._write(event)
        self._progress.show(event)

    def _write(self, event: Event) -> None:
        if self._events is not None:
            before = self._events.broken
            # the answer remembers it, and the command ends with it
            with contextlib.suppress(ForgeError):
                self._events.json(event.to_dict(), indent=None)
            if self._events.broken != before:
                self._deaf()

    def _count(self, event: Event) -> None:
        data = event.data
        if event.type == "model.started":
            self._counts["model"] += data["attempt"] == 1
            self.models.setdefault(data["model"])
        elif event.type == "tool.started":
            self._counts["tool"] += data["attempt"] == 1
        elif event.type == "model.finished":
            self._counts["in"] += data["input_tokens"] or 0
            self._counts["out"] += data["output_tokens"] or 0
        elif event.type == "agent.started":
            self._adapter = data.get("adapter") or self._adapter

    def cancelled(self) -> RunResult:
        """The result of the run that was cancelled, as far as its events tell."""
        usage = RunUsage(
            self._counts["model"], self._counts["tool"], self._counts["in"], self._counts["out"], None
        )
        error = RunCancelledError.of("AF5004", "the run was cancelled")
        run_id = self._last.run_id if self._last is not None else None
        return RunResult(run_id, "cancelled", None, self._info(), usage, error=error)  # type: ignore[arg-type]

    def _info(self) -> AdapterInfo | None:
        if self._adapter is None:
            return None
        from agentforge_registry import entry

        found = entry(self._adapter)
        return AdapterInfo(found.name, found.version, found.framework_version)
