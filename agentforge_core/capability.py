"""What an adapter can do and how well: the vocabulary of support.

Support is never yes or no. An adapter's manifest gives every capability of the closed list below a
level; what it does not mention is `Level.UNKNOWN`, and the conformance kit fails until it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """The closed list of what an adapter may declare. Guarantees of the host are not in it."""

    STREAMING = "streaming"
    """Text deltas while the model speaks; made by the host, hence full on every adapter."""
    STRUCTURED_OUTPUT = "structured_output"
    """A final answer that fits the agent's or task's output schema."""
    PARALLEL_TOOLS = "parallel_tools"
    """Several tool calls of one reply run at the same time."""
    HISTORY = "history"
    """An earlier conversation goes before the prompt."""
    TEAMS_SEQUENTIAL = "teams.sequential"
    """Tasks one after the other, each seeing its context."""
    TEAMS_HIERARCHICAL = "teams.hierarchical"
    """A manager delegates to the agents of the team."""
    TEAMS_HANDOFF = "teams.handoff"
    """An agent passes the conversation to another."""
    TEAMS_GROUP_CHAT = "teams.group_chat"
    """Agents speak in turns chosen by a selector."""
    LIFT = "lift"
    """Framework objects become IR."""
    EJECT = "eject"
    """IR becomes idiomatic source code of the framework."""


class Level(StrEnum):
    """How well a capability is supported."""

    FULL = "full"
    """Supported by the framework's own means."""
    EMULATED = "emulated"
    """Works by other means (mostly the host's) and may differ from the framework's own way."""
    VERSIONED = "versioned"
    """Supported from the framework version named in `Support.since`."""
    NOT_IMPLEMENTED = "not_implemented"
    """The framework could; this adapter does not do it."""
    NOT_YET = "not_yet"
    """The framework cannot do it yet."""
    NEVER = "never"
    """The framework is not made for it."""
    UNKNOWN = "unknown"
    """The manifest does not mention it."""

    @property
    def usable(self) -> bool:
        """Whether an agent that needs the capability can run."""
        return self in _USABLE


_USABLE = frozenset({Level.FULL, Level.EMULATED, Level.VERSIONED})


@dataclass(frozen=True, slots=True)
class Support:
    """One capability of one adapter: its level, since which framework version, and why not more."""

    level: Level
    since: str | None = None
    reason: str | None = None


UNKNOWN = Support(Level.UNKNOWN, reason="the manifest does not mention it")
"""Stands for every capability a manifest leaves out."""
