"""The contract an adapter implements, and how one is loaded.

An adapter package answers these questions: which object does the entry point name (`ADAPTER`, an
`Adapter`), what can it do (`adapter.toml` beside the package), and how does a unit run (`Lowered`). It
imports nothing of its framework until `lower` is called.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from agentforge_core.boundary.port import Host
from agentforge_core.errors import AdapterError
from agentforge_core.ir import Agent, Program, Team, Tool
from agentforge_core.lowering import LoweringContext


@dataclass(frozen=True, slots=True)
class Unit:
    """What one adapter runs: one agent, or a whole team.

    Attributes:
        kind: `agent` or `team`.
        name: key in the program.
        program: the linked and verified program, placeholders filled, tools described.
    """

    kind: Literal["agent", "team"]
    name: str
    program: Program

    @property
    def agent(self) -> Agent:
        """The agent of a unit of one agent."""
        return self.program.agents[self.name]

    @property
    def team(self) -> Team:
        """The team of a unit that is a team."""
        return self.program.teams[self.name]

    def tools_of(self, agent: Agent) -> tuple[Tool, ...]:
        """The tools of `agent`, described: `description` and `parameters` are set."""
        return self.program.tools_of(agent)


@dataclass(frozen=True, slots=True)
class RunInput:
    """What one run of a lowered unit is about.

    Attributes:
        prompt: the user message: a prompt, or a rendered task with its context. For a team without
            tasks, what the conversation is about.
        task: name of the task, None for a bare prompt.
        schema: JSON Schema of the answer; the host puts it on the model calls and checks the answer.
    """

    prompt: str
    task: str | None = None
    schema: Any = None


@dataclass(frozen=True, slots=True)
class Output:
    """What a framework ended with.

    Attributes:
        text: the final answer.
        reason: the framework's own stop reason, where it gives one.
    """

    text: str
    reason: str | None = None


@runtime_checkable
class Lowered(Protocol):
    """A unit on its framework. Immutable; cached; run by many runs at once."""

    async def run(self, input: RunInput, host: Host) -> Output:  # noqa: A002 - the contract's word
        """Runs the unit once. Cancelling it must stop the framework within a second, leaving nothing.

        What the framework keeps as state is built here; what is dear and shared, in `lower`.
        """

    def describe(self) -> str:
        """The native objects as text, for `agentforge lower`: stable, without addresses or times."""


@runtime_checkable
class Adapter(Protocol):
    """What the entry point names."""

    def lower(self, unit: Unit, context: LoweringContext) -> Lowered:
        """Builds the framework's objects for `unit`. May import the framework.

        What cannot be done is said to `context`, which never raises; all of it is looked at.
        """


def load_adapter(name: str, reference: str) -> Adapter:
    """The adapter object that an entry point names.

    Args:
        name: name of the adapter, for messages.
        reference: `module:attribute`.

    Raises:
        AdapterError: it cannot be imported or is no adapter.
    """
    module, _, attribute = reference.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise AdapterError.of(
            "AF2005",
            f"adapter {name!r} does not load",
            subject=reference,
            reason=f"{type(error).__name__}: {error}",
            hint=f"reinstall the distribution that brings {module}",
        ) from error
    if not isinstance(found, Adapter):
        raise AdapterError.of(
            "AF2005",
            f"adapter {name!r} does not load",
            subject=reference,
            reason=f"{type(found).__name__} has no method lower(unit, context)",
            hint="the entry point must name an object that implements agentforge_core.adapter.Adapter",
        )
    return found
