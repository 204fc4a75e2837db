"""The host's end of the port for one driven unit: knows which call is which, and keeps the record.

Frameworks coerce arguments, drop text beside tool calls, reorder results and answer bad calls themselves.
So the host matches every tool call to the request of the model that asked for it, and puts its own record
back by call id before a conversation is sent: what a model sees is the same on every framework.
"""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Mapping, Sequence
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

    # -- the port -------------------------------------------------------------------------------

    @property
    def blocking(self) -> BlockingHost:
        """See `port.Host.blocking`. Made when asked for: kept, the two would hold each other."""
        return _Blocking(self)

    def model(self, call: ModelCall) -> Coroutine[Any, Any, ModelReply]:
        """See `port.Host.model`."""
        return self._drive.effect(Ticket(None), self._model, call)

    def tool(self, call: ToolCall) -> Coroutine[Any, Any, ToolReply]:
        """See `port.Host.tool`."""
        return self._drive.effect(Ticket(STOPPED), self._tool, call)

    def ask(self, question: HumanInput) -> Coroutine[Any, Any, HumanReply]:
        """See `port.Host.ask`."""
        return self._drive.effect(Ticket(None), self._ask, question)

    def task_output(self, task: str, text: str) -> Coroutine[Any, Any, str]:
        """See `port.Host.task_output`."""
        return self._drive.effect(Ticket(None), self._task_output, (task, text))

    def note(
        self, kind: NoteKind, agent: str, *, task: str | None = None, data: Mapping[str, Any] | None = None
    ) -> None:
        """See `port.Host.note`."""
        self._drive.call_soon(lambda: self._members.note(kind, agent, task, data))

    def close(self) -> None:
        """Lets go of the run once it has ended: timers and threads keep the context, and so this seat."""
        del self._perform, self._members, self._records

    # -- performing -----------------------------------------------------------------------------

    async def _model(self, call: ModelCall, ticket: Ticket) -> ModelReply:
        call = self._members.placed(call)
        record = self._record(call)
        messages = await self._restored(record, call)
        schema = call.response_schema or self._members.schema_of(call.agent, call.task)
        if messages is not call.messages or schema is not call.response_schema:
            call = ModelCall(
                call.model, messages, call.tools, call.tool_choice, schema, call.agent, call.task
            )
        effect = self._effect(call, ticket)
        reply: ModelReply = _distinct(await self._perform(effect), record.replies)
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
        request = _match(record, call)
        if request is not None:
            del record.open[request.id]
            call = ToolCall(call.name, request.arguments, request.id, call.agent, call.task)
        effect = self._tool_effect(call, request, ticket)
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
        effect.ticket.nested = True
        return ToolReply(await control(call.arguments, call.agent, effect.parent))

    async def _ask(self, question: HumanInput, ticket: Ticket) -> HumanReply:
        reply: HumanReply = await self._perform(self._effect(question, ticket))
        return reply

    async def _task_output(self, ended: tuple[str, str], ticket: Ticket) -> str:  # noqa: ARG002
        return await self._members.task_output(self, *ended)

    def _effect(self, call: Any, ticket: Ticket) -> Effect:
        members = self._members
        return Effect(
            call, members.run, members.scope_of(call.agent, call.task), ticket, members.parent_of(call)
        )

    def _tool_effect(self, call: ToolCall, request: ToolRequest | None, ticket: Ticket) -> Effect:
        effect = self._effect(call, ticket)
        effect.tool, effect.tools = self._members.tool_of(call)
        effect.malformed = request.malformed if request is not None else None
        return effect

    def _record(self, call: ModelCall | ToolCall) -> _Record:
        key = (call.task, call.agent)
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record()
        return record

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
        if request is not None:
            asked = ToolCall(request.name, request.arguments, request.id, call.agent, call.task)
            ticket = Ticket(STOPPED)
            if invalid(self._tool_effect(asked, request, ticket)) is not None:
                # The framework answered a bad call itself; the host's words are the same everywhere.
                await self._tool(asked, ticket)
        result = record.results.get(key)
        if result is None or result.content == message.content:
            return message
        return replace(message, content=result.content)


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


def _match(record: _Record, call: ToolCall) -> ToolRequest | None:
    """The request that `call` answers: by id, else by name and equal arguments, the last reply's first."""
    if call.id is not None:
        return record.open.get(call.id)
    same = [
        r for r in record.open.values() if r.name == call.name and dict(r.arguments) == dict(call.arguments)
    ]
    last = {r.id for r in record.last[1].tool_calls} if record.last is not None else ()
    return next((r for r in same if r.id in last), same[0] if same else None)


def _distinct(reply: ModelReply, taken: Collection[str]) -> ModelReply:
    """`reply` with ids that no request before it has: some providers count anew in each reply."""
    ids = [r.id for r in reply.tool_calls]
    if len(set(ids)) == len(ids) and not any(i in taken for i in ids):
        return reply
    used, requests = set(taken), []
    for request in reply.tool_calls:
        unique, number = request.id, 2
        while unique in used:
            unique, number = f"{request.id}_{number}", number + 1
        used.add(unique)
        requests.append(replace(request, id=unique))
    return replace(reply, tool_calls=tuple(requests))


class _Blocking:
    """The twins for threads."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def model(self, call: ModelCall) -> ModelReply:
        seat = self._seat
        return seat._drive.effect_blocking(Ticket(None), seat._model, call)  # noqa: SLF001

    def tool(self, call: ToolCall) -> ToolReply:
        seat = self._seat
        return seat._drive.effect_blocking(Ticket(STOPPED), seat._tool, call)  # noqa: SLF001

    def ask(self, question: HumanInput) -> HumanReply:
        seat = self._seat
        return seat._drive.effect_blocking(Ticket(None), seat._ask, question)  # noqa: SLF001

    def task_output(self, task: str, text: str) -> str:
        seat = self._seat
        return seat._drive.effect_blocking(Ticket(None), seat._task_output, (task, text))  # noqa: SLF001
