"""Events of a run: a closed, ordered vocabulary made by the host, so that it is equal on every framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

EventType = Literal[
    "run.started",
    "task.started",
    "agent.started",
    "model.started",
    "text.delta",
    "model.finished",
    "tool.started",
    "tool.finished",
    "embed.finished",
    "handoff",
    "approval.requested",
    "approval.decided",
    "diagnostic",
    "agent.finished",
    "task.finished",
    "run.suspended",
    "run.finished",
    "run.failed",
    "run.cancelled",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a run.

    Attributes:
        run_id: the run.
        seq: number within the run, from 1, without gaps; a delta carries that of its `model.started`.
        type: what happened.
        time: when, in seconds since the epoch.
        task: name of the task, where one is worked on.
        agent: name of the agent.
        parent: `seq` of the event this one happened within.
        data: more, by type; see docs/events.md.
    """

    run_id: str
    seq: int
    type: EventType
    time: float
    task: str | None = None
    agent: str | None = None
    parent: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The shape of `--events`: time as ISO 8601 in UTC."""
        return {
            "run_id": self.run_id,
            "seq": self.seq,
            "type": self.type,
            "time": datetime.fromtimestamp(self.time, UTC).isoformat(timespec="milliseconds"),
            "task": self.task,
            "agent": self.agent,
            "parent": self.parent,
            "data": dict(self.data),
        }


Sink = Callable[[Event], None]
"""Takes events on the run's event loop, in order; must return at once."""
