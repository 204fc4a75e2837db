"""Units on LangChain: how a run goes through them. Cancelling the task is all a stop needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agentforge_core.adapter import Output, RunInput
from agentforge_core.boundary.port import Host
from agentforge_langchain._agents import AgentGraph
from agentforge_langchain._describe import describe_agent, describe_team
from agentforge_langchain._framework import RUN_CONFIG, CompiledStateGraph
from agentforge_langchain._listening import leave_outer_graph
from agentforge_langchain._teams import Step


@dataclass(frozen=True, slots=True)
class LangChainAgent:
    """One agent, lowered."""

    agent: AgentGraph

    async def run(self, input: RunInput, host: Host) -> Output:  # noqa: A002, ARG002 - the contract's words
        """See `agentforge_core.adapter.Lowered`. Model and tools find the host by themselves."""
        leave_outer_graph()
        return await self.agent.answer(input.prompt)

    def describe(self) -> str:
        """See `agentforge_core.adapter.Lowered`."""
        return describe_agent(self.agent)


@dataclass(frozen=True, slots=True)
class LangChainTeam:
    """A team, lowered whole.

    Attributes:
        name: its name.
        steps: its tasks, in order.
        graph: one node for each of them.
    """

    name: str
    steps: tuple[Step, ...]
    graph: CompiledStateGraph[Any, Any, Any, Any]

    async def run(self, input: RunInput, host: Host) -> Output:  # noqa: A002, ARG002 - the contract's words
        """See `agentforge_core.adapter.Lowered`. Its tasks say what to do; the prompt is empty."""
        leave_outer_graph()
        state = await self.graph.ainvoke({"answers": {}}, RUN_CONFIG)
        return Output(state["answers"][self.steps[-1].task.name])

    def describe(self) -> str:
        """See `agentforge_core.adapter.Lowered`."""
        return describe_team(self)
