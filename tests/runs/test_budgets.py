"""Limits: N allowed means exactly N performed, wherever the limit stands."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading

import pytest

from agentforge_core import Agent, Limits, Model, Task, Team, tool

ENDLESS = {"reply": {"tool_calls": [{"name": "step", "arguments": {"n": 1}}]}}


@pytest.fixture
def steps():
    performed = []

    @tool(side_effects="none")
    async def step(n: int) -> str:
        performed.append(n)
        return "more"

    step_list = performed
    return step, step_list


@pytest.fixture
def endless(say):
    """Calls the same tool for ever."""
    return say(rules=[ENDLESS])


async def test_an_endless_loop_ends_at_the_default_limit(endless, steps):
    step, performed = steps
    result = await Agent(name="a", model=endless, tools=[step]).run("go")
    assert (result.status, result.exit_code) == ("budget_exceeded", 6)
    assert (result.usage.model_calls, result.usage.tool_calls) == (50, 50)
    assert len(performed) == 50
    assert result.error.first.message == "the limit of 50 model calls of the run is reached"


async def test_the_default_limit_of_tool_calls(say, ask, steps):
    step, performed = steps
    model = say(rules=[{"reply": ask(*[("step", {"n": n}) for n in range(7)])}])
    result = await Agent(name="a", model=model, tools=[step]).run("go")
    assert result.status == "budget_exceeded"
    assert len(performed) == result.usage.tool_calls == 200


@pytest.mark.parametrize("limit", [0, 1, 3])
async def test_model_calls_of_a_run(endless, steps, limit):
    step, performed = steps
    result = await Agent(name="a", model=endless, tools=[step]).run("go", limits={"model_calls": limit})
    assert result.status == "budget_exceeded"
    assert result.usage.model_calls == limit
    assert len(performed) == limit
    assert result.error.first.path == "limits"


@pytest.mark.parametrize("limit", [0, 1, 3])
async def test_tool_calls_of_an_agent(endless, steps, limit):
    step, performed = steps
    agent = Agent(name="a", model=endless, tools=[step], limits=Limits(tool_calls=limit))
    result = await agent.run("go")
    assert result.status == "budget_exceeded"
    assert len(performed) == limit
    assert result.error.first.path == "agents.a.limits"


async def test_exactly_enough_is_enough(say, ask, steps):
    step, performed = steps
    model = say(*[ask(("step", {"n": n})) for n in range(3)], "done")
    limits = {"model_calls": 4, "tool_calls": 3}
    result = await Agent(name="a", model=model, tools=[step]).run("go", limits=limits)
    assert (result.output, performed) == ("done", [0, 1, 2])


async def test_one_reply_with_too_many_calls(say, ask, steps):
    step, performed = steps
    model = say(ask(*[("step", {"n": n}) for n in range(5)]), "done")
    result = await Agent(name="a", model=model, tools=[step]).run("go", limits={"tool_calls": 2})
    assert result.status == "budget_exceeded"
    assert len(performed) <= 2
    assert result.usage.tool_calls == 2


async def test_a_higher_limit_replaces_the_default(say, steps):
    step, _performed = steps
    model = say(*[{"tool_calls": [{"name": "step", "arguments": {"n": n}}]} for n in range(60)], "done")
    agent = Agent(name="a", model=model, tools=[step])
    assert (await agent.run("go")).status == "budget_exceeded"
    assert (await agent.run("go", limits={"model_calls": 100})).output == "done"
    assert (await agent.model_copy(update={"limits": Limits(model_calls=61)}).run("go")).output == "done"


async def test_repeats(endless, say, ask, steps):
    step, performed = steps
    result = await Agent(name="a", model=endless, tools=[step]).run("go", limits={"repeats": 3})
    assert (result.status, performed) == ("budget_exceeded", [1, 1, 1])
    assert "3 identical tool calls" in result.error.first.message
    performed.clear()
    model = say(*[ask(("step", {"n": n})) for n in range(5)], "done")
    result = await Agent(name="a", model=model, tools=[step]).run("go", limits={"repeats": 1})
    assert (result.output, performed) == ("done", [0, 1, 2, 3, 4])


async def test_tokens(endless, steps):
    step, _performed = steps
    agent = Agent(name="a", model=endless, tools=[step])
    result = await agent.run("x" * 400, limits={"tokens": 1000})
    assert result.status == "budget_exceeded"
    spent = result.usage.input_tokens + result.usage.output_tokens
    assert 500 < spent <= 1000 + 20  # the last reply may go over by what it says
    none = await agent.run("x" * 400, limits={"tokens": 99})
    assert (none.status, none.usage.model_calls) == ("budget_exceeded", 0)


async def test_seconds_stop_what_hangs(say, ask):
    @tool(side_effects="none")
    async def hang() -> None:
        await asyncio.Event().wait()

    agent = Agent(name="a", model=say(ask("hang"), "done"), tools=[hang])
    clock = asyncio.get_running_loop().time
    started = clock()
    result = await agent.run("go", limits={"seconds": 0.05})
    assert (result.status, result.exit_code) == ("budget_exceeded", 6)
    assert "0.05 seconds of the run" in result.error.first.message
    result = await agent.model_copy(update={"limits": Limits(seconds=0.05)}).run("go")
    assert result.status == "budget_exceeded"
    assert "agent 'a'" in result.error.first.message
    assert clock() - started < 1


async def test_seconds_of_one_task_do_not_count_for_the_next(say, ask):
    @tool(side_effects="none")
    async def nap() -> None:
        await asyncio.sleep(0.03)

    model = say(ask("nap"), "done")
    agent = Agent(name="a", model=model, tools=[nap], limits=Limits(seconds=0.5))
    tasks = [Task(name=f"t{n}", description="d", agent=agent, limits=Limits(seconds=0.06)) for n in range(4)]
    result = await Team(tasks=tasks).run()
    assert (result.status, result.output) == ("succeeded", "done")


async def test_a_limit_of_a_task_is_for_each_task(say, ask, steps):
    step, performed = steps
    model = say(ask(("step", {"n": 1})), "done")
    agent = Agent(name="a", model=model, tools=[step])
    tasks = [Task(name=f"t{n}", description="d", agent=agent, limits=Limits(tool_calls=1)) for n in range(3)]
    result = await Team(tasks=tasks).run()
    assert (result.status, len(performed)) == ("succeeded", 3)
    tight = tasks[2].model_copy(update={"limits": Limits(tool_calls=0)})
    result = await Team(tasks=[*tasks[:2], tight]).run()
    assert (result.status, len(performed)) == ("budget_exceeded", 5)
    assert result.error.first.path == "tasks.t2.limits"


async def test_a_limit_of_an_agent_is_for_all_its_tasks(say, ask, steps):
    step, performed = steps
    model = say(ask(("step", {"n": 1})), "done")
    agent = Agent(name="a", model=model, tools=[step], limits=Limits(tool_calls=2))
    tasks = [Task(name=f"t{n}", description="d", agent=agent) for n in range(3)]
    result = await Team(tasks=tasks).run()
    assert (result.status, len(performed)) == ("budget_exceeded", 2)
    assert result.error.first.path == "agents.a.limits"


async def test_a_limit_of_a_team_is_for_all_of_it(say, ask, steps):
    step, performed = steps
    model = say(ask(("step", {"n": 1})), "done")
    agents = [Agent(name=f"a{n}", model=model, tools=[step]) for n in range(3)]
    tasks = [Task(name=f"t{n}", description="d", agent=a) for n, a in enumerate(agents)]
    result = await Team(name="desk", tasks=tasks, limits=Limits(tool_calls=2)).run()
    assert (result.status, len(performed)) == ("budget_exceeded", 2)
    assert result.error.first.path == "teams.desk.limits"


async def test_the_default_is_for_each_task(say, steps):
    step, _performed = steps
    model = say(*[{"tool_calls": [{"name": "step", "arguments": {"n": n}}]} for n in range(30)], "done")
    agent = Agent(name="a", model=model, tools=[step])
    tasks = [Task(name=f"t{n}", description="d", agent=agent) for n in range(3)]
    result = await Team(tasks=tasks).run()
    assert (result.status, result.usage.model_calls) == ("succeeded", 93)


async def test_what_costs_nothing_passes_any_limit_of_money(say, ask, steps):
    step, _ = steps
    agent = Agent(name="a", model=say(ask(("step", {"n": 1})), "done"), tools=[step])
    for limit in (0, 0.01):
        result = await agent.run("go", limits={"cost_usd": limit})
        assert (result.status, result.usage.cost_usd) == ("succeeded", 0.0)


@pytest.fixture
def endpoint():
    """A chat completions endpoint that reports no price, and no tokens unless told."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            message = {"role": "assistant", "content": "x" * 400}
            body = json.dumps(
                {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
            ).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
        server.shutdown()
        thread.join()


async def test_an_unknown_price_is_refused_before_it_is_paid(endpoint):
    url, asked = endpoint
    agent = Agent(name="a", model=Model(name="m", model="x/y", base_url=url))
    result = await agent.run("go", limits={"cost_usd": 100})
    assert (result.status, result.exit_code, asked) == ("budget_exceeded", 6, [])
    assert result.error.first.reason == "the price of 'm' is not known"
    free = await agent.run("go")
    assert (free.status, free.usage.cost_usd) == ("succeeded", None)


async def test_tokens_that_are_not_reported_are_estimated(endpoint):
    url, _ = endpoint
    agent = Agent(name="a", model=Model(name="m", model="x/y", base_url=url))
    usage = (await agent.run("y" * 40)).usage
    assert (usage.input_tokens, usage.output_tokens) == (10, 100)
    tasks = [Task(name=f"t{n}", description="y" * 40, agent=agent, context=[]) for n in range(3)]
    result = await Team(tasks=tasks, limits=Limits(tokens=225)).run()
    assert (result.status, result.usage.model_calls) == ("budget_exceeded", 2)
