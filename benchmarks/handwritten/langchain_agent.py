"""The calculator agent as a LangChain user writes it: `create_agent` and `ChatOpenAI`, built once and shared.

python benchmarks/handwritten/langchain_agent.py BASE_URL
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI


def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


async def add_async(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


add_async.__name__ = "add"


def build(base_url: str, tool: Any = add) -> Any:
    model = ChatOpenAI(model="scripted", base_url=base_url, api_key="unused")
    return create_agent(model, [tool], system_prompt="Use the tools.")


async def answer(agent: Any, prompt: str) -> str:
    state = await agent.ainvoke({"messages": [{"role": "user", "content": prompt}]})
    return str(state["messages"][-1].content)


if __name__ == "__main__":
    print(asyncio.run(answer(build(sys.argv[1]), "What is 2 + 2?")), flush=True)
