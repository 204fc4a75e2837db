"""Lowered units as text: the native objects, stable from run to run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agentforge_langchain._agents import AgentGraph
from agentforge_langchain._framework import CompiledStateGraph
from agentforge_langchain._teams import Step

if TYPE_CHECKING:
    from agentforge_langchain._runner import LangChainTeam


def describe_agent(agent: AgentGraph) -> str:
    """One agent: its graph, model, system message, tools and middleware."""
    lines = [f"agent {agent.agent}" + (f" on task {agent.task}" if agent.task else "")]
    lines += _graph(agent.graph)
    lines.append(f"  model {type(agent.model).__name__}: {agent.model.model}")
    if agent.system:
        lines.append(f"  system: {_json(agent.system)}")
    for tool in agent.tools:
        lines += [
            f"  tool {type(tool).__name__} {tool.name}: {_json(tool.description)}",
            f"    {_json(dict(tool.spec.parameters))}",
        ]
    lines += [f"  middleware {m.name}" for m in agent.middleware]
    return "\n".join(lines)


def describe_team(team: LangChainTeam) -> str:
    """A team: its graph, then each task with the agents that work on it."""
    lines = [f"team {team.name}", *_graph(team.graph)]
    return "\n\n".join(["\n".join(lines), *(_step(s) for s in team.steps)])


def _step(step: Step) -> str:
    sees = ", ".join(step.sees) or "nothing"
    head = f"task {step.task.name}, node {_json(step.node)}, sees {sees}"
    agents = [describe_agent(a) for a in (step.worker, *step.members)]
    return "\n".join([head, *("  " + line for a in agents for line in a.splitlines())])


def _graph(graph: CompiledStateGraph[Any, Any, Any, Any]) -> list[str]:
    drawn = graph.get_graph()
    edges = sorted((e.source, e.target, e.conditional) for e in drawn.edges)
    lines = [f"  {type(graph).__name__} {_json(sorted(drawn.nodes))}"]
    return lines + [f"    {a} {'-?>' if conditional else '->'} {b}" for a, b, conditional in edges]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
