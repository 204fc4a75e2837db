"""The calculator agent with no framework at all: a tool loop on aiohttp, as lean as one would write it.

python benchmarks/handwritten/bare_loop.py BASE_URL
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import aiohttp

TOOL = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two integers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}


def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


TOOLS: dict[str, Callable[..., Any]] = {"add": add}


async def answer(session: aiohttp.ClientSession, base_url: str, prompt: str) -> str:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Use the tools."},
        {"role": "user", "content": prompt},
    ]
    while True:
        body = {"model": "scripted", "messages": messages, "tools": [TOOL]}
        async with session.post(f"{base_url}/chat/completions", json=body) as response:
            response.raise_for_status()
            message = (await response.json())["choices"][0]["message"]
        if not message.get("tool_calls"):
            return str(message["content"])
        messages.append(message)
        for call in message["tool_calls"]:
            function = call["function"]
            result = TOOLS[function["name"]](**json.loads(function["arguments"]))
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(result)})


def new_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def main(base_url: str) -> None:
    async with new_session() as session:
        print(await answer(session, base_url, "What is 2 + 2?"), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
