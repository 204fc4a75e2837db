"""The interceptors without storage: trace, validate, approval, budget.

Their order is part of the contract: trace, validate, approval, budget, tool errors, performer. An invalid
call asks nobody and costs nothing; an approved call is counted; a retried one is counted once.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from agentforge_core.boundary.chain import Effect, Perform
from agentforge_core.boundary.effects import (
    HumanInput,
    HumanReply,
    ModelCall,
    ModelReply,
    ToolCall,
    ToolReply,
)
from agentforge_core.boundary.messages import Message
from agentforge_core.boundary.scope import Scope, exceeded
from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import DecisionNeededError
from agentforge_core.ir import validator_for

Approver = Callable[[HumanInput], Awaitable[HumanReply]]
"""Asks a person; raises `DecisionNeededError` when nobody is there to answer."""


class Trace:
    """Emits the `finished` event of every effect. Not in the chain of a run that nobody listens to."""

    kinds = (ModelCall, ToolCall)

    async def __call__(self, effect: Effect, proceed: Perform) -> Any:
        """Answers and reports the reply."""
        reply = await proceed(effect)
        if effect.attempt == 0:  # answered before it began: an invalid or refused call
            effect.begin()
        call = effect.call
        if isinstance(call, ModelCall):
            _model_finished(effect, call, reply)
        elif isinstance(call, ToolCall):
            data = {"tool": call.name, "id": call.id, "content": reply.content, "is_error": reply.is_error}
            effect.run.emit("tool.finished", task=call.task, agent=call.agent, parent=effect.seq, data=data)
        return reply


def _model_finished(effect: Effect, call: ModelCall, reply: ModelReply) -> None:
    data = {
        "model": call.model,
        "text": reply.text,
        "tool_calls": [
            {"id": t.id, "name": t.name, "arguments": t.malformed or dict(t.arguments)}
            for t in reply.tool_calls
        ],
        "finish_reason": reply.finish_reason,
        "input_tokens": reply.usage.input_tokens,
        "output_tokens": reply.usage.output_tokens,
        "cost_usd": reply.cost_usd,
        "attempts": reply.attempts,
    }
    effect.run.emit("model.finished", task=call.task, agent=call.agent, parent=effect.seq, data=data)


class Validate:
    """Refuses tool calls that name no tool or whose arguments break the schema: the model sees why."""

    kinds = (ToolCall,)

    async def __call__(self, effect: Effect, proceed: Perform) -> Any:
        """Answers an invalid call with an error text, passes on a valid one."""
        problem = invalid(effect)
        if problem is not None:
            return ToolReply(problem, is_error=True)
        return await proceed(effect)


def invalid(effect: Effect) -> str | None:
    """Why the tool call of `effect` cannot be made, in words for the model; None when it can."""
    call = effect.call
    assert isinstance(call, ToolCall)  # noqa: S101 - callers have looked
    if effect.tool is None:
        known = ", ".join(effect.tools) or "none"
        return f"Error: there is no tool named {call.name!r}. Available tools: {known}."
    if effect.malformed is not None:
        shown = effect.malformed if len(effect.malformed) <= 200 else effect.malformed[:200] + "..."
        return f"Error: the arguments of {call.name} are not a JSON object: {shown}"
    parameters = effect.tool.parameters
    if not parameters:
        return None
    validator, arguments = _validator(parameters), dict(call.arguments)
    try:
        if validator.is_valid(arguments):
            return None
        problems = [_say(e) for e in validator.iter_errors(arguments)]
    except ValueError as error:  # a framework put objects of its own in place of the model's values
        problems = [str(error)]
    return f"Error: the arguments of {call.name} do not fit its schema: " + "; ".join(problems[:5])


def _say(error: Any) -> str:
    where = ".".join(str(p) for p in error.instance_path)
    return f"{where}: {error.message}" if where else str(error.message)


_KEPT = 1024
_validators: dict[int, tuple[object, Any]] = {}


def _validator(schema: Mapping[str, Any]) -> Any:
    """The validator of a schema, kept as long as the very same object is used."""
    kept = _validators.get(id(schema))
    # The schema is kept with its validator, so that its id cannot pass to another one.
    if kept is not None and kept[0] is schema:
        return kept[1]
    if len(_validators) >= _KEPT:
        _validators.clear()
    validator = validator_for(schema)
    _validators[id(schema)] = (schema, validator)
    return validator


class Approve:
    """Asks a person before a tool with `approval: always`; an edited call is validated again."""

    kinds = (ToolCall,)

    def __init__(self, ask: Approver) -> None:
        self._ask = ask

    async def __call__(self, effect: Effect, proceed: Perform) -> Any:
        """Proceeds when the person agrees, else answers with the refusal."""
        call = effect.call
        assert isinstance(call, ToolCall)  # noqa: S101 - its only kind
        if effect.tool is None or effect.tool.approval == "never":
            return await proceed(effect)
        question = HumanInput(
            "approval",
            f"{call.agent} wants to call {call.name}",
            call.name,
            call.arguments,
            call.agent,
            call.task,
        )
        reply = await asked(effect, question, self._ask)
        if reply.decision != "approve":
            return ToolReply(f"Error: a person rejected this call. {reply.text}".strip(), is_error=True)
        return edited(effect, call, reply) or await proceed(effect)


def edited(effect: Effect, call: ToolCall, reply: HumanReply) -> ToolReply | None:
    """Puts a person's arguments into the call; the refusal when they do not fit its schema."""
    if reply.arguments is None:
        return None
    effect.call = ToolCall(call.name, dict(reply.arguments), call.id, call.agent, call.task)
    problem = invalid(effect)
    return None if problem is None else ToolReply(problem, is_error=True)


async def asked(effect: Effect, question: HumanInput, ask: Approver) -> HumanReply:
    """A person's reply to `question`, with the two events around it."""
    emit = partial(effect.run.emit, task=question.task, agent=question.agent)
    data = {
        "kind": question.kind,
        "message": question.message,
        "tool": question.tool,
        "arguments": dict(question.arguments),
    }
    seq = emit("approval.requested", parent=effect.parent, data=data)
    reply = await ask(question)
    emit("approval.decided", parent=seq, data={"decision": reply.decision, "text": reply.text})
    return reply


async def nobody(question: HumanInput) -> HumanReply:
    """Stands where no person can be asked.

    Raises:
        DecisionNeededError: always.
    """
    raise DecisionNeededError(
        Diagnostic(
            "AF5101",
            f"{question.message}, which needs a decision",
            path=f"tools.{question.tool}" if question.tool else None,
            reason="nobody was there to ask: no terminal and no approve= callback",
            hint="run it from a terminal, or pass approve= in Python",
        )
    )


class Budget:
    """Refuses the effect that would exceed a limit of any scope around it, before it is performed.

    Args:
        priced: whether the price of a model's replies will be known; a limit of money refuses the others.
    """

    kinds = (ModelCall, ToolCall)

    def __init__(self, priced: Callable[[str], bool]) -> None:
        self._priced = priced

    async def __call__(self, effect: Effect, proceed: Perform) -> Any:
        """Charges the effect to all scopes around it and passes it on.

        Raises:
            BudgetExceededError: a limit would be exceeded.
        """
        call = effect.call
        if isinstance(call, ModelCall):
            return await self._model(effect, call, proceed)
        if isinstance(call, ToolCall):
            self._tool(effect, call)
        return await proceed(effect)

    async def _model(self, effect: Effect, call: ModelCall, proceed: Perform) -> ModelReply:
        scopes = effect.scope.around
        estimate = _estimate(call.messages) if effect.scope.limited("tokens") else 0
        for scope in scopes:
            _check(scope, "model_calls", scope.model_calls + 1)
            spent = scope.input_tokens + scope.output_tokens + scope.reserved_tokens
            _check(scope, "tokens", spent + estimate)
            if "cost_usd" in scope.limits:
                if scope.unpriced or not self._priced(call.model):
                    raise exceeded(scope, "cost_usd", f"the price of {call.model!r} is not known")
                if 0 < scope.cost_usd >= scope.limits["cost_usd"]:
                    raise exceeded(scope, "cost_usd", f"{scope.cost_usd:.6g} is spent")
        for scope in scopes:
            scope.model_calls += 1
            scope.reserved_tokens += estimate
        try:
            reply: ModelReply = await proceed(effect)
        finally:
            for scope in scopes:
                scope.reserved_tokens -= estimate
        effect.scope.count_reply(reply, *_tokens(call, reply))
        return reply

    def _tool(self, effect: Effect, call: ToolCall) -> None:
        key = ""
        if effect.scope.limited("repeats"):
            key = call.name + json.dumps(call.arguments, sort_keys=True, default=str)
        for scope in effect.scope.around:
            _check(scope, "tool_calls", scope.tool_calls + 1)
            if key:
                _check(scope, "repeats", scope.repeats.get(key, 0) + 1)
        for scope in effect.scope.around:
            scope.tool_calls += 1
            if key:
                scope.repeats[key] = scope.repeats.get(key, 0) + 1


def _estimate(messages: Iterable[Message]) -> int:
    """Tokens of messages before they are counted by a provider: characters by four, the usual rule of thumb."""
    characters = sum(len(m.content) + sum(len(t.argument_text) for t in m.tool_calls) for m in messages)
    return characters // 4


def _tokens(call: ModelCall, reply: ModelReply) -> tuple[int, int]:
    """Input and output tokens as reported, estimated where not."""
    usage = reply.usage
    return (
        _estimate(call.messages) if usage.input_tokens is None else usage.input_tokens,
        _estimate([reply.as_message()]) if usage.output_tokens is None else usage.output_tokens,
    )


def _check(scope: Scope, name: str, would_be: float) -> None:
    limit = scope.limits.get(name)
    if limit is not None and would_be > limit:
        raise exceeded(scope, name, f"this would be {would_be:g}")
