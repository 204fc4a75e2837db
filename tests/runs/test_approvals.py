"""Who decides whether a tool may run, and what happens when nobody is there."""

from __future__ import annotations

import asyncio

import pytest

from agentforge_core import Agent, Task, Team, tool
from agentforge_core.boundary.effects import HumanReply
from agentforge_core.errors import DecisionNeededError

ECHO = "{{last_tool_result}}"


@pytest.fixture
def shop(say, ask):
    """An agent that wants to pay twice and to look once, at the same time."""
    done = []

    @tool(approval="always")
    async def pay(amount: int) -> str:
        done.append(("pay", amount))
        return f"paid {amount}"

    @tool(side_effects="none")
    async def look() -> str:
        await asyncio.sleep(0.02)
        done.append(("look",))
        return "seen"

    def make(*calls):
        return Agent(name="buyer", model=say(ask(*calls), ECHO), tools=[pay, look])

    make.done = done
    return make


async def decided(agent, answer):
    return await agent.run("go", approve=answer)


def sync_yes(question):
    return True


async def async_yes(question):
    await asyncio.sleep(0)
    return True


@pytest.mark.parametrize("answer", [sync_yes, async_yes, lambda q: HumanReply("approve")])
async def test_yes(shop, answer):
    result = await decided(shop(("pay", {"amount": 3})), answer)
    assert (result.output, shop.done) == ("paid 3", [("pay", 3)])


REFUSALS = {
    "false": (lambda q: False, "Error: a person rejected this call."),
    "none": (lambda q: None, "Error: a person rejected this call."),
    "words": (lambda q: "too dear", "Error: a person rejected this call. too dear"),
    "reply": (lambda q: HumanReply("reject", "no"), "Error: a person rejected this call. no"),
    "answer": (
        lambda q: HumanReply("answer", "rather not"),
        "Error: a person rejected this call. rather not",
    ),
    "retry": (lambda q: HumanReply("retry"), "Error: a person rejected this call."),
}


@pytest.mark.parametrize(("answer", "text"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_everything_but_yes_is_no(shop, answer, text):
    result = await decided(shop(("pay", {"amount": 3})), answer)
    assert (result.output, shop.done) == (text, [])
    assert result.usage.tool_calls == 0


async def test_edits_are_run_with_and_checked_again(shop):
    result = await decided(
        shop(("pay", {"amount": 3})), lambda q: HumanReply("approve", arguments={"amount": 1})
    )
    assert (result.output, shop.done) == ("paid 1", [("pay", 1)])
    result = await decided(
        shop(("pay", {"amount": 3})), lambda q: HumanReply("approve", arguments={"amount": "x"})
    )
    assert result.output.startswith("Error: the arguments of pay do not fit its schema")
    assert shop.done == [("pay", 1)]


async def test_the_question(shop):
    questions = []
    await decided(shop(("pay", {"amount": 3})), lambda q: questions.append(q) or True)
    (question,) = questions
    assert (question.kind, question.tool, question.agent) == ("approval", "pay", "buyer")
    assert question.message == "buyer wants to call pay"
    assert dict(question.arguments) == {"amount": 3}


async def test_a_bad_call_asks_nobody(shop):
    result = await decided(shop(("pay", {"amount": "x"})), lambda q: pytest.fail("asked"))
    assert result.output.startswith("Error: the arguments")


async def test_without_anybody_the_run_waits_for_a_decision(shop):
    result = await shop(("pay", {"amount": 3})).run("go")
    assert (result.status, result.exit_code, shop.done) == ("needs_approval", 8, [])
    assert (result.error.code, result.error.first.path) == ("AF5101", "tools.pay")
    with pytest.raises(DecisionNeededError):
        result.raise_for_status()


async def test_siblings_end_first_and_all_decisions_are_named(shop):
    result = await shop(("pay", {"amount": 1}), "look", ("pay", {"amount": 2})).run("go")
    assert shop.done == [("look",)]
    assert result.status == "needs_approval"
    assert len(result.error.diagnostics) == 2
    assert result.usage.tool_calls == 1


async def test_a_decision_of_a_delegated_agent_ends_the_run(shop, say, ask):
    worker = shop(("pay", {"amount": 1}))
    model = say(ask(("delegate_to_buyer", {"task": "buy"})), "never")
    team = Team(
        name="desk",
        process="hierarchical",
        manager_model=model,
        agents=[worker],
        tasks=[Task(name="t", description="d", agent=worker)],
    )
    async with asyncio.timeout(3):
        result = await team.run()
    assert (result.status, shop.done) == ("needs_approval", [])


async def test_decisions_of_tasks_at_once_are_all_named(shop):
    agent = shop(("pay", {"amount": 1}))
    tasks = [
        Task(name=f"t{n}", description="d", agent=agent, context=[], **{"async": True}) for n in range(2)
    ]
    async with asyncio.timeout(3):
        result = await Team(tasks=tasks).run()
    assert result.status == "needs_approval"
    assert len(result.error.diagnostics) == 2


async def test_a_callback_that_fails_is_named(shop):
    def broken(question):
        raise ValueError("no terminal")

    result = await decided(shop(("pay", {"amount": 1})), broken)
    assert (result.status, result.error.code, shop.done) == ("failed", "AF5102", [])
    assert result.error.first.reason == "ValueError: no terminal"


async def test_a_cancel_while_a_person_thinks(shop):
    there = asyncio.Event()

    async def think(question):
        there.set()
        await asyncio.Event().wait()

    run = asyncio.create_task(shop(("pay", {"amount": 1})).run("go", approve=think))
    await there.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert shop.done == []


async def test_the_events_of_a_decision(shop):
    agent = shop(("pay", {"amount": 1}))
    events = [e async for e in agent.stream("go", approve=lambda q: HumanReply("reject", "no"))]
    requested, decided_ = (e for e in events if e.type.startswith("approval"))
    assert requested.data["tool"] == "pay"
    assert (decided_.parent, decided_.data) == (requested.seq, {"decision": "reject", "text": "no"})
    events = [e async for e in agent.stream("go")]
    assert [e.type for e in events][-2:] == ["approval.requested", "run.suspended"]
