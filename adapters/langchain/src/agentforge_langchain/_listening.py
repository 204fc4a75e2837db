"""Whether anything of LangChain listens to a step; nothing is prepared for listeners that are not there."""

from __future__ import annotations

from typing import Any

from agentforge_langchain._framework import BaseCallbackManager, var_child_runnable_config


def listened(config: Any = None) -> bool:
    """Whether callbacks must be told of the model or tool call that is about to be made.

    A graph finds out once, at its start, who listens (handlers of the user, LangSmith, debug output) and
    hands a manager down to its steps. A step under a manager without handlers has nobody to tell. Without
    a manager the call does not come from a graph, and LangChain's own way finds out.

    Args:
        config: the configuration given with the call; that of the running step when None.
    """
    found = var_child_runnable_config.get() if config is None else config
    manager = found.get("callbacks") if found else None
    return not isinstance(manager, BaseCallbackManager) or bool(manager.handlers)


def leave_outer_graph() -> None:
    """Makes the run that begins here one of its own, also inside a tool of another LangChain run."""
    var_child_runnable_config.set(None)
