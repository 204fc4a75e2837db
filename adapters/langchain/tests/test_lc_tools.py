"""Tools reach the model unchanged and the host exactly as the model asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler

from agentforge_core.boundary.effects import ModelCall, ModelReply, ToolCall, ToolReply
from agentforge_core.boundary.messages import ToolRequest, ToolSpec
from agentforge_core.ir import Agent, Tool
from agentforge_langchain._tools import HostTool

HARD: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no_properties": {"type": "object"},
    "recursive": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"tree": {"$ref": "#/$defs/Node"}},
        "required": ["tree"],
        "$defs": {
            "Node": {
                "type": "object",
                "title": "Node",
                "properties": {
                    "value": {"type": ["integer", "null"], "minimum": -3},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                },
            }
        },
    },
    "awkward_names": {
        "type": "object",
        "properties": {
            n: {} for n in ("self", "config", "run_manager", "args", "kwargs", "ключ", "a-b", "type")
        },
        "additionalProperties": False,
    },
    "choices": {
        "type": "object",
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        "properties": {
            "a": {"const": 1},
            "b": {"enum": ["x", None, 2.5]},
            "c": {"anyOf": [{"type": "null"}]},
        },
        "description": "its own words",
        "title": "kept",
    },
}

ARGUMENTS: list[dict[str, Any]] = [
    {},
    {"text": "naïve ☃ \U0001f600 \u0000 \n", "ключ": "знач"},
    {"big": 2**200, "float": 0.1, "whole": 1.0, "tiny": 5e-324, "null": None, "bool": True},
    {"nested": {"list": [1, [2, {"deep": [{}]}]], "type": "tool_call", "id": "x"}},
    {"self": 1, "config": {"callbacks": 1}, "run_manager": 2, "args": [], "tool_call_id": "no", "": 0},
]


def any_tool(name: str, **settings: Any) -> Tool:
    return Tool(name=name, python="m:f", description=f"does {name}", **settings)


def once(*requests: ToolRequest) -> Any:
    """A model that asks for `requests` and then says `done`."""

    def answer(call: Any) -> Any:
        if isinstance(call, ToolCall):
            return ToolReply(f"result of {call.id}")
        asked = call.messages[-1].role == "tool"
        return ModelReply("done") if asked else ModelReply("", requests, "tool_calls")

    return answer


async def test_hard_schemas_are_on_the_model_call_as_written(bench: Any, quiet: None) -> None:
    tools = tuple(any_tool(name, parameters=schema) for name, schema in HARD.items())
    b = bench(Agent(name="a", model="x/y", tools=tools), lambda _: ModelReply("done"))
    await b()
    empty = {"type": "object", "properties": {}}
    assert b.models[0].tools == tuple(ToolSpec(n, f"does {n}", s or empty) for n, s in HARD.items())


@pytest.mark.parametrize("arguments", ARGUMENTS)
async def test_arguments_are_not_touched(bench: Any, quiet: None, arguments: dict[str, Any]) -> None:
    agent = Agent(name="a", model="x/y", tools=(any_tool("t", parameters={"type": "object"}),))
    b = bench(agent, once(ToolRequest("c1", "t", arguments)))
    assert (await b()).text == "done"
    (call,) = b.tools
    assert call.arguments == arguments
    assert [type(v) for v in call.arguments.values()] == [type(v) for v in arguments.values()]
    assert b.models[1].messages[-2].tool_calls[0].arguments == arguments


async def test_the_wrapper_itself_hands_over_what_it_was_given(bench: Any) -> None:
    seen: list[ToolCall] = []

    class Host:
        async def tool(self, call: ToolCall) -> ToolReply:
            seen.append(call)
            return ToolReply("x", is_error=True)

    from agentforge_core.boundary.port import CURRENT

    tool = HostTool.of(ToolSpec("t", "", {"type": "object"}), "a", "job")
    token = CURRENT.set(Host())  # type: ignore[arg-type]
    try:
        for i, arguments in enumerate(ARGUMENTS):
            message = await tool.ainvoke({"name": "t", "args": arguments, "id": f"c{i}", "type": "tool_call"})
            assert (message.tool_call_id, message.status, message.content) == (f"c{i}", "error", "x")
        assert await tool.ainvoke({"q": 1}) == "x"
    finally:
        CURRENT.reset(token)
    made = [ToolCall("t", a, f"c{i}", "a", "job") for i, a in enumerate(ARGUMENTS)]
    assert seen == [*made, ToolCall("t", {"q": 1}, None, "a", "job")]


async def test_parallel_calls_run_at_once_and_keep_their_ids(bench: Any, quiet: None) -> None:
    begun: list[str] = []
    all_begun = asyncio.Event()
    requests = tuple(ToolRequest(f"c{i}", "t", {"i": i % 2}) for i in range(4))
    first = once(*requests)

    async def answer(call: Any) -> Any:
        if isinstance(call, ModelCall):
            return first(call)
        begun.append(call.id)
        if len(begun) == len(requests):
            all_begun.set()
        await asyncio.wait_for(all_begun.wait(), 5)
        await asyncio.sleep((4 - int(call.id[1])) / 1000)  # the last one ends first
        return ToolReply(f"result of {call.id} {call.arguments['i']}")

    agent = Agent(name="a", model="x/y", tools=(any_tool("t", parameters={"type": "object"}),))
    b = bench(agent, answer)
    await b()
    results = b.models[1].messages[-4:]
    assert [m.tool_call_id for m in results] == ["c0", "c1", "c2", "c3"]
    assert [m.content for m in results] == [f"result of c{i} {i % 2}" for i in range(4)]


@pytest.mark.parametrize("tools", [(), (any_tool("t", parameters={"type": "object"}),)])
async def test_a_tool_that_is_not_there_is_answered_and_the_run_goes_on(
    bench: Any, quiet: None, tools: tuple[Tool, ...]
) -> None:
    agent = Agent(name="a", model="x/y", tools=tools)
    b = bench(agent, once(ToolRequest("c1", "nope", {"a": 1})))
    assert (await b()).text == "done"
    known = "t" if tools else "none"
    expected = f"Error: there is no tool named 'nope'. Available tools: {known}."
    assert b.models[1].messages[-1].content == expected
    assert [e.data["content"] for e in b.events if e.type == "tool.finished"] == [expected]
    assert b.tools == []


async def test_malformed_arguments_are_answered_and_the_run_goes_on(bench: Any, quiet: None) -> None:
    agent = Agent(name="a", model="x/y", tools=(any_tool("t", parameters={"type": "object"}),))
    bad, good = ToolRequest("c1", "t", {}, '{"a": '), ToolRequest("c2", "t", {"a": 1})
    b = bench(agent, once(bad, good))
    assert (await b()).text == "done"
    assert [c.id for c in b.tools] == ["c2"]
    asked, first, second = b.models[1].messages[-3:]
    assert asked.tool_calls == (bad, good)
    assert first.content == 'Error: the arguments of t are not a JSON object: {"a": '
    assert second.content == "result of c2"


async def test_arguments_that_break_the_schema_are_answered(bench: Any, quiet: None) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    agent = Agent(name="a", model="x/y", tools=(any_tool("t", parameters=schema),))
    b = bench(agent, once(ToolRequest("c1", "t", {"n": "x"})))
    assert (await b()).text == "done"
    assert b.models[1].messages[-1].content.startswith("Error: the arguments of t do not fit its schema: n:")


async def test_a_failed_tool_is_shown_to_the_model_in_the_hosts_words(bench: Any, quiet: None) -> None:
    plain = once(ToolRequest("c1", "t", {}))
    agent = Agent(name="a", model="x/y", tools=(any_tool("t", parameters={"type": "object"}),))
    b = bench(agent, lambda c: ToolReply("Error: no", True) if isinstance(c, ToolCall) else plain(c))
    assert (await b()).text == "done"
    assert b.models[1].messages[-1].content == "Error: no"


async def test_text_beside_a_call_is_kept(bench: Any, quiet: None) -> None:
    def answer(call: Any) -> Any:
        if isinstance(call, ToolCall):
            return ToolReply("ok")
        if call.messages[-1].role == "tool":
            return ModelReply("done")
        return ModelReply("let me see", (ToolRequest("c1", "t", {}),), "tool_calls")

    agent = Agent(name="a", model="x/y", tools=(any_tool("t", parameters={"type": "object"}),))
    b = bench(agent, answer)
    await b()
    assert b.models[1].messages[1].content == "let me see"


async def test_listeners_of_langchain_hear_of_tools(bench: Any) -> None:
    heard: list[Any] = []

    class Listener(AsyncCallbackHandler):
        async def on_tool_start(self, serialized: Any, *_: Any, inputs: Any = None, **__: Any) -> None:
            heard.append((serialized["name"], inputs))

        async def on_tool_end(self, output: Any, **_: Any) -> None:
            heard.append(output.content)

    agent = Agent(name="a", model="x/y", tools=(any_tool("t", parameters={"type": "object"}),))
    b = bench(agent, once(ToolRequest("c1", "t", {"config": 1})))

    async def body(_: Any) -> Any:
        graph = b.lowered.agent.graph
        return await graph.ainvoke({"messages": [("user", "go")]}, {"callbacks": [Listener()]})

    state = await b(body=body)
    assert state["messages"][-1].content == "done"
    assert heard == [("t", {"config": 1}), "result of c1"]
