"""From a fresh process to the first answer: the framework by hand, and the same through AgentForge.

    python benchmarks/cold_start.py [--rounds 15] [--json]

Each program is started anew and asked once (two model requests, one tool call); the programs take turns.
`first_ms` is from the start of the process to its answer on stdout, `cpu_ms` is the CPU of the whole
process. Byte code may be written, into a folder of its own, and is warm. `ratio` is the median of the
ratios to LangChain by hand within a round.
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

from measuring import (
    ANSWER,
    HERE,
    Child,
    bytecode_environment,
    parser,
    ratio,
    report,
    run_child,
    scripted_server,
)

BASE = "langchain by hand"
PROGRAMS = {
    BASE: ("handwritten/langchain_agent.py",),
    "langchain": ("agentforge_agent.py", "langchain"),
    "native": ("agentforge_agent.py", "native"),
    "bare aiohttp": ("handwritten/bare_loop.py",),
}


def main() -> None:
    options = parser(__doc__, rounds=15).parse_args()
    found: dict[str, list[Child]] = {name: [] for name in PROGRAMS}
    with scripted_server() as base_url, bytecode_environment() as environment:
        for number in range(options.rounds + 1):
            for name, (script, *more) in PROGRAMS.items():
                child = run_child([sys.executable, str(HERE / script), base_url, *more], environment)
                if child.output.strip() != ANSWER:
                    raise RuntimeError(f"{name} answered {child.output!r}")
                if number:  # the first round writes the byte code
                    found[name].append(child)
    report(options, [row(name, found) for name in PROGRAMS])


def row(name: str, found: dict[str, list[Child]]) -> dict[str, Any]:
    first = {n: [c.first_s for c in found[n]] for n in (name, BASE)}
    cpu = {n: [c.cpu_s for c in found[n]] for n in (name, BASE)}
    return {
        "variant": name,
        "first_ms": round(statistics.median(first[name]) * 1000, 1),
        "ratio": ratio(first[name], first[BASE]),
        "cpu_ms": round(statistics.median(cpu[name]) * 1000, 1),
        "cpu_ratio": ratio(cpu[name], cpu[BASE]),
        "peak_mb": round(statistics.median(c.peak_mb for c in found[name]), 1),
    }


if __name__ == "__main__":
    main()
