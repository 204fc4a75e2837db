"""The host's end of the port for one driven unit: knows which call is which, and keeps the record.

Frameworks coerce arguments, drop text beside tool calls, reorder results and answer bad calls themselves.
So the host matches every tool call to the request of the model that asked for it, and puts its own record
back by call id before a conversation is sent: what a model sees is the same on every framework.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agentforge_core.boundary.chain import Effect, Perform
from agentforge_core.boundary.drive import Drive, Ticket
from agentforge_core.boundary.effects import (
    HumanInput,
    HumanReply,
    ModelCall,
    ModelReply,
    ToolCall,
    ToolReply,
)
from agentforge_core.boundary.interceptors import invalid
from agentforge_core.boundary.members import Members
from agentforge_core.boundary.messages import Message, ToolRequest
from agentforge_core.boundary.port import BlockingHost, NoteKind

STOPPED = ToolReply("(stopped)", is_error=True)
"""What a tool wrapper gets when its run was stopped; it never reaches a model."""


class _Record:
    """What one agent's conversation asked for and got."""

    __slots__ = ("last", "open", "replies", "results")

    def __init__(self) -> None:
        self.open: dict[str, ToolRequest] = {}
        self.replies: dict[str, Message] = {}
        self.results: dict[str, ToolReply] = {}
        self.last: tuple[ModelCall, ModelReply] | None = None


class Seat:
    """Implements `port.Host`.

    Args:
        drive: carries the effects.
        perform: the interceptor chain.
        members: the agents of the unit: their tools, scopes and places in the trace.
    """

    def __init__(self, drive: Drive, perform: Perform, members: Members) -> None:
        self._drive = drive
        self._perform = perform
        self._members = members
        self._records: dict[tuple[str | None, str], _Record] = {}
        self.blocking: BlockingHost = _Blocking(self)

    # -- the port -------------------------------------------------------------------------------

    async def model(self, call: ModelCall) -> ModelReply:
        """See `port.Host.model`."""
        ticket = Ticket(None)
        return await self._drive.effect(ticket, lambda: self._model(call, ticket))

    async def tool(self, call: ToolCall) -> ToolReply:
        """See `port.Host.tool`."""
        ticket = Ticket(STOPPED)
        return await self._drive.effect(ticket, lambda: self._tool(call, ticket))

    async def ask(self, question: HumanInput) -> HumanReply:
        """See `port.Host.ask`."""
        ticket = Ticket(None)
        return await self._drive.effect(ticket, lambda: self._ask(question, ticket))

    async def task_output(self, task: str, text: str) -> str:
        """See `port.Host.task_output`."""
        ticket = Ticket(None)
        return await self._drive.effect(ticket, lambda: self._members.task_output(self, task, text))

    def note(
        self, kind: NoteKind, agent: str, *, task: str | None = None, data: Mapping[str, Any] | None = None
    ) -> None:
        """See `port.Host.note`."""
        self._drive.call_soon(lambda: self._members.note(kind, agent, task, data))

    # -- performing -----------------------------------------------------------------------------

    async def _model(self, call: ModelCall, ticket: Ticket) -> ModelReply:
        call = self._members.placed(call)
        record = self._record(call)
        messages = await self._restored(record, call)
        schema = call.response_schema or self._members.schema_of(call.agent, call.task)
        call = replace(call, messages=messages, response_schema=schema)
        effect = self._effect(call, ticket)
        reply: ModelReply = await self._perform(effect)
        record.last = (call, reply)
        if reply.tool_calls:
            message = reply.as_message()
            for request in reply.tool_calls:
                record.open[request.id] = request
                record.replies[request.id] = message
        return reply

    async def _tool(self, call: ToolCall, ticket: Ticket) -> ToolReply:
        call = self._members.placed(call)
        record = self._record(call)
        request = _match(record.open, call)
        effect = self._effect(call, ticket)
        effect.tool, effect.tools = self._members.tool_of(call)
        if request is not None:
            del record.open[request.id]
            effect.call = call = replace(call, id=request.id, arguments=request.arguments)
            effect.malformed = request.malformed
        reply = await self._controlled(effect, call)
        if reply is None:
            reply = await self._perform(effect)
        if request is not None:
            record.results[request.id] = reply
        return reply

    async def _controlled(self, effect: Effect, call: ToolCall) -> ToolReply | None:
        """The reply of a control-flow tool: no effect, not counted, its work has events of its own."""
        control = self._members.controls.get(call.name)
        if control is None:
            return None
        problem = invalid(effect)
        if problem is not None:
            return ToolReply(problem, is_error=True)
        return ToolReply(await control(call.arguments, call.agent))

    async def _ask(self, question: HumanInput, ticket: Ticket) -> HumanReply:
        reply: HumanReply = await self._perform(self._effect(question, ticket))
        return reply

    def _effect(self, call: Any, ticket: Ticket) -> Effect:
        members = self._members
        return Effect(
            call, members.run, members.scope_of(call.agent, call.task), ticket, members.parent_of(call)
        )

    def _record(self, call: ModelCall | ToolCall) -> _Record:
        return self._records.setdefault((call.task, call.agent), _Record())

    # -- the record -----------------------------------------------------------------------------

    def last(self, task: str | None, agent: str) -> tuple[ModelCall, ModelReply] | None:
        """The last model call of an agent on a task, with its reply."""
        record = self._records.get((task, agent))
        return record.last if record else None

    async def _restored(self, record: _Record, call: ModelCall) -> tuple[Message, ...]:
        """The conversation with the host's own replies and results put back, results in call order."""
        if not record.replies:
            return call.messages
        restored: list[Message] = []
        group: list[Message] = []
        for message in call.messages:
            if message.role == "tool":
                group.append(await self._result(record, message, call))
                continue
            restored += _in_order(group, restored)
            group = []
            restored.append(_own(record, message))
        restored += _in_order(group, restored)
        return tuple(restored)

    async def _result(self, record: _Record, message: Message, call: ModelCall) -> Message:
        key = message.tool_call_id or ""
        request = record.open.get(key)
        if request is not None and self._answers_itself(request, call):
            # The framework answered a bad call in its own words; the host's words are the same everywhere.
            await self._tool(
                ToolCall(request.name, request.arguments, request.id, call.agent, call.task), Ticket(STOPPED)
            )
        result = record.results.get(key)
        return message if result is None else replace(message, content=result.content)

    def _answers_itself(self, request: ToolRequest, call: ModelCall) -> bool:
        tool, _ = self._members.tool_of(ToolCall(request.name, {}, None, call.agent, call.task))
        return tool is None or request.malformed is not None


def _own(record: _Record, message: Message) -> Message:
    if message.role != "assistant" or not message.tool_calls:
        return message
    return record.replies.get(message.tool_calls[0].id, message)


def _in_order(results: list[Message], before: Sequence[Message]) -> list[Message]:
    """Tool messages in the order of the calls they answer."""
    if len(results) < 2:
        return results
    asked = before[-1].tool_calls if before else ()
    place = {request.id: i for i, request in enumerate(asked)}
    return sorted(results, key=lambda m: place.get(m.tool_call_id or "", len(place)))


def _match(open_: Mapping[str, ToolRequest], call: ToolCall) -> ToolRequest | None:
    """The request that `call` answers: by id, else the first of that name with equal arguments, else None."""
    if call.id is not None:
        return open_.get(call.id)
    same = [r for r in open_.values() if r.name == call.name]
    return next((r for r in same if dict(r.arguments) == dict(call.arguments)), None)


class _Blocking:
    """The twins for threads."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def model(self, call: ModelCall) -> ModelReply:
        ticket = Ticket(None)
        seat = self._seat
        return seat._drive.effect_blocking(ticket, lambda: seat._model(call, ticket))  # noqa: SLF001

    def tool(self, call: ToolCall) -> ToolReply:
        ticket = Ticket(STOPPED)
        seat = self._seat
        return seat._drive.effect_blocking(ticket, lambda: seat._tool(call, ticket))  # noqa: SLF001

    def ask(self, question: HumanInput) -> HumanReply:
        ticket = Ticket(None)
        seat = self._seat
        return seat._drive.effect_blocking(ticket, lambda: seat._ask(question, ticket))  # noqa: SLF001

    def task_output(self, task: str, text: str) -> str:
        ticket = Ticket(None)
        seat = self._seat
        return seat._drive.effect_blocking(ticket, lambda: seat._members.task_output(seat, task, text))  # noqa: SLF001
