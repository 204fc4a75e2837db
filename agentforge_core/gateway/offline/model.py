"""The model `offline/rules`: one conversation in, one message out, always the same for the same input."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from agentforge_core.boundary.effects import ModelCall, ModelReply
from agentforge_core.boundary.messages import ToolRequest, ToolSpec, Usage
from agentforge_core.gateway.offline.composing import answer, with_note
from agentforge_core.gateway.offline.conversation import Turn, turns
from agentforge_core.gateway.offline.filling import fill
from agentforge_core.gateway.offline.matching import Matcher
from agentforge_core.gateway.offline.planning import (
    MAX_ROUNDS,
    Arguments,
    Step,
    next_calls,
    same,
    steps_of,
)
from agentforge_core.gateway.offline.results import is_error
from agentforge_core.gateway.offline.schemas import Checker
from agentforge_core.gateway.offline.shaping import Material, shaped
from agentforge_core.gateway.offline.values import NOTHING
from agentforge_core.gateway.offline.words import stems

MODEL = "offline/rules"


def reply(call: ModelCall) -> ModelReply:
    """The next message of a conversation by rules alone.

    It plans tool calls for the clauses of the last request, fills their arguments from the text by the
    tools' schemas, and composes its answer from the results. Pure: no clock, no network, no randomness.

    Args:
        call: the conversation and the tools offered with it.

    Returns:
        Tool calls whose arguments validate against their schemas, or a final text. Usage is counted in
        fours of characters; the price is nought.
    """
    turn, steps = _reading(call)
    wishes = _wishes(call, turn, steps)
    if wishes:
        requests = tuple(
            ToolRequest(f"call_{turn.calls_before + n}", name, arguments)
            for n, (name, arguments) in enumerate(wishes, start=1)
        )
        return _made(call, "", requests)
    return _made(call, _text(call, turn, steps), ())


def _offered(call: ModelCall) -> tuple[ToolSpec, ...]:
    """The tools that may be called under the tool choice."""
    if call.tool_choice == "none":
        return ()
    if call.tool_choice in (None, "auto", "required"):
        return call.tools
    return tuple(t for t in call.tools if t.name == call.tool_choice)


def _reading(call: ModelCall) -> tuple[Turn, list[Step]]:
    """The request and its plan; a message that asks for no tool leaves the request before it standing."""
    read = turns(call)
    for turn in read:
        steps = steps_of(turn, call.tools if call.tool_choice == "none" else _offered(call))
        if steps or turn is read[-1]:
            return turn, steps
    raise AssertionError("a conversation has at least one reading")


def _wishes(call: ModelCall, turn: Turn, steps: list[Step]) -> list[tuple[str, Arguments]]:
    if call.tool_choice == "none":
        return []
    tools = _offered(call)
    wishes = next_calls(steps, turn, tools)
    if wishes or call.tool_choice in (None, "auto") or turn.rounds >= MAX_ROUNDS:
        return wishes
    return _forced(turn, steps, tools)


def _forced(turn: Turn, steps: list[Step], tools: Sequence[ToolSpec]) -> list[tuple[str, Arguments]]:
    """One call of the likeliest tool whose arguments can be made, because the caller insists on one."""
    material = _material(turn, steps, tuple(tools))
    for match in Matcher(tools).rank(stems(turn.task)):
        tool = match.tool
        arguments: Any = fill(tool.parameters, turn.task, turn.request).arguments
        if arguments is None and (material.results or turn.context):
            arguments = shaped(tool.parameters, material)
        if not isinstance(arguments, dict) or not Checker(tool.parameters)(arguments):
            continue
        if not any(d.request.name == tool.name and same(d.request.arguments, arguments) for d in turn.done):
            return [(tool.name, arguments)]
    return []


def _material(turn: Turn, steps: list[Step], tools: tuple[ToolSpec, ...]) -> Material:
    text = answer(turn, steps, tools)
    results = [d.result for d in turn.done if d.result is not None and not is_error(d.result)]
    return Material(turn.task, results, text, with_note(text))


def _text(call: ModelCall, turn: Turn, steps: list[Step]) -> str:
    """The final text: prose, or JSON when a schema of the answer is given."""
    material = _material(turn, steps, call.tools)
    if call.response_schema is None:
        return material.noted
    value = shaped(call.response_schema, material)
    return json.dumps({} if value is NOTHING else value, ensure_ascii=False)


def _made(call: ModelCall, text: str, requests: tuple[ToolRequest, ...]) -> ModelReply:
    went_in = sum(len(m.content) + sum(len(c.argument_text) for c in m.tool_calls) for m in call.messages)
    went_in += sum(len(t.name) + len(t.description) + len(json.dumps(t.parameters)) for t in call.tools)
    came_out = len(text) + sum(len(r.name) + len(r.argument_text) for r in requests)
    return ModelReply(
        text=text,
        tool_calls=requests,
        finish_reason="tool_calls" if requests else "stop",
        usage=Usage(went_in // 4, came_out // 4),
        model=MODEL,
        cost_usd=0.0,
    )
