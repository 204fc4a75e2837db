"""1,000 tool-calling runs at once, each of two model requests and one tool call.

    python benchmarks/throughput.py [--concurrent 1000] [--rounds 3] [--json]

Every measurement is a process of its own, and the variants take turns: a bare loop on aiohttp (the
client that the gateway uses), AgentForge on native and on LangChain, and LangChain written by hand. The
tool is a plain function, which AgentForge and LangChain run in a thread; `async tool` is a coroutine
function, on the event loop like the bare loop's. The scripted server shares the machine's cores. `cpu_ms`
is per run, of the client; `peak_mb` of the client; ratios are of runs per second.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from measuring import ANSWER, HERE, PROMPT, parser, peak_mb, ratio, report, run_child, scripted_server

VARIANTS = {"bare aiohttp": 4, "native": 4, "native, async tool": 4, "langchain": 1, "langchain by hand": 1}
"""How many runs each of the concurrent workers makes: slow variants make fewer."""


async def client(
    variant: str, base_url: str
) -> tuple[Callable[[], Awaitable[str]], Callable[[], Awaitable[Any]]]:
    """One run of `variant`, and what closes it."""

    async def nothing() -> None: ...

    if variant == "bare aiohttp":
        from handwritten import bare_loop

        session = bare_loop.new_session()
        return (lambda: bare_loop.answer(session, base_url, PROMPT)), session.close
    if variant == "langchain by hand":
        from handwritten import langchain_agent

        graph = langchain_agent.build(base_url)
        return (lambda: langchain_agent.answer(graph, PROMPT)), nothing
    import agentforge_agent

    adapter, _, is_async = variant.partition(", ")
    used = agentforge_agent.add_async if is_async else agentforge_agent.add
    agent = agentforge_agent.build(base_url, used)
    return (lambda: agentforge_agent.answer(agent, PROMPT, adapter)), nothing


async def measure(variant: str, base_url: str, concurrent: int, each: int) -> dict[str, float]:
    run, close = await client(variant, base_url)
    for _ in range(20):
        assert await run() == ANSWER
    await asyncio.gather(*(run() for _ in range(concurrent)))  # connections and threads stand

    async def worker() -> None:
        for _ in range(each):
            assert await run() == ANSWER

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(concurrent)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    await close()
    runs = concurrent * each
    return {"runs_per_s": runs / wall, "cpu_ms": cpu / runs * 1000, "peak_mb": peak_mb()}


def main() -> None:
    if sys.argv[1:2] == ["child"]:
        variant, base_url, concurrent, each = sys.argv[2:]
        print(json.dumps(asyncio.run(measure(variant, base_url, int(concurrent), int(each)))))
        return
    options = parser(__doc__, concurrent=1000, rounds=3).parse_args()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    with scripted_server() as base_url:
        for _ in range(options.rounds):
            for name, each in VARIANTS.items():
                script = str(HERE / "throughput.py")
                command = [
                    sys.executable,
                    script,
                    "child",
                    name,
                    base_url,
                    str(options.concurrent),
                    str(each),
                ]
                found[name].append(json.loads(run_child(command, os.environ).output))
    rows = []
    for name, rounds in found.items():
        speeds = [r["runs_per_s"] for r in rounds]
        row: dict[str, Any] = {"variant": name, "runs_per_s": round(statistics.median(speeds), 1)}
        row["cpu_ms"] = round(statistics.median(r["cpu_ms"] for r in rounds), 3)
        row["peak_mb"] = round(statistics.median(r["peak_mb"] for r in rounds), 1)
        for base in ("bare aiohttp", "langchain by hand"):
            row[f"of {base}"] = ratio(speeds, [r["runs_per_s"] for r in found[base]])
        rows.append(row)
    report(options, rows)


if __name__ == "__main__":
    main()
