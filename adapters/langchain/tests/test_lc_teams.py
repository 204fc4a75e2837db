"""Teams lowered whole onto LangGraph."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agentforge_core import forge as door
from agentforge_core.boundary.effects import ModelReply, ToolCall, ToolReply
from agentforge_core.boundary.messages import Message, ToolRequest
from agentforge_core.ir import Agent, Task, Team, Tool

TOOL = Tool(name="look", python="m:f", description="looks", parameters={"type": "object"})
WORKER = Agent(name="worker", role="Worker", model="x/w", tools=(TOOL,))
WRITER = Agent(name="the writer", goal="write", model="x/s")


def task(name: str, agent: Agent | None = WORKER, **more: Any) -> Task:
    return Task(name=name, agent=agent, description=f"do {name}", **more)


def echo(call: Any) -> Any:
    """Answers a task with its own prompt, a tool with its task."""
    if isinstance(call, ToolCall):
        return ToolReply(f"seen in {call.task}")
    return ModelReply(f"<{call.messages[-1].content}>")


async def test_sequential_tasks_see_the_answer_of_the_one_before(bench: Any, quiet: None) -> None:
    team = Team(name="team", tasks=(task("one"), task("two", WRITER), task("three", expected_output="short")))
    b = bench(team, echo, kind="team")
    output = await b()
    prompts = [c.messages[-1].content for c in b.models]
    assert prompts == [
        "do one",
        "do two\n\nContext:\n\n[one]\n<do one>",
        f"do three\n\nExpected output: short\n\nContext:\n\n[two]\n<{prompts[1]}>",
    ]
    assert output.text == f"<{prompts[2]}>"
    assert [(c.agent, c.task, c.model) for c in b.models] == [
        ("worker", "one", "x/w"),
        ("the writer", "two", "x/s"),
        ("worker", "three", "x/w"),
    ]
    assert [c.messages[0] for c in b.models] == [
        Message("system", "You are Worker."),
        Message("system", "Your goal: write"),
        Message("system", "You are Worker."),
    ]


async def test_context_says_which_answers_a_task_sees(bench: Any, quiet: None) -> None:
    tasks = (task("a"), task("b", context=()), task("c", context=("a", "b")), task("d", context=("a",)))
    b = bench(Team(name="team", tasks=tasks), echo, kind="team")
    assert (await b()).text == "<do d\n\nContext:\n\n[a]\n<do a>>"
    assert [c.messages[-1].content for c in b.models][1:3] == [
        "do b",
        "do c\n\nContext:\n\n[a]\n<do a>\n\n[b]\n<do b>",
    ]
    assert [e.task for e in b.events if e.type == "task.finished"] == ["a", "b", "c", "d"]


async def test_tools_know_the_task(bench: Any, quiet: None) -> None:
    def answer(call: Any) -> Any:
        if isinstance(call, ToolCall) or call.messages[-1].role == "tool":
            return echo(call)
        return ModelReply("", (ToolRequest("c1", "look"),), "tool_calls")

    b = bench(Team(name="team", tasks=(task("one"), task("two", context=()))), answer, kind="team")
    assert (await b()).text == "<seen in two>"
    assert [(c.task, c.agent) for c in b.tools] == [("one", "worker"), ("two", "worker")]


async def test_async_tasks_run_at_the_same_time(bench: Any, quiet: None) -> None:
    together = asyncio.Barrier(3)

    async def answer(call: Any) -> Any:
        if call.task != "last":
            await asyncio.wait_for(together.wait(), 5)
        return echo(call)

    background = {"async": True, "context": ()}
    tasks = (
        task("one", **background),
        task("two", WRITER, **background),
        task("three", context=()),
        task("last", context=("two", "one")),
    )
    b = bench(Team(name="team", tasks=tasks), answer, kind="team")
    assert (await b()).text == "<do last\n\nContext:\n\n[two]\n<do two>\n\n[one]\n<do one>>"
    assert b.diagnostics == ()


def test_an_async_task_that_delays_others_is_remarked(bench: Any) -> None:
    tasks = (task("one", **{"async": True}), task("two", context=()), task("three", context=("two",)))
    b = bench(Team(name="team", tasks=tasks), echo, kind="team")
    (remark,) = b.diagnostics
    assert (remark.code, remark.severity, remark.path) == ("AF3111", "note", "tasks.one.async")


async def test_task_names_that_langgraph_reserves(bench: Any, quiet: None) -> None:
    names = ("answers", "__start__", "a|b:c", "ключ 1")
    b = bench(Team(name="team", tasks=tuple(task(n, context=()) for n in names)), echo, kind="team")
    assert (await b()).text == "<do ключ 1>"
    assert [c.task for c in b.models] == list(names)


async def test_what_the_host_makes_of_an_answer_goes_on(bench: Any, quiet: None) -> None:
    b = bench(Team(name="team", tasks=(task("one"), task("two"))), echo, kind="team")

    async def body(seat: Any) -> Any:
        async def finish(_: Any, name: str, _agent: str, text: str) -> str:
            return f"mended {name}: {text}"

        seat._members.finish = finish
        from agentforge_core.adapter import RunInput

        return await b.lowered.run(RunInput(""), seat)

    assert (await b(body=body)).text.startswith(
        "mended two: <do two\n\nContext:\n\n[one]\nmended one: <do one>"
    )


async def test_two_hundred_team_runs_at_once_do_not_mix(bench: Any, quiet: None) -> None:
    turn = iter(range(10_000))
    own: dict[Any, str] = {}

    async def answer(call: Any) -> Any:
        from agentforge_core.boundary.port import current_host

        mine = own.setdefault(current_host(), f"run {next(turn)}")
        await asyncio.sleep(0)
        text = call.messages[-1].content
        assert "run" not in text or mine in text
        return ModelReply(mine)

    b = bench(Team(name="team", tasks=(task("one"), task("two"))), answer, kind="team")
    outputs = await asyncio.gather(*(b() for _ in range(200)))
    assert sorted(o.text for o in outputs) == sorted(own.values())
    assert len(own) == 200


# -- hierarchical -----------------------------------------------------------------------------------


def hierarchical(*tasks: Task, **more: Any) -> Team:
    return Team(name="desk", process="hierarchical", tasks=tasks, manager_model="x/boss", **more)


def managed(*requests: ToolRequest) -> Any:
    """A manager that asks for `requests` and then tells what came back; workers echo."""

    def answer(call: Any) -> Any:
        if isinstance(call, ToolCall) or call.model != "x/boss":
            return echo(call)
        results = [m.content for m in call.messages if m.role == "tool"]
        return ModelReply(" + ".join(results)) if results else ModelReply("", requests, "tool_calls")

    return answer


async def test_the_manager_delegates_and_answers(bench: Any, quiet: None) -> None:
    work = ToolRequest("m1", "delegate_to_worker", {"task": "count", "context": "ключ"})
    b = bench(hierarchical(task("t", agent=None), agents=(WORKER, WRITER)), managed(work), kind="team")
    assert (await b()).text == "<count\n\nContext:\n\n[manager]\nключ>"
    boss, worker, again = b.models
    assert [(c.agent, c.task, c.model) for c in b.models] == [
        ("desk_manager", "t", "x/boss"),
        ("worker", "t", "x/w"),
        ("desk_manager", "t", "x/boss"),
    ]
    assert [t.name for t in boss.tools] == ["delegate_to_worker", "delegate_to_the_writer"]
    assert "- worker: Worker.\n- the writer: write." in boss.messages[0].content
    assert worker.messages[-1].content == "count\n\nContext:\n\n[manager]\nключ"
    assert [t.name for t in worker.tools] == ["look"]
    assert again.messages[:2] == boss.messages
    assert b.tools == []  # delegation is control flow, not an effect
    kinds = [(e.type, e.agent) for e in b.events if e.type.startswith(("agent", "handoff", "task"))]
    assert kinds == [
        ("task.started", None),
        ("agent.started", "desk_manager"),
        ("handoff", "desk_manager"),
        ("agent.started", "worker"),
        ("agent.finished", "worker"),
        ("agent.finished", "desk_manager"),
        ("task.finished", None),
    ]


async def test_tasks_are_given_to_the_manager_in_order(bench: Any, quiet: None) -> None:
    work = ToolRequest("m1", "delegate_to_worker", {"task": "w"})
    b = bench(hierarchical(task("one"), task("two", agent=None)), managed(work), kind="team")
    await b()
    asked = [c.messages[-1].content for c in b.models if c.agent == "desk_manager" and len(c.messages) == 2]
    assert asked == [
        "do one\n\nThis task is meant for the agent worker.",
        "do two\n\nContext:\n\n[one]\n<w>",
    ]


async def test_delegations_of_one_reply_run_at_once(bench: Any, quiet: None) -> None:
    together = asyncio.Barrier(2)
    work = [
        ToolRequest(f"m{i}", f"delegate_to_{n}", {"task": n}) for i, n in enumerate(("worker", "the_writer"))
    ]
    plain = managed(*work)

    async def answer(call: Any) -> Any:
        if call.agent in ("worker", "the writer"):
            await asyncio.wait_for(together.wait(), 5)
        return plain(call)

    b = bench(hierarchical(task("t", agent=None), agents=(WORKER, WRITER)), answer, kind="team")
    assert (await b()).text == "<worker> + <the_writer>"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (ToolRequest("m1", "delegate_to_worker", {}), "do not fit its schema"),
        (ToolRequest("m1", "delegate_to_worker", {"task": 1}), "do not fit its schema"),
        (ToolRequest("m1", "delegate_to_worker", {"task": "x", "more": "y"}), "do not fit its schema"),
        (ToolRequest("m1", "delegate_to_worker", {}, "{oops"), "are not a JSON object: {oops"),
        (ToolRequest("m1", "delegate_to_nobody", {"task": "x"}), "there is no tool named"),
        (ToolRequest("m1", "look", {}), "there is no tool named"),
    ],
)
async def test_a_bad_delegation_is_answered_by_the_host(
    bench: Any, quiet: None, request_: ToolRequest, error: str
) -> None:
    b = bench(hierarchical(task("t")), managed(request_), kind="team")
    assert error in (await b()).text
    assert [c.agent for c in b.models] == ["desk_manager"] * 2
    assert not [e for e in b.events if e.type == "handoff"]


# -- the public face --------------------------------------------------------------------------------

DOCUMENT = """
agentforge: 1
models: {default: {model: scripted/script.yaml}}
tools:
  double: {python: "tools:double", side_effects: none}
agents:
  counter: {role: Counter, tools: [double]}
  writer: {instructions: Write.}
tasks:
  count: {agent: counter, description: "Count {what}"}
  write: {agent: writer, description: "Write it up"}
teams:
  line: {process: sequential, tasks: [count, write]}
"""
SCRIPT = {
    "rules": [
        {
            "when": {"agent": "counter", "turn": 1},
            "reply": {"tool_calls": [{"name": "double", "arguments": {"n": 4}}]},
        },
        {"when": {"agent": "counter"}, "reply": {"text": "counted {{last_tool_result}}"}},
        {
            "when": {"agent": "line_manager", "turn": 1},
            "reply": {"tool_calls": [{"name": "delegate_to_counter", "arguments": {"task": "count"}}]},
        },
        {"when": {"agent": "line_manager"}, "reply": {"text": "managed {{last_tool_result}}"}},
        {"when": {"agent": "writer"}, "reply": {"text": "{{user}}"}},
    ]
}


@pytest.mark.parametrize("process", ["sequential", "hierarchical"])
async def test_a_lowered_team_tells_the_events_of_a_host_run_one(tmp_path: Path, process: str) -> None:
    (tmp_path / "desk.yaml").write_text(DOCUMENT.replace("process: sequential", f"process: {process}"))
    (tmp_path / "tools.py").write_text("def double(n: int) -> int:\n    'Doubles.'\n    return 2 * n\n")
    (tmp_path / "script.yaml").write_text(json.dumps(SCRIPT))
    desk = door.load(tmp_path / "desk.yaml")
    seen, results = {}, {}
    for on in ("native", "langchain"):
        events: list[Any] = []
        results[on] = await desk.run("line", inputs={"what": "sheep"}, on=on, sink=events.append)
        results[on].raise_for_status()
        skipped = ("run.started", "task.started", "agent.started")  # these name the adapter
        seen[on] = [(e.type, e.task, e.agent, None if e.type in skipped else dict(e.data)) for e in events]
    assert results["native"].output == results["langchain"].output
    assert results["native"].usage == results["langchain"].usage
    assert seen["native"] == seen["langchain"]
    assert results["langchain"].adapter.name == "langchain"


_SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("member_output", [False, True], ids=["task's output", "member's output too"])
async def test_a_managed_task_with_an_output_schema(tmp_path: Path, member_output: bool) -> None:
    """The schema goes on the manager's calls; one of a member makes the host run the team."""
    script = {
        "rules": [
            {"when": {"user": "does not fit"}, "reply": {"text": '{"n": 3}'}},
            {
                "when": {"system": "You are the manager"},
                "replies": [
                    {"tool_calls": [{"name": "delegate_to_worker", "arguments": {"task": "count"}}]},
                    {"text": '{"n": "three"}'},
                ],
            },
            {"when": {"system": "You count"}, "reply": {"text": '{"n": 3}' if member_output else "three"}},
        ]
    }
    (tmp_path / "script.json").write_text(json.dumps(script))
    worker = {"role": "worker", "instructions": "You count."}
    document = {
        "agentforge": 1,
        "models": {"default": {"model": "scripted/script.json"}},
        "agents": {"worker": {**worker, "output": {"schema": _SCHEMA}} if member_output else worker},
        "tasks": {"count": {"description": "Count.", "output": {"schema": _SCHEMA}}},
        "teams": {"desk": {"process": "hierarchical", "tasks": ["count"], "agents": ["worker"]}},
    }
    (tmp_path / "team.json").write_text(json.dumps(document))
    forge = door.load(tmp_path / "team.json")
    for place in ("langchain", "native"):
        result = await forge.run("desk", on=place)
        assert (result.status, result.output) == ("succeeded", {"n": 3}), (place, result.error)
        level = next(p["level"] for p in result.placements if "team" in p)
        assert level == ("emulated" if place == "langchain" and member_output else "full")
