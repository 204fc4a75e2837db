"""One error policy for tools, alike on every adapter: return to the model, fail, retry once, or ask."""

from __future__ import annotations

from typing import Any

from agentforge_core.boundary.chain import Effect, Perform
from agentforge_core.boundary.effects import HumanInput, ToolCall, ToolReply
from agentforge_core.boundary.interceptors import Approver, asked, edited
from agentforge_core.errors import ToolError


class ToolFailure(Exception):  # noqa: N818 - carried to the policy, never raised to a caller
    """A tool could not give a result; the text is what a model may see of it."""


class ToolErrors:
    """Turns a failed tool into what the tool's `on_error` says.

    Args:
        ask: asks a person, for `on_error: ask`.
    """

    kinds = (ToolCall,)

    def __init__(self, ask: Approver) -> None:
        self._ask = ask

    async def __call__(self, effect: Effect, proceed: Perform) -> Any:
        """Answers with the tool's reply, or with the error text.

        Raises:
            ToolError: under `fail`, or when the person asked gives up.
        """
        tool = effect.tool
        assert isinstance(effect.call, ToolCall)  # noqa: S101 - its only kind
        assert tool is not None  # noqa: S101 - validated before
        retries = 1 if tool.on_error == "retry" else 0
        while True:
            try:
                return await proceed(effect)
            except ToolFailure as failure:
                if retries and effect.run.verdict is None:
                    retries -= 1
                    continue
                if tool.on_error == "fail":
                    raise _failed(effect.call, failure) from failure
                if tool.on_error == "ask" and effect.run.verdict is None:
                    reply = await self._asked(effect, effect.call, failure)
                    if reply is None:
                        continue
                    return reply
                return ToolReply(f"Error: {failure}", is_error=True)

    async def _asked(self, effect: Effect, call: ToolCall, failure: ToolFailure) -> ToolReply | None:
        question = HumanInput(
            "tool_error", f"{call.name} failed: {failure}", call.name, call.arguments, call.agent, call.task
        )
        reply = await asked(effect, question, self._ask)
        if reply.decision in ("retry", "approve"):
            return edited(effect, call, reply)
        if reply.decision == "answer":
            return ToolReply(reply.text)
        raise _failed(call, failure) from failure


def _failed(call: ToolCall, failure: ToolFailure) -> ToolError:
    return ToolError.of(
        "AF4101",
        f"tool {call.name!r} failed",
        path=f"tools.{call.name}",
        subject=f"called by {call.agent!r}",
        reason=str(failure),
        hint="with on_error: return the model sees the error and may try something else",
    )
