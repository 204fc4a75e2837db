"""What a model call costs beyond bare aiohttp.

Alternates calls of three kinds against the scripted server in a child process, on one connection each,
with a 4 KB request of eight messages and two tools:

- `bare`: aiohttp with a body that is already bytes, the reply parsed by `json.loads`;
- `bare, json=`: aiohttp as most programs use it, the body given as a dict, the reply read by `json()`;
- `gateway`: `ModelRouter.answer`.

    python benchmarks/gateway_cost.py [--calls 500] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message, ToolRequest, ToolSpec
from agentforge_core.gateway import ModelRouter
from agentforge_core.ir import Model

SCRIPT = {"rules": [{"reply": {"text": "The tide is high at noon and low at six. " * 4}}]}
WARM_UP = 50


def model_call() -> ModelCall:
    parameters = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    tools = tuple(ToolSpec(name, "Looks a word up in the tables.", parameters) for name in ("search", "find"))
    messages = [
        Message("system", "You answer questions about tides. " * 20),
        Message("user", "When is it? " * 60),
    ]
    for turn in range(3):
        request = ToolRequest(f"call_{turn}", "search", {"query": "tide " * 10})
        messages += [
            Message("assistant", "", (request,)),
            Message("tool", "high at noon " * 60, tool_call_id=request.id),
        ]
    return ModelCall("m", tuple(messages), tools)


async def measure(base_url: str, calls: int) -> dict[str, list[tuple[float, float]]]:
    call = model_call()
    router = ModelRouter({"m": Model(name="m", model="openai/scripted", base_url=base_url)}, None)
    from agentforge_core.gateway.openai_compatible.request import RequestWriter

    raw = RequestWriter({"model": "scripted"}).body(call, stream=False)
    body, url = json.loads(raw), f"{base_url}/chat/completions"
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session:

        async def bare() -> str:
            async with session.post(url, data=raw, headers=headers) as response:
                return json.loads(await response.read())["choices"][0]["message"]["content"]

        async def bare_json() -> str:
            async with session.post(url, json=body) as response:
                return (await response.json())["choices"][0]["message"]["content"]

        async def gateway() -> str:
            return (await router.answer(call)).text

        return await alternate({"bare": bare, "bare, json=": bare_json, "gateway": gateway}, calls)


async def alternate(
    kinds: dict[str, Callable[[], Awaitable[str]]], calls: int
) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for number in range(WARM_UP + calls):
        for name, kind in kinds.items():
            wall, cpu = time.perf_counter(), time.process_time()
            text = await kind()
            if number >= WARM_UP:
                found[name].append((time.perf_counter() - wall, time.process_time() - cpu))
            assert text, name
    return found


def report(found: dict[str, list[tuple[float, float]]]) -> list[dict[str, float | str]]:
    rows: list[dict[str, float | str]] = []
    for name, times in found.items():
        wall = statistics.median(w for w, _ in times) * 1000
        cpu = statistics.fmean(c for _, c in times) * 1000
        rows.append({"kind": name, "median_ms": round(wall, 4), "cpu_ms": round(cpu, 4)})
    first = rows[0]
    for row in rows:
        for key in ("median", "cpu"):
            row[f"{key}_ratio"] = round(float(row[f"{key}_ms"]) / float(first[f"{key}_ms"]), 3)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--calls", type=int, default=500, help="calls of each kind (default: 500)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.json"
        script.write_text(json.dumps(SCRIPT))
        command = [sys.executable, "-m", "agentforge_core.gateway.scripted", str(script)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                base_url = server.stdout.readline().strip()
                rows = report(asyncio.run(measure(base_url, options.calls)))
            finally:
                server.terminate()
    if options.json:
        print(json.dumps({"calls": options.calls, "aiohttp": aiohttp.__version__, "rows": rows}))
        return
    print(f"{'':14}{'median ms':>10}{'ratio':>7}{'CPU ms':>9}{'ratio':>7}")
    for row in rows:
        print(
            f"{row['kind']:14}{row['median_ms']:>10.3f}{row['median_ratio']:>7.2f}"
            f"{row['cpu_ms']:>9.3f}{row['cpu_ratio']:>7.2f}"
        )


if __name__ == "__main__":
    main()
