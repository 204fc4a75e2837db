"""How the manager of a hierarchical team delegates: its instructions and one tool for each agent.

The words are the same whether the host runs the team or an adapter lowers it onto its framework.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from agentforge_core.boundary.messages import ToolSpec
from agentforge_core.ir import Agent, Program, Task, Team, Tool
from agentforge_core.rendering import render_task

_INSTRUCTIONS = """\
You are the manager of a team. Have the work of each task done by your team: call the delegation tool of the \
agent that suits it, as often as it takes, and judge what comes back. An agent sees only what you write to it. \
When the work is done, give the complete answer to the task yourself.

Your team:
{members}"""

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "task": {"type": "string", "description": "The work to do, complete in itself."},
        "context": {"type": "string", "description": "What the agent must know to do it."},
    },
    "required": ["task"],
    "additionalProperties": False,
}


def delegates(program: Program, team: Team) -> dict[str, str]:
    """Names of the delegation tools of `team`, each with the agent it reaches, in the team's order."""
    found: dict[str, str] = {}
    for agent in program.agents_of(team):
        found[_unused(f"delegate_to_{_slug(agent)}", [*found, *program.tools])] = agent
    return found


def delegate_tools(program: Program, team: Team) -> tuple[ToolSpec, ...]:
    """The delegation tools of `team` as the manager's model sees them."""
    return tuple(
        ToolSpec(tool, f"Delegates work to the agent {_introduced(program.agents[agent])}", _PARAMETERS)
        for tool, agent in delegates(program, team).items()
    )


def manager_name(program: Program, team: Team) -> str:
    """Name of the manager of `team`, which no agent of `program` has."""
    return _unused(f"{team.name}_manager", tuple(program.agents), 128)


def manager_agent(program: Program, team: Team) -> Agent:
    """The manager of `team`. It has `manager_model`, else the default model, else its first agent's."""
    members = [program.agents[a] for a in program.agents_of(team)]
    model = team.manager_model
    if model is None and "default" not in program.models:
        model = members[0].model
    listing = "\n".join(f"- {_introduced(a)}" for a in members)
    return Agent(
        name=manager_name(program, team),
        instructions=_INSTRUCTIONS.format(members=listing),
        model=model,
        tools=tuple(delegates(program, team)),
    )


def with_manager(program: Program, team: Team) -> Program:
    """`program` with the manager of `team` and its delegation tools in it, for whoever looks them up."""
    manager = manager_agent(program, team)
    tools = {
        s.name: Tool(
            name=s.name, description=s.description, parameters=dict(s.parameters), side_effects="none"
        )
        for s in delegate_tools(program, team)
    }
    return program.model_copy(
        update={"agents": {**program.agents, manager.name: manager}, "tools": {**program.tools, **tools}}
    )


def render_managed(task: Task, context: Sequence[tuple[str, str]] = ()) -> str:
    """The user message that gives `task` to the manager; says which agent the task names."""
    text = render_task(task, context)
    if task.agent is None:
        return text
    worker = task.agent if isinstance(task.agent, str) else task.agent.name
    return f"{text}\n\nThis task is meant for the agent {worker}."


def render_delegated(arguments: Mapping[str, Any]) -> str:
    """The user message that a delegation tool sends to its agent."""
    said = arguments.get("context")
    return render_task(Task(description=arguments["task"]), [("manager", said)] if said else [])


def _introduced(agent: Agent) -> str:
    what = "; ".join(t.strip().rstrip(".") for t in (agent.role, agent.goal) if t and t.strip())
    return f"{agent.name}: {what}." if what else f"{agent.name}."


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower() or "agent"


def _unused(name: str, taken: Collection[str], longest: int = 64) -> str:
    """`name`, cut to `longest` characters (a tool name's 64 suits every provider), numbered when taken."""
    unique, number = name[:longest], 2
    while unique in taken:
        ending = f"_{number}"
        unique, number = name[: longest - len(ending)] + ending, number + 1
    return unique
