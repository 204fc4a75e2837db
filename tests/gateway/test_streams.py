"""Streams, byte for byte as servers send them."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message, ToolRequest, Usage
from agentforge_core.errors import ModelError
from agentforge_core.gateway.openai_compatible.events import EventDecoder
from agentforge_core.gateway.openai_compatible.reply import ReplyBuilder

DONE = b"data: [DONE]\n\n"
SSE = "text/event-stream; charset=utf-8"


def event(delta=None, finish=None, **fields):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"choices": choices, **fields}, ensure_ascii=False).encode() + b"\n\n"


def piece(name=None, arguments=None, **fields):
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    return {"tool_calls": [{**fields, "function": function}]}


@pytest.fixture
def streamed(raw, http, router_for, ask, heard):
    """The reply to a stream of these pieces, cut where they are."""

    async def read(*pieces, content_type=SSE, attempts=1):
        server = await raw([http(b"", content_type), *pieces])
        return await router_for(server.base_url, attempts=attempts).answer(ask(), heard)

    return read


STOP = event({}, "stop")
PLAIN = (event({"role": "assistant", "content": ""}), event({"content": "Grüße "}), event({"content": "👋"}))


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((*PLAIN, STOP, DONE), id="as documented"),
        pytest.param((*PLAIN, STOP), id="no end mark"),
        pytest.param((*PLAIN, DONE), id="no finish reason"),
        pytest.param((*PLAIN, STOP.rstrip()), id="no blank line at the end"),
        pytest.param((b": hello\n\n", *PLAIN, b": keep-alive\n\n:\n\n", STOP, DONE), id="comments"),
        pytest.param((b"\n\n\n", *PLAIN, b"\r\n", STOP, b"\n", DONE), id="keep-alive lines"),
        pytest.param(tuple(p.replace(b"\n", b"\r\n") for p in (*PLAIN, STOP, DONE)), id="CRLF"),
        pytest.param(tuple(p.replace(b"\n\n", b"\n") for p in (*PLAIN, STOP, DONE)), id="no blank lines"),
        pytest.param(tuple(p.replace(b"data: ", b"data:") for p in (*PLAIN, STOP, DONE)), id="no space"),
        pytest.param((b"event: message\nid: 7\nretry: 3\n", *PLAIN, STOP, DONE), id="other fields"),
        pytest.param((*PLAIN, STOP, DONE, b"data: {nonsense\n\n"), id="more after the end mark"),
        pytest.param((event(id="x"), *PLAIN, STOP, event(), DONE), id="chunks without choices"),
        pytest.param(
            (*PLAIN, STOP.replace(b'"choices"', b'\ndata: "choices"'), DONE), id="an event of two lines"
        ),
        pytest.param((b"".join((*PLAIN, STOP, DONE)),), id="all at once"),
        pytest.param(tuple(bytes([b]) for b in b"".join((*PLAIN, STOP, DONE))), id="byte by byte"),
    ],
)
async def test_text_arrives_in_order_whatever_the_framing(streamed, heard, pieces):
    reply = await streamed(*pieces)
    assert reply.text == heard.text == "Grüße 👋"
    assert (reply.finish_reason, reply.attempts, heard.attempts) == ("stop", 1, [1])


async def test_text_is_heard_while_the_stream_goes_on(raw, http, router_for, ask):
    server = await raw([http(b"", SSE), PLAIN[1], 30.0])

    class EnoughError(Exception):
        pass

    class Impatient:
        def on_attempt(self, attempt):
            pass

        def on_delta(self, text):
            raise EnoughError(text)

    with pytest.raises(EnoughError, match="Grüße"):
        await router_for(server.base_url).answer(ask(), Impatient())


async def test_events_under_another_content_type_are_read(streamed, heard):
    reply = await streamed(*PLAIN, STOP, DONE, content_type="text/plain")
    assert reply.text == heard.text == "Grüße 👋"


async def test_usage_comes_last_and_is_read(streamed):
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
    reply = await streamed(*PLAIN, STOP, event(usage=usage, model="m-2"), DONE)
    assert (reply.usage, reply.model) == (Usage(9, 2, 4), "m-2")


TWO = (ToolRequest("c1", "add", {"a": 1}), ToolRequest("c2", "sub", {"b": 2}))


@pytest.mark.parametrize(
    ("deltas", "requests"),
    [
        pytest.param(
            [
                piece("add", "", index=0, id="c1", type="function"),
                piece(None, '{"a"', index=0),
                piece("sub", '{"b', index=1, id="c2"),
                piece(None, ": 1}", index=0),
                piece(None, '": 2}', index=1),
            ],
            TWO,
            id="two, interleaved",
        ),
        pytest.param(
            [piece("sub", '{"b": 2}', index=1, id="c2"), piece("add", '{"a": 1}', index=0, id="c1")],
            TWO,
            id="the second first",
        ),
        pytest.param(
            [piece(None, '{"a"', index=0), piece("add", ": 1}", index=0), piece(None, "", index=0, id="c1")],
            TWO[:1],
            id="name and id late",
        ),
        pytest.param(
            [piece("add", '{"a"', index=0, id="c1"), piece("add", ": 1}", index=0, id="c1")],
            TWO[:1],
            id="name and id repeated",
        ),
        pytest.param(
            [piece("ad", None, index=0, id="c1"), piece("d", '{"a": 1}', index=0)], TWO[:1], id="name in two"
        ),
        pytest.param(
            [piece("add", '{"a"', index=0, id="c1"), piece("", ": 1}", index=0, id="zz")],
            TWO[:1],
            id="a new id for each piece",
        ),
        pytest.param(
            [piece("add", '{"a": 1}', index=0, id="c1"), piece("sub", '{"b": 2}', index=0, id="c2")],
            TWO,
            id="index 0 for both",
        ),
        pytest.param(
            [
                piece("add", '{"a"', id="c1"),
                piece(None, ": 1}"),
                piece("sub", "", id="c2"),
                piece(None, '{"b": 2}', id="c2"),
            ],
            TWO,
            id="no index",
        ),
        pytest.param(
            [piece("add", '{"a": 1}'), piece("add", '{"b": 2}')],
            (ToolRequest("call_1_0", "add", {"a": 1}), ToolRequest("call_1_1", "add", {"b": 2})),
            id="neither index nor id",
        ),
        pytest.param(
            [piece("add", '{"a"', index=0), piece(None, ": 1}", index=0), piece("sub", {"b": 2}, index=1)],
            (ToolRequest("call_1_0", "add", {"a": 1}), ToolRequest("call_1_1", "sub", {"b": 2})),
            id="no id, and arguments as an object",
        ),
        pytest.param(
            [piece("add", '{"a": ', index=0, id="c1")],
            (ToolRequest("c1", "add", {}, '{"a": '),),
            id="arguments cut off",
        ),
        pytest.param([{"tool_calls": ["nonsense", None]}, {"tool_calls": None}], (), id="nonsense"),
    ],
)
async def test_pieces_of_tool_calls_are_put_together(streamed, deltas, requests):
    reply = await streamed(*(event(d) for d in deltas), event({}, "tool_calls"), DONE)
    assert reply.tool_calls == requests


STREAM = b"".join(
    [
        b": warm-up\r\n\r\n",
        event({"role": "assistant", "content": "Grüße 👋 "}),
        event({"content": "zurück…\r\n"}).replace(b"\n", b"\r\n"),
        event(piece("add", '{"wörter": "', index=0, id="c1")),
        event(piece(None, '東京 \\n"}', index=0)),
        event({}, "tool_calls"),
        event(usage={"prompt_tokens": 1, "completion_tokens": 2}),
        DONE,
    ]
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_a_stream_cut_anywhere_reads_the_same(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    decoder, builder = EventDecoder(), ReplyBuilder(ModelCall("m", (Message("user", "x"),)))
    told = ""
    for start, end in pairwise(edges):
        for found in decoder.feed(STREAM[start:end]):
            told += builder.add(found)
    reply = builder.reply()
    assert decoder.is_done
    assert told == reply.text == "Grüße 👋 zurück…\r\n"
    assert reply.tool_calls == (ToolRequest("c1", "add", {"wörter": "東京 \n"}),)
    assert reply.usage == Usage(1, 2)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_bytes_break_the_decoder_but_by_value_error(data, cut):
    decoder = EventDecoder()
    try:
        for chunk in (data[:cut], data[cut:]):
            list(decoder.feed(chunk))
        list(decoder.finish())
    except ValueError:
        pass


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "message", "index", "content", "tool_calls", "function", "usage", "id",
                 "name", "arguments", "finish_reason", "prompt_tokens", "model", "type", "text"]
            ),
            inner,
            max_size=4,
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_no_json_object_breaks_the_reader(value):
    builder = ReplyBuilder(ModelCall("m", ()))
    if isinstance(value, dict):
        builder.add(value)
    builder.add({"choices": [value]})
    builder.add({"choices": [{"index": 0, "delta": value}]})
    builder.add({"choices": [{"index": 0, "delta": {"tool_calls": [value, {"function": value}]}}]})
    builder.reply()


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        pytest.param((PLAIN[1],), "AF4017", id="closed without an end"),
        pytest.param((PLAIN[1], None), "AF4017", id="reset"),
        pytest.param((PLAIN[1], event({"content": "x"})[:20]), "AF4017", id="closed within an event"),
        pytest.param((), "AF4017", id="nothing at all"),
        pytest.param((DONE,), "AF4020", id="only the end mark"),
        pytest.param((PLAIN[1], b"data: {nonsense\n\n", STOP), "AF4018", id="an event that is not JSON"),
        pytest.param(
            (PLAIN[1], event(error={"message": "overheated"}), DONE), "AF4022", id="an error inside"
        ),
    ],
)
async def test_broken_streams(streamed, pieces, code):
    with pytest.raises(ModelError) as raised:
        await streamed(*pieces)
    assert raised.value.code == code


async def test_a_reset_after_the_finish_reason_loses_nothing(streamed, heard):
    reply = await streamed(*PLAIN, STOP, 0.05, None)
    assert reply.text == heard.text == "Grüße 👋"


async def test_a_stream_that_breaks_is_repeated_and_readers_are_told(raw, http, router_for, ask, heard):
    head = http(b"", SSE)
    server = await raw([head, PLAIN[1], None], [head, *PLAIN, STOP, DONE])
    reply = await router_for(server.base_url).answer(ask(), heard)
    assert reply.attempts == 2
    assert heard.attempts == [1, 2]
    assert reply.text == heard.text == "Grüße 👋"


async def test_a_server_that_keeps_the_stream_open_after_its_end_does_not_hold_the_reply(streamed):
    assert (await streamed(*PLAIN, STOP, DONE, 30.0)).text == "Grüße 👋"
