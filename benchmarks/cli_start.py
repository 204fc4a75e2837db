"""What starting the command line costs, against `python -c "import pydantic"`.

    python benchmarks/cli_start.py [--rounds 30] [--json]

Whole fresh processes that take turns, byte code warm: milliseconds from start to end and of CPU, medians,
the interpreter's own start included in all of them. The ratios are to `import pydantic`, medians of the
ratios within a round. Target: `agentforge --help` at most 1.5.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from measuring import Child, bytecode_environment, parser, ratio, report, run_child

SCRIPT = str(Path(sys.executable).with_name("agentforge"))
BASE = 'python -c "import pydantic"'
COMMANDS = {
    BASE: [sys.executable, "-c", "import pydantic"],
    "python -c pass": [sys.executable, "-c", "pass"],
    'python -c "import click"': [sys.executable, "-c", "import click"],
    'python -c "import agentforge_core"': [sys.executable, "-c", "import agentforge_core"],
    "agentforge --help": [SCRIPT, "--help"],
    "agentforge run --help": [SCRIPT, "run", "--help"],
    "agentforge --version": [SCRIPT, "--version"],
    "agentforge adapters list": [SCRIPT, "adapters", "list"],
}


def main() -> None:
    options = parser(__doc__, rounds=30).parse_args()
    found: dict[str, list[Child]] = {name: [] for name in COMMANDS}
    with bytecode_environment() as environment:
        for number in range(options.rounds + 1):
            for name, command in COMMANDS.items():
                child = run_child(command, environment)
                if number:  # the first round writes the byte code
                    found[name].append(child)
    base = found[BASE]
    rows = [
        {
            "command": name,
            "wall_ms": round(statistics.median(c.wall_s for c in children) * 1000, 1),
            "cpu_ms": round(statistics.median(c.cpu_s for c in children) * 1000, 1),
            "wall_ratio": ratio([c.wall_s for c in children], [c.wall_s for c in base]),
            "cpu_ratio": ratio([c.cpu_s for c in children], [c.cpu_s for c in base]),
        }
        for name, children in found.items()
    ]
    report(options, rows)


if __name__ == "__main__":
    main()
