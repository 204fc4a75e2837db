"""The host-backed chat model by LangChain's own interface."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.globals import set_llm_cache
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import tool as langchain_tool
from pydantic import BaseModel

from agentforge_core.boundary.effects import ModelReply
from agentforge_core.boundary.messages import ToolRequest, ToolSpec, Usage
from agentforge_core.errors import AdapterContractError
from agentforge_core.ir import Agent
from agentforge_langchain._model import HostModel

AGENT = Agent(name="a", model="x/y")
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "title": "N"}


class Answer(BaseModel):
    n: int


@pytest.fixture
def model() -> HostModel:
    return HostModel(model="x/y", agent="a")


@pytest.fixture
def hosted(bench: Any) -> Any:
    """Runs a coroutine function inside a run whose model gives one reply."""

    def make(reply: ModelReply) -> Any:
        return bench(AGENT, lambda _: reply)

    return make


REPLY = ModelReply(
    "hi", (ToolRequest("c1", "add", {"a": 2**70, "ü": [1.5]}),), "tool_calls", Usage(3, 4), "m"
)


async def check(bench: Any, body: Any) -> Any:
    async def inner(_: Any) -> Any:
        return await body()

    return await bench(body=inner)


async def test_ainvoke(hosted: Any, model: HostModel) -> None:
    b = hosted(REPLY)
    message = await check(b, lambda: model.ainvoke([SystemMessage("s"), HumanMessage("u")]))
    assert message.content == "hi"
    assert message.tool_calls[0]["args"] == {"a": 2**70, "ü": [1.5]}
    assert message.usage_metadata["total_tokens"] == 7
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert [m.content for m in b.models[0].messages] == ["s", "u"]
    assert (b.models[0].agent, b.models[0].model) == ("a", "x/y")


async def test_astream_gives_one_chunk_with_everything(hosted: Any, model: HostModel) -> None:
    async def body() -> list[Any]:
        return [chunk async for chunk in model.astream("u")]

    (chunk,) = await check(hosted(REPLY), body)
    assert chunk.content == "hi"
    assert chunk.tool_calls[0]["args"] == {"a": 2**70, "ü": [1.5]}
    assert chunk.usage_metadata["output_tokens"] == 4


async def test_sync_calls_work_in_a_thread(hosted: Any, model: HostModel) -> None:
    async def body() -> Any:
        said = await asyncio.to_thread(model.invoke, "u")
        return said, await asyncio.to_thread(lambda: list(model.stream("u")))

    said, chunks = await check(hosted(REPLY), body)
    assert [m.tool_calls[0]["args"] for m in (said, chunks[0])] == [REPLY.tool_calls[0].arguments] * 2
    assert [said.content, chunks[0].content] == ["hi", "hi"]


async def test_a_sync_call_on_the_loop_is_refused_not_a_deadlock(hosted: Any, model: HostModel) -> None:
    async def body() -> Any:
        return model.invoke("u")

    with pytest.raises(AdapterContractError, match="blocking twin"):
        await check(hosted(REPLY), body)


async def test_outside_a_run_it_says_so(model: HostModel) -> None:
    with pytest.raises(AdapterContractError, match="outside a run"):
        await model.ainvoke("u")


async def test_a_listener_of_langchain_is_told(hosted: Any, model: HostModel) -> None:
    heard: list[str] = []

    class Listener(AsyncCallbackHandler):
        async def on_chat_model_start(self, *_: Any, **__: Any) -> None:
            heard.append("start")

        async def on_llm_end(self, response: Any, **_: Any) -> None:
            heard.append(response.generations[0][0].text)

    await check(hosted(REPLY), lambda: model.ainvoke([HumanMessage("u")], {"callbacks": [Listener()]}))
    assert heard == ["start", "hi"]


async def test_a_cache_of_langchain_never_answers(hosted: Any, model: HostModel) -> None:
    b = hosted(REPLY)
    set_llm_cache(InMemoryCache())
    try:
        await check(b, lambda: model.ainvoke("u"))
        await check(b, lambda: model.ainvoke("u"))
    finally:
        set_llm_cache(None)
    assert len(b.models) == 2


async def test_stop_words_and_sampling_are_the_hosts(hosted: Any, model: HostModel) -> None:
    b = hosted(REPLY)
    await check(b, lambda: model.bind(temperature=0.3).ainvoke("u", stop=["x"]))
    assert b.models[0].tools == ()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("auto", "auto"),
        ("none", "none"),
        ("any", "required"),
        ("required", "required"),
        (True, "required"),
        (False, None),
        ("add", "add"),
        ({"type": "function", "function": {"name": "add"}}, "add"),
        ({"type": "tool", "name": "add"}, "add"),
        ({"type": "any"}, "required"),
    ],
)
async def test_tool_choice(hosted: Any, model: HostModel, choice: Any, expected: str | None) -> None:
    b = hosted(REPLY)
    spec = ToolSpec("add", "d", {"type": "object"})
    await check(b, lambda: model.bind_tools([spec], tool_choice=choice).ainvoke("u"))
    assert b.models[0].tool_choice == expected
    assert b.models[0].tools == (spec,)


async def test_tools_in_langchains_forms(hosted: Any, model: HostModel) -> None:
    @langchain_tool
    def mul(a: int) -> int:
        """Multiplies."""
        return a

    raw = {"type": "function", "function": {"name": "raw", "description": "d", "parameters": SCHEMA}}
    bare = {"type": "function", "function": {"name": "bare"}}
    b = hosted(REPLY)
    await check(b, lambda: model.bind_tools([mul, raw, bare]).ainvoke("u"))
    first, second, third = b.models[0].tools
    assert (first.name, first.description) == ("mul", "Multiplies.")
    assert second == ToolSpec("raw", "d", SCHEMA)
    assert third == ToolSpec("bare", "", {"type": "object", "properties": {}})


@pytest.mark.parametrize(
    ("response_format", "expected"),
    [
        ({"type": "json_schema", "json_schema": {"name": "N", "schema": SCHEMA, "strict": True}}, SCHEMA),
        ({"type": "json_object"}, {"type": "object"}),
        ({"type": "text"}, None),
        (SCHEMA, SCHEMA),
        (Answer, Answer.model_json_schema()),
    ],
)
async def test_response_format(hosted: Any, model: HostModel, response_format: Any, expected: Any) -> None:
    b = hosted(REPLY)
    await check(b, lambda: model.bind(response_format=response_format).ainvoke("u"))
    await check(b, lambda: model.bind_tools([], response_format=response_format).ainvoke("u"))
    assert [c.response_schema for c in b.models] == [expected, expected]


async def test_structured_output(hosted: Any, model: HostModel) -> None:
    b = hosted(ModelReply('{"n": 3}'))
    assert await check(b, lambda: model.with_structured_output(SCHEMA).ainvoke("u")) == {"n": 3}
    assert await check(b, lambda: model.with_structured_output(Answer).ainvoke("u")) == Answer(n=3)
    assert [c.response_schema for c in b.models] == [SCHEMA, Answer.model_json_schema()]
    assert all(c.tools == () for c in b.models)


async def test_structured_output_with_the_raw_message(hosted: Any, model: HostModel) -> None:
    runnable = model.with_structured_output(Answer, include_raw=True)
    good = await check(hosted(ModelReply('{"n": 3}')), lambda: runnable.ainvoke("u"))
    bad = await check(hosted(ModelReply("no")), lambda: runnable.ainvoke("u"))
    assert (good["parsed"], good["parsing_error"], good["raw"].content) == (Answer(n=3), None, '{"n": 3}')
    assert (bad["parsed"], bad["raw"].content) == (None, "no")
    assert bad["parsing_error"] is not None
