"""What the benchmarks share: the scripted server, child processes, interleaved rounds, medians, tables.

Every figure comes with the machine it was measured on. Variants take turns within each round, so that a
busy neighbour slows all of them; ratios are medians of the ratios within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROMPT = "What is 2 + 2?"
ANSWER = "2 + 2 is 4."

CALCULATOR = {
    "replies": [
        {"tool_calls": [{"name": "add", "arguments": {"a": 2, "b": 2}}]},
        {"text": "2 + 2 is {{last_tool_result}}."},
    ]
}
"""Two model requests with one tool call between them."""

_PACKAGES = ("agentforge-core", "aiohttp", "langchain", "langgraph", "langchain-openai", "openai", "pydantic")


def machine() -> dict[str, Any]:
    """Where it was measured, without names or paths of that machine."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "versions": dict(_versions()),
    }


def _versions() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


@contextmanager
def scripted_server(script: Mapping[str, Any] = CALCULATOR) -> Iterator[str]:
    """The base URL of a scripted server in a child process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.json"
        file.write_text(json.dumps(script))
        command = [sys.executable, "-m", "agentforge_core.gateway.scripted", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                yield server.stdout.readline().strip()
            finally:
                server.terminate()


@contextmanager
def bytecode_environment() -> Iterator[dict[str, str]]:
    """An environment for children that may write byte code, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        yield {**kept, "PYTHONPYCACHEPREFIX": folder}


@dataclass(frozen=True)
class Child:
    """One finished process: seconds to its first line, to its end, of CPU; its peak memory and its output."""

    first_s: float
    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> Child:
    """Runs `command` to its end.

    Raises:
        RuntimeError: it failed.
    """
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(environment)
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        line = child.stdout.readline()
        first = time.perf_counter() - began
        rest, errors = child.stdout.read(), child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{errors.decode()}")
    output = (line + rest).decode()
    return Child(first, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output)


def peak_mb() -> float:
    """Peak memory of this process; on Linux from the kernel's own mark, which a parent's does not colour."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


Run = Callable[[], Awaitable[str]]


async def alternate(variants: Mapping[str, Run], *, runs: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds and CPU seconds of every single run, by variant; the variants take turns run by run.

    CPU is that of the whole process: what a variant does in threads counts.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
    for _ in range(runs):
        for name, run in variants.items():
            wall, cpu = time.perf_counter(), time.process_time()
            text = await run()
            found[name].append((time.perf_counter() - wall, time.process_time() - cpu))
            if text != ANSWER:
                raise RuntimeError(f"{name} answered {text!r}")
    return found


def ratio(values: Sequence[float], base: Sequence[float]) -> float:
    """Median of the ratios of what was measured side by side."""
    return round(statistics.median(v / b for v, b in zip(values, base, strict=True)), 3)


def parser(description: str | None, **numbers: int) -> argparse.ArgumentParser:
    """A parser with `--json` and one option with a default for each of `numbers`."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in numbers.items():
        made.add_argument(f"--{name}", type=int, default=default, help=f"default: {default}")
    made.add_argument("--json", action="store_true", help="print one JSON object")
    return made


def report(options: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """Prints the rows as a table, or with the machine as one JSON object."""
    if options.json:
        given = {k: v for k, v in vars(options).items() if k != "json"}
        print(json.dumps({"machine": machine(), **given, "rows": rows}))
        return
    columns = list(dict.fromkeys(k for row in rows for k in row))
    cells = [columns, *([_cell(row.get(c)) for c in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        first, *others = zip(line, widths, strict=True)
        print("  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]))


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
