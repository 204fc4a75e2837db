"""A tool: what the model sees of it, where it runs, and what a crash may do to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pickle import PicklingError
from typing import Annotated, Any, Literal, overload

from pydantic import BeforeValidator, PrivateAttr

from agentforge_core.ir.base import TOOL_NAME, Node, Seconds, ToolName
from agentforge_core.ir.callables import as_function, describe, name_of

SideEffects = Literal["none", "idempotent", "once"]
Approval = Literal["never", "always"]
OnError = Literal["return", "fail", "retry", "ask"]

SOURCES = ("python", "mcp", "http", "openapi")
"""The keys of which a tool has exactly one."""


class Tool(Node):
    """A function that a model may call. It runs in the host, whatever the framework."""

    name: ToolName = "tool"
    """Key in `tools`; what the model calls it by."""
    python: str | None = None
    """`module:name` of a Python function."""
    mcp: dict[str, Any] | str | None = None
    """A tool of an MCP server."""
    http: dict[str, Any] | None = None
    """A tool that is one HTTP request."""
    openapi: dict[str, Any] | str | None = None
    """An operation of an OpenAPI document."""
    description: str | None = None
    """What it does, for the model; taken from the docstring when left out."""
    parameters: dict[str, Any] | None = None
    """JSON Schema of the arguments; taken from the signature when left out."""
    returns: dict[str, Any] | None = None
    """JSON Schema of the result."""
    side_effects: SideEffects = "once"
    """`once`: never silently repeated after a crash; `idempotent`: may be, with the same key; `none`."""
    approval: Approval = "never"
    """Whether a person must agree before each call."""
    on_error: OnError = "return"
    """What happens when it fails: the model sees the error, the run fails, one retry, or a person is asked."""
    timeout_s: Seconds | None = None
    """Most seconds a call may take."""
    isolation: Literal["inprocess", "process", "sandbox"] | None = None
    """Where it runs, when not in the host."""

    _function: Callable[..., Any] | None = PrivateAttr(default=None)

    @property
    def function(self) -> Callable[..., Any] | None:
        """The Python function, once loaded."""
        return self._function

    def bound(self, function: Callable[..., Any]) -> Tool:
        """This tool with its function, description and parameters filled from it where left out.

        Raises:
            TypeError: the function's signature cannot be described as JSON Schema.
        """
        function = as_function(function)
        seen = describe(function)
        filled = self.model_copy(
            update={
                "description": self.description if self.description is not None else seen.description,
                "parameters": self.parameters if self.parameters is not None else seen.parameters,
            }
        )
        filled._function = function  # noqa: SLF001 - own class
        return filled

    def __getstate__(self) -> dict[Any, Any]:
        """For pickle: the function goes by its reference, so it must have one."""
        if self._function is not None and (self.python is None or "<" in self.python):
            raise PicklingError(
                f"tool {self.name!r} is a lambda or lies in a function: it has no name to be found by"
            )
        state = super().__getstate__()
        return {**state, "__pydantic_private__": {"_function": None}}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        """From pickle: finds the function again where its module can be imported."""
        super().__setstate__(state)
        module, _, qualname = (self.python or "").partition(":")
        try:
            found: Any = import_module(module)
            for part in qualname.split("."):
                found = getattr(found, part)
        except (ImportError, AttributeError, ValueError):
            return  # a document's own tools load when they are needed
        self._function = found.function if isinstance(found, Tool) else found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function directly, so that a decorated function stays usable as one."""
        if self._function is None:
            raise TypeError(f"tool {self.name!r} is not loaded: it is known by {self.python!r} only")
        return self._function(*args, **kwargs)


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: dict[str, Any] | None = None,
    side_effects: SideEffects = "once",
    approval: Approval = "never",
    on_error: OnError = "return",
    timeout_s: float | None = None,
) -> Callable[[Callable[..., Any]], Tool]: ...
def tool(function: Callable[..., Any] | None = None, /, **settings: Any) -> Any:
    """Makes a tool of a Python function: name, description and JSON Schema from signature and docstring.

    Use it bare (`@tool`) or with settings (`@tool(side_effects="none")`). A tool that declares no side
    effects is `once`: after a crash it is never silently repeated.

    Raises:
        TypeError: the signature cannot be described as JSON Schema (`*args`, a type without schema).
    """

    def make(target: Callable[..., Any]) -> Tool:
        given = {"name": name_of(target), **{k: v for k, v in settings.items() if v is not None}}
        if re.match(TOOL_NAME, given["name"]) is None:
            raise TypeError(f"{given['name']!r} is no name of a tool; give it one with @tool(name=...)")
        place = target if hasattr(target, "__qualname__") else type(target)
        return Tool(**{"python": f"{place.__module__}:{place.__qualname__}", **given}).bound(target)

    return make if function is None else make(function)


def _as_tool(value: Any) -> Any:
    """Lets Python callers list a plain function."""
    return tool(value) if callable(value) and not isinstance(value, (Tool, type)) else value


ToolRef = Annotated[Tool | str, BeforeValidator(_as_tool)]
"""A tool itself (from Python, where a plain function does) or its key in `tools`."""

Tools = tuple[ToolRef, ...]
"""Tools as an agent lists them."""
