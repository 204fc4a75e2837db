"""Writes the catalog from what the repository says of its adapters: manifests and dependencies.

    python -m agentforge_registry.catalog_writer ROOT [--write]

Without `--write` it says whether the file is current; a test does the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agentforge_compat.ranges import normalised
from agentforge_core.contract import ENTRY_POINT_GROUP
from agentforge_registry.catalog import FILE
from agentforge_registry.entry import HOST
from agentforge_registry.manifest import FILENAME, read
from agentforge_registry.versions import required


def generate(root: Path) -> str:
    """The text of `catalog.json` for the repository at `root`.

    Raises:
        AdapterError: a manifest there is wrong.
        FileNotFoundError: a project names an adapter and has no manifest for it.
    """
    projects = [root / "pyproject.toml", *sorted(root.glob("adapters/*/pyproject.toml"))]
    rows = sorted((row for p in projects for row in _rows(p)), key=lambda row: str(row["name"]))
    return json.dumps({"adapters": rows}, indent=1, ensure_ascii=False) + "\n"


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    project = data["project"]
    packages = data["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    for name, reference in project.get("entry-points", {}).get(ENTRY_POINT_GROUP, {}).items():
        yield _row(name, reference, project, [file.parent / p for p in packages])


def _row(name: str, reference: str, project: Mapping[str, Any], packages: Sequence[Path]) -> dict[str, Any]:
    top, *inner = reference.partition(":")[0].split(".")
    folder = next((p for p in packages if p.name == top), None)
    if folder is None:
        raise FileNotFoundError(f"{project['name']} builds no package {top}")
    manifest = read(folder.joinpath(*inner, FILENAME))
    framework = normalised(manifest.framework) if manifest.framework else None
    own = project["name"] == HOST
    needed = [] if own else required(project.get("dependencies", ()), lambda _: None, framework)
    return {
        "name": name,
        "distribution": project["name"],
        "version": project["version"],
        "framework": framework,
        "supported": next((r.specifier for r in needed if r.name == framework), ""),
        "requires": [r.text for r in needed if r.name != HOST],
        "requires_python": project.get("requires-python", ""),
        "license": project.get("license"),
        "documentation": manifest.documentation,
        "summary": manifest.summary,
        "capabilities": {
            str(capability): {
                key: value
                for key, value in (("level", str(s.level)), ("since", s.since), ("reason", s.reason))
                if value is not None
            }
            for capability, s in sorted(manifest.capabilities.items())
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the catalog of a repository, or says whether it is current."""
    parser = argparse.ArgumentParser(
        prog="python -m agentforge_registry.catalog_writer", description=main.__doc__
    )
    parser.add_argument("root", type=Path, metavar="ROOT", help="folder of the repository")
    parser.add_argument("--write", action="store_true", help="write the file")
    options = parser.parse_args(arguments)
    text = generate(options.root)
    target = options.root / "registry" / "agentforge_registry" / FILE.name
    if options.write:
        target.write_text(text, encoding="utf-8")
        return 0
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{target} is not current; run with --write\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
