"""Messages of the boundary as LangChain's, and back. Nothing a conversation says is lost either way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentforge_core.boundary.effects import ModelReply
from agentforge_core.boundary.messages import Message, Role, ToolRequest, Usage
from agentforge_core.errors import UnsupportedError
from agentforge_langchain._framework import AIMessage, AIMessageChunk, BaseMessage, ToolMessage

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "SystemMessageChunk": "system",
    "developer": "system",
    "human": "user",
    "HumanMessageChunk": "user",
    "user": "user",
    "assistant": "assistant",
}
"""By the `type` of a message, or the role that a `ChatMessage` names."""


def to_messages(messages: Sequence[BaseMessage]) -> tuple[Message, ...]:
    """A conversation as the framework holds it, for a `ModelCall`.

    Raises:
        UnsupportedError: a message is of an unknown kind or holds something that is not text.
    """
    return tuple([_to_message(m) for m in messages])


def _to_message(message: BaseMessage) -> Message:
    content = message.content
    text = content if isinstance(content, str) else _flat(content)
    if isinstance(message, AIMessage):
        calls = message.tool_calls
        return Message("assistant", text, tuple(_request(c) for c in calls) if calls else ())
    if isinstance(message, ToolMessage):
        return Message("tool", text, tool_call_id=message.tool_call_id, name=message.name)
    return Message(_role(message), text)


def _request(call: Mapping[str, Any]) -> ToolRequest:
    return ToolRequest(call["id"] or "", call["name"], call["args"])


def _role(message: BaseMessage) -> Role:
    kind = message.type
    if kind == "chat":
        kind = str(getattr(message, "role", kind))
    role = _ROLES.get(kind)
    if role is None:
        raise UnsupportedError.of(
            "AF3110",
            f"LangChain sent a message of the kind {kind!r}",
            reason="a conversation has system, user, assistant and tool messages",
        )
    return role


def _flat(blocks: Sequence[str | Mapping[str, Any]]) -> str:
    """The text of a list of content blocks."""
    return "".join(block if isinstance(block, str) else _text(block) for block in blocks)


def _text(block: Mapping[str, Any]) -> str:
    kind = block.get("type")
    if kind in ("text", None) and isinstance(block.get("text"), str):
        return str(block["text"])
    if kind in ("tool_call", "tool_use", "reasoning", "thinking"):
        return ""  # tool calls stand in the message's own list; reasoning is not part of what was said
    raise UnsupportedError.of(
        "AF3110",
        f"LangChain sent a message with a content block of the kind {kind!r}",
        reason="messages carry text only",
        hint="give the model the text of it, or the path of a file that a tool can read",
    )


def to_ai_message(reply: ModelReply) -> AIMessage:
    """A model's reply for the framework. Malformed arguments are `{}` here; the host keeps what was written."""
    return AIMessage(
        content=reply.text,
        tool_calls=_calls(reply),
        usage_metadata=_usage(reply.usage),
        response_metadata=_metadata(reply),
    )


def to_chunk(reply: ModelReply) -> AIMessageChunk:
    """The same as the one and last chunk of a stream."""
    return AIMessageChunk(
        content=reply.text,
        tool_call_chunks=[
            {
                "name": r.name,
                "args": "{}" if r.malformed is not None else r.argument_text,
                "id": r.id,
                "index": i,
                "type": "tool_call_chunk",
            }
            for i, r in enumerate(reply.tool_calls)
        ],
        usage_metadata=_usage(reply.usage),
        response_metadata=_metadata(reply),
        chunk_position="last",
    )


def _calls(reply: ModelReply) -> list[dict[str, Any]]:
    return [
        {"name": r.name, "args": dict(r.arguments), "id": r.id, "type": "tool_call"} for r in reply.tool_calls
    ]


def _metadata(reply: ModelReply) -> dict[str, Any]:
    return {"finish_reason": reply.finish_reason, "model_name": reply.model}


def _usage(usage: Usage) -> dict[str, Any] | None:
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    given, made = usage.input_tokens or 0, usage.output_tokens or 0
    found: dict[str, Any] = {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
    if usage.cached_input_tokens is not None:
        found["input_token_details"] = {"cache_read": usage.cached_input_tokens}
    return found
