"""An agent: who it is, what it is told, what it may use, where it runs."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from agentforge_core.ir.base import Flag, Name, Node
from agentforge_core.ir.limits import Limits
from agentforge_core.ir.model import Model
from agentforge_core.ir.output import Output, as_output
from agentforge_core.ir.tool import Tools

Placement = str | tuple[str, ...]
"""`auto`, or a framework name with an optional PEP 440 specifier, or several tried in order."""

OutputField = Annotated[Output | None, BeforeValidator(as_output)]


class Agent(Node):
    """One agent, neutral of any framework."""

    name: Name
    """Key in `agents`."""
    role: str | None = None
    """What it is, in a few words."""
    goal: str | None = None
    """What it is after."""
    backstory: str | None = None
    """What it knows and how it works."""
    instructions: str | None = None
    """What it is told; reaches the model verbatim and once."""
    model: str | Model | None = None
    """Key in `models`, or `provider/name`; `models.default` when left out."""
    tools: Tools = ()
    """Tools it may call."""
    knowledge: tuple[str, ...] = ()
    """Keys in `knowledge`."""
    output: OutputField = None
    """Shape of its answer."""
    limits: Limits | None = None
    """What it may spend in one run."""
    handoffs: tuple[str, ...] = ()
    """Agents it may hand the conversation to."""
    memory: Flag | dict[str, Any] | None = None
    """Whether it remembers beyond one run."""
    on: Placement | None = None
    """Where it runs; not part of its identity."""
    frameworks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings of single frameworks, ignored by the others."""
