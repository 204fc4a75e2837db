"""What a run refuses has its place in the document, whoever found it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from agentforge_core import Agent, load, tool
from agentforge_core.boundary.effects import HumanInput
from agentforge_core.errors import ForgeError


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('tools: {t: {python: "nope:f"}}\nagents: {a: {tools: [t]}}', "AF1201", (3, 13)),
        ("agents:\n  a:\n    memory: true", "AF3201", (5, 5)),
        ('agents:\n  "my agent": {handoffs: ["my agent"]}', "AF3201", (4, 16)),
    ],
)
def test_a_refused_run_names_line_and_column(
    tmp_path: Path, text: str, code: str, place: tuple[int, int]
) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(f"agentforge: 1\nmodels: {{default: {{model: offline/rules}}}}\n{text}\n")
    with pytest.raises(ForgeError) as caught:
        load(file).run_sync(prompt="hello")
    first = caught.value.first
    assert (first.code, first.file, (first.line, first.column)) == (code, str(file), place)


def test_a_limit_that_stops_a_run_names_its_place(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(
        "agentforge: 1\nmodels: {default: {model: offline/rules}}\n"
        "agents:\n  a:\n    limits: {model_calls: 0}\n"
    )
    result = load(file).run_sync(prompt="hello")
    assert result.error is not None
    assert (result.error.code, result.error.first.line, result.error.first.column) == ("AF5001", 5, 5)


async def test_a_callback_that_blocks_holds_up_nobody_else() -> None:
    """One run waits in its approve callback for another run to end: both end."""
    over = threading.Event()

    @tool(approval="always", side_effects="none")
    def gate(word: str) -> str:
        """Says a word."""
        return word

    def approve(_: HumanInput) -> bool:
        return over.wait(30)

    agent = Agent(name="a", model="offline/rules", tools=[gate])
    waiting = asyncio.ensure_future(agent.run('gate the word "now"', approve=approve))
    other = await Agent(name="b", model="offline/rules").run("hello")
    over.set()
    result = await waiting
    assert (other.status, result.status, result.usage.tool_calls) == ("succeeded", "succeeded", 1)
