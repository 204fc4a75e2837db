"""Writes or checks the generated pages: `python -m docs.generate --write` or `--check`, from the repository.

A fact is written once: codes in agentforge_core/codes.py, capabilities in each adapter's manifest, the
range in its dependencies, shapes in the code. What people read is made from them here.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from agentforge_core.capability import Capability, Support
from agentforge_core.codes import CODES

ROOT = Path(__file__).resolve().parent.parent
_MARKS = ("<!-- support: generated -->", "<!-- /support -->")
_FAMILIES = {
    "1": "The document",
    "2": "Adapters and placement",
    "3": "Lowering and capabilities",
    "4": "Model and tool calls",
    "5": "Limits and decisions",
    "6": "The command line",
    "9": "Internal",
}


def pages() -> dict[Path, str]:
    """Every generated file with the text it must have."""
    from agentforge_core.cli.reference import reference
    from agentforge_core.cli.shapes import SCHEMAS

    made = {
        ROOT / "docs/errors.md": errors(),
        ROOT / "docs/cli.md": reference(),
        ROOT / "docs/support.md": support_page(),
        ROOT / "README.md": readme(),
    }
    for name, schema in SCHEMAS.items():
        made[ROOT / f"docs/schema/{name}.json"] = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    return made


def errors() -> str:
    """The page of all codes; every diagnostic's code is a heading here."""
    lines = ["# Diagnostic codes", "", "Generated from `agentforge_core/codes.py`.", ""]
    family = ""
    for code, (title, text) in sorted(CODES.items()):
        if code[2] != family:
            family = code[2]
            lines += [f"## {_FAMILIES[family]}", ""]
        lines += [f"### {code}: {title}", "", text, ""]
    return "\n".join(lines).rstrip() + "\n"


def support_table() -> str:
    """Adapters by capabilities, as their manifests declare it."""
    from agentforge_registry.catalog import entries

    known = sorted(entries().values(), key=lambda e: (e.framework is not None, e.name))
    rows = [["capability", *(e.name for e in known)]]
    rows.append(["framework", *(f"{e.framework or '—'} {e.supported}".strip() for e in known)])
    rows += [[str(c), *(_cell(e.support(c)) for e in known)] for c in Capability]
    head, *body = rows
    return "\n".join(["| " + " | ".join(r) + " |" for r in [head, ["---"] * len(head), *body]])


def _cell(support: Support) -> str:
    return str(support.level).replace("_", " ") + (f" ({support.since})" if support.since else "")


def support_page() -> str:
    """The support page: the table, and why where it is not full."""
    from agentforge_registry.catalog import entries

    lines = [
        "# Support",
        "",
        "Generated from the manifests: what each adapter declares. Approval, cancel, budgets and tracing are",
        "guarantees of the host on every adapter and are not in the table.",
        "",
        support_table(),
        "",
    ]
    for entry in sorted(entries().values(), key=lambda e: e.name):
        reasons = [
            f"- `{c}`: {_cell(entry.support(c))}, because {entry.support(c).reason}"
            for c in Capability
            if entry.support(c).reason
        ]
        lines += [f"## {entry.name}", "", entry.summary + ".", "", *reasons, ""]
    return "\n".join(lines).rstrip() + "\n"


def readme() -> str:
    """The README with its table made anew."""
    text = (ROOT / "README.md").read_text()
    before, _, rest = text.partition(_MARKS[0])
    _, _, after = rest.partition(_MARKS[1])
    return f"{before}{_MARKS[0]}\n{support_table()}\n{_MARKS[1]}{after}"


def main() -> int:
    """Writes the pages, or names those that differ and returns 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the pages")
    mode.add_argument("--check", action="store_true", help="fail when a page differs from its source")
    write = parser.parse_args().write
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages()[path])
        print(f"{'wrote' if write else 'differs from its source:'} {path.relative_to(ROOT)}")
    if stale and not write:
        print("run: python -m docs.generate --write")
    return 1 if stale and not write else 0


if __name__ == "__main__":
    sys.exit(main())
