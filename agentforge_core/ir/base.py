"""What all IR nodes share: frozen, closed, addressed by paths in the user's terms."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Path = tuple[str | int, ...]
"""Place of a value in a program: mapping keys and list indices from the top."""

Name = Annotated[str, StringConstraints(pattern=r"^[^\s/][^\n\r/]{0,127}$")]
"""Name of an agent, task, team or model: up to 128 characters on one line, no slash, no leading blank."""

TOOL_NAME = r"^[A-Za-z0-9_-]{1,64}$"
ToolName = Annotated[str, StringConstraints(pattern=TOOL_NAME)]
"""Name of a tool: what every provider's function calling accepts."""

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of an environment variable; a pasted key does not pass for one."""

Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, gt=0)]
Flag = Annotated[bool, Field(strict=True)]
Seconds = Annotated[float, Field(gt=0)]

_PLAIN = re.compile(r"^[A-Za-z_][\w-]*$")


class Node(BaseModel):
    """A frozen part of a program. Unknown keys are refused, so that a typing error is never silence."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True
    )


class Env(Node):
    """A value that is read from an environment variable when it is used, and is never stored or printed."""

    env: VariableName
    """Name of the variable."""


def resolve_env(value: Any) -> Any:
    """`value` with every `Env` in it (also inside lists and mappings) replaced by the variable's value.

    Raises:
        KeyError: a variable is not set; the argument is its name.
    """
    if isinstance(value, Env):
        return os.environ[value.env]
    if isinstance(value, dict):
        if set(value) == {"env"} and isinstance(value["env"], str):
            return os.environ[value["env"]]
        return {k: resolve_env(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolve_env(v) for v in value]
    return value


def format_path(path: Iterable[str | int]) -> str:
    """`path` as people write it: `agents.writer.tools[2]`, unusual keys quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _PLAIN.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f".{key}" if text else key
    return text
