"""The guide for adapter authors does what it says: its files are installed and its commands run."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from agentforge_core.capability import Capability

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "adapters.md"
pytestmark = pytest.mark.skipif(not GUIDE.is_file(), reason="not a checkout")

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_LINE = (
    "import site, sys; site.addsitedir(sys.argv.pop(1)); from agentforge_core.cli import main; main()"
)


def blocks() -> list[tuple[str, str]]:
    """Language and text of every fenced block."""
    return BLOCK.findall(GUIDE.read_text(encoding="utf-8"))


def files() -> dict[str, str]:
    """The blocks that are files: `# path` in the first line."""
    named = {}
    for language, text in blocks():
        if language in {"toml", "python", "yaml"}:
            first = text.splitlines()[0]
            assert re.fullmatch(r"# [\w./-]+\.(toml|py|yaml)", first), f"a block without a file name: {first}"
            named[first.removeprefix("# ")] = text
    return named


def session() -> list[tuple[list[str], list[str]]]:
    """The `agentforge` commands of the console block, each with the lines shown below it."""
    (text,) = [text for language, text in blocks() if language == "console"]
    commands: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append((shlex.split(line.removeprefix("$ ")), []))
        else:
            commands[-1][1].append(line)
    return [(words[1:], shown) for words, shown in commands if words[0] == "agentforge"]


class Reader:
    """Somebody who followed the guide up to `pip install`."""

    def __init__(self, folder: Path, *, editable: bool) -> None:
        self.folder = folder
        for name, text in files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.site = site_class()(folder / "site")
        framework = folder / "acme-agents"
        own = tomllib.loads((framework / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        self.site.metadata(own["name"], own["version"])
        shutil.copytree(framework / "acme_agents", self.site.folder / "acme_agents")
        self.site.install(folder / "agentforge-acme", editable=editable)

    def agentforge(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", COMMAND_LINE, str(self.site.folder), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"COLUMNS": "200"},
        )


def site_class() -> Any:
    """`Site` of the registry's tests, which writes distributions as an installer does."""
    spec = importlib.util.spec_from_file_location("registry_site", ROOT / "tests/registry/conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Site


@pytest.fixture(params=["wheel", "editable"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    return Reader(tmp_path, editable=request.param == "editable")


def test_every_file_of_the_tree_is_on_the_page() -> None:
    assert set(files()) == {
        "acme-agents/pyproject.toml",
        "acme-agents/acme_agents/__init__.py",
        "agentforge-acme/pyproject.toml",
        "agentforge-acme/src/agentforge_acme/__init__.py",
        "agentforge-acme/src/agentforge_acme/_agent.py",
        "agentforge-acme/src/agentforge_acme/adapter.toml",
        "clerk.yaml",
        "tools.py",
    }


def test_the_manifest_speaks_of_every_capability() -> None:
    manifest = tomllib.loads(files()["agentforge-acme/src/agentforge_acme/adapter.toml"])
    assert set(manifest["capabilities"]) == {str(c) for c in Capability}


def test_the_commands_print_what_the_page_shows(reader: Reader) -> None:
    assert [words[0] for words, _ in session()] == ["adapters", "run", "lower"]
    for words, shown in session():
        done = reader.agentforge(*words)
        assert done.returncode == 0, done.stderr
        assert shown, f"the page shows nothing of {words}"
        printed = [
            line.split() for line in done.stdout.splitlines()
        ]  # columns are as wide as all adapters need
        for line in shown:
            assert line.split() in printed, done.stdout


def test_it_is_ready_and_calls_the_tool(reader: Reader) -> None:
    rows = json.loads(reader.agentforge("adapters", "list", "--json").stdout)["adapters"]
    acme = next(row for row in rows if row["name"] == "acme")
    assert (acme["status"], acme["framework"], acme["reason"]) == ("ready", "acme-agents", None)
    done = reader.agentforge("run", "clerk.yaml", "-p", "What is 2 + 2?", "--json")
    result = json.loads(done.stdout)
    assert (result["status"], result["adapter"]["name"]) == ("succeeded", "acme")
    assert (result["usage"]["model_calls"], result["usage"]["tool_calls"]) == (2, 1)
    assert "add(a=2, b=2) = 4" in result["output"]


def test_listing_imports_neither_the_adapter_nor_the_framework(reader: Reader) -> None:
    code = (
        "import json, sys\nfrom agentforge_registry import entry\n"
        "ready = entry('acme').ready\nbefore = [m for m in sys.modules if 'acme' in m]\n"
        "import agentforge_acme\n"
        "print(json.dumps([ready, before, [m for m in sys.modules if 'acme' in m]]))"
    )
    assert reader.site.child(code) == [True, [], ["agentforge_acme"]]
