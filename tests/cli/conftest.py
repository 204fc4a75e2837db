"""Documents with scripted models, the command line in this process, and in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agentforge_core.cli.root import cli

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AGENTFORGE_DEBUG", "AGENTFORGE_HOME", "NO_COLOR", "FORCE_COLOR", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def agentforge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process, in an empty folder; stdout and stderr apart."""
    monkeypatch.chdir(tmp_path)
    try:
        runner = CliRunner(mix_stderr=False)  # type: ignore[call-arg]
    except TypeError:  # click 8.2 and up keeps them apart always
        runner = CliRunner()

    def run(*arguments: str, **settings: Any) -> Result:
        result = runner.invoke(cli, list(arguments), **settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


TOOLS = '''
"""Tools of the tests."""
import asyncio, os, subprocess, sys, threading

def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b

def fail() -> str:
    """Fail."""
    raise ValueError("the shelf is empty")

def noisy() -> str:
    """Print where one should not."""
    print("printed by a tool")
    os.write(1, b"written by a tool\\n")
    subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
    return "done"

def wait() -> str:
    """Wait for something that does not come."""
    threading.Event().wait(60)
    return "done"

async def block() -> str:
    """Hold up the event loop."""
    # in pieces: CPython does not see a signal that comes just before it begins to wait for a lock
    for _ in range(1200):
        threading.Event().wait(0.05)
    return "done"

def delete(path: str) -> str:
    """Delete a file."""
    return f"{path} is gone"
'''


class Project:
    """A folder with a document, its tools, and a script for its model."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tools.py").write_text(TOOLS)

    @staticmethod
    def call(name: str, **arguments: Any) -> dict[str, Any]:
        """A scripted reply that calls one tool."""
        return {"tool_calls": [{"name": name, "arguments": arguments}]}

    def script(self, *replies: dict[str, Any]) -> None:
        """What the scripted model says, turn by turn."""
        (self.folder / "script.json").write_text(json.dumps({"replies": list(replies)}))

    def document(self, text: str = "", *, tools: str = "", name: str = "agents.yaml", **agent: Any) -> str:
        """A document with one agent `clerk` and the named tools of tools.py; more text below."""
        listed = "".join(f"  {t}: {{python: 'tools:{t}', side_effects: none}}\n" for t in tools.split())
        keys = {"instructions": "Be brief.", "tools": tools.split(), **agent}
        body = "agentforge: 1\nmodels: {default: {model: scripted/script.json}}\n"
        body += f"tools:\n{listed}" if listed else ""
        body += f"agents:\n  clerk: {json.dumps(keys)}\n"
        (self.folder / name).write_text(body + text)
        return name


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.script({"text": "It is noon."})
    return made


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def environment(bytecode: Path) -> dict[str, str]:
    """The environment of child processes; their bytecode is written once for all tests."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "TERM")}
    return {**kept, "PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONUTF8": "1"}


COMMAND = (sys.executable, "-m", "agentforge_core")


def with_default_signals() -> None:
    """A shell's background job ignores SIGINT; the children of these tests do not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def process(tmp_path: Path, environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command in a process of its own, to its end."""

    def run(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**environment, **settings.pop("env", {})},
            timeout=60,
            check=False,
            **settings,
        )

    return run


@pytest.fixture
def started(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command in a process of its own; what still lives at the end of the test is killed."""
    children: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **settings: Any) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment,
            preexec_fn=with_default_signals,
            **settings,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.fixture
def until() -> Callable[[subprocess.Popen[str], str], str]:
    """Reads the child's stderr up to the line that has a text, and returns all of it."""

    def read(child: subprocess.Popen[str], text: str) -> str:
        assert child.stderr is not None
        seen = ""
        while text not in seen:
            line = child.stderr.readline()
            assert line, f"{text!r} never came: {seen}"
            seen += line
        return seen

    return read
