"""Reading replies in the shapes that providers send them."""

from __future__ import annotations

import json

import pytest

from agentforge_core.boundary.messages import Message, ToolRequest, Usage
from agentforge_core.errors import ModelError


def completion(message, finish="stop", **fields):
    return {"model": "m-1", "choices": [{"index": 0, "message": message, "finish_reason": finish}], **fields}


def called(name="add", arguments='{"a": 1}', **fields):
    return {"type": "function", "function": {"name": name, "arguments": arguments}, **fields}


@pytest.fixture
def reply_to(raw, http, router_for, ask):
    async def read(body, listener=None, content_type="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        server = await raw([http(data, content_type, **headers)])
        return await router_for(server.base_url).answer(
            ask(Message("system", "s"), Message("user", "u")), listener
        )

    return read


async def test_text_usage_and_model_are_read(reply_to):
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}}
    reply = await reply_to(completion({"content": "Grüße 👋"}, usage=usage))
    assert reply.text == "Grüße 👋"
    assert reply.usage == Usage(12, 3, 8)
    assert (reply.model, reply.finish_reason, reply.attempts, reply.cost_usd) == ("m-1", "stop", 1, None)


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        (None, Usage()),
        ({"prompt_tokens": 1}, Usage(1)),
        ({"prompt_tokens": 5, "completion_tokens": 0, "prompt_tokens_details": None}, Usage(5, 0)),
        ({"prompt_tokens": 5, "prompt_cache_hit_tokens": 4}, Usage(5, None, 4)),
        ({"prompt_tokens": "many"}, Usage()),
        ({"prompt_tokens": -500, "completion_tokens": True}, Usage()),
    ],
)
async def test_usage_is_what_was_reported_and_nothing_else(reply_to, usage, read):
    assert (await reply_to(completion({"content": "x"}, usage=usage))).usage == read


@pytest.mark.parametrize(
    ("reported", "read"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("eos", "other"),
        (None, "stop"),
        ("", "stop"),
    ],
)
async def test_finish_reasons(reply_to, reported, read):
    assert (await reply_to(completion({"content": "x"}, reported))).finish_reason == read


@pytest.mark.parametrize("finish", ["stop", None, "tool_calls"])
async def test_tool_calls_are_read_whatever_the_finish_reason_says(reply_to, finish):
    reply = await reply_to(completion({"content": None, "tool_calls": [called(id="c1")]}, finish))
    assert reply.tool_calls == (ToolRequest("c1", "add", {"a": 1}),)
    assert reply.finish_reason == "tool_calls"


async def test_missing_and_repeated_ids_are_made_new_in_each_turn(reply_to):
    calls = [called(), called(id="x"), called(id="x"), called(id=""), called(id=None)]
    reply = await reply_to(completion({"tool_calls": calls}))
    assert [c.id for c in reply.tool_calls] == ["call_2_0", "x", "call_2_2", "call_2_3", "call_2_4"]


@pytest.mark.parametrize(
    ("arguments", "read", "malformed"),
    [
        ('{"a": 1}', {"a": 1}, None),
        ({"a": 1}, {"a": 1}, None),
        ("", {}, None),
        (None, {}, None),
        ('{"a": ', {}, '{"a": '),
        ("[1]", {}, "[1]"),
    ],
)
async def test_arguments(reply_to, arguments, read, malformed):
    (request,) = (await reply_to(completion({"tool_calls": [called(arguments=arguments)]}))).tool_calls
    assert (request.arguments, request.malformed) == (read, malformed)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            [
                {"type": "text", "text": "a"},
                {"type": "thinking", "thinking": "b"},
                {"type": "text", "text": "c"},
            ],
            "ac",
        ),
        (None, ""),
        ("", ""),
        (5, ""),
    ],
)
async def test_content_of_other_shapes(reply_to, content, text):
    assert (await reply_to(completion({"content": content}))).text == text


async def test_a_refusal_is_the_text(reply_to):
    assert (await reply_to(completion({"content": None, "refusal": "I cannot."}))).text == "I cannot."


async def test_json_under_another_content_type_is_read(reply_to, heard):
    assert (await reply_to(completion({"content": "x"}), content_type="text/plain")).text == "x"
    assert (await reply_to(completion({"content": "y"}), heard, content_type="text/plain")).text == "y"
    assert heard.text == "y"


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
async def test_a_server_that_answers_a_stream_request_with_json_is_understood(reply_to, heard, content_type):
    body = completion({"content": "all at once", "tool_calls": [called(id="c1")]})
    reply = await reply_to(body, heard, content_type)
    assert reply.text == heard.text == "all at once"
    assert reply.tool_calls[0].id == "c1"


async def test_a_compressed_reply_is_read(reply_to):
    import gzip

    body = gzip.compress(json.dumps(completion({"content": "small"})).encode())
    assert (await reply_to(body, Content_Encoding="gzip")).text == "small"


async def test_only_the_first_choice_counts(reply_to):
    two = {
        "choices": [
            {"index": 1, "message": {"content": "second"}, "finish_reason": "length"},
            {"index": 0, "message": {"content": "first"}, "finish_reason": "stop"},
        ]
    }
    reply = await reply_to(two)
    assert (reply.text, reply.finish_reason) == ("first", "stop")


async def test_a_choice_without_a_message_is_no_answer(reply_to):
    with pytest.raises(ModelError) as caught:
        await reply_to({"model": "m-1", "choices": [{"index": 0, "message": None, "finish_reason": "stop"}]})
    assert caught.value.code == "AF4020"
