"""Reads a Python function as a tool: name, description, JSON Schema of its parameters.

Parameter descriptions come from Google, NumPy or reST docstrings (docstring_parser); the schema from
pydantic's own reading of the signature, so that whatever pydantic can validate can be a parameter.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError


@dataclass(frozen=True, slots=True)
class Described:
    """What a function says of itself."""

    name: str
    description: str
    parameters: dict[str, Any]


@lru_cache(maxsize=4096)
def describe(function: Callable[..., Any]) -> Described:
    """Name, description and parameter schema of `function`.

    Raises:
        TypeError: it takes `*args` or `**kwargs`, or a parameter has no JSON Schema.
    """
    name = getattr(function, "__name__", type(function).__name__)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{name}: a tool cannot take *{parameter.name}; name its parameters")
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise TypeError(f"{name}: parameter {parameter.name!r} is positional-only; models call by name")
    try:
        schema = adapter_of(function).json_schema()
    except (PydanticSchemaGenerationError, PydanticInvalidForJsonSchema, PydanticUserError, NameError) as e:
        raise TypeError(f"{name}: its signature has no JSON Schema ({str(e).splitlines()[0]})") from e
    description, parameters = _documented(function)
    for key, text in parameters.items():
        if key in schema.get("properties", {}):
            schema["properties"][key].setdefault("description", text)
    return Described(name, description, _plain(schema))


@lru_cache(maxsize=4096)
def adapter_of(function: Callable[..., Any]) -> TypeAdapter[Any]:
    """The validator that turns JSON arguments into what the signature asks for, and calls `function`."""
    validator: TypeAdapter[Any] = TypeAdapter(cast("Any", function))
    return validator


def _documented(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    from docstring_parser import parse

    doc = parse(inspect.getdoc(function) or "")
    text = "\n\n".join(part for part in (doc.short_description, doc.long_description) if part)
    return text, {p.arg_name: p.description for p in doc.params if p.description}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """An object schema without the titles pydantic derives from names: they repeat what is there."""
    schema = {"type": "object", "properties": {}, **schema}

    def strip(node: Any, names: bool = False) -> Any:
        if isinstance(node, dict):
            kept = {k: v for k, v in node.items() if names or k != "title" or not isinstance(v, str)}
            return {k: strip(v, names=k in ("properties", "$defs")) for k, v in kept.items()}
        if isinstance(node, list):
            return [strip(v) for v in node]
        return node

    result: dict[str, Any] = strip(schema)
    return result
