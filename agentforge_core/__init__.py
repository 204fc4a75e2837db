"""AgentForge: write an agent once, run it on any agent framework, with one boundary for all of them.

Everything is loaded when it is first used: importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentforge_core.forge import Forge, load
    from agentforge_core.ir import Limits, Model, Output, Program, Tool, tool
    from agentforge_core.nodes import Agent, Task, Team
    from agentforge_core.runs.result import RunResult

__all__ = [
    "Agent",
    "Forge",
    "Limits",
    "Model",
    "Output",
    "Program",
    "RunResult",
    "Task",
    "Team",
    "Tool",
    "load",
    "tool",
]

_HOMES = {
    "Agent": "nodes",
    "Forge": "forge",
    "Limits": "ir",
    "Model": "ir",
    "Output": "ir",
    "Program": "ir",
    "RunResult": "runs.result",
    "Task": "nodes",
    "Team": "nodes",
    "Tool": "ir",
    "load": "forge",
    "tool": "ir",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
