"""What one tool-calling run costs: AgentForge against the same agent written by hand.

    python benchmarks/run_cost.py [--runs 200] [--rounds 3] [--tool sync|async] [--json]

A run is two model requests and one tool call between them, answered by the scripted server in a child
process. All variants sit in one process, are built once, and take turns run by run, after a warm-up;
durability is off, nobody listens to events. Wall time includes the server; CPU is that of the client
process, threads included. `ratio` is to LangChain by hand: the median over the rounds of the ratio of
medians (wall) or of sums (CPU). Bare aiohttp is the floor: no framework, no boundary.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from typing import Any

import agentforge_agent
from handwritten import bare_loop, langchain_agent
from measuring import PROMPT, Run, alternate, parser, report, scripted_server

BASE = "langchain by hand"
WARM_UP = 30


async def measure(base_url: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    is_async = options.tool == "async"
    agent = agentforge_agent.build(base_url, agentforge_agent.add_async if is_async else agentforge_agent.add)
    graph = langchain_agent.build(base_url, langchain_agent.add_async if is_async else langchain_agent.add)
    async with bare_loop.new_session() as session:
        variants: dict[str, Run] = {
            "langchain by hand": lambda: langchain_agent.answer(graph, PROMPT),
            "langchain": lambda: agentforge_agent.answer(agent, PROMPT, "langchain"),
            "native": lambda: agentforge_agent.answer(agent, PROMPT, "native"),
            "bare aiohttp": lambda: bare_loop.answer(session, base_url, PROMPT),
        }
        await alternate(variants, runs=WARM_UP)
        rounds = [await alternate(variants, runs=options.runs) for _ in range(options.rounds)]
    return [row(name, rounds) for name in variants]


def row(name: str, rounds: list[dict[str, list[tuple[float, float]]]]) -> dict[str, Any]:
    wall = {n: [statistics.median(w for w, _ in found[n]) for found in rounds] for n in (name, BASE)}
    cpu = {n: [statistics.fmean(c for _, c in found[n]) for found in rounds] for n in (name, BASE)}

    def ratio(values: dict[str, list[float]]) -> float:
        return round(statistics.median(a / b for a, b in zip(values[name], values[BASE], strict=True)), 3)

    return {
        "variant": name,
        "median_ms": round(statistics.median(wall[name]) * 1000, 3),
        "ratio": ratio(wall),
        "cpu_ms": round(statistics.median(cpu[name]) * 1000, 3),
        "cpu_ratio": ratio(cpu),
    }


def main() -> None:
    arguments = parser(__doc__, runs=200, rounds=3)
    arguments.add_argument("--tool", choices=("sync", "async"), default="sync", help="default: sync")
    options = arguments.parse_args()
    with scripted_server() as base_url:
        rows = asyncio.run(measure(base_url, options))
    report(options, rows)


if __name__ == "__main__":
    main()
