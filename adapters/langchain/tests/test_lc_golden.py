"""What is handed to LangChain, as text. `AGENTFORGE_GOLDEN=write` writes the files anew."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agentforge_core.adapter import Unit
from agentforge_core.errors import UnsupportedError
from agentforge_core.ir import Agent, Task, Team, Tool, link
from agentforge_core.lowering import LoweringContext
from agentforge_langchain import ADAPTER

FOLDER = Path(__file__).with_name("golden")
SEARCH = Tool(
    name="search",
    python="tools:search",
    description="Searches «everything».",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer", "default": 5}},
        "required": ["query"],
    },
)
PLAIN = Agent(name="plain", model="openai/gpt-5-mini")
RESEARCHER = Agent(
    name="researcher",
    role="Researcher",
    goal="find facts",
    backstory="Reads fast.",
    instructions="Cite sources.",
    model="openai/gpt-5-mini",
    tools=(SEARCH,),
)
WRITER = Agent(name="writer", instructions="Write.", model="openai/gpt-5")
FACTS = Task(name="facts", agent=RESEARCHER, description="Collect facts", **{"async": True})
NEWS = Task(name="news", agent=RESEARCHER, description="Collect news", context=())
REPORT = Task(name="report", agent=WRITER, description="Report", context=("facts", "news"))
UNITS: Mapping[str, Any] = {
    "plain": PLAIN,
    "researcher": RESEARCHER,
    "sequential": Team(name="sequential", tasks=(FACTS, NEWS, REPORT)),
    "hierarchical": Team(
        name="hierarchical",
        process="hierarchical",
        tasks=(NEWS,),
        agents=(WRITER,),
        manager_model="openai/gpt-5",
    ),
}


def lowered(node: Any) -> tuple[Any, LoweringContext]:
    context = LoweringContext("langchain")
    kind = "team" if isinstance(node, Team) else "agent"
    return ADAPTER.lower(Unit(kind, node.name, link(node)), context), context


@pytest.mark.parametrize("name", UNITS)
def test_golden_lowering(name: str) -> None:
    text = lowered(UNITS[name])[0].describe() + "\n"
    file = FOLDER / f"{name}.txt"
    if os.environ.get("AGENTFORGE_GOLDEN") == "write":
        file.write_text(text)
    assert text == file.read_text()


def test_the_text_is_the_same_for_the_same_program() -> None:
    assert lowered(RESEARCHER)[0].describe() == lowered(RESEARCHER)[0].describe()


@pytest.mark.parametrize("process", ["handoff", "group_chat"])
@pytest.mark.parametrize("tasks", [(), (NEWS,)])
def test_other_processes_are_refused_with_a_reason(process: Any, tasks: Any) -> None:
    _, context = lowered(Team(name="chat", process=process, tasks=tasks, agents=(PLAIN,)))
    with pytest.raises(UnsupportedError) as caught:
        context.settle()
    first = caught.value.first
    assert (first.code, first.path, first.subject) == ("AF3001", "teams.chat.process", "langchain")
    assert process in first.message
    assert first.reason
    assert first.hint
