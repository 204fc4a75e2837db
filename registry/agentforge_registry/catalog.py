"""The catalog: adapters that are known, installed or not, with the line that installs them.

`catalog.json` is package data, written by `agentforge_registry.catalog_writer` and never by hand. It is
JSON, because the standard library writes it, and reads it ten times faster than TOML.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentforge_compat.ranges import normalised
from agentforge_core.capability import Capability, Level, Support
from agentforge_registry.entry import Entry, Status
from agentforge_registry.versions import pip_install

FILE = Path(__file__).with_name("catalog.json")
"""The catalog that ships with the host."""


@functools.cache
def entries() -> Mapping[str, Entry]:
    """The adapters of the catalog by normalised name, each as an entry that is not installed."""
    table = json.loads(FILE.read_text(encoding="utf-8"))
    return {normalised(row["name"]): _entry(row) for row in table["adapters"]}


def _entry(row: dict[str, Any]) -> Entry:
    capabilities = {
        Capability(name): Support(Level(said["level"]), said.get("since"), said.get("reason"))
        for name, said in row.pop("capabilities").items()
    }
    return Entry(
        **{**row, "requires": tuple(row["requires"])},
        capabilities=capabilities,
        status=Status.NOT_INSTALLED,
        reason=f"{row['distribution']} is not installed",
        hint=pip_install(row["distribution"]),
        installed=False,
    )
