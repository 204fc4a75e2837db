"""Events: closed, ordered, one tree; and nothing at all when nobody listens."""

from __future__ import annotations

import itertools
import json
from typing import get_args

import pytest

from agentforge_core import Agent, Task, Team, tool
from agentforge_core.boundary import run as run_module
from agentforge_core.boundary.events import EventType


@tool(side_effects="none")
async def add(a: int, b: int) -> int:
    """Adds."""
    return a + b


@pytest.fixture
def say(tmp_path):
    numbers = itertools.count()

    def write(*replies, rules=()):
        path = tmp_path / f"s{next(numbers)}.json"
        script = {"replies": list(replies), "rules": list(rules)}
        path.write_text(json.dumps({k: v for k, v in script.items() if v}), encoding="utf-8")
        return f"scripted/{path}"

    return write


def call(*pairs, text=""):
    return {"text": text, "tool_calls": [{"name": n, "arguments": a} for n, a in pairs]}


@pytest.fixture
def agent(say):
    calls = call(("add", {"a": 1, "b": 2}), ("add", {"a": "x"}), ("none", {}), text="Let me see.")
    return Agent(name="a", model=say(calls, {"text": "It is {{last_tool_result}}"}), tools=[add])


@pytest.fixture
def team(agent, say):
    worker = Agent(name="worker", model=say({"text": "done"}))
    manager = say(
        call(("delegate_to_worker", {"task": "x"}), ("delegate_to_a", {"task": "y"})), {"text": "all done"}
    )
    return Team(
        name="desk",
        process="hierarchical",
        manager_model=manager,
        agents=[worker, agent],
        tasks=[Task(name="one", description="1"), Task(name="two", description="2", agent=agent)],
    )


async def collect(runnable, **arguments):
    return [e async for e in runnable.stream(**arguments)]


def well_formed(events):
    numbered = [e for e in events if e.type != "text.delta"]
    assert [e.seq for e in numbered] == list(range(1, len(numbered) + 1))
    assert {e.type for e in events} <= set(get_args(EventType))
    assert len({e.run_id for e in events}) == 1
    assert [e.time for e in events] == sorted(e.time for e in events)
    assert [e.seq for e in events if e.parent is None] == [1]
    assert events[0].type == "run.started"
    assert events[-1].type in ("run.finished", "run.failed", "run.cancelled", "run.suspended")
    types = {e.seq: e.type for e in numbered}
    for event in events:
        if event.parent is not None:
            assert event.parent < event.seq or event.type == "text.delta"
            assert event.parent in types
        if event.type in ("model.finished", "tool.finished"):
            assert types[event.parent] == event.type.replace("finished", "started")
        if event.type == "text.delta":
            assert types[event.seq] == "model.started"
        json.dumps(event.to_dict())
    for kind in ("model", "tool", "agent", "task"):
        if events[-1].type == "run.finished":
            assert len([e for e in numbered if e.type == f"{kind}.started"]) == len(
                [e for e in numbered if e.type == f"{kind}.finished"]
            )


async def test_the_events_of_an_agent(agent):
    events = await collect(agent, prompt="go")
    well_formed(events)
    assert [e.type for e in events] == [
        "run.started",
        "agent.started",
        "model.started",
        *["text.delta"] * 3,
        "model.finished",
        *["tool.started", "tool.finished"] * 3,
        "model.started",
        *["text.delta"]
        * len(
            [
                "It",
                "is",
                "Error:",
                "there",
                "is",
                "no",
                "tool",
                "named",
                "'none'.",
                "Available",
                "tools:",
                "add.",
            ]
        ),
        "model.finished",
        "agent.finished",
        "run.finished",
    ]
    finished = [e for e in events if e.type == "tool.finished"]
    assert {e.data["id"]: e.data["is_error"] for e in finished} == {
        "call_0_0": False,
        "call_0_1": True,
        "call_0_2": True,
    }
    deltas = [e for e in events if e.type == "text.delta"]
    assert "".join(d.data["text"] for d in deltas if d.seq == deltas[0].seq) == "Let me see."
    assert events[-1].data["status"] == "succeeded"
    assert events[-1].data["usage"]["tool_calls"] == 1


async def test_the_events_of_a_team(team):
    events = await collect(team)
    well_formed(events)
    places = [
        (e.type, e.task, e.agent) for e in events if e.type in ("task.started", "agent.started", "handoff")
    ]
    assert places[:3] == [
        ("task.started", "one", None),
        ("agent.started", "one", "desk_manager"),
        ("handoff", "one", "desk_manager"),
    ]


@pytest.mark.parametrize("limit", range(9))
async def test_stopped_runs_are_well_formed_too(team, limit):
    events = await collect(team, limits={"model_calls": limit})
    well_formed(events)
    assert events[-1].data["usage"]["model_calls"] <= limit


async def test_failed_runs_are_well_formed_too(say):
    silent = Agent(name="s", model=say(call(("none", {}))))
    events = await collect(silent, prompt="go")
    well_formed(events)
    assert (events[-1].type, events[-1].data["error"]["code"]) == ("run.failed", "AF4030")


async def test_no_event_is_made_when_nobody_listens(agent, team, monkeypatch):
    made = []

    class Counted(run_module.Event):
        def __init__(self, *args, **kwargs):
            made.append(args)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(run_module, "Event", Counted)
    assert (await agent.run("go")).status == "succeeded"
    assert (await team.run()).status == "succeeded"
    assert made == []
    await collect(agent, prompt="go")
    assert len(made) > 10


async def test_a_sink_without_deltas_hears_the_same_but_deltas(agent):
    heard = []
    await agent.run("go", sink=heard.append)
    well_formed(heard)
    streamed = [e for e in await collect(agent, prompt="go") if e.type != "text.delta"]
    assert [e.type for e in heard] == [e.type for e in streamed]
    assert [dict(e.data) for e in heard] == [dict(e.data) for e in streamed]


async def test_two_runs_have_the_same_events(team):
    def shape(events):
        return [
            (e.seq, e.type, e.task, e.agent, e.parent, json.dumps(dict(e.data), sort_keys=True))
            for e in events
        ]

    assert shape(await collect(team)) == shape(await collect(team))
