"""IR to LangChain: an agent becomes `create_agent`, a team a graph around such agents."""

from __future__ import annotations

from agentforge_core.adapter import Lowered, Unit
from agentforge_core.ir import Program
from agentforge_core.lowering import LoweringContext
from agentforge_langchain._agents import build_agent
from agentforge_langchain._runner import LangChainAgent, LangChainTeam
from agentforge_langchain._teams import PROCESSES, build_team, delayed


def lower(unit: Unit, context: LoweringContext) -> Lowered:
    """The LangChain objects for `unit`.

    Args:
        unit: one agent or one team.
        context: takes the remarks.
    """
    if unit.kind == "agent":
        return LangChainAgent(build_agent(unit.program, unit.agent))
    return _team(unit.program, unit.name, context)


def _team(program: Program, name: str, context: LoweringContext) -> LangChainTeam:
    team = program.teams[name]
    process = PROCESSES.get(team.process)
    if process is None:
        context.refuse(
            "AF3001",
            f"teams.{name}.process",
            f"team {name!r} is {team.process}, which is not lowered onto LangGraph",
            reason=f"this adapter lowers {' and '.join(PROCESSES)} teams",
            hint="leave the team to the host's own team runner, with its agents on LangChain",
        )
        process = PROCESSES["sequential"]
    make, render = process
    steps = make(program, team)
    for waited, waiting in delayed(steps):
        context.note(
            "AF3111",
            f"tasks.{waited}.async",
            f"task {waiting!r} begins only when {waited!r} has ended",
            reason="LangGraph goes on when all nodes of a step have ended, and both are not in one step",
        )
    return LangChainTeam(name, steps, build_team(steps, render))
