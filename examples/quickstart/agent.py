"""One agent with one tool: `python agent.py [ADAPTER] [MODEL]`.

Without a model (argument or AGENTFORGE_MODEL) the offline stand-in answers, which needs no key.
"""

from __future__ import annotations

import os
import sys

from agentforge_core import Agent, tool


@tool(side_effects="none")
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


@tool(side_effects="none")
def multiply(a: int, b: int) -> int:
    """Multiply two integers."""
    return a * b


def main(adapter: str = "native", model: str = os.environ.get("AGENTFORGE_MODEL", "offline/rules")) -> None:
    agent = Agent(
        name="calculator",
        instructions="Use the tools for every calculation.",
        model=model,
        tools=[add, multiply],
    )
    result = agent.run_sync("What is 2 + 2?", on=adapter)
    result.raise_for_status()
    print(result.output)  # noqa: T201 - what the program is for


if __name__ == "__main__":
    main(*sys.argv[1:3])
