"""What listing adapters costs: 10, 50 and 100 synthetic installed adapters, each in fresh processes.

    python benchmarks/registry_list.py [--rounds 15] [--json]

Every adapter has a manifest of ten capabilities, half of them with a reason, and a range on a framework
of its own; a hundred other distributions stand beside them. The rounds of the sizes alternate.
Milliseconds of CPU, medians:

    import   import agentforge_registry
    first    entries(), first in the process: files, manifests, ranges, and the import of packaging
    warm     entries() after refresh: the same without imports
    again    entries() when nothing changed
    one      entry(name) of one adapter with a framework, first in the process
    native   entry("native"), first in the process
    scan     importlib.metadata.entry_points(group=...) in the same folder, for comparison
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
from pathlib import Path

from agentforge_core.capability import Capability

SIZES = (10, 50, 100)
BYSTANDERS = 100
FULL = '"full"'
EMULATED = '{ level = "emulated", reason = "the host does it by its own means" }'
CAPABILITIES = "\n".join(f'"{name}" = {EMULATED if n % 2 else FULL}' for n, name in enumerate(Capability))

CHILD = """
import site, sys, time, json, importlib.metadata
site.addsitedir(sys.argv[1])
def timed(work):
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000
def load():
    global registry
    import agentforge_registry as registry
out = {}
if sys.argv[2] == "list":
    out["import"] = timed(load)
    out["first"] = timed(registry.entries)
    out["warm"] = timed(lambda: registry.entries(refresh=True))
    out["again"] = timed(registry.entries)
    ready = [e for e in registry.entries() if e.ready and e.name.startswith("synthetic")]
    assert len(ready) == int(sys.argv[3]), len(ready)
elif sys.argv[2] == "scan":
    out["scan"] = timed(lambda: importlib.metadata.entry_points(group="agentforge.adapters"))
else:
    load()
    out[sys.argv[2]] = timed(lambda: registry.entry("synthetic-0" if sys.argv[2] == "one" else "native"))
print(json.dumps(out))
"""


def fill(folder: Path, adapters: int) -> None:
    """Writes the distributions of one size."""
    for n in range(BYSTANDERS):
        write(folder, f"bystander_{n}", "", "[console_scripts]\nx = y:z\n" if n % 3 == 0 else "")
    for n in range(adapters):
        write(folder, f"framework_{n}", "", "")
        points = f"[agentforge.adapters]\nsynthetic-{n} = synthetic_{n}:ADAPTER\n"
        requires = f"Requires-Dist: framework-{n}>=1.2,<3\nRequires-Dist: agentforge-core>=0.1\n"
        write(folder, f"agentforge_synthetic_{n}", requires, points)
        package = folder / f"synthetic_{n}"
        package.mkdir()
        (package / "__init__.py").write_text("raise SystemExit('imported')\n")
        head = f'contract = 1\nsummary = "synthetic"\nframework = "framework-{n}"\n[capabilities]\n'
        (package / "adapter.toml").write_text(head + CAPABILITIES)


def write(folder: Path, name: str, headers: str, points: str) -> None:
    """Writes one dist-info folder, with a description as long as real ones are."""
    info = folder / f"{name}-2.5.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.4\nName: {name.replace('_', '-')}\nVersion: 2.5\nRequires-Python: >=3.11\n"
    (info / "METADATA").write_text(f"{head}{headers}\n" + "A long description.\n" * 300)
    if points:
        (info / "entry_points.txt").write_text(points)


def measure(folder: Path, what: str, adapters: int) -> dict[str, float]:
    """One fresh process."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder.parent / "bytecode")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), what, str(adapters)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=folder,
    )
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="What listing adapters costs.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seen: dict[int, dict[str, list[float]]] = {size: {} for size in SIZES}
    with tempfile.TemporaryDirectory() as base:
        for size in SIZES:
            folder = Path(base) / str(size) / "site"
            folder.mkdir(parents=True)
            fill(folder, size)
        for turn in range(options.rounds + 1):
            for size in SIZES:
                for what in ("list", "one", "native", "scan"):
                    found = measure(Path(base) / str(size) / "site", what, size)
                    if turn:  # the first round writes the byte code
                        for key, value in found.items():
                            seen[size].setdefault(key, []).append(value)
    rows = [
        {"adapters": size, **{k: round(statistics.median(v), 2) for k, v in found.items()}}
        for size, found in seen.items()
    ]
    if options.json:
        machine = {"python": platform.python_version(), "system": platform.platform(), "cpus": os.cpu_count()}
        print(json.dumps({"machine": machine, "rounds": options.rounds, "unit": "ms CPU", "rows": rows}))
        return
    columns = list(rows[0])
    print("  ".join(f"{c:>8}" for c in columns))
    for row in rows:
        print("  ".join(f"{row[c]:>8}" for c in columns))


if __name__ == "__main__":
    main()
