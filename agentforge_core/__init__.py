"""AgentForge: write an agent once, run it on any agent framework, with one boundary for all of them.

Everything is loaded when it is first used: importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentforge_core.lazy import lazily

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

__getattr__ = lazily(
    __name__,
    {
        "Agent": "agentforge_core.nodes",
        "Forge": "agentforge_core.forge",
        "Limits": "agentforge_core.ir",
        "Model": "agentforge_core.ir",
        "Output": "agentforge_core.ir",
        "Program": "agentforge_core.ir",
        "RunResult": "agentforge_core.runs.result",
        "Task": "agentforge_core.nodes",
        "Team": "agentforge_core.nodes",
        "Tool": "agentforge_core.ir",
        "load": "agentforge_core.forge",
        "tool": "agentforge_core.ir",
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
