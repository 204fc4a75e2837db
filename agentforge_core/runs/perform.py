"""The innermost layer: what really answers an effect."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ArgsKwargs, PydanticSerializationError, to_json

from agentforge_core.boundary.chain import Effect
from agentforge_core.boundary.drive import PROTECTED_SECONDS
from agentforge_core.boundary.effects import HumanInput, ModelCall, ToolCall, ToolReply
from agentforge_core.boundary.interceptors import Approver, asked
from agentforge_core.boundary.tool_errors import ToolFailure
from agentforge_core.diagnostics import Diagnostic, Severity
from agentforge_core.gateway import ModelRouter
from agentforge_core.ir import Tool, format_path
from agentforge_core.ir.callables import adapter_of, is_async
from agentforge_core.runs.threads import THREADS


class Performer:
    """Answers model calls by the gateway, tool calls by their functions, questions by a person.

    Args:
        models: answers model calls.
        ask: answers questions.
    """

    def __init__(self, models: ModelRouter, ask: Approver) -> None:
        self._models = models
        self._ask = ask

    async def __call__(self, effect: Effect) -> Any:
        """The reply to `effect`."""
        if effect.run.verdict is not None:
            # An interceptor, or the person it asked, has swallowed the cancel.
            raise asyncio.CancelledError
        call = effect.call
        if isinstance(call, ModelCall):
            listener = _Listener(effect) if effect.run.deltas else None
            if listener is None:
                effect.begin()
            reply = await self._models.answer(call, listener)
            if reply.finish_reason in _CUT_SHORT:
                effect.run.diagnose(_cut_short(call, reply.finish_reason))
            return reply
        if isinstance(call, ToolCall):
            effect.begin()
            assert effect.tool is not None  # noqa: S101 - validated before
            return await _tool(effect, effect.tool, call.arguments)
        assert isinstance(call, HumanInput)  # noqa: S101 - the closed list of effects
        return await asked(effect, call, self._ask)


_CUT_SHORT = {
    "length": "the reply reached its length limit",
    "content_filter": "the provider's content filter ended the reply",
}


def _cut_short(call: ModelCall, reason: str) -> Diagnostic:
    return Diagnostic(
        "AF4024",
        f"a reply of model {call.model!r} was cut short",
        Severity.WARNING,
        path=format_path(("agents", call.agent)),
        reason=_CUT_SHORT[reason],
        hint="raise max_tokens of the model" if reason == "length" else None,
    )


class _Listener:
    """Makes events of what the gateway tells while it answers."""

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self._index = 0

    def on_attempt(self, attempt: int) -> None:
        self._index = 0
        self._effect.begin(attempt)

    def on_delta(self, text: str) -> None:
        effect = self._effect
        call = effect.call
        data = {"text": text, "attempt": effect.attempt, "index": self._index}
        self._index += 1
        assert isinstance(call, ModelCall)  # noqa: S101 - only model calls are listened to
        effect.run.emit(
            "text.delta", task=call.task, agent=call.agent, parent=effect.parent, data=data, seq=effect.seq
        )


async def _tool(effect: Effect, tool: Tool, arguments: Mapping[str, Any]) -> ToolReply:
    if tool.side_effects == "once":
        effect.ticket.protected = tool.timeout_s or PROTECTED_SECONDS
    clock = None if tool.timeout_s is None else asyncio.timeout(tool.timeout_s)
    try:
        if clock is None:
            return ToolReply(await _content(tool, arguments))
        async with clock:
            return ToolReply(await _content(tool, arguments))
    except BaseException as error:
        if _passes(error):
            raise
        if isinstance(error, TimeoutError) and clock is not None and clock.expired():
            raise ToolFailure(f"{tool.name} took longer than {tool.timeout_s:g} s") from error
        raise _failure(error) from error
    finally:
        effect.ticket.protected = 0.0


async def _content(tool: Tool, arguments: Mapping[str, Any]) -> str:
    function = tool.function
    if function is None:
        raise ToolFailure(f"{tool.name} is not loaded")
    validate = adapter_of(function).validate_python
    given = ArgsKwargs((), dict(arguments))
    if is_async(function):
        return _text(tool, await validate(given))

    def in_thread() -> Any:
        try:
            value = validate(given)
            return value if inspect.isawaitable(value) else _text(tool, value)
        except BaseException as error:
            raise _failure(error) from error

    value = await THREADS.run(in_thread)
    return _text(tool, await value) if inspect.isawaitable(value) else str(value)


def _passes(error: BaseException) -> bool:
    """Whether `error` is not the tool's own: the host cancels, the user presses Ctrl-C, the loop ends."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    if isinstance(error, KeyboardInterrupt):
        return threading.current_thread() is threading.main_thread()
    return isinstance(error, GeneratorExit)


def _failure(error: BaseException) -> ToolFailure:
    if isinstance(error, ToolFailure):
        return error
    return ToolFailure(_unfit(error) if isinstance(error, ValidationError) else _words(error))


def _text(tool: Tool, value: Any) -> str:
    """What the model sees of a result: text as it is, everything else as JSON."""
    if isinstance(value, str):
        # Half a surrogate pair, as in names of files that are not UTF-8, cannot be sent.
        return value.encode(errors="replace").decode()
    try:
        return to_json(value, inf_nan_mode="strings").decode()
    except (PydanticSerializationError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ToolFailure(f"{tool.name} returned {type(value).__name__}, which is not JSON") from error


def _words(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an exception that cannot say what it is about
        text = ""
    if isinstance(error, ModuleNotFoundError) and _lies_beside(error):
        text += f" ({error.name}.py lies beside the tool's module: import it at the top of that module)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _lies_beside(error: ModuleNotFoundError) -> bool:
    """Whether the missing module is in a document's folder, which is searched only while its tools load."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return False
    return (Path(frame.tb_frame.f_code.co_filename).parent / f"{error.name}.py").is_file()


def _unfit(error: ValidationError) -> str:
    lines = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors(include_url=False)]
    return f"{error.title}: " + "; ".join(lines)
