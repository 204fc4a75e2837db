"""Messages, tool specifications and usage: what model calls and replies are made of.

Plain frozen data, neutral of provider and framework. Standard-library dataclasses rather than
pydantic models: a run makes dozens of them, and building one costs a third.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]

_encode = json.JSONEncoder(ensure_ascii=False).encode


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse).decode


def strict_json(text: str) -> Any:
    """The value of a JSON text; NaN and Infinity, which Python's reader takes, are not JSON.

    Raises:
        ValueError: it is not JSON, or nested too deeply to be read.
    """
    try:
        return _decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A tool call as a model's message asks for it.

    Attributes:
        id: the provider's id of the call; pairs request and result.
        name: name of the tool asked for, which may not exist.
        arguments: the arguments as a JSON object; empty when the model wrote something else.
        malformed: what the model wrote instead of a JSON object, None when it wrote one.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    malformed: str | None = None

    @classmethod
    def parse(cls, id: str, name: str, text: str) -> ToolRequest:  # noqa: A002 - the wire's word
        """A request from the argument text of a provider; empty text means no arguments."""
        if not text.strip():
            return cls(id, name)
        try:
            arguments = strict_json(text)
        except ValueError:
            return cls(id, name, {}, text)
        if isinstance(arguments, dict):
            return cls(id, name, arguments)
        return cls(id, name, {}, text)

    @property
    def argument_text(self) -> str:
        """The arguments as JSON text, exactly what the model wrote when it was malformed."""
        if self.malformed is not None:
            return self.malformed
        return _encode(self.arguments)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    Attributes:
        role: who speaks.
        content: the text; empty for an assistant message that only calls tools.
        tool_calls: what an assistant message asks for.
        tool_call_id: which request a tool message answers.
        name: the tool that answered, or the agent that spoke, where known.
    """

    role: Role
    content: str = ""
    tool_calls: tuple[ToolRequest, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it: name, description and the JSON Schema of its parameters."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one reply, as the provider reported them; None where it did not."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
