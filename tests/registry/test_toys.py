"""The toy distributions: what an outsider's adapter is, from its manifest to a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentforge_core.adapter import RunInput, Unit, load_adapter
from agentforge_core.boundary.effects import ModelCall, ModelReply, ToolCall, ToolReply
from agentforge_core.boundary.messages import ToolRequest
from agentforge_core.errors import AdapterError, UnsupportedError
from agentforge_core.ir import Agent, Model, Program, Team, Tool
from agentforge_core.lowering import LoweringContext
from agentforge_registry import entry

PROGRAM = Program(
    models={"default": Model(name="default", model="scripted/x")},
    tools={"add": Tool(name="add", python="m:add", description="Adds.", parameters={"type": "object"})},
    agents={"clerk": Agent(name="clerk", instructions="Add.", tools=("add",))},
    teams={"desk": Team(name="desk", process="group_chat", agents=("clerk",))},
)


class Desk:
    """A host whose model asks for one tool twice and then answers; it keeps what crossed the boundary."""

    def __init__(self) -> None:
        self.calls: list[ModelCall | ToolCall] = []

    async def model(self, call: ModelCall) -> ModelReply:
        self.calls.append(call)
        if len(call.messages) > 2:
            return ModelReply(f"the sum is {call.messages[-1].content}")
        wanted = tuple(ToolRequest(str(n), "add", {"a": n}) for n in (1, 2))
        return ModelReply("", wanted, "tool_calls")

    async def tool(self, call: ToolCall) -> ToolReply:
        self.calls.append(call)
        return ToolReply(str(call.arguments["a"] * 10))


async def test_the_good_one_runs(site: Any, plugins: Path) -> None:
    site.install(plugins / "agentforge-toy")
    found = entry("toy")
    adapter = load_adapter(found.name, found.reference)
    context = LoweringContext(found.label)
    lowered = adapter.lower(Unit("agent", "clerk", PROGRAM), context)
    assert context.settle() == ()
    assert lowered.describe() == "ToyAgent clerk on default: add"
    desk: Any = Desk()
    output = await lowered.run(RunInput("1 and 2?", task="sum"), desk)
    assert output.text == "the sum is 20"
    assert [type(c).__name__ for c in desk.calls] == ["ModelCall", "ToolCall", "ToolCall", "ModelCall"]
    assert {(c.agent, c.task) for c in desk.calls} == {("clerk", "sum")}
    assert [m.role for m in desk.calls[-1].messages] == ["system", "user", "assistant", "tool", "tool"]


def test_the_good_one_refuses_a_team(site: Any, plugins: Path) -> None:
    site.install(plugins / "agentforge-toy")
    context = LoweringContext("toy")
    load_adapter("toy", entry("toy").reference).lower(Unit("team", "desk", PROGRAM), context)
    with pytest.raises(UnsupportedError):
        context.settle()


def test_the_broken_one_is_listed_and_does_not_load(site: Any, plugins: Path) -> None:
    site.install(plugins / "agentforge-broken")
    found = entry("broken")
    with pytest.raises(AdapterError, match="this package cannot be imported"):
        load_adapter(found.name, found.reference)
