"""What an adapter's `lower` returns is held to the contract, and the blame names the adapter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentforge_core import load
from agentforge_core.errors import AdapterError, UnsupportedError

HEAD = """
from agentforge_core.adapter import Output

async def run(self, input, host):
    return Output("it ran")

def raises(self):
    raise ValueError("no words")
"""
ADAPTER = """
class Adapter:
    def lower(self, unit, context):
        {body}

ADAPTER = Adapter()
"""


def made(**members: str) -> str:
    """The body of a `lower` whose object has these members."""
    return f"return type('Odd', (), {{{', '.join(f'{k!r}: {v}' for k, v in members.items())}}})()"


@pytest.fixture
def odd(site: Any, tmp_path: Path) -> Any:
    """Installs an adapter of a name of its own whose `lower` has this body; a document placed on it."""

    def install(name: str, body: str) -> Path:
        site.adapter(name)
        source = HEAD + ADAPTER.format(body=body)
        (site.folder / f"adapter_{name}" / "__init__.py").write_text(source, encoding="utf-8")
        file = tmp_path / f"{name}.yaml"
        file.write_text(
            "agentforge: 1\nmodels: {default: {model: offline/rules}}\n"
            f"agents:\n  clerk:\n    instructions: Say hello.\n    on: {name}\n",
            encoding="utf-8",
        )
        return file

    return install


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("oddone", made(run="run"), "lower() returned Odd, which has no describe();"),
        ("oddtwo", made(describe="raises"), "lower() returned Odd, which has no run();"),
        ("oddthree", "return None", "lower() returned NoneType, which has no run() and no describe();"),
        ("oddfour", made(run="run", describe="'text'"), "lower() returned Odd, which has no describe();"),
    ],
)
@pytest.mark.parametrize("way", ["run", "lower"])
def test_what_is_missing_is_named(odd: Any, name: str, body: str, found: str, way: str) -> None:
    forge = load(odd(name + way, body))
    with pytest.raises(AdapterError) as caught:
        _ = forge.lowered() if way == "lower" else forge.run_sync(prompt="hello")
    first = caught.value.first
    assert (first.code, first.path) == ("AF3104", "agents.clerk")
    assert first.subject == f"agentforge-{name}{way} 1.0.0"
    assert f"adapter '{name}{way}' broke the contract" in first.message
    assert first.reason is not None
    assert first.reason.startswith(found)
    assert "expected an object with run(input, host), and describe() that returns text" in first.reason


@pytest.mark.parametrize(
    ("name", "describe", "found"),
    [
        ("mute", "raises", "describe() raised ValueError: no words;"),
        ("wordless", "lambda self: None", "describe() returned NoneType;"),
    ],
)
def test_a_describe_that_fails_is_the_adapters_and_stops_no_run(
    odd: Any, name: str, describe: str, found: str
) -> None:
    forge = load(odd(name, made(run="run", describe=describe)))
    with pytest.raises(AdapterError) as caught:
        forge.lowered()
    first = caught.value.first
    assert (first.code, first.subject) == ("AF3104", f"agentforge-{name} 1.0.0")
    assert first.reason is not None
    assert first.reason.startswith(found)
    assert forge.run_sync(prompt="hello").output == "it ran"


def test_a_refusal_needs_no_object(odd: Any) -> None:
    refusal = "context.refuse('AF3001', 'agents.clerk', 'nothing', reason='it lowers nothing')"
    with pytest.raises(UnsupportedError, match="it lowers nothing"):
        load(odd("refusing", refusal)).lowered()


def test_the_command_line_blames_the_adapter(odd: Any, site: Any) -> None:
    file = odd("terse", made(run="run"))
    code = "import site, sys; site.addsitedir(sys.argv.pop(1)); from agentforge_core.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, str(site.folder), "lower", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "AF3104" in done.stderr
    assert "AF9001" not in done.stderr
