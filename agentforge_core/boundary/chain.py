"""Interceptors around every effect, outermost first, and the effect they pass along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

from agentforge_core.boundary.drive import Ticket
from agentforge_core.boundary.effects import Call, HumanInput, ModelCall, ToolCall
from agentforge_core.boundary.run import Run
from agentforge_core.boundary.scope import Scope
from agentforge_core.ir import Tool


class Effect:
    """One call on its way through the interceptors.

    Attributes:
        call: what is asked; an interceptor may replace it (an approver's edit).
        run: the run it belongs to.
        scope: the innermost scope it is charged to.
        ticket: its place in the drive.
        tool: the tool of a `ToolCall`; None when there is no such tool.
        tools: names of the tools the agent has, for messages.
        malformed: what the model wrote instead of a JSON object.
        parent: number of the event it happens within.
        seq: number of its `started` event; 0 before it has begun.
        attempt: how often it has begun.
    """

    __slots__ = (
        "attempt",
        "call",
        "malformed",
        "parent",
        "run",
        "scope",
        "seq",
        "ticket",
        "tool",
        "tools",
    )

    def __init__(self, call: Call, run: Run, scope: Scope, ticket: Ticket, parent: int | None = None) -> None:
        self.call = call
        self.run = run
        self.scope = scope
        self.ticket = ticket
        self.parent = parent
        self.tool: Tool | None = None
        self.tools: Sequence[str] = ()
        self.malformed: str | None = None
        self.seq = 0
        self.attempt = 0

    def begin(self, attempt: int | None = None) -> None:
        """Says that performing begins: emits the `started` event of this attempt."""
        self.attempt = self.attempt + 1 if attempt is None else attempt
        if not self.run.observed:
            return
        call = self.call
        if isinstance(call, ModelCall):
            data: dict[str, Any] = {"model": call.model, "attempt": self.attempt}
            self.seq = self.run.emit(
                "model.started", task=call.task, agent=call.agent, parent=self.parent, data=data
            )
        elif isinstance(call, ToolCall):
            data = {
                "tool": call.name,
                "arguments": dict(call.arguments),
                "id": call.id,
                "attempt": self.attempt,
            }
            self.seq = self.run.emit(
                "tool.started", task=call.task, agent=call.agent, parent=self.parent, data=data
            )


Perform = Callable[[Effect], Awaitable[Any]]
"""Answers an effect with the reply of its kind."""


class Interceptor(Protocol):
    """One layer: looks at the effect, asks the next layer, looks at the reply. Keeps no state of a run.

    Attributes:
        kinds: the kinds of calls it looks at; effects of others pass it by.
    """

    kinds: tuple[type[Call], ...]

    async def __call__(self, effect: Effect, proceed: Perform) -> Any:
        """Answers `effect`, usually with `await proceed(effect)`."""


def compose(interceptors: Sequence[Interceptor], perform: Perform) -> Perform:
    """One function that passes an effect through `interceptors`, outermost first, to `perform`."""
    chains: dict[type[Call], Perform] = {}

    def answer(effect: Effect) -> Awaitable[Any]:
        kind = type(effect.call)
        chain = chains.get(kind)
        if chain is None:
            chain = perform
            for interceptor in reversed(interceptors):
                if kind in interceptor.kinds:
                    chain = partial(interceptor, proceed=chain)
            chains[kind] = chain
        return chain(effect)

    return answer


__all__ = ["Effect", "HumanInput", "Interceptor", "Perform", "compose"]
