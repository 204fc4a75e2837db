"""Conversations survive the way to LangChain and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage

from agentforge_core.boundary.effects import ModelReply
from agentforge_core.boundary.messages import Message, ToolRequest, Usage
from agentforge_core.errors import UnsupportedError
from agentforge_langchain._messages import to_ai_message, to_chunk, to_messages

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
arguments = st.dictionaries(st.text(), json_values, max_size=4)
requests = st.builds(ToolRequest, id=st.text(min_size=1), name=st.text(min_size=1), arguments=arguments)
replies = st.builds(
    ModelReply,
    text=st.text(),
    tool_calls=st.lists(requests, max_size=3).map(tuple),
    usage=st.just(Usage(3, 4)),
)


@given(replies)
def test_a_reply_comes_back_as_it_was(reply: ModelReply) -> None:
    assert to_messages([to_ai_message(reply)]) == (reply.as_message(),)


@given(replies)
def test_a_streamed_reply_comes_back_as_it_was(reply: ModelReply) -> None:
    assert to_messages([to_chunk(reply)]) == (reply.as_message(),)


@given(st.text(), st.text(), st.text(min_size=1), st.text())
def test_texts_come_back_as_they_were(system: str, user: str, call_id: str, result: str) -> None:
    given_ = [SystemMessage(system), HumanMessage(user), ToolMessage(result, tool_call_id=call_id, name="t")]
    assert to_messages(given_) == (
        Message("system", system),
        Message("user", user),
        Message("tool", result, tool_call_id=call_id, name="t"),
    )


def test_malformed_arguments_are_an_empty_object_for_the_framework() -> None:
    reply = ModelReply("", (ToolRequest("c1", "add", {}, '{"a": 1'),), "tool_calls")
    for message in (to_ai_message(reply), to_chunk(reply)):
        assert message.tool_calls == [{"name": "add", "args": {}, "id": "c1", "type": "tool_call"}]
        assert message.invalid_tool_calls == []


def test_content_blocks_are_flattened() -> None:
    blocks: list[str | dict[Any, Any]] = [
        "a",
        {"type": "text", "text": "b"},
        {"type": "text", "text": ""},
        "c",
    ]
    assert to_messages([HumanMessage(blocks)])[0].content == "abc"


def test_tool_call_blocks_are_not_said_twice() -> None:
    calls = [{"name": "t", "args": {}, "id": "1", "type": "tool_call"}]
    message = AIMessage([{"type": "text", "text": "x"}, *calls], tool_calls=calls)
    assert to_messages([message]) == (Message("assistant", "x", (ToolRequest("1", "t", {}),)),)


def test_what_is_not_text_is_refused_in_words() -> None:
    image = HumanMessage([{"type": "image", "url": "https://example.org/x.png"}])
    with pytest.raises(UnsupportedError, match="'image'"):
        to_messages([image])


@pytest.mark.parametrize(
    ("role", "expected"), [("user", "user"), ("assistant", "assistant"), ("developer", "system")]
)
def test_roles_in_words_are_known(role: str, expected: str) -> None:
    assert to_messages([ChatMessage("x", role=role)]) == (Message(expected, "x"),)  # type: ignore[arg-type]


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="'critic'"):
        to_messages([ChatMessage("x", role="critic")])


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(), None),
        (Usage(3, 4), {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}),
        (
            Usage(3, None, 2),
            {
                "input_tokens": 3,
                "output_tokens": 0,
                "total_tokens": 3,
                "input_token_details": {"cache_read": 2},
            },
        ),
    ],
)
def test_usage_is_where_langchain_looks_for_it(usage: Usage, expected: object) -> None:
    assert to_ai_message(ModelReply("x", usage=usage)).usage_metadata == expected
