"""The final answer: checked against its output schema, mended by the model, or refused with a reason."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from agentforge_core.boundary.messages import Message, strict_json
from agentforge_core.boundary.seat import Seat
from agentforge_core.errors import OutputError
from agentforge_core.ir import Output, validator_for

_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(?P<body>.*)\n\s*```\s*$", re.DOTALL)


async def fitting(seat: Seat, output: Output, text: str, *, task: str | None, agent: str) -> str:
    """`text` as it is when it fits `output`, else what the model makes of it in the repairs allowed.

    Raises:
        OutputError: it still does not fit.
    """
    problem = misfit(output, text)
    repairs = 0
    while problem is not None and repairs < output.repairs:
        last = seat.last(task, agent)
        if last is None:
            break
        repairs += 1
        call, _ = last
        messages = (*call.messages, Message("assistant", text), Message("user", _ask_again(problem)))
        reply = await seat.model(replace(call, messages=messages, tools=(), tool_choice=None))
        text = reply.text
        problem = misfit(output, text)
    if problem is None:
        return text
    node = f"tasks.{task}" if task else f"agents.{agent}"
    raise OutputError.of(
        "AF4301",
        f"the answer of {agent!r} does not fit its output schema",
        path=f"{node}.output",
        reason=problem,
        hint=f"after {repairs} of {output.repairs} repairs; allow more with output.repairs, or loosen the schema",
    )


def parsed(text: str) -> Any:
    """The JSON value of an answer, a code fence around it taken off.

    Raises:
        ValueError: it is not JSON.
    """
    fenced = _FENCE.match(text)
    return strict_json(fenced["body"] if fenced else text)


def misfit(output: Output, text: str) -> str | None:
    """Why `text` does not fit `output`, None when it does."""
    try:
        value = parsed(text)
    except ValueError as error:
        return f"it is not JSON ({error})"
    problems = []
    for found in validator_for(output.schema_).iter_errors(value):
        where = ".".join(str(p) for p in found.instance_path)
        problems.append(f"{where}: {found.message}" if where else found.message)
    return "; ".join(problems[:5]) or None


def _ask_again(problem: str) -> str:
    return (
        f"Your answer does not fit the required JSON Schema: {problem}. "
        "Answer again with nothing but JSON that fits it."
    )
