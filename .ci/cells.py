"""Prints the tox cells this machine can run within CI's time; the whole matrix is `nox -s matrix`.

The host on the newest interpreter (the README's test command has the oldest), each adapter at the latest
framework on the newest interpreter and at its floor on the oldest.
"""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Prints the names, comma-separated."""
    adapters = sorted(p.parent.name for p in ROOT.glob("adapters/*/pyproject.toml"))
    versions = [v for v in _supported() if _found(v)]
    tags = ["py" + v.replace(".", "") for v in versions]
    cells = [f"{tags[-1]}-core"]
    cells += [f"{tags[-1]}-{a}-latest" for a in adapters] + [f"{tags[0]}-{a}-floor" for a in adapters]
    print(",".join(cells))


def _supported() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    mark = "Programming Language :: Python :: "
    return [c.removeprefix(mark) for c in project["classifiers"] if c.startswith(mark + "3.")]


def _found(version: str) -> bool:
    """Whether an interpreter of that version really starts: a pyenv shim alone does not."""
    try:
        done = subprocess.run([f"python{version}", "-c", ""], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
