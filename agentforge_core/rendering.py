"""How an agent and a task become messages wherever a framework has no slot for their parts.

Missing parts are left out, never sent as empty text. Instructions reach the model verbatim and once.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentforge_core.ir import Agent, Task


def render_system(agent: Agent) -> str:
    """The system message of `agent`; empty when it says nothing of itself."""
    parts = []
    if agent.role:
        parts.append(f"You are {agent.role.strip()}.")
    if agent.backstory:
        parts.append(agent.backstory.strip())
    if agent.goal:
        parts.append(f"Your goal: {agent.goal.strip()}")
    if agent.instructions:
        parts.append(agent.instructions)
    return "\n\n".join(parts)


def render_task(task: Task, context: Sequence[tuple[str, str]] = ()) -> str:
    """The user message that asks for `task`.

    Args:
        task: the task, placeholders filled.
        context: name and answer of the tasks it builds on, in order.
    """
    parts = [task.description]
    if task.expected_output:
        parts.append(f"Expected output: {task.expected_output}")
    if context:
        answers = "\n\n".join(f"[{name}]\n{text}" for name, text in context)
        parts.append(f"Context:\n\n{answers}")
    return "\n\n".join(parts)
