"""A rig that runs toy frameworks on the host's own drive, seat and interceptors."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from agentforge_core import Agent
from agentforge_core.boundary.chain import compose
from agentforge_core.boundary.drive import Drive
from agentforge_core.boundary.effects import ModelCall, ModelReply, ToolCall
from agentforge_core.boundary.interceptors import Approve, Budget, Trace, Validate, nobody
from agentforge_core.boundary.members import Members
from agentforge_core.boundary.messages import Message, ToolRequest, Usage
from agentforge_core.boundary.run import Run
from agentforge_core.boundary.scope import Scope
from agentforge_core.boundary.seat import Seat
from agentforge_core.boundary.tool_errors import ToolErrors
from agentforge_core.ir import link
from agentforge_core.runs.perform import Performer


def asks(*calls: tuple[str, dict[str, Any] | str] | tuple[str, dict[str, Any] | str, str], text: str = ""):
    """A reply that asks for tools: name, arguments (text is malformed), id."""
    requests = []
    for number, (name, arguments, *rest) in enumerate(calls):
        request_id = rest[0] if rest else f"c{number}"
        if isinstance(arguments, str):
            requests.append(ToolRequest.parse(request_id, name, arguments))
        else:
            requests.append(ToolRequest(request_id, name, arguments))
    return ModelReply(text, tuple(requests), "tool_calls", Usage(1, 1), "toy", 0.0)


def says(text: str):
    return ModelReply(text, (), "stop", Usage(1, 1), "toy", 0.0)


class Models:
    """Answers model calls from a list; an entry may be a coroutine function of the call."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.calls: list[ModelCall] = []

    async def answer(self, call: ModelCall, listener: Any = None) -> ModelReply:
        number = len(self.calls)
        self.calls.append(call)
        reply = self.replies[min(number, len(self.replies) - 1)]
        return reply if isinstance(reply, ModelReply) else await reply(call)

    def priced(self, name: str) -> bool:
        return True


@dataclass
class Rig:
    """One run of one toy."""

    models: Models
    tools: list[Any] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    approve: Any = nobody
    observed: bool = True

    def __post_init__(self) -> None:
        self.events: list[Any] = []
        self.run = Run("r", Scope("run", "r", self.limits), self.events.append if self.observed else None)
        program = link(Agent(name="a", model="toy/toy", tools=self.tools))
        chain = (
            Trace(),
            Validate(),
            Approve(self.approve),
            Budget(self.models.priced),
            ToolErrors(self.approve),
        )
        perform = compose(chain, Performer(self.models, self.approve))
        self.members = Members(self.run, program, self.run.scope, "a", None, None, lambda kind, name: {})
        self.drive = Drive(self.run, "toy 1.0")
        self.seat = Seat(self.drive, perform, self.members)

    def start(self, framework: Callable[[Any], Any]) -> asyncio.Task[Any]:
        return asyncio.create_task(self.drive.run(self.seat, lambda: framework(self.seat)))

    async def drive_it(self, framework: Callable[[Any], Any]) -> Any:
        return await self.start(framework)


@pytest.fixture
def toys():
    """What tests build toys from."""

    class Kit:
        pass

    kit = Kit()
    kit.Rig, kit.Models, kit.asks, kit.says = Rig, Models, asks, says
    kit.ModelCall, kit.ToolCall, kit.Message = ModelCall, ToolCall, Message
    return kit


@pytest.fixture
async def clean(caplog, capfd):
    """Nothing may be left: no task, no thread of the framework, nothing printed, logged or handed to the loop."""
    loop = asyncio.get_running_loop()
    complaints: list[Any] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    threads = set(threading.enumerate())
    caplog.set_level(logging.WARNING)
    yield
    gc.collect()
    await asyncio.sleep(0)
    left = [t.name for t in threading.enumerate() if t not in threads and t.name.startswith("toy")]
    assert left == []
    assert complaints == []
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
