"""What listing costs: no adapter and no framework is imported, and one adapter reads one adapter's files."""

from __future__ import annotations

from typing import Any

import pytest

WATCH = """
import json, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from agentforge_registry import entries, entry
"""


@pytest.fixture
def fifty(site: Any) -> Any:
    """Fifty adapters of ten frameworks, and fifty distributions that are none."""
    for n in range(10):
        site.library(f"framework-{n}", "2.5")
    for n in range(50):
        manifest = f'contract = 1\nsummary = "s"\nframework = "framework-{n % 10}"\n[capabilities]\nstreaming = "full"\n'
        site.adapter(f"synthetic-{n}", f"Requires-Dist: framework-{n % 10}>=2", manifest=manifest)
        site.metadata(f"bystander-{n}", "1.0", points="[console_scripts]\nx = y:z\n")
    return site


def test_fifty_are_listed_and_none_is_imported(fifty: Any) -> None:
    code = WATCH + (
        "found = entries()\n"
        "print(json.dumps({'ready': [e.name for e in found if e.ready and e.name.startswith('synthetic')],\n"
        "  'modules': sorted(sys.modules)}))"
    )
    result = fifty.child(code)
    assert len(result["ready"]) == 50
    heavy = {"pydantic", "aiohttp", "rich", "asyncio", "jsonschema_rs", "ruamel", "agentforge_core.ir"}
    loaded = {
        m
        for m in result["modules"]
        if m.startswith(("adapter_", "framework_", "agentforge_native", "agentforge_langchain", "langchain"))
        or m in heavy
    }
    assert not loaded


def test_one_adapter_reads_one_adapter(fifty: Any) -> None:
    code = WATCH + (
        "found = entry('synthetic-7')\n"
        "mine = [p for p in opened if p.endswith(('METADATA', 'adapter.toml')) ]\n"
        "print(json.dumps([found.status, mine]))"
    )
    status, mine = fifty.child(code)
    assert status == "ready"
    names = sorted("/".join(p.split("/")[-2:]) for p in mine)
    assert names == [
        "adapter_synthetic_7/adapter.toml",
        "agentforge_synthetic_7-1.0.0.dist-info/METADATA",
        "framework_7-2.5.dist-info/METADATA",
    ]


def test_a_second_look_opens_no_file(fifty: Any) -> None:
    code = WATCH + (
        "entries(); opened.clear(); again = entries(); one = entry('synthetic-3')\n"
        "print(json.dumps([opened, any(e is one for e in again)]))"
    )
    assert fifty.child(code) == [[], True]


def test_an_adapter_without_ranges_imports_no_packaging(site: Any) -> None:
    code = WATCH + (
        "found = entry('native')\n"
        "print(json.dumps([found.status, [m for m in sys.modules if m.split('.')[0] == 'packaging']]))"
    )
    assert site.child(code) == ["ready", []]
