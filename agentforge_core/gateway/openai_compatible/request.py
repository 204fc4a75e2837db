"""From a model call to the bytes of a chat completions request.

Format: https://platform.openai.com/docs/api-reference/chat/create. What does not change between
calls (name, sampling, `extra`, tool specifications, response schemas) is serialised once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message, ToolRequest, ToolSpec
from agentforge_core.gateway.openai_compatible.strictness import is_strict

_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
_STREAM = b',"stream":true'
_STREAM_OPTIONS = b',"stream_options":{"include_usage":true}'
_KEPT = 1024


class RequestWriter:
    """Writes the request bodies of one model.

    Args:
        fields: what every body holds. They win over what a call says, and a None leaves a field out.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._taken = fields.keys()
        sent = {k: v for k, v in fields.items() if v is not None}
        self._start = dumped(sent)[:-1] + b',"messages":'
        self._written: dict[int, tuple[object, bytes]] = {}

    def body(self, call: ModelCall, *, stream: bool) -> bytes:
        """The request body for `call` as JSON, asking for a stream with usage or for one object."""
        parts = [self._start, dumped([message_fields(m) for m in call.messages])]
        if call.tools:
            tools = b",".join([self._once(spec, _tool_fields) for spec in call.tools])
            parts += (b',"tools":[', tools, b"]")
            if call.tool_choice is not None and "tool_choice" not in self._taken:
                parts += (b',"tool_choice":', dumped(_choice(call.tool_choice)))
        if call.response_schema is not None and "response_format" not in self._taken:
            parts += (b',"response_format":', self._once(call.response_schema, _format_fields))
        if stream:
            parts.append(_STREAM)
            if "stream_options" not in self._taken:
                parts.append(_STREAM_OPTIONS)
        parts.append(b"}")
        return b"".join(parts)

    def _once(self, thing: Any, fields: Callable[[Any], dict[str, Any]]) -> bytes:
        """JSON of a specification, kept as long as the very same object is used."""
        kept = self._written.get(id(thing))
        # The object is kept with its bytes, so that its id cannot pass to another one.
        if kept is not None and kept[0] is thing:
            return kept[1]
        if len(self._written) >= _KEPT:
            self._written.clear()
        written = dumped(fields(thing))
        self._written[id(thing)] = (thing, written)
        return written


def dumped(value: Any) -> bytes:
    """`value` as JSON. Lone surrogates, which UTF-8 cannot carry, become question marks."""
    try:
        return to_json(value, fallback=_plain)
    except (PydanticSerializationError, UnicodeEncodeError):
        return json.dumps(value, ensure_ascii=False, default=_plain).encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def message_fields(message: Message) -> dict[str, Any]:
    """One message in the wire's words. A name that the format does not allow is left out."""
    role = message.role
    if role == "tool":
        return {"role": "tool", "content": message.content, "tool_call_id": message.tool_call_id or ""}
    fields: dict[str, Any] = {"role": role, "content": message.content}
    if message.tool_calls:
        fields["content"] = message.content or None
        fields["tool_calls"] = [_request_fields(r) for r in message.tool_calls]
    if message.name is not None and _NAME.match(message.name):
        fields["name"] = message.name
    return fields


def _request_fields(request: ToolRequest) -> dict[str, Any]:
    function = {"name": request.name, "arguments": request.argument_text}
    return {"id": request.id, "type": "function", "function": function}


def _tool_fields(spec: ToolSpec) -> dict[str, Any]:
    function = {"name": spec.name, "description": spec.description, "parameters": spec.parameters}
    return {"type": "function", "function": function}


def _choice(choice: str) -> Any:
    if choice in {"auto", "none", "required"}:
        return choice
    return {"type": "function", "function": {"name": choice}}


def _format_fields(schema: Mapping[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {"name": "answer", "schema": schema}
    if is_strict(schema):
        named["strict"] = True
    return {"type": "json_schema", "json_schema": named}
