"""Structured answers: checked, mended, refused, parsed."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from agentforge_core import Agent, Output, Task, Team
from agentforge_core.errors import OutputError


class Sum(BaseModel):
    total: int
    note: str = ""


GOOD = '{"total": 4}'


@pytest.mark.parametrize(
    "text",
    [GOOD, f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```", f"\n  ```json\n{GOOD}\n```  \n", f" {GOOD}\n"],
)
async def test_a_fitting_answer_is_parsed(say, text):
    result = await Agent(name="a", model=say(text), output=Sum).run("go")
    assert (result.status, result.output, result.usage.model_calls) == ("succeeded", {"total": 4}, 1)


@pytest.mark.parametrize(
    "bad", ["four", '{"total": "4"}', "{}", '{"total": NaN}', "[" * 100_000, "", f"So: {GOOD}"]
)
async def test_an_unfit_answer_is_mended(say, bad):
    model = say(rules=[{"when": {"user": "does not fit"}, "reply": {"text": GOOD}}, {"reply": {"text": bad}}])
    result = await Agent(name="a", model=model, output=Sum).run("go")
    assert (result.status, result.output, result.usage.model_calls) == ("succeeded", {"total": 4}, 2)


async def test_an_answer_that_stays_unfit_fails_the_run(say):
    model = say(rules=[{"reply": {"text": "four"}}])
    for repairs, calls in ((1, 2), (0, 1), (3, 4)):
        output = Output(schema=Sum.model_json_schema(), repairs=repairs)
        result = await Agent(name="a", model=model, output=output).run("go")
        assert (result.status, result.exit_code, result.output) == ("failed", 1, None)
        assert result.usage.model_calls == calls
        assert (result.error.code, result.error.first.path) == ("AF4301", "agents.a.output")
        with pytest.raises(OutputError):
            result.raise_for_status()


async def test_repairs_are_charged(say):
    model = say(rules=[{"reply": {"text": "four"}}])
    result = await Agent(name="a", model=model, output=Sum).run("go", limits={"model_calls": 1})
    assert (result.status, result.usage.model_calls) == ("budget_exceeded", 1)


async def test_the_output_of_a_task_goes_before_that_of_its_agent(say):
    agent = Agent(name="a", model=say('["x"]'), output=Sum)
    task = Task(name="t", description="d", agent=agent, output=Output(schema={"type": "array"}, repairs=0))
    assert (await task.run()).output == ["x"]
    plain = Task(name="t", description="d", agent=agent)
    assert (await plain.run()).status == "failed"


async def test_an_answer_in_the_middle_of_a_team(say):
    first = Agent(name="first", model=say(GOOD), output=Sum)
    model = say("I read {{user}}")
    last = Agent(name="last", model=model)
    result = await Team(
        tasks=[Task(name="1", description="d", agent=first), Task(name="2", description="d", agent=last)]
    ).run()
    assert GOOD in result.output


async def test_a_manager_is_bound_by_its_task_and_its_agents_by_their_own(say, ask):
    worker = Agent(name="worker", model=say(GOOD), output=Sum)

    def team(answer, **shape):
        manager = say(ask(("delegate_to_worker", {"task": "add"})), answer)
        task = Task(name="t", description="d", agent=worker, **shape)
        return Team(process="hierarchical", manager_model=manager, tasks=[task])

    result = await team("It is {{last_tool_result}}").run()
    assert (result.status, result.output) == ("succeeded", f"It is {GOOD}")
    result = await team(GOOD, output=Sum).run()
    assert (result.status, result.output) == ("succeeded", {"total": 4})
    result = await team("four, I think", output=Output(schema=Sum.model_json_schema(), repairs=0)).run()
    assert (result.status, result.error.code) == ("failed", "AF4301")


async def test_the_schema_is_on_the_call(say):
    """The offline model answers in the shape it is asked for."""
    result = await Agent(name="a", model="offline/rules", output=Sum).run("What is the total of 3 and 4?")
    assert result.status == "succeeded", result.error
    assert set(result.output) >= {"total"}
