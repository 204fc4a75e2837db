"""The door: ways to run, to listen, to stop, and what comes out."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import json
import pickle

import pytest

from agentforge_core import Agent, Forge, Limits, Task, Team, load, tool
from agentforge_core.errors import (
    AdapterNotFoundError,
    BudgetExceededError,
    DocumentError,
    NotFoundError,
    RunError,
    UnsupportedError,
    UsageError,
)

HEARD = "{{user}}"


@pytest.fixture
def parrot(say):
    return Agent(name="parrot", model=say(HEARD))


async def test_run_run_sync_and_stream_say_the_same(parrot):
    awaited = await parrot.run("hello")
    events = [e async for e in parrot.stream("hello")]
    blocking = await asyncio.to_thread(parrot.run_sync, "hello")
    assert awaited.output == blocking.output == events[-1].data["output"] == "hello"
    assert awaited.usage == blocking.usage
    assert len({awaited.run_id, blocking.run_id, events[0].run_id}) == 3


async def test_run_sync_from_inside_a_running_loop(parrot):
    assert parrot.run_sync("hello").output == "hello"


def test_run_sync_without_a_loop(parrot):
    assert parrot.run_sync("hello").output == "hello"
    assert parrot.forge().run_sync(prompt="again").output == "again"


@pytest.fixture
def hanging(say, ask):
    state = type("State", (), {})()
    state.there, state.cancelled = asyncio.Event(), []

    @tool(side_effects="none")
    async def hang() -> None:
        state.there.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            state.cancelled.append(1)
            raise

    state.agent = Agent(name="a", model=say(ask("hang"), "done"), tools=[hang])
    return state


async def test_leaving_a_stream_cancels_the_run(hanging):
    before = asyncio.all_tasks()
    async for event in hanging.agent.stream("go"):
        if event.type == "tool.started":
            await hanging.there.wait()
            break
    for _ in range(200):
        if asyncio.all_tasks() == before:
            break
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    assert hanging.cancelled == [1]


async def test_closing_a_stream_waits_for_the_end(hanging):
    stream = hanging.agent.stream("go")
    async for event in stream:
        if event.type == "tool.started":
            await hanging.there.wait()
            break
    await stream.aclose()
    assert hanging.cancelled == [1]


async def test_cancelling_a_run(hanging):
    heard = []
    run = asyncio.create_task(hanging.agent.run("go", sink=heard.append))
    await hanging.there.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (hanging.cancelled, heard[-1].type, heard[-1].parent) == ([1], "run.cancelled", 1)


async def test_a_time_out_around_a_run(hanging):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await hanging.agent.run("go")
    assert hanging.cancelled == [1]


async def test_two_hundred_runs_at_once_do_not_mix(say, ask):
    seen = contextvars.ContextVar("seen")

    @tool(side_effects="none")
    async def look(word: str) -> str:
        await asyncio.sleep(0)
        return f"{seen.get()}/{word}"

    rules = [
        {"when": {"turn": 1, "user": f"^{n}$"}, "reply": ask(("look", {"word": f"w{n}"}))} for n in range(200)
    ]
    rules.append({"reply": {"text": "{{user}}: {{last_tool_result}}"}})
    agent = Agent(name="a", model=say(rules=rules), tools=[look])
    forge = agent.forge()

    async def one(n):
        seen.set(n)
        events = []
        result = await forge.run(prompt=str(n), sink=events.append)
        assert {e.run_id for e in events} == {result.run_id}
        assert [e.seq for e in events] == list(range(1, len(events) + 1))
        return result

    results = await asyncio.gather(*(one(n) for n in range(200)))
    assert [r.output for r in results] == [f"{n}: {n}/w{n}" for n in range(200)]
    assert len({r.run_id for r in results}) == 200
    assert {(r.usage.model_calls, r.usage.tool_calls) for r in results} == {(2, 1)}


async def test_a_copy_of_a_node_that_has_run_is_a_node_of_its_own(say):
    agent = Agent(
        name="a",
        instructions="old",
        model=say(
            rules=[
                {"when": {"system": "new"}, "reply": {"text": "new"}},
                {"reply": {"text": "old"}},
            ]
        ),
    )
    assert (await agent.run("go")).output == "old"
    changed = agent.model_copy(update={"instructions": "new"})
    assert (await changed.run("go")).output == "new"
    for copied in (copy.copy(agent), copy.deepcopy(agent), pickle.loads(pickle.dumps(agent))):
        assert (await copied.run("go")).output == "old"
    assert (await agent.run("go")).output == "old"


# -- what to run ----------------------------------------------------------------------------------


@pytest.fixture
def document(tmp_path):
    def write(**parts):
        (tmp_path / "parrot.json").write_text(json.dumps({"replies": [{"text": HEARD}]}), encoding="utf-8")
        parts = {"agentforge": 1, "models": {"default": {"model": "scripted/parrot.json"}}, **parts}
        (tmp_path / "desk.json").write_text(json.dumps(parts), encoding="utf-8")
        return load(tmp_path / "desk.json")

    return write


def task(agent="a", text="do", **more):
    return {"agent": agent, "description": text, **more}


A = {"a": {"role": "A"}}
AB = {"a": {"role": "A"}, "b": {"role": "B"}}


async def test_the_only_team(document):
    forge = document(
        agents=A, tasks={"t": task(text="t"), "u": task(text="u")}, teams={"m": {"tasks": ["t"]}}
    )
    assert (await forge.run()).output == "t"


async def test_all_tasks_else(document):
    assert (
        await document(agents=AB, tasks={"t": task(text="t"), "u": task(text="u", context=[])}).run()
    ).output == "u"


async def test_the_only_agent_else(document):
    assert (await document(agents=A).run(prompt="p")).output == "p"


async def test_nothing_to_choose_from(document):
    with pytest.raises(UsageError) as caught:
        await document(agents=AB).run(prompt="p")
    assert (caught.value.code, caught.value.first.hint) == ("AF6002", "agents in this document: a, b")
    with pytest.raises(UsageError, match="nothing to run"):
        await document().run()


async def test_names(document):
    forge = document(
        agents=AB, tasks={"t": task(text="t"), "a": task("b", "x")}, teams={"m": {"tasks": ["t"]}}
    )
    assert (await forge.run("m")).output == "t"
    assert (await forge.run("t")).output == "t"
    assert (await forge.run("b", prompt="p")).output == "p"
    with pytest.raises(UsageError, match="'a' names a task and a agent"):
        await forge.run("a")
    with pytest.raises(NotFoundError) as caught:
        await forge.run("writer")
    assert caught.value.first.hint == "names in this document: m, t, a, b"
    near = document(agents={"writer": {"role": "w"}})
    with pytest.raises(NotFoundError) as caught:
        await near.run("writr", prompt="x")
    assert (caught.value.first.hint, caught.value.exit_code) == ("did you mean 'writer'?", 3)


async def test_prompts(document):
    forge = document(agents=A, tasks={"t": task(text="t")}, teams={"m": {"tasks": ["t"]}})
    for name in ("m", "t"):
        with pytest.raises(UsageError, match="a prompt speaks to an agent"):
            await forge.run(name, prompt="p")
    with pytest.raises(UsageError, match="needs a prompt"):
        await forge.run("a")
    assert (await forge.run("a", prompt="")).output == ""


async def test_a_task_that_only_a_manager_can_give_away(document):
    forge = document(
        agents=A,
        tasks={"t": {"description": "d"}, "u": task(context=["t"])},
        teams={"m": {"process": "hierarchical", "tasks": ["t"], "agents": ["a"]}},
    )
    for name in ("t", "u"):
        with pytest.raises(UsageError) as caught:
            await forge.run(name)
        assert (caught.value.code, caught.value.first.path) == ("AF6009", "tasks.t")


# -- inputs ---------------------------------------------------------------------------------------


async def test_inputs(document):
    forge = document(agents=A, tasks={"t": task(text='About {topic} and {{topic}}, {"json": 1}')})
    assert (
        await forge.run(inputs={"topic": "{x} tides"})
    ).output == 'About {x} tides and {topic}, {"json": 1}'
    with pytest.raises(UsageError) as caught:
        await forge.run()
    assert "inputs are missing: topic" in caught.value.first.message
    assert caught.value.first.hint == "--input topic=... (a literal {topic} is written {{topic}})"
    with pytest.raises(UsageError) as caught:
        await forge.run(inputs={"topic": "x", "topics": "y"})
    assert caught.value.first.hint == "did you mean 'topic'?"


async def test_doubled_braces_are_one_also_without_inputs(document):
    assert (await document(agents=A, tasks={"t": task(text="say {{name}}")}).run()).output == "say {name}"


async def test_only_what_runs_needs_inputs(document):
    forge = document(agents=AB, tasks={"t": task(text="{x}"), "u": task("b", "u")})
    assert (await forge.run("u")).output == "u"


async def test_inputs_of_different_runs_do_not_mix(document):
    forge = document(agents={"a": {"instructions": "You like {what}."}}, tasks={"t": task(text="{what}?")})
    results = await asyncio.gather(*(forge.run(inputs={"what": n}) for n in range(20)))
    assert [r.output for r in results] == [f"{n}?" for n in range(20)]


# -- models, limits, labels -----------------------------------------------------------------------


async def test_another_model(document, say):
    forge = document(
        agents=A, models={"default": {"model": "openai/x"}, "other": {"model": "scripted/parrot.json"}}
    )
    assert (await forge.run(prompt="p", model="other")).output == "p"
    assert (await forge.run(prompt="p", model="scripted/parrot.json")).output == "p"
    with pytest.raises(DocumentError, match="no model named 'nosuch'"):
        await forge.run(prompt="p", model="nosuch")


async def test_no_model_anywhere(document):
    forge = document(agents=A, models={})
    with pytest.raises(DocumentError) as caught:
        await forge.run(prompt="p")
    assert (caught.value.code, caught.value.exit_code) == ("AF1102", 4)
    assert "--model offline/rules" in caught.value.first.hint
    assert (await forge.run(prompt="p", model="offline/rules")).status == "succeeded"


async def test_a_key_that_is_not_set_is_said_before_any_call(document, monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    forge = document(agents=A, models={"default": {"model": "openai/x", "api_key_env": "SOME_KEY"}})
    with pytest.raises(DocumentError, match="SOME_KEY") as caught:
        await forge.run(prompt="p")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("limits", [{"model_calls": 0}, Limits(model_calls=0)])
async def test_limits(document, limits):
    result = await document(agents=A).run(prompt="p", limits=limits)
    assert (result.status, result.exit_code) == ("budget_exceeded", 6)
    with pytest.raises(BudgetExceededError):
        result.raise_for_status()


async def test_limits_of_the_call_go_before_those_of_the_document(document):
    forge = document(agents=A, limits={"model_calls": 0})
    assert (await forge.run(prompt="p")).status == "budget_exceeded"
    assert (await forge.run(prompt="p", limits={"model_calls": 1})).status == "succeeded"
    assert (await forge.run(prompt="p", limits={"tool_calls": 1})).status == "budget_exceeded"


@pytest.mark.parametrize(
    "limits", [{"modelcalls": 1}, {"model_calls": -1}, {"seconds": "soon"}, {"tokens": 1.5}]
)
async def test_what_is_no_limit(document, limits):
    with pytest.raises(UsageError) as caught:
        await document(agents=A).run(prompt="p", limits=limits)
    assert (caught.value.code, caught.value.exit_code) == ("AF6008", 2)


async def test_labels(document):
    forge = document(agents=A, labels={"team": "x", "env": "dev"})
    events = [e async for e in forge.stream(prompt="p", labels={"env": "prod"})]
    assert events[0].data["labels"] == {"team": "x", "env": "prod"}


# -- where ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "on", ["native", "auto", ["native"], ["nosuch", "native"], {"a": "native"}, {"a": ["native"]}]
)
async def test_placements(document, on):
    result = await document(agents=A).run(prompt="p", on=on)
    assert (result.status, result.adapter.name) == ("succeeded", "native") or on == "auto"


@pytest.mark.parametrize(
    ("on", "error", "code"),
    [
        ("nativ", AdapterNotFoundError, "AF2002"),
        (["nosuch", "neither"], AdapterNotFoundError, "AF2002"),
        ("native >=", UsageError, "AF2001"),
        ({"nobody": "native"}, UsageError, "AF6003"),
        ({"a": "nosuch"}, AdapterNotFoundError, "AF2002"),
    ],
)
async def test_wrong_placements(document, on, error, code):
    with pytest.raises((error, DocumentError)) as caught:
        await document(agents=A).run(prompt="p", on=on)
    assert caught.value.code == code


async def test_a_near_adapter_is_suggested(document):
    with pytest.raises(AdapterNotFoundError) as caught:
        await document(agents=A).run(prompt="p", on="nativ")
    assert "native" in caught.value.first.hint
    assert caught.value.exit_code == 3


async def test_a_version_out_of_range(document):
    pytest.importorskip("agentforge_langchain")
    with pytest.raises(AdapterNotFoundError) as caught:
        await document(agents=A).run(prompt="p", on="langchain==0.1.*")
    assert caught.value.exit_code == 3
    assert caught.value.first.reason


async def test_on_langchain(document):
    pytest.importorskip("langchain")
    result = await document(agents=A).run(prompt="p", on="langchain>=1.0")
    assert (result.output, result.adapter.name) == ("p", "langchain")
    assert result.adapter.framework_version


# -- not yet --------------------------------------------------------------------------------------


NOT_YET = {
    "isolation": ({"isolation": "process"}, "isolation"),
    "sandbox": ({"isolation": "sandbox"}, "isolation"),
    "durability": ({"durability": "process"}, "durability"),
    "commit": ({"commit": "sync"}, "commit"),
    "store": ({"store": "sqlite:///x"}, "store"),
    "frameworks": ({"frameworks": {"langchain": {}}}, "frameworks.langchain"),
    "per_day": ({"limits": {"per_day": {"tokens": 1}}}, "limits.per_day"),
    "per_session": ({"limits": {"per_session": {"tokens": 1}}}, "limits.per_session"),
    "per_label": ({"limits": {"per_label": {"a=b": {"tokens": 1}}}}, "limits.per_label"),
    "memory": ({"agents": {"a": {"memory": True}}}, "agents.a.memory"),
    "handoffs": ({"agents": {"a": {"handoffs": ["b"]}, "b": {}}}, "agents.a.handoffs"),
    "knowledge": ({"agents": {"a": {"knowledge": ["k"]}}, "knowledge": {"k": {}}}, "agents.a.knowledge"),
    "agent frameworks": ({"agents": {"a": {"frameworks": {"x": {}}}}}, "agents.a.frameworks.x"),
    "mcp": ({"agents": {"a": {"tools": ["t"]}}, "tools": {"t": {"mcp": {"command": "x"}}}}, "tools.t.mcp"),
    "http": ({"agents": {"a": {"tools": ["t"]}}, "tools": {"t": {"http": {"url": "x"}}}}, "tools.t.http"),
    "openapi": (
        {"agents": {"a": {"tools": ["t"]}}, "tools": {"t": {"openapi": {"url": "x"}}}},
        "tools.t.openapi",
    ),
    "tool isolation": (
        {"agents": {"a": {"tools": ["t"]}}, "tools": {"t": {"python": "m:f", "isolation": "process"}}},
        "tools.t.isolation",
    ),
    "agent per_day": ({"agents": {"a": {"limits": {"per_day": {"tokens": 1}}}}}, "agents.a.limits.per_day"),
}


@pytest.mark.parametrize(("parts", "path"), NOT_YET.values(), ids=NOT_YET.keys())
async def test_what_is_not_there_yet_is_refused(document, parts, path):
    with pytest.raises(UnsupportedError) as caught:
        await document(**{"agents": A, **parts}).run("a", prompt="p")
    assert [(d.code, d.path) for d in caught.value.diagnostics] == [("AF3201", path)]
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (
            {"tasks": {"t": task(guardrails=["short"])}, "teams": {"m": {"tasks": ["t"]}}},
            "tasks.t.guardrails",
        ),
        ({"teams": {"m": {"process": "group_chat", "agents": ["a"]}}}, "teams.m.process"),
        ({"teams": {"m": {"process": "handoff", "agents": ["a"]}}}, "teams.m.process"),
        (
            {"tasks": {"t": task()}, "teams": {"m": {"tasks": ["t"], "frameworks": {"x": {}}}}},
            "teams.m.frameworks.x",
        ),
    ],
)
async def test_what_teams_cannot_do_yet_is_refused(document, parts, path):
    forge = document(agents=A, **parts)
    speaks = "tasks" not in parts
    with pytest.raises(UnsupportedError) as caught:
        await forge.run("m", prompt="p" if speaks else None)
    assert [(d.code, d.path) for d in caught.value.diagnostics] == [("AF3201", path)]


async def test_sessions_and_lasting_limits_of_a_call_are_refused(document):
    forge = document(agents=A)
    with pytest.raises(UnsupportedError, match="sessions"):
        await forge.run(prompt="p", session="s")
    with pytest.raises(UnsupportedError) as caught:
        await forge.run(prompt="p", limits=Limits(per_day={"tokens": 1}))
    assert caught.value.first.path == "limits.per_day"


async def test_all_that_is_not_there_is_said_at_once(document):
    forge = document(agents={"a": {"memory": True, "frameworks": {"x": {}}}}, durability="power")
    with pytest.raises(UnsupportedError) as caught:
        await forge.run(prompt="p")
    assert {d.path for d in caught.value.diagnostics} == {
        "durability",
        "agents.a.memory",
        "agents.a.frameworks.x",
    }


# -- what comes out -------------------------------------------------------------------------------


async def test_the_shape_of_a_result(document):
    result = await document(agents=A).run(prompt="p")
    assert result.raise_for_status() is result
    shape = result.to_dict()
    assert list(shape) == [
        "run_id",
        "status",
        "output",
        "adapter",
        "placements",
        "usage",
        "diagnostics",
        "error",
    ]
    assert list(shape["adapter"]) == ["name", "version", "framework_version"]
    assert shape["adapter"]["framework_version"] is None
    assert list(shape["usage"]) == ["model_calls", "tool_calls", "input_tokens", "output_tokens", "cost_usd"]
    assert (shape["error"], shape["diagnostics"]) == (None, [])
    assert shape["placements"] == [{"agent": "a", "adapter": shape["adapter"], "level": "full"}]
    assert json.loads(json.dumps(shape)) == shape


async def test_the_shape_of_an_error(document):
    result = await document(agents=A).run(prompt="p", limits={"model_calls": 0})
    shape = result.to_dict()
    assert list(shape["error"]) == ["code", "message", "path", "hint"]
    assert shape["error"]["code"] == "AF5001"
    assert shape["output"] is None
    with pytest.raises(RunError) as caught:
        result.raise_for_status()
    assert caught.value is result.error


async def test_python_objects_need_no_document(say):
    agent = Agent(name="a", model=say(HEARD))
    one = Task(name="one", description="1", agent=agent)
    assert (await one.run()).output == "1"
    assert (await Team(tasks=[one]).run()).output == "1"
    assert (await Forge.of_nodes(agent, one).run("a", prompt="p")).output == "p"
    with pytest.raises(UsageError, match="two different agents are named 'a'"):
        await Team(tasks=[one, Task(name="two", description="2", agent=Agent(name="a", role="x"))]).run()
    with pytest.raises(DocumentError, match="no task named 'gone'"):
        await Task(name="t", description="d", agent=agent, context=["gone"]).run()
