"""What is sent, seen by a real server."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from agentforge_core.boundary.messages import Message, ToolRequest, ToolSpec
from agentforge_core.gateway.scripted.server import ScriptedServer

SAYS = {"rules": [{"reply": {"text": "hi"}}]}
ADD = ToolSpec("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}})
CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": ["array", "null"], "items": {"type": "integer"}}},
    "required": ["b", "a"],
    "additionalProperties": False,
}


async def sent(router_for, call, listener=None, **fields):
    async with ScriptedServer(SAYS) as server:
        await router_for(server.base_url, **fields).answer(call, listener)
        return server.meter.requests[0].json


async def test_a_bare_call_sends_name_and_messages_only(router_for, ask):
    call = ask(Message("system", "Be brief."), Message("user", "Grüße 👋"))
    assert await sent(router_for, call) == {
        "model": "tester",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Grüße 👋"},
        ],
    }


async def test_sampling_comes_from_the_model(router_for, ask):
    body = await sent(
        router_for, ask(), temperature=0.25, max_tokens=7, top_p=0.5, stop=["END", "\n"], seed=11
    )
    assert {k: v for k, v in body.items() if k not in {"model", "messages"}} == {
        "temperature": 0.25,
        "max_tokens": 7,
        "top_p": 0.5,
        "stop": ["END", "\n"],
        "seed": 11,
    }


async def test_extra_is_merged_and_wins(router_for, ask, heard):
    body = await sent(
        router_for,
        ask(tools=(ADD,), tool_choice="required"),
        heard,
        temperature=0.25,
        max_tokens=7,
        extra={
            "temperature": None,
            "max_completion_tokens": 9,
            "tool_choice": "none",
            "stream_options": None,
            "user": {"id": 5},
        },
    )
    assert "temperature" not in body
    assert "max_tokens" not in body
    assert "stream_options" not in body
    assert (body["max_completion_tokens"], body["tool_choice"], body["user"]) == (9, "none", {"id": 5})


async def test_a_stream_with_usage_is_asked_for_only_when_somebody_listens(router_for, ask, heard):
    assert "stream" not in await sent(router_for, ask())
    body = await sent(router_for, ask(), heard)
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})


async def test_a_conversation_with_tools_keeps_ids_arguments_and_order(router_for, ask):
    asked = (
        ToolRequest("c1", "add", {"a": 1, "b": "ä"}),
        ToolRequest.parse("c2", "add", '{"a": '),
    )
    call = ask(
        Message("user", "add", name="ada"),
        Message("assistant", "", asked, name="not a name"),
        Message("tool", "2", tool_call_id="c1", name="add"),
        Message("tool", "error", tool_call_id="c2"),
        Message("assistant", "Two.", (ToolRequest("c3", "add"),)),
    )
    assert (await sent(router_for, call))["messages"] == [
        {"role": "user", "content": "add", "name": "ada"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "add", "arguments": '{"a": 1, "b": "ä"}'},
                },
                {"id": "c2", "type": "function", "function": {"name": "add", "arguments": '{"a": '}},
            ],
        },
        {"role": "tool", "content": "2", "tool_call_id": "c1"},
        {"role": "tool", "content": "error", "tool_call_id": "c2"},
        {
            "role": "assistant",
            "content": "Two.",
            "tool_calls": [{"id": "c3", "type": "function", "function": {"name": "add", "arguments": "{}"}}],
        },
    ]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("add", {"type": "function", "function": {"name": "add"}}),
    ],
)
async def test_tools_and_tool_choice(router_for, ask, choice, wire):
    body = await sent(router_for, ask(tools=(ADD,), tool_choice=choice))
    assert body["tool_choice"] == wire
    assert body["tools"] == [
        {
            "type": "function",
            "function": {"name": "add", "description": "Adds.", "parameters": ADD.parameters},
        }
    ]
    assert "tool_choice" not in await sent(router_for, ask(tool_choice=choice))


async def test_specifications_are_those_of_the_call_also_when_calls_share_some(router_for, ask):
    async with ScriptedServer(SAYS) as server:
        router = router_for(server.base_url)
        for number in range(40):
            own = ToolSpec(f"tool_{number}", "", MappingProxyType({"type": "object"}))
            await router.answer(
                ask(tools=(ADD, own), response_schema=MappingProxyType({"title": str(number)}))
            )
        for number, received in enumerate(server.meter.requests):
            body = received.json
            assert [t["function"]["name"] for t in body["tools"]] == ["add", f"tool_{number}"]
            assert body["response_format"]["json_schema"]["schema"] == {"title": str(number)}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        ({**CLOSED, "required": ["a"]}, False),
        ({k: v for k, v in CLOSED.items() if k != "additionalProperties"}, False),
        ({**CLOSED, "properties": {**CLOSED["properties"], "a": {"type": "string", "default": "x"}}}, False),
        ({**CLOSED, "properties": {**CLOSED["properties"], "b": {"type": "array"}}}, False),
        (
            {**CLOSED, "properties": {**CLOSED["properties"], "b": {"anyOf": [CLOSED, {"type": "null"}]}}},
            True,
        ),
        ({**CLOSED, "properties": {**CLOSED["properties"], "b": {"anyOf": [{"type": "object"}]}}}, False),
        (
            {
                **CLOSED,
                "properties": {**CLOSED["properties"], "b": {"$ref": "#/$defs/c"}},
                "$defs": {"c": CLOSED},
            },
            True,
        ),
        (
            {
                **CLOSED,
                "properties": {**CLOSED["properties"], "b": {"$ref": "#/$defs/c", "description": "x"}},
                "$defs": {"c": CLOSED},
            },
            False,
        ),
        ({**CLOSED, "$defs": {"c": {"type": "object"}}}, False),
        ({**CLOSED, "properties": {**CLOSED["properties"], "a": {"type": "string", "format": "uri"}}}, False),
        ({"anyOf": [CLOSED]}, False),
        ({"type": "string"}, False),
    ],
)
async def test_a_response_schema_is_strict_only_if_it_already_is(router_for, ask, schema, strict):
    wire = (await sent(router_for, ask(response_schema=schema)))["response_format"]
    expected = {"name": "answer", "schema": schema}
    if strict:
        expected["strict"] = True
    assert wire == {"type": "json_schema", "json_schema": expected}


async def test_a_conversation_of_megabytes_is_sent(router_for, ask):
    text = "tide " * 500_000
    body = await sent(router_for, ask(Message("user", text)))
    assert body["messages"][0]["content"] == text


async def test_half_a_surrogate_pair_does_not_stop_a_call(router_for, ask):
    body = await sent(router_for, ask(Message("user", "a\udc80b ä"), tools=(ADD,)))
    assert body["messages"][0]["content"] == "a?b ä"
