"""Limits the host enforces outside every framework."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agentforge_core.ir.base import Count, Node, Seconds


class BaseLimits(Node):
    """What may be spent in one scope. Limits count effects, not retry attempts."""

    model_calls: Count | None = None
    """Most model calls."""
    tool_calls: Count | None = None
    """Most tool calls."""
    tokens: Count | None = None
    """Most input and output tokens together."""
    seconds: Seconds | None = None
    """Most seconds of running time."""
    cost_usd: Annotated[float, Field(ge=0)] | None = None
    """Most money, in US dollars; refuses calls whose price is unknown."""
    repeats: Count | None = None
    """How often a tool may be called with identical arguments."""

    @property
    def set_fields(self) -> dict[str, float]:
        """The limits that are set, by name."""
        names = ("model_calls", "tool_calls", "tokens", "seconds", "cost_usd", "repeats")
        return {n: v for n in names if (v := getattr(self, n)) is not None}


class Limits(BaseLimits):
    """Limits of a run, agent, task or team, and of what outlives a run."""

    per_session: BaseLimits | None = None
    """For all runs of a session."""
    per_day: BaseLimits | None = None
    """For all runs of a day."""
    per_label: dict[str, BaseLimits] = Field(default_factory=dict)
    """For all runs with a label, written `key=value`."""
