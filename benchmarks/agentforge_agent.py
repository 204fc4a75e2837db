"""The same calculator agent through AgentForge, on any adapter.

python benchmarks/agentforge_agent.py BASE_URL [ADAPTER]
"""

from __future__ import annotations

import os
import sys
from typing import Any

from agentforge_core import Agent, Model, tool


@tool(side_effects="none")
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


@tool(name="add", side_effects="none")
async def add_async(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


def build(base_url: str, used: Any = add) -> Agent:
    os.environ.setdefault("OPENAI_API_KEY", "unused")
    model = Model(name="scripted", model="openai/scripted", base_url=base_url)
    return Agent(name="calculator", instructions="Use the tools.", model=model, tools=[used])


async def answer(agent: Agent, prompt: str, on: str = "native") -> str:
    result = await agent.run(prompt, on=on)
    return str(result.raise_for_status().output)


if __name__ == "__main__":
    adapter = sys.argv[2] if len(sys.argv) > 2 else "native"
    print(build(sys.argv[1]).run_sync("What is 2 + 2?", on=adapter).raise_for_status().output, flush=True)
