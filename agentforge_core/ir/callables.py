"""Reads a Python function as a tool: name, description, JSON Schema of its parameters.

Parameter descriptions come from Google, NumPy or reST docstrings (docstring_parser); the schema from
pydantic's own reading of the signature, so that whatever pydantic can validate can be a parameter.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from types import FunctionType
from typing import Any, cast

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError

_VALUES = ("default", "const", "enum", "examples")
"""Keywords of JSON Schema under which values stand, not schemas."""
_NAMED = ("properties", "$defs")
"""Keywords under which schemas stand by name."""


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
    name = name_of(function)
    try:
        signature = inspect.signature(function)
    except ValueError as error:
        raise TypeError(f"{name}: its signature cannot be read ({error})") from error
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{name}: a tool cannot take {parameter}; name its parameters")
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


def name_of(function: Callable[..., Any]) -> str:
    """What `function` is called: a partial as its function, a callable object as its class."""
    if isinstance(function, partial):
        return name_of(function.func)
    return str(getattr(function, "__name__", type(function).__name__))


def as_function(target: Callable[..., Any]) -> Callable[..., Any]:
    """`target`, or the method that is called when `target` is an object that can be called."""
    plain = inspect.isroutine(target) or isinstance(target, (partial, type))
    return target if plain else cast("Callable[..., Any]", getattr(target, "__call__"))  # noqa: B004, B009


@lru_cache(maxsize=4096)
def adapter_of(function: Callable[..., Any]) -> TypeAdapter[Any]:
    """The validator that turns JSON arguments into what the signature asks for, and calls `function`."""
    validator: TypeAdapter[Any] = TypeAdapter(cast("Any", _readable(function)))
    return validator


def _readable(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` in a form whose annotations pydantic can read.

    It looks texts of annotations up in the module of that name; those of methods and partials not at all.
    """
    if isinstance(function, FunctionType):
        module = sys.modules.get(function.__module__)
        if module is not None and vars(module) is function.__globals__:
            return function

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    signature = inspect.signature(function, eval_str=True)
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__annotations__ = {
        p.name: p.annotation for p in signature.parameters.values() if p.annotation is not p.empty
    }
    call.__name__ = call.__qualname__ = name_of(function)
    return call


@lru_cache(maxsize=4096)
def is_async(function: Callable[..., Any]) -> bool:
    """Whether `function` is a coroutine function, which runs on the event loop."""
    return inspect.iscoroutinefunction(function)


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
            return {
                k: v if k in _VALUES and not names else strip(v, names=k in _NAMED and not names)
                for k, v in kept.items()
            }
        if isinstance(node, list):
            return [strip(v) for v in node]
        return node

    result: dict[str, Any] = strip(schema)
    return result
