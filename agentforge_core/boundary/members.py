"""The agents of a driven unit as the host sees them: tools, scopes, schemas, places in the trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from agentforge_core.boundary.effects import HumanInput, ModelCall, ToolCall
from agentforge_core.boundary.port import NoteKind
from agentforge_core.boundary.run import Run
from agentforge_core.boundary.scope import Scope
from agentforge_core.ir import Program, Tool

if TYPE_CHECKING:
    from agentforge_core.boundary.seat import Seat

CallT = TypeVar("CallT", ModelCall, ToolCall)

Control = Callable[[Mapping[str, Any], str, int | None], Awaitable[str]]
"""A tool that is control flow of a team (delegation, hand-off): arguments, calling agent, event around to text."""

Finish = Callable[["Seat", str, str, str], Awaitable[str]]
"""Ends a task of a team that was lowered whole: seat, task, its agent, text to the text to go on with."""


@dataclass(slots=True)
class Members:
    """What a `Seat` asks about the agents it serves.

    Attributes:
        run: the run.
        program: the linked program, texts filled.
        scope: the scope around the unit.
        agent: the agent that calls which say none belong to.
        task: the task that calls which say none belong to.
        parent: number of the event around the unit.
        schema: JSON Schema the unit's final answer must fit.
        limits_of: limits of a scope by kind and name.
        controls: control-flow tools by name.
        finish: ends a task of a team that was lowered whole.
        adapter: name of the adapter, for the events of such a team.
    """

    run: Run
    program: Program
    scope: Scope
    agent: str
    task: str | None
    parent: int | None
    limits_of: Callable[[str, str], Mapping[str, float]]
    schema: Mapping[str, Any] | None = None
    controls: Mapping[str, Control] = field(default_factory=dict)
    finish: Finish | None = None
    adapter: str = ""
    _workers: dict[str, str] = field(default_factory=dict)
    _scopes: dict[tuple[str | None, str], Scope] = field(default_factory=dict)
    _started: dict[tuple[str | None, str], int] = field(default_factory=dict)
    _tasks: dict[str, int] = field(default_factory=dict)

    def placed(self, call: CallT) -> CallT:
        """`call` with agent and task filled in where the wrapper said none."""
        if call.agent and (call.task is not None or self.task is None):
            return call
        return replace(call, agent=call.agent or self.agent, task=call.task or self.task)

    def scope_of(self, agent: str, task: str | None) -> Scope:
        """The scope of an agent on a task, within the unit's own."""
        key = (task, agent)
        scope = self._scopes.get(key)
        if scope is None:
            around = self.scope
            if task is not None and task != self.task:
                around = self._scopes.get((task, "")) or self.run.opened(
                    Scope("task", task, self.limits_of("task", task), around)
                )
                self._scopes[task, ""] = around
            scope = self._scopes[key] = self.run.agent_scope(agent, self.limits_of("agent", agent), around)
        return scope

    def close(self, task: str | None = None) -> None:
        """Stops the clocks of the scopes of `task`; of all when none is named."""
        for (scope_task, _), scope in self._scopes.items():
            if task in (None, scope_task):
                self.run.closed(scope)

    def tool_of(self, call: ToolCall) -> tuple[Tool | None, Sequence[str]]:
        """The tool a call names if its agent has it, and the names of all its tools."""
        agent = self.program.agents.get(call.agent)
        names = [t if isinstance(t, str) else t.name for t in agent.tools] if agent is not None else []
        return (self.program.tools.get(call.name) if call.name in names else None), names

    def schema_of(self, agent: str, task: str | None) -> Mapping[str, Any] | None:
        """The schema the host puts on the calls of an agent on a task."""
        if self.schema is not None or task == self.task:
            return self.schema
        node = self.program.tasks.get(task or "")
        output = self.program.agents[agent].output
        # the answer of whoever works on the task, not what a manager has done for it on the way
        if node is not None and node.output is not None and self._workers.get(node.name, agent) == agent:
            output = node.output
        return output.schema_ if output is not None else None

    def parent_of(self, call: ModelCall | ToolCall | HumanInput) -> int | None:
        """Number of the event that a call happens within."""
        return self._started.get((call.task, call.agent), self.parent)

    def note(self, kind: NoteKind, agent: str, task: str | None, data: Mapping[str, Any] | None) -> None:
        """Emits an event that only the adapter, or for single agents the engine, can know of."""
        task = task or self.task
        key = (task, agent)
        if kind == "agent.started":
            parent = self._task_started(task)
            if task is not None:
                self._workers.setdefault(task, agent)
            data = {"adapter": self.adapter, **(data or {})}
            self._started[key] = self.run.emit(kind, task=task, agent=agent, parent=parent, data=data)
        else:
            self.run.emit(kind, task=task, agent=agent, parent=self._started.get(key, self.parent), data=data)

    def _task_started(self, task: str | None) -> int | None:
        if task is None or task == self.task:
            return self.parent
        if task not in self._tasks:
            data = {"agent": self.program.tasks[task].agent}
            self._tasks[task] = self.run.emit("task.started", task=task, parent=self.parent, data=data)
        return self._tasks[task]

    async def task_output(self, seat: Seat, task: str, text: str) -> str:
        """Ends `task` of a team that was lowered whole."""
        if self.finish is not None:
            text = await self.finish(seat, task, self._workers.get(task, ""), text)
        self.close(task)
        self.run.emit(
            "task.finished", task=task, parent=self._tasks.get(task, self.parent), data={"output": text}
        )
        return text
