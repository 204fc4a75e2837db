"""The tools that LangChain is given: every call of one goes to the host of the run that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from agentforge_core.boundary.effects import ToolCall, ToolReply
from agentforge_core.boundary.messages import ToolSpec
from agentforge_core.boundary.port import current_host
from agentforge_langchain._framework import BaseTool, ToolMessage
from agentforge_langchain._listening import listened


class SpecTool(BaseTool):
    """A tool that is described by a `ToolSpec`, and gets id and arguments as the model's message has them.

    LangChain's own tools hand arguments over as keywords, which loses the id of the call and clashes on
    names such as `config`; this one keeps them together.

    Attributes:
        spec: what the model sees of it.
        agent: name of the agent that has it.
        task: name of the task it works on, None when the run says it.
    """

    spec: ToolSpec
    agent: str
    task: str | None = None

    @classmethod
    def of(cls, spec: ToolSpec, agent: str, task: str | None = None, **more: Any) -> Self:
        """The tool that `spec` describes, for an agent and the task it works on."""
        schema = dict(spec.parameters)
        return cls(
            name=spec.name,
            description=spec.description,
            args_schema=schema,
            spec=spec,
            agent=agent,
            task=task,
            **more,
        )

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's word
        """Answers a tool call. Skips LangChain's callback machinery when none of its callbacks listens."""
        if listened(config) or not isinstance(input, dict) or input.get("type") != "tool_call":
            return await super().ainvoke(input, config, **kwargs)
        return await self._arun(input["args"], input["id"])

    def _to_args_and_kwargs(self, tool_input: Any, tool_call_id: str | None) -> tuple[Any, dict[str, Any]]:
        return (tool_input, tool_call_id), {}

    def _call(self, arguments: Mapping[str, Any], call_id: str | None) -> ToolCall:
        return ToolCall(self.name, arguments, call_id, self.agent, self.task)


class HostTool(SpecTool):
    """A tool of the program, run by the host."""

    async def _arun(self, arguments: Mapping[str, Any], call_id: str | None = None) -> Any:
        reply = await current_host().tool(self._call(arguments, call_id))
        return tool_message(reply, self.name, call_id)

    def _run(self, arguments: Mapping[str, Any], call_id: str | None = None) -> Any:
        reply = current_host().blocking.tool(self._call(arguments, call_id))
        return tool_message(reply, self.name, call_id)


def tool_message(reply: ToolReply, name: str, call_id: str | None) -> Any:
    """A tool's reply for the framework; the bare text where a tool is called by hand, without an id."""
    if call_id is None:
        return reply.content
    status: Literal["error", "success"] = "error" if reply.is_error else "success"
    return ToolMessage(reply.content, tool_call_id=call_id, name=name, status=status)
