"""What the engine is given: a verified program, what of it to run, and who runs each unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from agentforge_core.adapter import Lowered, Unit
from agentforge_core.boundary.interceptors import Approver, nobody
from agentforge_core.diagnostics import Diagnostic
from agentforge_core.gateway import ModelRouter
from agentforge_core.ir import Agent, Program, Task, Team
from agentforge_core.runs.result import AdapterInfo

DEFAULT_LIMITS: Mapping[str, float] = {"model_calls": 50, "tool_calls": 200}
"""Limits of each task, and of a bare prompt, where nothing else is said."""

RootKind = Literal["agent", "task", "tasks", "team"]


@dataclass(frozen=True, slots=True)
class Root:
    """What of a program is run.

    Attributes:
        kind: one agent, one task (with those its context asks for), a team, or all tasks.
        name: which; empty for all tasks.
        tasks: the tasks, each after what it builds on; the last one gives the answer.
    """

    kind: RootKind
    name: str
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a unit runs.

    Attributes:
        info: the adapter.
        subject: adapter and framework version, for messages.
        lowered: the unit on its framework; None for a team that the host runs itself.
        level: how well the adapter does what the unit asks for, in the words of `capability.Level`.
        diagnostics: what the lowering remarked.
    """

    info: AdapterInfo
    subject: str
    lowered: Lowered | None
    level: str = "full"
    diagnostics: tuple[Diagnostic, ...] = ()


Place = Callable[[Unit], Placed]
"""Chooses and lowers; raises what `Forge.run` raises."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made.

    Attributes:
        program: verified, overrides applied, placeholders of what runs filled, its tools loaded.
        root: what of it runs.
        prompt: what is said to an agent, or to a team without tasks.
        place: where units run.
        models: who answers model calls.
        limits: limits of the whole run.
        labels: labels of the run.
        approve: asks a person.
    """

    program: Program
    root: Root
    prompt: str | None
    place: Place
    models: ModelRouter
    limits: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    approve: Approver = nobody

    def limits_of(self, kind: str, name: str) -> Mapping[str, float]:
        """Limits of a scope: what its node says; for a task also the defaults nothing else speaks of."""
        program = self.program
        nodes: Mapping[str, Team | Task | Agent] = {
            "team": program.teams,
            "task": program.tasks,
            "agent": program.agents,
        }[kind]  # type: ignore[assignment]
        node = nodes.get(name)
        own = node.limits.set_fields if node is not None and node.limits is not None else {}
        return {**self._defaults(name), **own} if kind == "task" else own

    def _defaults(self, task: str) -> dict[str, float]:
        return {n: v for n, v in DEFAULT_LIMITS.items() if n not in self._said(task)}

    def _said(self, task: str) -> set[str]:
        said = set(self.limits)
        for team in self.program.teams.values():
            if team.limits is not None and task in team.tasks:
                said |= set(team.limits.set_fields)
        node = self.program.tasks.get(task)
        agent = self.program.agents.get(str(node.agent)) if node is not None and node.agent else None
        if agent is not None and agent.limits is not None:
            said |= set(agent.limits.set_fields)
        return said

    @property
    def run_limits(self) -> Mapping[str, float]:
        """Limits of the run; a bare prompt counts as a task and gets the defaults."""
        if self.root.kind != "agent":
            return self.limits
        own = self.limits_of("agent", self.root.name)
        return {**{n: v for n, v in DEFAULT_LIMITS.items() if n not in own}, **self.limits}
