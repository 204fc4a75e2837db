"""A run leaves nothing behind, and what all runs share is made once."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from agentforge_core import Agent, Limits, Model, tool
from agentforge_core.boundary.run import Run
from agentforge_core.boundary.scope import Scope
from agentforge_core.boundary.seat import Seat
from agentforge_core.errors import DocumentError
from agentforge_core.runs.threads import ToolThreads


@tool(side_effects="none")
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


def calculator() -> Agent:
    return Agent(name="calculator", instructions="Use the tools.", model="offline/rules", tools=[add])


def alive(*kinds: type) -> list[object]:
    return [found for found in gc.get_objects() if isinstance(found, kinds)]


@pytest.mark.parametrize("adapter", ["native", "langchain"])
async def test_a_run_is_freed_without_the_garbage_collector(adapter: str):
    if adapter != "native":
        pytest.importorskip(f"agentforge_{adapter}")
    agent = calculator()
    await agent.run("What is 2 + 2?", on=adapter)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            (await agent.run("What is 2 + 2?", on=adapter)).raise_for_status()
        await asyncio.sleep(0)
        assert alive(Seat, Run, Scope) == []
    finally:
        gc.enable()


async def test_a_key_that_is_set_after_a_refusal_is_seen(monkeypatch: pytest.MonkeyPatch):
    address = "http://127.0.0.1:9/v1"  # nobody listens there
    model = Model(name="closed", model="openai/x", base_url=address, api_key_env="A_KEY")
    agent = Agent(name="calculator", model=model, limits=Limits(model_calls=0))
    monkeypatch.delenv("A_KEY", raising=False)
    with pytest.raises(DocumentError, match="A_KEY"):
        await agent.run("What is 2 + 2?")
    monkeypatch.setenv("A_KEY", "a-key")
    assert (await agent.run("What is 2 + 2?")).status == "budget_exceeded"


async def test_a_tool_that_is_cancelled_before_a_thread_takes_it_never_runs():
    threads, gate, ran = ToolThreads(limit=1), threading.Event(), []
    first = asyncio.create_task(threads.run(gate.wait))
    second = asyncio.create_task(threads.run(lambda: ran.append("second")))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await first
    assert await threads.run(lambda: "third") == "third"
    assert ran == []


async def test_a_function_that_raises_stop_iteration_does_not_hang_its_caller():
    def stops() -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(ToolThreads().run(stops), 5)


def test_a_thread_whose_loop_has_ended_goes_on_with_the_next_job():
    threads, gate = ToolThreads(limit=1), threading.Event()

    async def leave() -> None:
        task = asyncio.create_task(threads.run(gate.wait))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    gate.set()
    assert asyncio.run(threads.run(lambda: "next")) == "next"
