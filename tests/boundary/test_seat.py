"""The host knows which call is which, and what a model sees does not depend on the framework."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

import pytest

from agentforge_core import tool


@tool(side_effects="none")
async def add(a: int, b: int = 0) -> int:
    """Adds."""
    return a + b


@tool(side_effects="none")
async def echo(text: str) -> str:
    """Says it again."""
    return f"<{text}>"


def results(call):
    return [(m.tool_call_id, m.content) for m in call.messages if m.role == "tool"]


def toy(toys, play, *, after=None):
    """Plays the tool calls of the first reply its own way, then asks the model once more."""

    async def framework(host):
        user = toys.Message("user", "go")
        reply = await host.model(toys.ModelCall("toy", (user,)))
        messages = await play(host, reply)
        last = await host.model(toys.ModelCall("toy", (user, *messages)))
        return last.text

    return framework


def honest(toys):
    async def play(host, reply):
        said = [await host.tool(toys.ToolCall(q.name, q.arguments, q.id)) for q in reply.tool_calls]
        return [
            reply.as_message(),
            *(
                toys.Message("tool", r.content, tool_call_id=q.id)
                for q, r in zip(reply.tool_calls, said, strict=True)
            ),
        ]

    return play


def selfish(toys, words="I know better"):
    """Answers every call in its own words and never asks the host."""

    async def play(host, reply):
        return [
            reply.as_message(),
            *(toys.Message("tool", words, tool_call_id=q.id) for q in reply.tool_calls),
        ]

    return play


BAD_CALLS = {
    "unknown tool": ("nothing", {}),
    "no JSON": ("add", "{a: 1"),
    "JSON that is no object": ("add", "[1, 2]"),
    "NaN": ("add", '{"a": NaN}'),
    "too deep": ("add", "[" * 100_000),
    "wrong type": ("add", {"a": "one"}),
    "missing argument": ("add", {"b": 1}),
    "surplus argument": ("add", {"a": 1, "c": 2}),
    "huge garbage": ("add", "x" * 10_000),
}


@pytest.mark.parametrize("bad", BAD_CALLS.values(), ids=BAD_CALLS.keys())
async def test_a_bad_call_is_answered_in_the_hosts_words_whoever_answers(toys, bad):
    seen = []
    for play in (honest(toys), selfish(toys)):
        models = toys.Models(toys.asks(bad), toys.says("end"))
        rig = toys.Rig(models, [add])
        assert await rig.drive_it(toy(toys, play)) == "end"
        ((call_id, content),) = results(models.calls[1])
        assert call_id == "c0"
        assert content.startswith("Error: ")
        assert len(content) < 500
        seen.append((content, [e.type for e in rig.events]))
    assert seen[0] == seen[1]
    assert rig.run.scope.tool_calls == 0


async def test_the_words_of_bad_calls(toys):
    calls = [
        ("nothing", {}, "c0"),
        ("add", "{a: 1", "c1"),
        ("add", {"a": "one", "b": 1}, "c2"),
        ("add", {}, "c3"),
    ]
    models = toys.Models(toys.asks(*calls), toys.says("end"))
    await toys.Rig(models, [add, echo]).drive_it(toy(toys, honest(toys)))
    assert [content for _, content in results(models.calls[1])] == [
        "Error: there is no tool named 'nothing'. Available tools: add, echo.",
        "Error: the arguments of add are not a JSON object: {a: 1",
        'Error: the arguments of add do not fit its schema: a: "one" is not of type "integer"',
        'Error: the arguments of add do not fit its schema: "a" is a required property',
    ]


async def test_a_good_call_that_the_framework_answers_itself_stays_its_own(toys):
    models = toys.Models(toys.asks(("add", {"a": 1})), toys.says("end"))
    await toys.Rig(models, [add]).drive_it(toy(toys, selfish(toys)))
    assert results(models.calls[1]) == [("c0", "I know better")]


async def test_results_come_back_in_the_order_of_the_calls(toys):
    async def play(host, reply):
        said = {}
        for q in reversed(reply.tool_calls):
            said[q.id] = await host.tool(toys.ToolCall(q.name, q.arguments, q.id))
        return [
            reply.as_message(),
            *(toys.Message("tool", "garbled " + r.content, tool_call_id=i) for i, r in said.items()),
        ]

    models = toys.Models(
        toys.asks(("add", {"a": 1}, "x"), ("echo", {"text": "t"}, "y"), ("add", {"a": 2}, "z")),
        toys.says("end"),
    )
    await toys.Rig(models, [add, echo]).drive_it(toy(toys, play))
    assert results(models.calls[1]) == [("x", "1"), ("y", "<t>"), ("z", "2")]


async def test_text_and_arguments_of_the_reply_are_restored(toys):
    async def play(host, reply):
        said = await honest(toys)(host, reply)
        stripped = toys.Message("assistant", "", reply.tool_calls[:1])
        return [stripped, *said[1:]]

    first = toys.asks(("add", {"b": 2, "a": 1}), text="Let me see.")
    models = toys.Models(first, toys.says("end"))
    await toys.Rig(models, [add]).drive_it(toy(toys, play))
    assert models.calls[1].messages[1] == first.as_message()


async def test_frameworks_without_ids_are_matched_by_name_and_arguments(toys):
    async def play(host, reply):
        said = [
            (q, await host.tool(toys.ToolCall(q.name, dict(q.arguments)))) for q in reversed(reply.tool_calls)
        ]
        return [reply.as_message(), *(toys.Message("tool", "?", tool_call_id=q.id) for q, _ in said)]

    models = toys.Models(
        toys.asks(
            ("add", {"a": 1}, "x"), ("add", {"a": 2}, "y"), ("echo", {"text": "a"}, "z"), ("add", "]", "bad")
        ),
        toys.says("end"),
    )
    rig = toys.Rig(models, [add, echo])
    await rig.drive_it(toy(toys, play))
    assert dict(results(models.calls[1])) == {
        "x": "1",
        "y": "2",
        "z": "<a>",
        "bad": "Error: the arguments of add are not a JSON object: ]",
    }
    assert [e.data["id"] for e in rig.events if e.type == "tool.started"] == ["bad", "z", "y", "x"]


async def test_equal_calls_without_ids_are_matched_one_by_one(toys):
    async def play(host, reply):
        for q in reply.tool_calls:
            await host.tool(toys.ToolCall(q.name, q.arguments))
        return [reply.as_message(), *(toys.Message("tool", "?", tool_call_id=q.id) for q in reply.tool_calls)]

    models = toys.Models(toys.asks(("add", {"a": 1}, "x"), ("add", {"a": 1}, "y")), toys.says("end"))
    rig = toys.Rig(models, [add])
    await rig.drive_it(toy(toys, play))
    assert results(models.calls[1]) == [("x", "1"), ("y", "1")]


async def test_a_call_matches_the_last_reply_before_older_ones(toys):
    """A framework that dropped a call does not confuse the next equal one."""

    async def framework(host):
        user = toys.Message("user", "go")
        await host.model(toys.ModelCall("toy", (user,)))  # its call is dropped
        second = await host.model(toys.ModelCall("toy", (user,)))
        await host.tool(toys.ToolCall("add", {"a": 1}))
        messages = (user, second.as_message(), toys.Message("tool", "?", tool_call_id="new"))
        return (await host.model(toys.ModelCall("toy", messages))).text

    models = toys.Models(
        toys.asks(("add", {"a": 1}, "old")), toys.asks(("add", {"a": 1}, "new")), toys.says("end")
    )
    await toys.Rig(models, [add]).drive_it(framework)
    assert results(models.calls[2]) == [("new", "1")]


async def test_ids_that_a_provider_uses_again_are_told_apart(toys):
    async def framework(host):
        messages = [toys.Message("user", "go")]
        while True:
            reply = await host.model(toys.ModelCall("toy", tuple(messages)))
            if not reply.tool_calls:
                return reply.text
            messages.append(reply.as_message())
            for q in reply.tool_calls:
                said = await host.tool(toys.ToolCall(q.name, q.arguments, q.id))
                messages.append(toys.Message("tool", said.content, tool_call_id=q.id))

    models = toys.Models(
        toys.asks(("add", {"a": 1}, "c"), ("add", {"a": 2}, "c"), text="first"),
        toys.asks(("add", {"a": 3}, "c"), text="second"),
        toys.says("end"),
    )
    await toys.Rig(models, [add]).drive_it(framework)
    last = models.calls[2].messages
    assert [m.content for m in last] == ["go", "first", "1", "2", "second", "3"]
    ids = [q.id for m in last for q in m.tool_calls]
    assert len(set(ids)) == 3
    assert [i for i, _ in results(models.calls[2])] == ids


async def test_a_call_that_no_reply_asked_for_is_performed(toys):
    async def framework(host):
        return (await host.tool(toys.ToolCall("add", {"a": 20, "b": 1}))).content

    rig = toys.Rig(toys.Models(toys.says("x")), [add])
    assert await rig.drive_it(framework) == "21"
    assert [e.type for e in rig.events] == ["tool.started", "tool.finished"]


async def test_objects_of_the_framework_in_arguments_are_an_error_not_a_crash(toys):
    @dataclass
    class Own:
        x: int = 1

    async def framework(host):
        return (await host.tool(toys.ToolCall("add", {"a": Own()}))).content

    rig = toys.Rig(toys.Models(toys.says("x")), [add])
    assert (await rig.drive_it(framework)).startswith("Error: the arguments of add do not fit its schema")


async def test_parallel_calls_run_at_once(toys):
    meeting = asyncio.Barrier(3)
    threads = threading.Barrier(2)

    @tool(side_effects="none")
    async def meet(n: int) -> int:
        await meeting.wait()
        return n

    @tool(side_effects="none")
    def block(n: int) -> int:
        threads.wait(5)
        return n

    async def play(host, reply):
        said = await asyncio.gather(
            *(host.tool(toys.ToolCall(q.name, q.arguments, q.id)) for q in reply.tool_calls)
        )
        return [
            reply.as_message(),
            *(
                toys.Message("tool", r.content, tool_call_id=q.id)
                for q, r in zip(reply.tool_calls, said, strict=True)
            ),
        ]

    calls = [("meet", {"n": n}, f"m{n}") for n in range(3)] + [("block", {"n": n}, f"b{n}") for n in range(2)]
    models = toys.Models(toys.asks(*calls), toys.says("end"))
    await asyncio.wait_for(toys.Rig(models, [meet, block]).drive_it(toy(toys, play)), 5)
    assert results(models.calls[1]) == [("m0", "0"), ("m1", "1"), ("m2", "2"), ("b0", "0"), ("b1", "1")]


async def test_calls_see_the_context_variables_of_their_caller(toys):
    import contextvars

    var = contextvars.ContextVar("var", default="outside")

    @tool
    async def look() -> str:
        return var.get()

    @tool
    def look_in_thread() -> str:
        return var.get()

    async def framework(host):
        var.set("inside")
        one = await host.tool(toys.ToolCall("look", {}))
        two = await host.tool(toys.ToolCall("look_in_thread", {}))
        return one.content, two.content

    assert await toys.Rig(toys.Models(toys.says("x")), [look, look_in_thread]).drive_it(framework) == (
        "inside",
        "inside",
    )
    assert var.get() == "outside"
