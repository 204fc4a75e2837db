"""Delegation tools, the manager and their words."""

from __future__ import annotations

import re

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from agentforge_core.delegation import (
    delegate_tools,
    delegates,
    manager_agent,
    manager_name,
    render_delegated,
    render_managed,
    with_manager,
)
from agentforge_core.ir import Agent, Model, Task, Team, Tool, link

WORKER = Agent(name="Data worker", role="Worker", goal="count things.", model="x/w")
WRITER = Agent(name="writer", model="x/s")
TEAM = Team(
    name="desk", process="hierarchical", tasks=(Task(name="t", description="do"),), agents=(WORKER, WRITER)
)


def test_each_agent_has_a_tool_that_says_who_it_is() -> None:
    program = link(TEAM)
    team = program.teams["desk"]
    assert delegates(program, team) == {
        "delegate_to_data_worker": "Data worker",
        "delegate_to_writer": "writer",
    }
    first, second = delegate_tools(program, team)
    assert first.description == "Delegates work to the agent Data worker: Worker; count things."
    assert second.description == "Delegates work to the agent writer."
    validator = jsonschema_rs.validator_for(dict(first.parameters))
    assert validator.is_valid({"task": "x", "context": "y"})
    assert not validator.is_valid({"context": "y"})


@given(st.lists(st.from_regex(r"[^\s/][^\n\r/]{0,100}", fullmatch=True), min_size=1, max_size=6, unique=True))
def test_tool_names_are_valid_and_differ(names: list[str]) -> None:
    agents = tuple(Agent(name=n, model="x/y") for n in names)
    program = link(TEAM.model_copy(update={"agents": agents}))
    found = delegates(program, program.teams["desk"])
    assert list(found.values()) == names
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", tool) for tool in found)


def test_names_of_the_program_are_left_alone() -> None:
    taken = Tool(name="delegate_to_writer", python="m:f")
    boss = Agent(name="desk_manager", model="x/y", tools=(taken,))
    program = link(TEAM.model_copy(update={"agents": (WRITER, boss)}))
    team = program.teams["desk"]
    assert list(delegates(program, team)) == ["delegate_to_writer_2", "delegate_to_desk_manager"]
    assert manager_name(program, team) == "desk_manager_2"


def test_the_managers_model() -> None:
    program = link(TEAM)
    team = program.teams["desk"]
    assert manager_agent(program, team).model == "x/w"
    assert manager_agent(program, team.model_copy(update={"manager_model": "x/boss"})).model == "x/boss"
    default = program.model_copy(update={"models": {"default": Model(model="x/d")}})
    assert default.model_name_of(manager_agent(default, team)) == "default"


def test_a_program_with_its_manager_knows_the_tools() -> None:
    program = link(TEAM)
    full = with_manager(program, program.teams["desk"])
    manager = full.agents["desk_manager"]
    assert [t.name for t in full.tools_of(manager)] == ["delegate_to_data_worker", "delegate_to_writer"]
    assert "- Data worker: Worker; count things.\n- writer." in (manager.instructions or "")
    assert "desk_manager" not in program.agents


def test_words() -> None:
    task = Task(name="t", agent="writer", description="do {x}")
    assert render_managed(task, [("a", "1")]) == (
        "do {x}\n\nContext:\n\n[a]\n1\n\nThis task is meant for the agent writer."
    )
    assert render_managed(task.model_copy(update={"agent": None})) == "do {x}"
    assert render_delegated({"task": "w"}) == "w"
    assert render_delegated({"task": "w", "context": "c"}) == "w\n\nContext:\n\n[manager]\nc"
