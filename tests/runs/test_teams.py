"""Teams that the host runs: who sees what, in which order, and how they end."""

from __future__ import annotations

import asyncio

import pytest

from agentforge_core import Agent, Limits, Task, Team, load, tool

HEARD = "{{user}}"


def named(events, kind):
    return [e.task for e in events if e.type == kind]


@pytest.fixture
def parrot(say):
    """Answers with what it was told."""
    return Agent(name="parrot", model=say(HEARD))


async def test_left_out_context_is_the_task_before(parrot):
    tasks = [Task(name=n, description=f"Say {n}.", agent=parrot) for n in ("one", "two", "three")]
    result = await Team(tasks=tasks).run()
    assert result.output == "Say three.\n\nContext:\n\n[two]\nSay two.\n\nContext:\n\n[one]\nSay one."


async def test_empty_context_is_none(parrot):
    tasks = [
        Task(name="one", description="1", agent=parrot),
        Task(name="two", description="2", agent=parrot, context=[]),
    ]
    assert (await Team(tasks=tasks).run()).output == "2"


async def test_named_context_comes_in_its_order(parrot):
    one = Task(name="one", description="1", agent=parrot, context=[])
    two = Task(name="two", description="2", agent=parrot, context=[])
    three = Task(name="three", description="3", agent=parrot, context=[two, one], expected_output="much")
    result = await Team(tasks=[one, two, three]).run()
    assert result.output == "3\n\nExpected output: much\n\nContext:\n\n[two]\n2\n\n[one]\n1"


async def test_async_tasks_run_at_once(say, ask):
    barrier = asyncio.Barrier(3)

    @tool
    async def meet() -> int:
        return await barrier.wait()

    agent = Agent(name="a", model=say(ask("meet"), "met"), tools=[meet])
    tasks = [
        Task(name=f"t{n}", description="d", agent=agent, context=[], **{"async": n < 2}) for n in range(3)
    ]
    async with asyncio.timeout(3):
        result = await Team(tasks=tasks).run()
    assert result.output == "met"


async def test_a_task_waits_for_async_context(parrot, say, ask):
    gate = asyncio.Event()

    @tool
    async def wait() -> None:
        await gate.wait()

    @tool
    async def release() -> None:
        gate.set()

    slow = Agent(name="slow", model=say(ask("wait"), "slow answer"), tools=[wait])
    quick = Agent(name="quick", model=say(ask("release"), "quick answer"), tools=[release])
    one = Task(name="one", description="1", agent=slow, **{"async": True})
    two = Task(name="two", description="2", agent=quick, context=[])
    three = Task(name="three", description="3", agent=parrot, context=[one, two])
    async with asyncio.timeout(3):
        result = await Team(tasks=[one, two, three]).run()
    assert "[one]\nslow answer" in result.output
    assert "[two]\nquick answer" in result.output


async def test_a_task_alone_runs_its_context_first_and_nothing_else(parrot):
    one = Task(name="one", description="1", agent=parrot)
    two = Task(name="two", description="2", agent=parrot)
    three = Task(name="three", description="3", agent=parrot, context=[one, two])
    events = [e async for e in three.stream()]
    assert named(events, "task.started") == ["one", "two", "three"]
    assert events[-1].data["output"] == "3\n\nContext:\n\n[one]\n1\n\n[two]\n2"
    assert (await two.run()).output == "2"


DOCUMENT = """
agentforge: 1
models: {default: {model: scripted/parrot.yaml}}
agents: {parrot: {role: Parrot}}
tasks:
  last: {agent: parrot, description: l, context: [first, middle]}
  middle: {agent: parrot, description: m, context: [first]}
  first: {agent: parrot, description: f}
  after: {agent: parrot, description: a}
"""


@pytest.fixture
def document(tmp_path):
    (tmp_path / "parrot.yaml").write_text('replies: [{text: "<{{user}}>"}]', encoding="utf-8")
    (tmp_path / "desk.yaml").write_text(DOCUMENT, encoding="utf-8")
    return load(tmp_path / "desk.yaml")


async def test_all_tasks_run_in_an_order_that_respects_context(document):
    events = [e async for e in document.stream()]
    assert named(events, "task.started") == ["first", "middle", "last", "after"]
    assert events[-1].data["output"].startswith("<a\n\nContext:\n\n[last]\n<l")


async def test_dense_context_is_ordered_at_once(tmp_path):
    (tmp_path / "parrot.yaml").write_text("replies: [{text: x}]", encoding="utf-8")
    names = [f"t{n}" for n in range(40)]
    tasks = {n: {"agent": "p", "description": "d", "context": names[:i]} for i, n in enumerate(names)}
    import json

    document = {
        "agentforge": 1,
        "models": {"default": {"model": "scripted/parrot.yaml"}},
        "agents": {"p": {"role": "p"}},
        "tasks": tasks,
    }
    (tmp_path / "d.json").write_text(json.dumps(document), encoding="utf-8")
    result = await load(tmp_path / "d.json").run("t39")
    assert (result.status, result.usage.model_calls) == ("succeeded", 40)


async def test_a_task_that_fails_ends_the_team(parrot, say):
    silent = Agent(name="silent", model=say({"tool_calls": [{"name": "none"}]}))
    tasks = [
        Task(name="one", description="1", agent=silent),
        Task(name="two", description="2", agent=parrot),
    ]
    events = [e async for e in Team(tasks=tasks).stream()]
    assert events[-1].type == "run.failed"
    assert named(events, "task.started") == ["one"]


async def test_side_effects_of_a_task_beside_the_one_that_fails_are_awaited(say, ask):
    paid, there = [], asyncio.Event()

    @tool
    async def pay() -> str:
        there.set()
        await asyncio.sleep(0.05)
        paid.append(1)
        return "paid"

    @tool(on_error="fail")
    async def fail() -> None:
        await there.wait()
        raise ValueError("no")

    payer = Agent(name="payer", model=say(ask("pay"), "done"), tools=[pay])
    failer = Agent(name="failer", model=say(ask("fail"), "done"), tools=[fail])
    tasks = [
        Task(name="pay", description="d", agent=payer, **{"async": True}),
        Task(name="fail", description="d", agent=failer, context=[]),
    ]
    result = await Team(tasks=tasks).run()
    assert (result.status, result.error.code, paid) == ("failed", "AF4101", [1])


async def test_a_bad_answer_of_one_task_stops_those_beside_it(say, ask):
    there = asyncio.Event()

    @tool(side_effects="none")
    async def hang() -> None:
        there.set()
        await asyncio.Event().wait()

    @tool
    async def wait() -> None:
        await there.wait()

    hanging = Agent(name="hanging", model=say(ask("hang"), "done"), tools=[hang])
    bad = Agent(
        name="bad",
        model=say(
            rules=[{"when": {"turn": 1, "user": "^d$"}, "reply": ask("wait")}, {"reply": {"text": "no json"}}]
        ),
        tools=[wait],
        output={"schema": {"type": "object"}, "repairs": 0},
    )
    tasks = [
        Task(name="bad", description="d", agent=bad, **{"async": True}),
        Task(name="hanging", description="d", agent=hanging, context=[]),
    ]
    async with asyncio.timeout(3):
        result = await Team(tasks=tasks).run()
    assert (result.status, result.error.code) == ("failed", "AF4301")


async def test_a_cancel_reaches_every_task(say, ask):
    started, cancelled = asyncio.Barrier(3), []

    @tool(side_effects="none")
    async def hang() -> None:
        await started.wait()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    agent = Agent(name="a", model=say(ask("hang"), "done"), tools=[hang])
    tasks = [
        Task(name=f"t{n}", description="d", agent=agent, context=[], **{"async": True}) for n in range(2)
    ]
    before = asyncio.all_tasks()
    run = asyncio.create_task(Team(tasks=tasks).run())
    await started.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert cancelled == [1, 1]
    assert asyncio.all_tasks() == before


@pytest.fixture
def desk(say, ask):
    writer = Agent(name="Chief Writer", role="Writer", goal="Write.", model=say("draft of: {{user}}"))
    checker = Agent(name="checker", role="Checker", model=say("checked: {{user}}"))
    calls = [
        ask(("delegate_to_chief_writer", {"task": "Write on tides", "context": "short"})),
        ask(("delegate_to_checker", {"task": "Check it"})),
        "The report: {{last_tool_result}}",
    ]
    task = Task(name="report", description="Report on {topic}", agent=writer)
    return Team(
        name="desk", process="hierarchical", manager_model=say(*calls), agents=[writer, checker], tasks=[task]
    )


async def test_a_manager_delegates(desk):
    events = [e async for e in desk.stream(inputs={"topic": "tides"})]
    assert events[-1].data["output"] == "The report: checked: Check it"
    handoffs = [e for e in events if e.type == "handoff"]
    assert [e.data["to"] for e in handoffs] == ["Chief Writer", "checker"]
    assert handoffs[0].data["context"] == "short"
    agents = [e.agent for e in events if e.type == "agent.started"]
    assert agents == ["desk_manager", "Chief Writer", "checker"]
    assert [e.type for e in events if e.type.startswith("tool")] == []
    usage = events[-1].data["usage"]
    assert (usage["model_calls"], usage["tool_calls"]) == (5, 0)


async def test_what_the_manager_is_told(desk, say):
    model = say(rules=[{"when": {"system": "Chief Writer: Writer; Write"}, "reply": {"text": HEARD}}])
    result = await desk.model_copy(update={"manager_model": model}).run(inputs={"topic": "tides"})
    assert result.output == "Report on tides\n\nThis task is meant for the agent Chief Writer."


async def test_a_task_of_a_manager_may_name_no_agent(desk):
    task = Task(name="report", description="Report")
    team = desk.model_copy(update={"tasks": (task,)})
    assert (await team.run()).output == "The report: checked: Check it"


async def test_endless_delegation_ends_by_limit(say, ask):
    worker = Agent(name="worker", model=say("done"))
    manager = say(rules=[{"reply": ask(("delegate_to_worker", {"task": "again"}))}])
    team = Team(
        process="hierarchical",
        manager_model=manager,
        tasks=[Task(name="t", description="d", agent=worker)],
        limits=Limits(model_calls=7),
    )
    result = await team.run()
    assert (result.status, result.usage.model_calls) == ("budget_exceeded", 7)


async def test_delegating_badly_is_told_the_manager(say, ask):
    worker = Agent(name="worker", model=say("done"))
    manager = say(ask(("delegate_to_worker", {"job": "x"})), "I was told: {{last_tool_result}}")
    team = Team(
        process="hierarchical", manager_model=manager, tasks=[Task(name="t", description="d", agent=worker)]
    )
    result = await team.run()
    assert result.output.startswith("I was told: Error: the arguments of delegate_to_worker do not fit")


async def test_delegating_twice_at_once(say, ask):
    barrier = asyncio.Barrier(2)

    @tool
    async def meet() -> int:
        return await barrier.wait()

    worker = Agent(name="worker", model=say(ask("meet"), "met"), tools=[meet])
    calls = [("delegate_to_worker", {"task": f"part {n}"}) for n in range(2)]
    team = Team(
        process="hierarchical",
        manager_model=say(ask(*calls), "both done"),
        tasks=[Task(name="t", description="d", agent=worker)],
    )
    async with asyncio.timeout(3):
        assert (await team.run()).output == "both done"


async def test_placements_and_usage_cover_the_whole_team(desk):
    result = await desk.run(inputs={"topic": "x"})
    rows = [{k: v for k, v in p.items() if k in ("agent", "team")} for p in result.placements]
    assert rows == [
        {"team": "desk"},
        {"agent": "desk_manager"},
        {"agent": "Chief Writer"},
        {"agent": "checker"},
    ]
    assert {p["level"] for p in result.placements} == {"full"}
    assert result.adapter.name == "native"


async def test_one_team_on_two_adapters(say):
    pytest.importorskip("agentforge_langchain")
    pytest.importorskip("langchain")
    one = Agent(name="one", model=say("first"))
    two = Agent(name="two", model=say(HEARD))
    team = Team(
        name="mixed",
        tasks=[Task(name="a", description="A", agent=one), Task(name="b", description="B", agent=two)],
    )
    result = await team.run(on={"one": "langchain"})
    assert result.output == "B\n\nContext:\n\n[a]\nfirst"
    placed = {p["agent"]: p["adapter"]["name"] for p in result.placements if "agent" in p}
    assert placed == {"one": "langchain", "two": "native"}
    assert [p["level"] for p in result.placements if "team" in p] == ["emulated"]
    assert result.adapter.name == "native"
