"""A third-party adapter in one file: what a framework developer writes at least."""

from __future__ import annotations

from dataclasses import dataclass

from agentforge_core.adapter import Lowered, Output, RunInput, Unit
from agentforge_core.boundary.effects import ModelCall, ToolCall
from agentforge_core.boundary.messages import Message, ToolSpec
from agentforge_core.boundary.port import Host
from agentforge_core.lowering import LoweringContext
from agentforge_core.rendering import render_system


@dataclass(frozen=True, slots=True)
class ToyAgent:
    """An agent that calls its tools one at a time."""

    name: str
    model: str
    system: str
    tools: tuple[ToolSpec, ...]

    async def run(self, input: RunInput, host: Host) -> Output:  # noqa: A002 - the contract's word
        """Asks the model until it wants no tool any more; the host's limits end an endless loop."""
        messages = [Message("system", self.system)] if self.system else []
        messages.append(Message("user", input.prompt))
        while True:
            call = ModelCall(self.model, tuple(messages), self.tools, agent=self.name, task=input.task)
            reply = await host.model(call)
            messages.append(reply.as_message())
            for request in reply.tool_calls:
                tool = ToolCall(request.name, request.arguments, request.id, self.name, input.task)
                result = await host.tool(tool)
                messages.append(Message("tool", result.content, tool_call_id=request.id, name=request.name))
            if not reply.tool_calls:
                return Output(reply.text, reply.finish_reason)

    def describe(self) -> str:
        """The agent as text."""
        return f"ToyAgent {self.name} on {self.model}: {', '.join(t.name for t in self.tools) or 'no tools'}"


class ToyAdapter:
    """Lowers single agents."""

    def lower(self, unit: Unit, context: LoweringContext) -> Lowered:
        """The agent of `unit`; a team is refused, the host runs it task by task instead."""
        if unit.kind == "team":
            context.refuse("AF3001", f"teams.{unit.name}", "a team", reason="it lowers single agents")
            return ToyAgent(unit.name, "", "", ())
        agent = unit.agent
        specs = (ToolSpec(t.name, t.description or "", t.parameters or {}) for t in unit.tools_of(agent))
        return ToyAgent(agent.name, unit.program.model_name_of(agent), render_system(agent), tuple(specs))


ADAPTER = ToyAdapter()
