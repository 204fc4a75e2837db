"""The root of the IR: everything one document or one Python call says, linked by names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

from pydantic import Field

from agentforge_core.ir.agent import Agent, Placement
from agentforge_core.ir.base import Env, Node
from agentforge_core.ir.limits import Limits
from agentforge_core.ir.model import Model
from agentforge_core.ir.placeholders import fill, placeholders
from agentforge_core.ir.task import Task
from agentforge_core.ir.team import Team
from agentforge_core.ir.tool import Tool

FORMAT_VERSION = 1
"""Version of the document format that this release writes and runs."""

NodeT = TypeVar("NodeT", bound=Node)

_AGENT_TEXTS = ("role", "goal", "backstory", "instructions")
_TASK_TEXTS = ("description", "expected_output")


class Program(Node):
    """All nodes of a document. References are names; `link` makes one from Python objects."""

    agentforge: Literal[1] = 1
    """Version of the document format."""
    on: Placement | None = None
    """Where everything runs that says nothing else; `native` when left out."""
    models: dict[str, Model] = Field(default_factory=dict)
    """Logical models."""
    tools: dict[str, Tool] = Field(default_factory=dict)
    """Tools."""
    knowledge: dict[str, Any] = Field(default_factory=dict)
    """Sources of knowledge."""
    agents: dict[str, Agent] = Field(default_factory=dict)
    """Agents."""
    tasks: dict[str, Task] = Field(default_factory=dict)
    """Tasks."""
    teams: dict[str, Team] = Field(default_factory=dict)
    """Teams."""
    workflows: dict[str, Any] = Field(default_factory=dict)
    """Workflows, kept as data."""
    limits: Limits | None = None
    """What a run may spend."""
    isolation: Literal["inprocess", "process", "sandbox"] | None = None
    """How far frameworks are kept from the host."""
    durability: Literal["off", "process", "power"] | None = None
    """What a run survives."""
    commit: Literal["sync", "async", "exit"] | None = None
    """When a commit is awaited."""
    store: str | Env | None = None
    """Address of the store of runs."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Labels of every run."""
    frameworks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings of single frameworks, ignored by the others."""

    def tools_of(self, agent: Agent) -> tuple[Tool, ...]:
        """The tools of `agent`, in its order."""
        return tuple(self.tools[t] if isinstance(t, str) else t for t in agent.tools)

    def model_name_of(self, agent: Agent) -> str:
        """Name of the model of `agent` in `all_models`."""
        if agent.model is None:
            return "default"
        return agent.model if isinstance(agent.model, str) else agent.model.name

    @property
    def all_models(self) -> dict[str, Model]:
        """Declared models and those written in place as `provider/name`, by the name calls use."""
        found = dict(self.models)
        for reference in self._model_references():
            if "/" in reference and reference not in found:
                found[reference] = Model(name=reference, model=reference)
        return found

    def _model_references(self) -> Iterable[str]:
        for agent in self.agents.values():
            if isinstance(agent.model, str):
                yield agent.model
        for team in self.teams.values():
            if isinstance(team.manager_model, str):
                yield team.manager_model

    def agents_of(self, team: Team) -> tuple[str, ...]:
        """Names of the agents of `team`: those it lists, then those its tasks name."""
        listed = [a if isinstance(a, str) else a.name for a in team.agents]
        for reference in team.tasks:
            worker = self.tasks[_name_of(reference)].agent
            if worker is not None:
                listed.append(_name_of(worker))
        return tuple(dict.fromkeys(listed))

    def with_model(self, model: str) -> Program:
        """This program with every agent and manager on `model`: a key of `models` or `provider/name`."""
        agents = {n: a.model_copy(update={"model": model}) for n, a in self.agents.items()}
        teams = {
            n: t.model_copy(update={"manager_model": model}) if t.process == "hierarchical" else t
            for n, t in self.teams.items()
        }
        return self.model_copy(update={"agents": agents, "teams": teams})

    def placeholders(self, agents: Iterable[str], tasks: Iterable[str]) -> tuple[str, ...]:
        """Names of the inputs that the named agents and tasks ask for."""
        texts = [getattr(self.agents[a], f) for a in agents for f in _AGENT_TEXTS]
        texts += [getattr(self.tasks[t], f) for t in tasks for f in _TASK_TEXTS]
        return tuple(dict.fromkeys(p for text in texts if text for p in placeholders(text)))

    def filled(self, inputs: Mapping[str, object], agents: Iterable[str], tasks: Iterable[str]) -> Program:
        """This program with the placeholders of the named agents and tasks replaced.

        Raises:
            KeyError: an input is missing; the argument is its name.
        """
        new_agents = {n: _filled(self.agents[n], _AGENT_TEXTS, inputs) for n in agents}
        new_tasks = {n: _filled(self.tasks[n], _TASK_TEXTS, inputs) for n in tasks}
        return self.model_copy(
            update={"agents": {**self.agents, **new_agents}, "tasks": {**self.tasks, **new_tasks}}
        )


def _filled(node: NodeT, fields: tuple[str, ...], inputs: Mapping[str, object]) -> NodeT:
    filled = {f: fill(text, inputs) for f in fields if (text := getattr(node, f)) is not None}
    return node.model_copy(update=filled)


def _name_of(reference: str | Node) -> str:
    return reference if isinstance(reference, str) else str(reference.name)  # type: ignore[attr-defined]


def link(*nodes: Agent | Task | Team) -> Program:
    """A program of Python objects: nodes given in place become entries and names.

    Raises:
        ValueError: two different nodes have the same name.
    """
    linker = _Linker()
    for node in nodes:
        linker.add(node)
    return Program(**linker.found)


class _Linker:
    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {
            k: {} for k in ("models", "tools", "agents", "tasks", "teams")
        }

    def add(self, node: Agent | Task | Team) -> str:
        if isinstance(node, Agent):
            return self._put("agents", node, self._agent(node))
        if isinstance(node, Task):
            return self._put("tasks", node, self._task(node))
        return self._put("teams", node, self._team(node))

    def _put(self, kind: str, node: Any, linked: Any) -> str:
        known = self.found[kind].setdefault(node.name, linked)
        if known is not linked and known != linked:
            raise ValueError(f"two different {kind} are named {node.name!r}; give each its own name")
        return str(node.name)

    def _reference(self, value: str | Agent | Task) -> str:
        return value if isinstance(value, str) else self.add(value)

    def _model(self, value: str | Model | None) -> str | None:
        return self._put("models", value, value) if isinstance(value, Model) else value

    def _agent(self, agent: Agent) -> Agent:
        tools = tuple(self._put("tools", t, t) if isinstance(t, Tool) else t for t in agent.tools)
        return agent.model_copy(update={"tools": tools, "model": self._model(agent.model)})

    def _task(self, task: Task) -> Task:
        worker = None if task.agent is None else self._reference(task.agent)
        context = None if task.context is None else tuple(self._reference(c) for c in task.context)
        return task.model_copy(update={"agent": worker, "context": context})

    def _team(self, team: Team) -> Team:
        return team.model_copy(
            update={
                "tasks": tuple(self._reference(t) for t in team.tasks),
                "agents": tuple(self._reference(a) for a in team.agents),
                "manager_model": self._model(team.manager_model),
            }
        )
