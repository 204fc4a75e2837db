"""A team: several agents and the process by which they work together."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agentforge_core.ir.agent import Agent, Placement
from agentforge_core.ir.base import Name, Node, Positive
from agentforge_core.ir.limits import Limits
from agentforge_core.ir.model import Model
from agentforge_core.ir.task import Task

Process = Literal["sequential", "hierarchical", "handoff", "group_chat"]


class Team(Node):
    """Agents that work together."""

    name: Name = "team"
    """Key in `teams`."""
    process: Process = "sequential"
    """How they work together."""
    tasks: tuple[str | Task, ...] = ()
    """What they do, in order."""
    agents: tuple[str | Agent, ...] = ()
    """Who they are, where not said by the tasks."""
    manager_model: str | Model | None = None
    """Model of the manager of a hierarchical team."""
    selector: Literal["round_robin", "model"] | None = None
    """Who speaks next in a group chat; round robin when left out."""
    termination: str | None = None
    """Text that ends a group chat or hand-off when an agent says it."""
    max_turns: Positive | None = None
    """Most turns of a group chat or hand-off; 10 when left out."""
    limits: Limits | None = None
    """What the whole team may spend."""
    on: Placement | None = None
    """Where all of it runs; agents may differ."""
    frameworks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings of single frameworks, ignored by the others."""
