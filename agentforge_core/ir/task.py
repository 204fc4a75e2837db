"""A task: what one agent shall do, with what context, to what end."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agentforge_core.ir.agent import Agent, OutputField
from agentforge_core.ir.base import Flag, Name, Node
from agentforge_core.ir.limits import Limits


class Task(Node):
    """One piece of work for one agent."""

    name: Name = "task"
    """Key in `tasks`."""
    agent: str | Agent | None = None
    """Who does it; may be left out in a hierarchical team, whose manager then chooses."""
    description: str
    """What to do; `{placeholders}` are filled from the inputs."""
    expected_output: str | None = None
    """What a good answer looks like, in words."""
    output: OutputField = None
    """Shape of the answer."""
    context: tuple[str | Task, ...] | None = None
    """Tasks whose answers it sees; left out means the previous one, empty means none."""
    guardrails: tuple[dict[str, Any] | str, ...] = ()
    """Checks of the answer."""
    async_: Flag = Field(default=False, alias="async")
    """Whether the tasks after it need not wait for it."""
    limits: Limits | None = None
    """What it may spend."""
