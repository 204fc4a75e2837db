"""Whole texts of what `run` and `validate` say about bad input, tools, models and adapters.

To change them, run with AGENTFORGE_GOLDEN=write and read the difference. What differs between machines
(versions, ports, seconds, run ids, folders) is written in capitals.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parent / "golden"
FINE = {"text": "fine"}


def told(done: Any, folder: Path) -> str:
    """What is compared: exit code, stdout and stderr without the machine."""
    text = f"exit {done.exit_code}\n{done.stdout}---\n{done.stderr}"
    for pattern, stands in (
        (re.escape(str(folder)), "FOLDER"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\d+\.\d\d s\b", "SECONDS s"),
        (r"\d+ \+ \d+ tokens", "N + N tokens"),
        (r"run [0-9a-f]{11}-[0-9a-f]{10}", "run ID"),
        (r"(agentforge-core|native) " + re.escape(version("agentforge-core")), r"\1 VERSION"),
        (r"known are .*", "known are ..."),
        (r"\nnext: .*", ""),
    ):
        text = re.sub(pattern, stands, text)
    return text


@pytest.fixture
def golden(request, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")

    def check(done: Any) -> None:
        assert "Traceback" not in done.stderr
        name = re.sub(r"[^a-z0-9]+", "_", request.node.name.removeprefix("test_")).strip("_")
        file, text = GOLDEN / f"{name}.txt", told(done, tmp_path)
        if os.environ.get("AGENTFORGE_GOLDEN") == "write":
            GOLDEN.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return check


def edited(project, file: str, old: str, new: str) -> str:
    path = project.folder / file
    path.write_text(path.read_text().replace(old, new))
    return file


# -- documents --------------------------------------------------------------------------------------


def test_cyclic_context(agentforge, project, golden) -> None:
    tasks = "tasks:\n  a: {agent: clerk, description: A, context: [b]}\n"
    golden(
        agentforge(
            "validate", project.document(tasks + "  b: {agent: clerk, description: B, context: [a]}\n")
        )
    )


def test_dangling_reference(agentforge, project, golden) -> None:
    golden(agentforge("validate", edited(project, project.document(tools="add"), '["add"]', "[ad, sum]")))


def test_not_utf8(agentforge, golden) -> None:
    Path("a.yaml").write_bytes(b"agentforge: 1\nagents: {caf\xe9: {}}\n")
    golden(agentforge("validate", "a.yaml"))


def test_a_tool_that_does_not_load(agentforge, project, golden) -> None:
    golden(
        agentforge("run", edited(project, project.document(tools="add"), "tools:add", "tools:ad"), "-p", "hi")
    )


# -- names and placement ----------------------------------------------------------------------------


def test_unknown_adapter(agentforge, project, golden) -> None:
    golden(agentforge("run", project.document(), "-p", "hi", "--on", "nativ"))


def test_unknown_name(agentforge, project, golden) -> None:
    golden(agentforge("run", project.document(), "clark", "-p", "hi"))


def test_which_agent(agentforge, project, golden) -> None:
    golden(agentforge("run", project.document("  writer: {}\n"), "-p", "hi"))


@pytest.mark.parametrize("found", ["none", "0.9"])
def test_framework_missing_or_out_of_range(agentforge, project, golden, tmp_path, monkeypatch, found) -> None:
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(str(site))
    package = site / "some_adapter"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "adapter.toml").write_text(
        'contract = 1\nsummary = "x"\nframework = "somelib"\n[capabilities]\n'
    )
    info = site / "agentforge_somelib-1.0.dist-info"
    info.mkdir()
    head = "Metadata-Version: 2.4\nName: agentforge-somelib\nVersion: 1.0\nRequires-Dist: somelib>=1.4,<2\n"
    (info / "METADATA").write_text(f"{head}\n")
    (info / "entry_points.txt").write_text("[agentforge.adapters]\nsomelib = some_adapter:ADAPTER\n")
    if found != "none":
        (site / f"somelib-{found}.dist-info").mkdir()
        (site / f"somelib-{found}.dist-info" / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: somelib\nVersion: {found}\n\n"
        )
    golden(agentforge("run", project.document(), "-p", "hi", "--on", "somelib"))


# -- tools ------------------------------------------------------------------------------------------


def test_a_tool_raises_and_the_model_sees_it(agentforge, project, golden) -> None:
    project.script(project.call("fail"), {"text": "{{last_tool_result}}"})
    golden(agentforge("run", project.document(tools="fail"), "-p", "hi"))


def test_a_tool_raises_and_the_run_fails(agentforge, project, golden) -> None:
    project.script(project.call("fail"), FINE)
    file = edited(project, project.document(tools="fail"), "side_effects: none", "on_error: fail")
    golden(agentforge("run", file, "-p", "hi"))


def test_a_tool_returns_what_is_not_json(agentforge, project, golden) -> None:
    (project.folder / "tools.py").write_text('def odd() -> object:\n    """Odd."""\n    return object()\n')
    project.script(project.call("odd"), {"text": "{{last_tool_result}}"})
    golden(agentforge("run", project.document(tools="odd"), "-p", "hi"))


def test_arguments_that_are_not_json(agentforge, project, golden) -> None:
    asked = {"tool_calls": [{"name": "add", "arguments": '{"a": 1, '}]}
    project.script(asked, {"text": "{{last_tool_result}}"})
    golden(agentforge("run", project.document(tools="add"), "-p", "hi"))


def test_arguments_that_break_the_schema(agentforge, project, golden) -> None:
    project.script(project.call("add", a="one", c=2), {"text": "{{last_tool_result}}"})
    golden(agentforge("run", project.document(tools="add"), "-p", "hi"))


def test_an_unknown_tool(agentforge, project, golden) -> None:
    project.script(project.call("subtract"), {"text": "{{last_tool_result}}"})
    golden(agentforge("run", project.document(tools="add"), "-p", "hi"))


def test_an_endless_loop(agentforge, project, golden) -> None:
    rules = [{"reply": project.call("add", a=1, b=1)}]
    (project.folder / "script.json").write_text(json.dumps({"rules": rules}))
    file = project.document("limits: {model_calls: 3}\n", tools="add")
    golden(agentforge("run", file, "-p", "hi"))


def test_nobody_to_ask(agentforge, project, golden) -> None:
    project.script(project.call("delete", path="x"), FINE)
    file = edited(project, project.document(tools="delete"), "side_effects: none", "approval: always")
    golden(agentforge("run", file, "-p", "hi"))


# -- models -----------------------------------------------------------------------------------------


def test_no_key(agentforge, project, golden) -> None:
    golden(agentforge("run", project.document(), "-p", "hi", "--model", "openai/gpt-5-mini"))


def test_no_model(agentforge, golden) -> None:
    Path("a.yaml").write_text("agentforge: 1\nagents: {clerk: {}}\n")
    golden(agentforge("run", "a.yaml", "-p", "hi"))


def test_a_script_that_has_ended(agentforge, project, golden) -> None:
    project.script(project.call("add", a=1, b=1))
    golden(agentforge("run", project.document(tools="add"), "-p", "hi"))


@pytest.fixture
def endpoint(project, environment) -> Iterator[Any]:
    """The address of a scripted server with a fault in each of its first requests."""
    servers = []

    def start(fault: str) -> str:
        faults = [part for number in range(1, 9) for part in ("--fault", f"{number}:{fault}")]
        command = [sys.executable, "-m", "agentforge_core.gateway.scripted", "script.json", *faults]
        server = subprocess.Popen(
            command, cwd=project.folder, env=environment, stdout=subprocess.PIPE, text=True
        )
        servers.append(server)
        assert server.stdout is not None
        return server.stdout.readline().strip()

    yield start
    for server in servers:
        server.terminate()
        server.communicate()


@pytest.mark.parametrize(
    "fault",
    [
        "status=429;retry-after=3600",
        "status=400",
        "status=500",
        "slow-headers=30",
        "close-mid-body",
        "invalid-json",
    ],
)
def test_endpoint(agentforge, project, golden, endpoint, monkeypatch, fault: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-real-key-0123456789")
    address = endpoint(fault)
    model = f"{{model: openai/some-model, base_url: '{address}', timeout_s: 0.3}}"
    done = agentforge(
        "run", edited(project, project.document(), "{model: scripted/script.json}", model), "-p", "hi"
    )
    assert "sk-not" not in done.stderr
    golden(done)
