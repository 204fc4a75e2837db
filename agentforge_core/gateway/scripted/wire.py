"""Chat completions as bytes, built once for each reply of a script and each turn.

The server shares its processors with what it measures: all that can be prepared is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import to_json

from agentforge_core.gateway.client import words
from agentforge_core.gateway.scripted.choosing import Answer, tokens_out

DONE = b"data: [DONE]\n\n"

_HEAD = {"id": "chatcmpl-scripted", "created": 0}


@dataclass(frozen=True, slots=True)
class Prepared:
    """An answer ready to be sent, all but its usage.

    Attributes:
        whole: a chat completion up to its usage.
        events: the stream's events up to its usage.
        usage_event: the usage event up to its usage.
        tokens: tokens of the answer.
    """

    whole: bytes
    events: tuple[bytes, ...]
    usage_event: bytes
    tokens: int

    def completion(self, tokens_in: int) -> bytes:
        """The body of a plain response."""
        return self.whole + _usage(tokens_in, self.tokens) + b"}"

    def stream(self, tokens_in: int, *, with_usage: bool) -> list[bytes]:
        """The events of a streamed response, end mark included."""
        if not with_usage:
            return [*self.events, DONE]
        return [*self.events, self.usage_event + _usage(tokens_in, self.tokens) + b"}\n\n", DONE]


def prepare(answer: Answer, model: str) -> Prepared:
    """`answer` as bytes, from a model that calls itself `model`."""
    finish = answer.finish_reason
    whole = {
        **_HEAD,
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": _message(answer), "finish_reason": finish}],
    }
    head = {**_HEAD, "object": "chat.completion.chunk", "model": model}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in words(answer.text)]
    for index, (call_id, name, arguments) in enumerate(answer.calls):
        half = len(arguments) // 2
        function = {"name": name, "arguments": arguments[:half]}
        deltas.append(
            {"tool_calls": [{"index": index, "id": call_id, "type": "function", "function": function}]}
        )
        deltas.append({"tool_calls": [{"index": index, "function": {"arguments": arguments[half:]}}]})
    events = [_event(head, [{"index": 0, "delta": d, "finish_reason": None}]) for d in deltas]
    events.append(_event(head, [{"index": 0, "delta": {}, "finish_reason": finish}]))
    usage_event = b"data: " + to_json({**head, "choices": []})[:-1] + b',"usage":'
    return Prepared(to_json(whole)[:-1] + b',"usage":', tuple(events), usage_event, tokens_out(answer))


def cut_arguments(answer: Answer) -> Answer:
    """`answer` with the second half of each tool call's arguments missing."""
    return replace(answer, calls=tuple((i, name, text[: len(text) // 2]) for i, name, text in answer.calls))


def error_body(message: str, kind: str, code: str | None = None) -> bytes:
    """An error in OpenAI's shape."""
    return to_json({"error": {"message": message, "type": kind, "param": None, "code": code}})


def _message(answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.calls:
        message["tool_calls"] = [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
            for call_id, name, arguments in answer.calls
        ]
    return message


def _event(head: dict[str, Any], choices: list[dict[str, Any]]) -> bytes:
    return b"data: " + to_json({**head, "choices": choices}) + b"\n\n"


def _usage(tokens_in: int, tokens_out: int) -> bytes:
    total = tokens_in + tokens_out
    return b'{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}' % (tokens_in, tokens_out, total)
