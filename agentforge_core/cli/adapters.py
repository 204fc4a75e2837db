"""`agentforge adapters`: what is installed, what is known, what each can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from agentforge_core.cli.group import Lazy, LazyGroup
from agentforge_core.cli.options import debug_option, example, json_option

if TYPE_CHECKING:
    from agentforge_registry import Entry

_SECTION = "Commands"
_LIST = "List all adapters, installed or known."
_INFO = "Describe one adapter."
ISOLATION = "models and tools are called by the host, tools with the host's rights"
"""What is said of every adapter about where the user's tools run."""

group = LazyGroup(
    name="adapters",
    table={
        "list": Lazy("agentforge_core.cli.adapters:list_command", _LIST, _SECTION),
        "info": Lazy("agentforge_core.cli.adapters:info_command", _INFO, _SECTION),
    },
    help="List and describe adapters. None is imported for it, and no framework.",
    short_help="List and describe adapters.",
    epilog=example("agentforge adapters list", "agentforge adapters info langchain"),
)
"""The group `adapters`."""


@click.command(name="list", short_help=_LIST, help=_LIST, epilog=example("agentforge adapters list --json"))
@json_option
@debug_option
def list_command(as_json: bool) -> int:
    """Prints the list and returns the exit code."""
    from agentforge_core.cli.streams import stdout
    from agentforge_core.cli.tables import show
    from agentforge_registry import entries

    found = entries()
    if as_json:
        stdout().json({"adapters": [row(e) for e in found]})
        return 0
    columns = ("adapter", "framework", "status", "serves", "why not, and what helps")
    show(columns, [_cells(e) for e in found], stdout())
    return 0


@click.command(
    name="info", short_help=_INFO, help=_INFO, epilog=example("agentforge adapters info native --json")
)
@click.argument("name", metavar="NAME")
@json_option
@debug_option
def info_command(name: str, as_json: bool) -> int:
    """Prints what is known of one adapter and returns the exit code."""
    from agentforge_core.cli.streams import stdout

    found = _known(name)
    if as_json:
        stdout().json(details(found))
        return 0
    answer = stdout()
    answer.text(_described(found))
    return 0


def row(entry: Entry) -> dict[str, Any]:
    """The entry as `adapters list --json` has it. No conformance report is read yet: levels are unknown."""
    return {
        "name": entry.name,
        "framework": entry.framework,
        "status": str(entry.status),
        "installed": entry.installed,
        "supported": entry.supported,
        "level": {"core": "unknown"},
        "reason": entry.reason,
    }


def details(entry: Entry) -> dict[str, Any]:
    """The entry as `adapters info --json` has it."""
    return {
        **row(entry),
        "distribution": entry.distribution,
        "version": entry.version,
        "framework_version": entry.framework_version,
        "requires": list(entry.requires),
        "requires_python": entry.requires_python,
        "summary": entry.summary,
        "license": entry.license,
        "documentation": entry.documentation,
        "isolation": ISOLATION,
        "hint": entry.hint,
        "capabilities": {
            str(capability): {"level": str(said.level), "since": said.since, "reason": said.reason}
            for capability, said in _capabilities(entry)
        },
    }


def _capabilities(entry: Entry) -> list[tuple[Any, Any]]:
    from agentforge_core.capability import Capability

    return [(capability, entry.support(capability)) for capability in Capability]


def _known(name: str) -> Entry:
    from agentforge_compat.ranges import normalised
    from agentforge_registry import entries, entry

    listed = next((e for e in entries() if normalised(e.name) == normalised(name)), None)
    return listed if listed is not None else entry(name)


def _cells(entry: Entry) -> list[str]:
    framework = f"{entry.framework or '-'} {entry.framework_version or ''}".strip()
    why = "; ".join(part for part in (entry.reason, entry.hint) if part)
    serves = f"{entry.framework}{entry.supported}" if entry.framework and entry.supported else ""
    return [entry.name, framework, str(entry.status), serves, why]


def _described(entry: Entry) -> str:
    from agentforge_core.cli.tables import aligned

    installed = "not installed" if not entry.installed else entry.version
    facts = [
        ("adapter", f"{entry.name}: {entry.summary}"),
        ("status", str(entry.status)),
        ("reason", entry.reason),
        ("help", entry.hint),
        ("package", f"{entry.distribution} {installed}"),
        (
            "framework",
            f"{entry.framework} {entry.framework_version or 'not installed'}" if entry.framework else None,
        ),
        ("serves", f"{entry.framework}{entry.supported}" if entry.framework else None),
        ("python", entry.requires_python),
        ("licence", entry.license),
        ("read", entry.documentation),
        ("isolation", ISOLATION),
        ("measured", "unknown: no conformance report yet"),
    ]
    rows = [
        (str(capability), str(said.level), said.since or "", said.reason or "")
        for capability, said in _capabilities(entry)
    ]
    head = "\n".join(f"{label + ':':<11}{value}" for label, value in facts if value)
    return f"{head}\n\n{aligned(('capability', 'declared', 'since', 'reason'), rows)}"
