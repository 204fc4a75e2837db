"""What importing AgentForge costs, and which modules come with it.

    python benchmarks/imports.py [--rounds 15] [--json]

Fresh processes that take turns, byte code warm. Milliseconds of the statement alone, wall and CPU;
`modules` counts what it adds to a bare interpreter, `others` names the top-level packages among them
that belong neither to Python nor to AgentForge. `ratio` is CPU, to `import pydantic`.
"""

from __future__ import annotations

import json
import statistics
import sys
from typing import Any

from measuring import bytecode_environment, parser, ratio, report, run_child

BASE = "import pydantic"
STATEMENTS = (
    "import agentforge_core",
    "from agentforge_core import Agent",
    "from agentforge_core import load",
    BASE,
    "import pydantic; pydantic.BaseModel",
    "import langchain.agents",
)

CHILD = """
import json, sys, time
before = set(sys.modules)
wall, cpu = time.perf_counter(), time.process_time()
{statement}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
new = set(sys.modules) - before
known = set(sys.stdlib_module_names)
others = sorted({{m.partition(".")[0] for m in new}} - known)
others = [m for m in others if not m.startswith(("agentforge", "_"))]
print(json.dumps({{"wall": wall, "cpu": cpu, "modules": len(new), "others": others}}))
"""


def main() -> None:
    options = parser(__doc__, rounds=15).parse_args()
    found: dict[str, list[dict[str, Any]]] = {s: [] for s in STATEMENTS}
    with bytecode_environment() as environment:
        for number in range(options.rounds + 1):
            for statement in STATEMENTS:
                command = [sys.executable, "-c", CHILD.format(statement=statement)]
                measured = json.loads(run_child(command, environment).output)
                if number:  # the first round writes the byte code
                    found[statement].append(measured)
    rows = []
    for statement, rounds in found.items():
        others = rounds[-1]["others"]
        row = {
            "statement": statement,
            "wall_ms": round(statistics.median(r["wall"] for r in rounds) * 1000, 2),
            "cpu_ms": round(statistics.median(r["cpu"] for r in rounds) * 1000, 2),
            "ratio": ratio([r["cpu"] for r in rounds], [r["cpu"] for r in found[BASE]]),
            "modules": rounds[-1]["modules"],
            "others": others if options.json else _few(others),
        }
        rows.append(row)
    report(options, rows)


def _few(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:5])} and {len(names) - 5} more"


if __name__ == "__main__":
    main()
