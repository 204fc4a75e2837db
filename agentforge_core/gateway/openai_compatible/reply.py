"""From a chat completion, whole or in chunks, to a model reply.

Format: https://platform.openai.com/docs/api-reference/chat/object and .../chat/streaming.
"""

from __future__ import annotations

from typing import Any

from agentforge_core.boundary.effects import FinishReason, ModelCall, ModelReply
from agentforge_core.boundary.messages import Usage
from agentforge_core.gateway.openai_compatible.toolcalls import ToolCallJoiner

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "content_filter": "content_filter",
}


class ReplyBuilder:
    """Collects one reply.

    Args:
        call: what is answered; ids that the provider does not give are made from its length, so that
            they are the same in every repetition and new in every turn.
    """

    def __init__(self, call: ModelCall) -> None:
        self._prefix = f"call_{len(call.messages)}"
        self._texts: list[str] = []
        self._tools = ToolCallJoiner()
        self._finish: str | None = None
        self._usage = Usage()
        self._model = ""
        self.has_choice = False

    @property
    def is_finished(self) -> bool:
        """Whether the provider has said why it stopped."""
        return self._finish is not None

    def add(self, completion: dict[str, Any]) -> str:
        """Take in a chat completion or one chunk of it and give its text, empty when it has none."""
        usage = completion.get("usage")
        if isinstance(usage, dict):
            self._usage = _usage(usage)
        model = completion.get("model")
        if isinstance(model, str) and model:
            self._model = model
        choices = completion.get("choices")
        if not isinstance(choices, list):
            return ""
        for choice in choices:
            if isinstance(choice, dict) and (choice.get("index") or 0) == 0:
                return self._add_choice(choice)
        return ""

    def reply(self) -> ModelReply:
        """Everything taken in so far as one reply."""
        tools = self._tools.requests(self._prefix) if self._tools else ()
        return ModelReply(
            text="".join(self._texts),
            tool_calls=tools,
            finish_reason=_finish_reason(self._finish, bool(tools)),
            usage=self._usage,
            model=self._model,
        )

    def _add_choice(self, choice: dict[str, Any]) -> str:
        if "delta" not in choice and not isinstance(choice.get("message"), dict):
            return ""  # a whole reply without a message is no answer
        self.has_choice = True
        finish = choice.get("finish_reason")
        if isinstance(finish, str) and finish:
            self._finish = finish
        delta = choice.get("delta")
        message = delta or choice.get("message")
        if not isinstance(message, dict):
            return ""
        pieces = message.get("tool_calls")
        if isinstance(pieces, list):
            for piece in pieces:
                self._tools.add(piece, is_whole=not delta)
        text = _text(message.get("content")) or _text(message.get("refusal"))
        if text:
            self._texts.append(text)
        return text


def _finish_reason(reported: str | None, has_tools: bool) -> FinishReason:
    if reported is None or reported == "stop":
        # Some servers say "stop" beside tool calls, or nothing at all.
        return "tool_calls" if has_tools else "stop"
    return _FINISH.get(reported, "other")


def _text(content: Any) -> str:
    """The text of a `content`: a string, or a list of parts of which the text parts count."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [p.get("text") for p in content if isinstance(p, dict) and p.get("type") == "text"]
    return "".join(p for p in parts if isinstance(p, str))


def _usage(reported: dict[str, Any]) -> Usage:
    details = reported.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    if cached is None:
        cached = reported.get("prompt_cache_hit_tokens")  # DeepSeek's name for it
    return Usage(
        _count(reported.get("prompt_tokens")), _count(reported.get("completion_tokens")), _count(cached)
    )


def _count(value: Any) -> int | None:
    # a count below nothing would pay a budget back
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
