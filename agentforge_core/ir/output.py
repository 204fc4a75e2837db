"""The shape a final answer must have."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from agentforge_core.ir.base import Count, Node


class Output(Node):
    """A JSON Schema for the answer; the host validates it and asks for repairs."""

    schema_: dict[str, Any] = Field(alias="schema")
    """JSON Schema, draft 2020-12."""
    repairs: Count = 1
    """How often the model is asked to mend an answer that does not fit."""


def as_output(value: Any) -> Any:
    """Lets Python callers give a pydantic model class where a document gives `{schema: ...}`."""
    if isinstance(value, type) and issubclass(value, BaseModel):
        return Output.model_validate({"schema": value.model_json_schema()})
    return value
