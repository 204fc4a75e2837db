"""Importing the package loads no framework; LangSmith is off unless the user says otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import agentforge_langchain
from agentforge_core.adapter import load_adapter
from agentforge_core.capability import Capability, Level
from agentforge_registry.manifest import read

TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


def child(code: str, **environment: str) -> object:
    env = {k: v for k, v in os.environ.items() if k not in TRACING} | environment
    ran = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=120
    )
    assert ran.stderr == ""
    return json.loads(ran.stdout)


def test_importing_the_package_loads_no_framework() -> None:
    loaded = child(
        "import agentforge_langchain, json, sys;"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    assert isinstance(loaded, list)
    foreign = {"langchain", "langchain_core", "langgraph", "langsmith", "pydantic", "aiohttp", "asyncio"}
    assert foreign.isdisjoint(loaded)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, False), ({"LANGSMITH_TRACING": "true"}, True), ({"LANGCHAIN_TRACING_V2": "true"}, True)],
)
def test_tracing_is_off_unless_the_user_turned_it_on(environment: dict[str, str], expected: bool) -> None:
    code = (
        "import agentforge_langchain._framework, json; from langsmith.utils import tracing_is_enabled;"
        "print(json.dumps(bool(tracing_is_enabled())))"
    )
    assert child(code, **environment) is expected


def test_the_entry_point_names_the_adapter() -> None:
    (point,) = entry_points(group="agentforge.adapters", name="langchain")
    assert load_adapter(point.name, point.value) is agentforge_langchain.ADAPTER


def test_the_manifest_speaks_of_every_capability() -> None:
    manifest = read(Path(agentforge_langchain.__file__).with_name("adapter.toml"))
    assert manifest.framework == "langchain"
    assert set(manifest.capabilities) == set(Capability)
    usable = {c for c, support in manifest.capabilities.items() if support.level is not Level.NOT_IMPLEMENTED}
    assert usable == {
        Capability.STREAMING,
        Capability.STRUCTURED_OUTPUT,
        Capability.PARALLEL_TOOLS,
        Capability.TEAMS_SEQUENTIAL,
        Capability.TEAMS_HIERARCHICAL,
    }
