"""Scripts: which reply is due, and what is said of a bad one."""

from __future__ import annotations

import json

import pytest

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message, ToolRequest, Usage
from agentforge_core.errors import DocumentError, ModelError
from agentforge_core.gateway import ModelRouter
from agentforge_core.gateway.scripted.server import ScriptedServer
from agentforge_core.ir import Model

SCRIPT = """
replies:
  - text: Let me look.
    tool_calls:
      - {name: search, arguments: {query: tides}}
      - {name: search, arguments: '{"query": '}
  - text: "Found {{last_tool_result}} for {{user}}."
rules:
  - when: {user: "^stop", turn: 1}
    reply: {text: Stopped., finish_reason: length}
  - when: {agent: boss}
    replies: [{text: first}, {text: second}]
  - when: {system: "(?i)pirate"}
    reply: {text: Arr.}
  - when: {tool_result: "4[0-9]"}
    reply: {text: "A number: {{last_tool_result}}"}
"""


@pytest.fixture
def scripted(tmp_path):
    def build(text=SCRIPT, name="script.yaml"):
        (tmp_path / name).write_text(text)
        return ModelRouter({"m": Model(name="m", model=f"scripted/{name}")}, tmp_path)

    return build


def call(*messages, agent=""):
    return ModelCall("m", messages, agent=agent)


USER = Message("user", "the sea")


async def test_the_turn_since_the_last_user_message_chooses_the_reply(scripted):
    router = scripted()
    first = await router.answer(call(USER))
    assert first.text == "Let me look."
    assert first.tool_calls == (
        ToolRequest("call_0_0", "search", {"query": "tides"}),
        ToolRequest("call_0_1", "search", {}, '{"query": '),
    )
    assert first.finish_reason == "tool_calls"
    results = [
        Message("tool", t, tool_call_id=i) for i, t in (("call_0_0", "{{user}}"), ("call_0_1", "three"))
    ]
    second = await router.answer(call(USER, first.as_message(), *results))
    assert (second.text, second.finish_reason) == ("Found three for the sea.", "stop")
    again = await router.answer(
        call(USER, first.as_message(), *results, second.as_message(), Message("user", "more"))
    )
    assert [c.id for c in again.tool_calls] == ["call_2_0", "call_2_1"]


async def test_placeholders_are_filled_once(scripted):
    messages = (USER, Message("assistant", "x"), Message("tool", "{{user}}", tool_call_id="x"))
    assert (await scripted().answer(call(*messages))).text == "Found {{user}} for the sea."


@pytest.mark.parametrize(
    ("messages", "agent", "text"),
    [
        ((Message("user", "stop it"),), "boss", "Stopped."),
        ((Message("user", "stop it"), Message("assistant", "x")), "boss", "second"),
        ((USER,), "boss", "first"),
        ((Message("system", "You are a"), Message("system", "PIRATE."), USER), "", "Arr."),
        ((USER, Message("assistant"), Message("tool", "it is 42")), "", "A number: it is 42"),
        ((USER, Message("assistant"), Message("tool", "it is 42"), USER), "", "Let me look."),
        ((USER, Message("assistant"), Message("tool", "none")), "", "Found none for the sea."),
        ((USER, Message("assistant")), "", "Found  for the sea."),
    ],
)
async def test_the_first_rule_that_fits_wins(scripted, messages, agent, text):
    reply = await scripted().answer(call(*messages, agent=agent))
    assert reply.text == text
    assert reply.finish_reason == ("length" if text == "Stopped." else reply.finish_reason)


async def test_past_the_end_is_an_error_that_counts_the_turns(scripted):
    router = scripted()
    with pytest.raises(ModelError, match=r"no reply for turn 3 .* the script has 2") as raised:
        await router.answer(call(USER, Message("assistant"), Message("assistant")))
    assert raised.value.code == "AF4030"
    assert not raised.value.transient
    with pytest.raises(ModelError, match=r"no reply for turn 3 .* the rule that fits has 2"):
        await router.answer(call(USER, Message("assistant"), Message("assistant"), agent="boss"))


async def test_usage_is_counted_and_costs_nothing(scripted):
    reply = await scripted().answer(call(Message("system", "12345"), USER))
    assert reply.cost_usd == 0.0
    texts = reply.text + "".join(c.name + c.argument_text for c in reply.tool_calls)
    assert reply.usage == Usage(3, -(-len(texts) // 4))


async def test_a_listener_hears_the_text_word_by_word(scripted, heard):
    reply = await scripted().answer(call(USER, Message("assistant")), heard)
    assert heard.log == [1, "Found  ", "for ", "the ", "sea."]
    assert heard.text == reply.text


async def test_a_script_is_read_once(scripted, tmp_path):
    router = scripted()
    await router.answer(call(USER))
    (tmp_path / "script.yaml").unlink()
    assert (await router.answer(call(USER))).text == "Let me look."


async def test_json_and_folders(scripted, tmp_path):
    (tmp_path / "models").mkdir()
    router = scripted(json.dumps({"replies": [{"text": "hi"}]}), "models/a.json")
    assert (await router.answer(call(USER))).text == "hi"


@pytest.mark.parametrize(
    ("script", "line", "said"),
    [
        ("replies: []", 1, "a script needs `replies` or `rules`"),
        ("replies:\n  - txt: x", 2, "replies[0]"),
        ("replies:\n  - {}", 2, "a reply needs `text` or `tool_calls`"),
        ("replies:\n  - text: a\n  - tool_calls: [{arguments: {}}]", 3, "replies[1].tool_calls[0].name"),
        ("replies:\n  - tool_calls:\n      - name: x\n        arguments: 5", 4, "tool_calls[0].arguments"),
        ("rules:\n  - when: {user: '('}\n    reply: {text: x}", 2, "rules[0].when.user"),
        ("rules:\n  - when: {turn: 0}\n    reply: {text: x}", 2, "rules[0].when.turn"),
        ("rules:\n  - when: {turn: 1}", 2, "either `reply` or `replies`"),
        ("replies:\n  - text: x\n   text: y", 3, ""),
        ("", None, ""),
    ],
)
def test_a_bad_script_is_said_with_its_place(scripted, script, line, said):
    found = scripted(script).check("m")
    assert found is not None
    assert found.code == "AF4006"
    assert said in found.message
    assert found.hint
    if line is not None:
        assert f"script.yaml:{line}" in found.render()


def test_all_problems_of_a_script_are_said_at_once(scripted):
    router = scripted("replies:\n  - {text: x, a: 1, b: 2}\n  - {tool_calls: [{}]}")
    with pytest.raises(DocumentError) as raised:
        router.require("m")
    assert len(raised.value.diagnostics) == 3


async def test_the_server_says_what_the_client_says(scripted, tmp_path, router_for, heard):
    """One script, in this process and over HTTP, plain and streamed."""
    inside = scripted()
    async with ScriptedServer(tmp_path / "script.yaml") as server:
        outside = router_for(server.base_url)
        messages: tuple[Message, ...] = (USER,)
        for _ in range(2):
            replies = [await inside.answer(call(*messages))]
            replies += [await outside.answer(call(*messages), listener) for listener in (None, heard)]
            shapes = {(r.text, str(r.tool_calls), r.finish_reason, r.usage.output_tokens) for r in replies}
            assert len(shapes) == 1
            assert heard.text == replies[0].text
            messages += (replies[0].as_message(), Message("tool", "42x", tool_call_id="call_0_0"))
            messages += (Message("tool", "three", tool_call_id="call_0_1"),)
