"""The reference tool loop: ask the model, run what it asks for, until it asks for nothing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from agentforge_core.adapter import Output, RunInput, Unit
from agentforge_core.boundary.effects import ModelCall, ModelReply, ToolCall
from agentforge_core.boundary.messages import Message, ToolRequest, ToolSpec
from agentforge_core.boundary.port import Host
from agentforge_core.lowering import LoweringContext
from agentforge_core.rendering import render_system


@dataclass(frozen=True, slots=True)
class NativeAgent:
    """An agent on the native runtime.

    Attributes:
        agent: its name.
        model: name of its model.
        system: its system message, empty for none.
        tools: its tools as the model sees them.
    """

    agent: str
    model: str
    system: str
    tools: tuple[ToolSpec, ...]

    async def run(self, input: RunInput, host: Host) -> Output:  # noqa: A002 - the contract's word
        """See `agentforge_core.adapter.Lowered`. The host's limits are what ends an endless loop."""
        messages = [Message("system", self.system)] if self.system else []
        messages.append(Message("user", input.prompt))
        while True:
            call = ModelCall(self.model, tuple(messages), self.tools, agent=self.agent, task=input.task)
            reply = await host.model(call)
            if not reply.tool_calls:
                return Output(reply.text, reply.finish_reason)
            messages.append(reply.as_message())
            messages += await self._tools(reply, input, host)

    async def _tools(self, reply: ModelReply, run_input: RunInput, host: Host) -> list[Message]:
        async def one(request: ToolRequest) -> Message:
            call = ToolCall(request.name, request.arguments, request.id, self.agent, run_input.task)
            result = await host.tool(call)
            return Message("tool", result.content, tool_call_id=request.id, name=request.name)

        if len(reply.tool_calls) == 1:
            return [await one(reply.tool_calls[0])]
        return list(await asyncio.gather(*(one(request) for request in reply.tool_calls)))

    def describe(self) -> str:
        """See `agentforge_core.adapter.Lowered`."""
        lines = [f"NativeAgent {self.agent}", f"  model: {self.model}"]
        lines += [f"  system: {json.dumps(self.system, ensure_ascii=False)}"] if self.system else []
        for tool in self.tools:
            schema = json.dumps(dict(tool.parameters), sort_keys=True, ensure_ascii=False)
            lines.append(f"  tool {tool.name}: {json.dumps(tool.description, ensure_ascii=False)} {schema}")
        return "\n".join(lines)


def lower(unit: Unit, context: LoweringContext) -> NativeAgent:
    """The native agent for `unit`.

    Args:
        unit: one agent; teams never come here, the host runs them.
        context: takes the remarks.
    """
    if unit.kind == "team":
        context.refuse(
            "AF3101",
            f"teams.{unit.name}",
            "native lowers single agents",
            reason="its teams are run by the host's team runner",
        )
        return NativeAgent(unit.name, "", "", ())
    agent = unit.agent
    specs = tuple(ToolSpec(t.name, t.description or "", t.parameters or {}) for t in unit.tools_of(agent))
    return NativeAgent(agent.name, unit.program.model_name_of(agent), render_system(agent), specs)
