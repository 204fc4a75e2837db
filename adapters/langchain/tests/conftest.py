"""The real boundary around lowered units; only what answers an effect is the test's."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agentforge_core.adapter import Lowered, Output, RunInput, Unit
from agentforge_core.boundary.chain import Effect, compose
from agentforge_core.boundary.drive import Drive
from agentforge_core.boundary.effects import Call, ModelCall, ToolCall
from agentforge_core.boundary.events import Event
from agentforge_core.boundary.interceptors import Trace, Validate
from agentforge_core.boundary.members import Members
from agentforge_core.boundary.run import Run
from agentforge_core.boundary.scope import Scope
from agentforge_core.boundary.seat import Seat
from agentforge_core.delegation import with_manager
from agentforge_core.ir import link
from agentforge_core.lowering import LoweringContext
from agentforge_langchain import ADAPTER

Answer = Callable[[Any], Any | Awaitable[Any]]


class Bench:
    """One lowered unit, to be run often.

    Attributes:
        calls: every effect that was performed, of all runs, in order.
        events: every event, of all runs.
        diagnostics: what the lowering said.
        run: the run that was begun last.
    """

    def __init__(self, *nodes: Any, kind: str, name: str, answer: Answer) -> None:
        self.program = link(*nodes)
        self.kind, self.name, self.answer = kind, name, answer
        self.calls: list[Call] = []
        self.events: list[Event] = []
        context = LoweringContext("langchain")
        self.lowered: Lowered = ADAPTER.lower(Unit(kind, name, self.program), context)  # type: ignore[arg-type]
        self.diagnostics = context.settle()
        self.run: Run | None = None
        if kind == "team" and self.program.teams[name].process == "hierarchical":
            self.program = with_manager(self.program, self.program.teams[name])

    @property
    def models(self) -> list[ModelCall]:
        """The model calls among `calls`."""
        return [c for c in self.calls if isinstance(c, ModelCall)]

    @property
    def tools(self) -> list[ToolCall]:
        """The tool calls among `calls`."""
        return [c for c in self.calls if isinstance(c, ToolCall)]

    async def __call__(self, prompt: str = "go", *, task: str | None = None, body: Any = None) -> Output:
        """Runs the unit, or `body(seat)` in its place."""
        run = self.run = Run("run", Scope("run", "run"), self.events.append)
        agent = self.name if self.kind == "agent" else ""
        members = Members(run, self.program, run.scope, agent, task, None, lambda _kind, _name: {})
        drive = Drive(run, "langchain")
        seat = Seat(drive, compose((Trace(), Validate()), self._perform), members)
        start = body or (lambda seat: self.lowered.run(RunInput(prompt, task), seat))
        return await drive.run(seat, lambda: start(seat))

    async def _perform(self, effect: Effect) -> Any:
        effect.begin()
        self.calls.append(effect.call)
        reply = self.answer(effect.call)
        return await reply if inspect.isawaitable(reply) else reply


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """Makes a bench for an agent: `bench(agent, answer)`, or a team: `bench(team, answer, kind="team")`."""

    def make(node: Any, answer: Answer, *, kind: str = "agent") -> Bench:
        return Bench(node, kind=kind, name=node.name, answer=answer)

    return make


@pytest.fixture
async def quiet(capfd: pytest.CaptureFixture[str]) -> Any:
    """Fails the test when it leaves tasks behind, prints, or lets an exception go unseen."""
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left
    assert not unseen
    assert capfd.readouterr() == ("", "")
