"""The model an agent thinks with: which provider and name, where, and how it samples."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema, field_validator

from agentforge_core.ir.base import Env, Node, Positive, Seconds, VariableName

_STOP_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


class Model(Node):
    """A logical model: what the gateway needs to answer a model call."""

    name: str = "default"
    """Key in `models`."""
    model: str | Env
    """`provider/name`; the first part is the provider and is cut before sending."""
    base_url: str | Env | None = None
    """Address of an OpenAI-compatible endpoint; its path is kept as written."""
    api_key_env: VariableName | None = None
    """Name of the environment variable that holds the key."""
    temperature: float | None = Field(default=None, ge=0)
    """Sampling temperature."""
    max_tokens: Positive | None = None
    """Most tokens a reply may have."""
    top_p: float | None = Field(default=None, ge=0, le=1)
    """Nucleus sampling."""
    stop: Annotated[tuple[str, ...], WithJsonSchema(_STOP_SCHEMA)] = ()
    """Texts at which the model stops."""
    seed: int | None = None
    """Seed for providers that sample reproducibly."""
    timeout_s: Seconds | None = None
    """Most seconds one request may take."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """More fields of the request body, sent as they are."""

    @field_validator("stop", mode="before")
    @classmethod
    def _one_stop(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value
