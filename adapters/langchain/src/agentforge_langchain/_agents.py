"""One agent as `create_agent` makes it: model and tools of the host's, LangChain's own loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agentforge_core.adapter import Output
from agentforge_core.boundary.effects import ToolCall
from agentforge_core.boundary.messages import ToolSpec
from agentforge_core.boundary.port import current_host
from agentforge_core.ir import Agent, Program, Tool
from agentforge_core.rendering import render_system
from agentforge_langchain._framework import (
    RUN_CONFIG,
    AgentMiddleware,
    CompiledStateGraph,
    HumanMessage,
    create_agent,
)
from agentforge_langchain._model import HostModel
from agentforge_langchain._tools import HostTool, SpecTool, tool_message


@dataclass(frozen=True, slots=True)
class AgentGraph:
    """An agent on LangChain; stateless, shared by all runs.

    Attributes:
        agent: its name.
        task: the task it works on inside a team; None when the run says it.
        model: what it thinks with.
        system: its system message, empty for none.
        tools: what it may call.
        middleware: what stands around its calls.
        graph: the agent loop.
    """

    agent: str
    task: str | None
    model: HostModel
    system: str
    tools: tuple[SpecTool, ...]
    middleware: tuple[AgentMiddleware[Any, Any, Any], ...]
    graph: CompiledStateGraph[Any, Any, Any, Any]

    async def answer(self, prompt: str) -> Output:
        """Has the agent answer `prompt` in a conversation of its own."""
        state = await self.graph.ainvoke({"messages": [HumanMessage(prompt)]}, RUN_CONFIG)
        last = state["messages"][-1]
        return Output(str(last.text), last.response_metadata.get("finish_reason"))


def build_agent(program: Program, agent: Agent, task: str | None = None) -> AgentGraph:
    """`agent` of `program` with its tools, each of them the host's."""
    tools = tuple(HostTool.of(spec_of(t), agent.name, task) for t in program.tools_of(agent))
    return assemble(program, agent, tools, task)


def assemble(
    program: Program, agent: Agent, tools: tuple[SpecTool, ...], task: str | None = None
) -> AgentGraph:
    """`agent` of `program` with the given tools."""
    model = HostModel(model=program.model_name_of(agent), agent=agent.name, task=task)
    system = render_system(agent)
    # Without tools LangChain makes no tool node, and a call of a tool that is not there would end the run.
    middleware = () if tools else (AnswerUnoffered(agent.name, task),)
    graph = create_agent(model, list(tools), system_prompt=system or None, middleware=middleware)
    return AgentGraph(agent.name, task, model, system, tools, middleware, graph)


def spec_of(tool: Tool) -> ToolSpec:
    """What a model sees of a tool of the program."""
    return ToolSpec(
        tool.name, tool.description or "", tool.parameters or {"type": "object", "properties": {}}
    )


class AnswerUnoffered(AgentMiddleware[Any, Any, Any]):
    """Lets the host answer calls of tools that were never offered, so that the model learns of it."""

    def __init__(self, agent: str, task: str | None) -> None:
        super().__init__()
        self._agent = agent
        self._task = task

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:  # noqa: ARG002
        """See `AgentMiddleware`."""
        call = request.tool_call
        made = ToolCall(call["name"], call["args"], call["id"], self._agent, self._task)
        return tool_message(await current_host().tool(made), call["name"], call["id"])
