"""Stops: the verdict comes back, at once, once, and nothing is left."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from agentforge_core.boundary.effects import ModelReply, ToolCall, ToolReply
from agentforge_core.boundary.messages import ToolRequest
from agentforge_core.errors import RunError
from agentforge_core.ir import Agent, Task, Team, Tool

TOOLS = tuple(
    Tool(name=n, python="m:f", description=n, parameters={"type": "object"}) for n in ("slow", "bad")
)
AGENT = Agent(name="a", model="x/y", tools=TOOLS)
NODES = {
    "agent": (AGENT, "agent"),
    "sequential": (
        Team(
            name="team",
            tasks=(
                Task(name="first", agent=AGENT, description="d", **{"async": True}),
                Task(name="second", agent=AGENT, description="d", context=()),
            ),
        ),
        "team",
    ),
    "hierarchical": (
        Team(
            name="team",
            process="hierarchical",
            tasks=(Task(name="t", agent=AGENT, description="d"),),
            manager_model="x/boss",
        ),
        "team",
    ),
}
STOP = RunError.of("AF5001", "enough")


class Scene:
    """Answers so that the run comes to `where`, and tells when it is there."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.there = asyncio.Event()
        self.running = 0

    async def wait(self) -> Any:
        self.there.set()
        self.running += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.running -= 1

    async def __call__(self, call: Any) -> Any:
        if isinstance(call, ToolCall):
            return await self.tool(call)
        if call.model == "x/boss" and call.messages[-1].role != "tool":
            work = {"task": "do it"}
            return ModelReply(
                "", (ToolRequest("m1", "delegate_to_a", work), ToolRequest("m2", "delegate_to_a", work))
            )
        if self.where == "model 1":
            return await self.wait()
        if self.where == "raise 1":
            raise STOP
        if call.messages[-1].role != "tool":
            names = ("slow", "bad") if "sibling" in self.where else ("slow",)
            return ModelReply("", tuple(ToolRequest(n, n) for n in names), "tool_calls")
        if self.where == "raise 2":
            raise STOP
        return await self.wait()

    async def tool(self, call: ToolCall) -> Any:
        if self.where in ("model 2", "raise 2"):
            return ToolReply("ok")
        if self.where == "raise tool" or call.name == "bad":
            if call.name == "bad":
                await self.there.wait()
            raise STOP
        return await self.wait()


async def ended(run: Any, scene: Scene, bench: Any, *, cancel: bool) -> float:
    """Seconds from the stop to the end of `run`."""
    task = asyncio.ensure_future(run)
    await asyncio.wait_for(scene.there.wait(), 5)
    for _ in range(5):
        await asyncio.sleep(0)
    begun = time.monotonic()
    if cancel:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    else:
        bench.run.stop(STOP)
        with pytest.raises(RunError) as caught:
            await task
        assert caught.value is STOP
    return time.monotonic() - begun


@pytest.mark.parametrize("unit", NODES)
@pytest.mark.parametrize("where", ["model 1", "model 2", "tool"])
@pytest.mark.parametrize("cancel", [False, True], ids=["verdict", "cancel"])
async def test_a_stop_from_outside(bench: Any, quiet: None, unit: str, where: str, cancel: bool) -> None:
    node, kind = NODES[unit]
    scene = Scene(where)
    b = bench(node, scene, kind=kind)
    assert await ended(b(), scene, b, cancel=cancel) < 1
    assert scene.running == 0
    calls = len(b.calls)
    await asyncio.sleep(0.01)
    assert len(b.calls) == calls


@pytest.mark.parametrize("unit", NODES)
@pytest.mark.parametrize("where", ["raise 1", "raise 2", "raise tool", "raise sibling"])
async def test_an_effect_that_ends_the_run(bench: Any, quiet: None, unit: str, where: str) -> None:
    node, kind = NODES[unit]
    scene = Scene(where)
    b = bench(node, scene, kind=kind)
    begun = time.monotonic()
    with pytest.raises(RunError) as caught:
        await b()
    assert caught.value is STOP
    assert time.monotonic() - begun < 1
    assert scene.running == 0
    calls = len(b.calls)
    await asyncio.sleep(0.01)
    assert len(b.calls) == calls


async def test_other_runs_on_the_same_object_go_on(bench: Any, quiet: None) -> None:
    go, all_there = asyncio.Event(), asyncio.Event()
    stopped: list[Any] = []

    async def answer(call: Any) -> Any:
        if isinstance(call, ToolCall):
            if len(b.tools) == 60:
                all_there.set()
            await go.wait()
            return ToolReply("ok")
        if call.messages[-1].role == "tool":
            return ModelReply("done")
        return ModelReply("", (ToolRequest("c", "slow"),), "tool_calls")

    b = bench(AGENT, answer)
    tasks = []
    for i in range(60):
        tasks.append(asyncio.ensure_future(b(f"q{i}")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if i % 3 == 0:
            stopped.append(b.run)
    await asyncio.wait_for(all_there.wait(), 5)
    for run in stopped:
        run.stop(STOP)
    go.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [o is STOP for o in outcomes] == [i % 3 == 0 for i in range(60)]
    assert all(o.text == "done" for i, o in enumerate(outcomes) if i % 3)
