"""Teams as LangGraph graphs: one node for each task, edges where a task needs another's answer."""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from pydantic import SkipValidation

from agentforge_core.boundary.effects import ToolReply
from agentforge_core.boundary.port import current_host
from agentforge_core.delegation import (
    delegate_tools,
    delegates,
    manager_agent,
    render_delegated,
    render_managed,
)
from agentforge_core.ir import Program, Task, Team
from agentforge_core.rendering import render_task
from agentforge_langchain._agents import AgentGraph, assemble, build_agent
from agentforge_langchain._framework import END, START, CompiledStateGraph, StateGraph
from agentforge_langchain._tools import SpecTool, tool_message

Render = Callable[[Task, Sequence[tuple[str, str]]], str]


class TeamState(TypedDict):
    """What the nodes of a team share: the answers so far, by task."""

    answers: Annotated[dict[str, str], operator.or_]


@dataclass(frozen=True, slots=True)
class Step:
    """One task of a team.

    Attributes:
        task: the task.
        node: name of its node.
        sees: tasks whose answers it sees, in order.
        after: tasks that must have ended before it begins.
        worker: who answers it: its agent, or the manager.
        members: agents that the worker may delegate to.
    """

    task: Task
    node: str
    sees: tuple[str, ...]
    after: tuple[str, ...]
    worker: AgentGraph
    members: tuple[AgentGraph, ...] = ()


class DelegateTool(SpecTool):
    """Delegation to an agent of the team. Control flow: the agent's own calls are effects, this is none."""

    member: SkipValidation[AgentGraph]

    async def _arun(self, arguments: Mapping[str, Any], call_id: str | None = None) -> Any:
        host, to = current_host(), self.member.agent
        if not _delegable(arguments):
            reply = await host.tool(self._call(arguments, call_id))  # refuses it, in the host's words
            return tool_message(reply, self.name, call_id)
        host.note("handoff", self.agent, task=self.task, data={"to": to, **arguments})
        host.note("agent.started", to, task=self.task)
        output = await self.member.answer(render_delegated(arguments))
        host.note("agent.finished", to, task=self.task, data={"output": output.text})
        return tool_message(ToolReply(output.text), self.name, call_id)

    def _run(self, *_: Any) -> Any:
        raise NotImplementedError("an agent that is delegated to is awaited")


def _delegable(arguments: Mapping[str, Any]) -> bool:
    known = {"task", "context"}
    return "task" in arguments and all(k in known and isinstance(v, str) for k, v in arguments.items())


def sequential_steps(program: Program, team: Team) -> tuple[Step, ...]:
    """Each task with its own agent, which has a fresh conversation and knows which task it works on."""
    return tuple(
        Step(task, node, sees, after, build_agent(program, program.agents[str(task.agent)], task.name))
        for task, node, sees, after in _ordered(program, team)
    )


def hierarchical_steps(program: Program, team: Team) -> tuple[Step, ...]:
    """Each task with the manager, who has a delegation tool for each agent of the team."""
    manager, reached = manager_agent(program, team), delegates(program, team)
    steps = []
    for task, node, sees, after in _ordered(program, team):
        members = {n: build_agent(program, program.agents[n], task.name) for n in reached.values()}
        tools = tuple(
            DelegateTool.of(s, manager.name, task.name, member=members[reached[s.name]])
            for s in delegate_tools(program, team)
        )
        worker = assemble(program, manager, tools, task.name)
        steps.append(Step(task, node, sees, after, worker, tuple(members.values())))
    return tuple(steps)


def _ordered(program: Program, team: Team) -> list[tuple[Task, str, tuple[str, ...], tuple[str, ...]]]:
    """The tasks of `team` with node names, what each sees and what each waits for."""
    found: list[tuple[Task, str, tuple[str, ...], tuple[str, ...]]] = []
    before: list[str] = []
    barrier: tuple[str, ...] = ()
    for number, name in enumerate(map(str, team.tasks), 1):
        task = program.tasks[name]
        sees = tuple(before[-1:]) if task.context is None else tuple(map(str, task.context))
        after = tuple(dict.fromkeys((*sees, *barrier)))
        found.append((task, f"{number} {name}".replace("|", "_").replace(":", "_"), sees, after))
        before.append(name)
        if not task.async_:
            barrier = (name,)
    return found


def delayed(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """Pairs of an async task and one that waits for it though it needs not: LangGraph goes step by step."""
    level: dict[str, int] = {}
    needs: dict[str, set[str]] = {}
    for step in steps:
        name = step.task.name
        level[name] = 1 + max((level[a] for a in step.after), default=0)
        needs[name] = set(step.after).union(*(needs[a] for a in step.after))
    free = [s.task.name for s in steps if s.task.async_]
    return [(a, n) for a in free for n in level if level[n] > level[a] and a not in needs[n]]


def build_team(steps: Sequence[Step], render: Render) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph of a team."""
    graph: Any = StateGraph(TeamState)
    nodes = {s.task.name: s.node for s in steps}
    awaited = {a for s in steps for a in s.after}
    if not steps:
        graph.add_edge(START, END)
    for step in steps:
        graph.add_node(step.node, _work(step, render))
    for step in steps:
        before = [nodes[a] for a in step.after]
        graph.add_edge(before if len(before) > 1 else (before or [START])[0], step.node)
        if step.task.name not in awaited:
            graph.add_edge(step.node, END)
    compiled: CompiledStateGraph[Any, Any, Any, Any] = graph.compile()
    return compiled


def _work(step: Step, render: Render) -> Callable[[TeamState], Awaitable[dict[str, Any]]]:
    task, worker = step.task, step.worker

    async def work(state: TeamState) -> dict[str, Any]:
        host = current_host()
        prompt = render(task, [(name, state["answers"][name]) for name in step.sees])
        host.note("agent.started", worker.agent, task=task.name)
        output = await worker.answer(prompt)
        host.note("agent.finished", worker.agent, task=task.name, data={"output": output.text})
        return {"answers": {task.name: await host.task_output(task.name, output.text)}}

    return work


PROCESSES: Mapping[str, tuple[Callable[[Program, Team], tuple[Step, ...]], Render]] = {
    "sequential": (sequential_steps, render_task),
    "hierarchical": (hierarchical_steps, render_managed),
}
"""The processes that are lowered: how their steps are made and how a task is put to its worker."""
