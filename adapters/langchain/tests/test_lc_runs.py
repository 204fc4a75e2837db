"""Runs of one agent through the boundary, and through the public face beside the native runtime."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agentforge_core import forge as door
from agentforge_core.boundary.effects import ModelReply, ToolCall, ToolReply
from agentforge_core.boundary.messages import Message, ToolRequest
from agentforge_core.ir import Agent, Tool

TOOL = Tool(name="t", python="m:f", description="does t", parameters={"type": "object"})


async def test_system_and_prompt_are_all_the_model_sees(bench: Any, quiet: None) -> None:
    agent = Agent(name="a", role="Clerk", goal="file it", instructions="Be {literal}.", model="x/y")
    b = bench(agent, lambda _: ModelReply("done"))
    output = await b("  the prompt ")
    assert (output.text, output.reason) == ("done", "stop")
    system = "You are Clerk.\n\nYour goal: file it\n\nBe {literal}."
    assert b.models[0].messages == (Message("system", system), Message("user", "  the prompt "))
    assert (b.models[0].agent, b.models[0].task) == ("a", None)


async def test_an_agent_that_says_nothing_of_itself_has_no_system_message(bench: Any, quiet: None) -> None:
    b = bench(Agent(name="a", model="x/y"), lambda _: ModelReply("done"))
    await b("p", task="job")
    assert b.models[0].messages == (Message("user", "p"),)
    assert b.models[0].task == "job"


async def test_the_frameworks_own_bounds_are_out_of_reach(bench: Any, quiet: None) -> None:
    def answer(call: Any) -> Any:
        if isinstance(call, ToolCall):
            return ToolReply("same")
        said = sum(m.role == "assistant" for m in call.messages)
        return ModelReply("done") if said == 60 else ModelReply("", (ToolRequest(f"c{said}", "t"),))

    b = bench(Agent(name="a", model="x/y", tools=(TOOL,)), answer)
    assert (await b()).text == "done"
    assert (len(b.models), len(b.tools)) == (61, 60)
    from agentforge_langchain._framework import RUN_CONFIG

    assert RUN_CONFIG["recursion_limit"] > 10**8


async def test_two_hundred_runs_at_once_on_one_object_do_not_mix(bench: Any, quiet: None) -> None:
    async def answer(call: Any) -> Any:
        await asyncio.sleep(0.001)
        if isinstance(call, ToolCall):
            return ToolReply(f"tool {call.arguments['q']}")
        if call.messages[-1].role == "tool":
            return ModelReply(f"{call.messages[0].content}/{call.messages[-1].content}")
        return ModelReply("", (ToolRequest("c", "t", {"q": call.messages[0].content}),), "tool_calls")

    b = bench(Agent(name="a", model="x/y", tools=(TOOL,)), answer)
    outputs = await asyncio.gather(*(b(f"q{i}") for i in range(200)))
    assert [o.text for o in outputs] == [f"q{i}/tool q{i}" for i in range(200)]
    after = len(b.models)
    await b("alone")
    assert len(b.models[after].messages) == 1  # nothing is remembered from earlier runs


async def test_a_run_inside_a_tool_is_a_run_of_its_own(bench: Any, quiet: None) -> None:
    inner = bench(Agent(name="inner", model="x/y"), lambda c: ModelReply("in " + c.messages[-1].content))

    async def answer(call: Any) -> Any:
        if isinstance(call, ToolCall):
            return ToolReply((await inner("deep")).text)
        if call.messages[-1].role == "tool":
            return ModelReply(call.messages[-1].content)
        return ModelReply("", (ToolRequest("c", "t"),), "tool_calls")

    outer = bench(Agent(name="outer", model="x/y", tools=(TOOL,)), answer)
    assert (await outer()).text == "in deep"


async def test_the_frameworks_own_stream_shows_the_reply(bench: Any, quiet: None) -> None:
    b = bench(Agent(name="a", model="x/y"), lambda _: ModelReply("in one piece"))

    async def body(_: Any) -> list[Any]:
        graph = b.lowered.agent.graph
        stream = graph.astream({"messages": [("user", "go")]}, stream_mode="messages")
        return [chunk.content async for chunk, _ in stream]

    assert "".join(await b(body=body)) == "in one piece"


DOCUMENT = """
agentforge: 1
models: {default: {model: scripted/script.yaml}}
tools:
  double: {python: "tools:double", side_effects: none}
  fail: {python: "tools:fail", side_effects: none}
agents:
  a: {instructions: "Use tools.", tools: [double, fail]}
"""
TOOLS = '''
def double(n: int) -> dict[str, int]:
    """Doubles.

    Args:
        n: what to double.
    """
    return {"n": 2 * n}

def fail() -> str:
    """Fails."""
    raise RuntimeError("no luck")
'''
SCRIPT = {
    "replies": [
        {
            "text": "let me see",
            "tool_calls": [
                {"name": "double", "arguments": {"n": 21}},
                {"name": "fail", "arguments": {}},
                {"name": "double", "arguments": {"n": "x"}},
                {"name": "double", "arguments": "{not json"},
                {"name": "nope", "arguments": {}},
            ],
        },
        {"text": "answer: {{last_tool_result}}"},
    ]
}


@pytest.fixture
def desk(tmp_path: Path) -> door.Forge:
    (tmp_path / "desk.yaml").write_text(DOCUMENT)
    (tmp_path / "tools.py").write_text(TOOLS)
    (tmp_path / "script.yaml").write_text(json.dumps(SCRIPT))
    return door.load(tmp_path / "desk.yaml")


async def test_events_are_those_of_the_native_runtime(desk: door.Forge) -> None:
    seen: dict[str, list[Any]] = {}
    for on in ("native", "langchain"):
        events: list[Any] = []
        result = await desk.run("a", prompt="go", on=on, sink=events.append, deltas=True)
        result.raise_for_status()
        seen[on] = sorted(
            (e.type, e.task, e.agent, json.dumps(dict(e.data), sort_keys=True))
            for e in events
            if e.type not in ("agent.started", "run.started")
        )
    assert seen["native"] == seen["langchain"]
    assert sum(kind == "tool.finished" for kind, *_ in seen["native"]) == 5


async def test_schemas_and_repairs(desk: door.Forge, tmp_path: Path) -> None:
    replies = [{"text": "not json"}]
    rule = {"when": {"user": "does not fit"}, "reply": {"text": '{"n": 3}'}}
    (tmp_path / "s2.yaml").write_text(json.dumps({"rules": [rule], "replies": replies}))
    text = DOCUMENT.replace("script.yaml", "s2.yaml") + (
        "  b: {output: {schema: {type: object, properties: {n: {type: integer}}, required: [n]}}}\n"
    )
    (tmp_path / "two.yaml").write_text(text)
    result = await door.load(tmp_path / "two.yaml").run("b", prompt="go", on="langchain")
    assert (result.status, result.output, result.usage.model_calls) == ("succeeded", {"n": 3}, 2)
