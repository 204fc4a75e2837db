"""Installed packages that are not what they seem, and packages that send something to their makers."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from agentforge_core.cli.health import HOST, Finding

FACTS = Path(__file__).with_name("known.toml")
"""What is known of other people's distributions."""

_OWNED_BY_MANY = frozenset({"tests", "test", "testing", "docs", "doc", "examples", "benchmarks", "scripts"})
"""Top-level folders that distributions ship by mistake."""


def confusions() -> Iterator[Finding]:
    """Names that mean something else, modules that two distributions claim, a command with our name."""
    found = _installed()
    for fact in _facts()["confusion"]:
        if fact["distribution"] in found:
            said = f"{fact['distribution']} {found[fact['distribution']].version}: {fact['reason']}"
            yield Finding("name", "warn", said, fact["hint"])
    for module, owners in sorted(_owners(found.values()).items()):
        if len(owners) > 1:
            said = f"the import name {module} is claimed by {' and '.join(sorted(owners))}"
            yield Finding("name", "warn", said, f"pip uninstall {' '.join(sorted(owners))}, then install one")
    for name, distribution in found.items():
        scripts = distribution.entry_points.select(group="console_scripts", name="agentforge")
        if name != HOST and scripts:
            yield Finding(
                "name", "warn", f"{name} installs a command agentforge too", f"pip uninstall {name}"
            )


def telemetry() -> Iterator[Finding]:
    """Installed packages that send something, with the setting that stops it."""
    found = _installed()
    for fact in _facts()["telemetry"]:
        if fact["distribution"] in found:
            stopped = next((s for s in fact["switches"] if _is_set(s)), None)
            if stopped is not None:
                yield Finding("telemetry", "ok", f"{fact['distribution']}: stopped by {stopped}")
            else:
                said = f"{fact['distribution']} sends {fact['sends']}"
                yield Finding("telemetry", "warn", said, f"export {fact['switches'][0]}")
    for fact in _facts()["asked"]:
        asked = next((s for s in fact["settings"] if _is_set(s)), None)
        if fact["distribution"] in found and asked is not None:
            said = f"{asked} is set: {fact['distribution']} sends {fact['sends']}"
            yield Finding("telemetry", "warn", said, f"unset {asked.partition('=')[0]}")


def _is_set(setting: str) -> bool:
    name, _, value = setting.partition("=")
    return os.environ.get(name, "").lower() == value.lower()


@functools.cache
def _facts() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    import tomllib

    return tomllib.loads(FACTS.read_text(encoding="utf-8"))


def _installed() -> dict[str, Distribution]:
    """Distributions by normalised name, the first on `sys.path` of each."""
    from agentforge_compat.ranges import normalised

    found: dict[str, Distribution] = {}
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(normalised(name), distribution)
    return found


def _owners(found: Any) -> dict[str, set[str]]:
    """Distributions by the top-level packages whose `__init__.py` they bring; namespaces have none."""
    owners: dict[str, set[str]] = {}
    for distribution in found:
        for line in (distribution.read_text("RECORD") or "").splitlines():
            file = line.partition(",")[0]
            package, _, rest = file.partition("/")
            if rest == "__init__.py" and package not in _OWNED_BY_MANY:
                owners.setdefault(package, set()).add(distribution.metadata["Name"])
    return owners
