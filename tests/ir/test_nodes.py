from __future__ import annotations

import pickle

import pytest
from pydantic import BaseModel, ValidationError

from agentforge_core import Agent, Limits, Model, Output, Program, Task, Team, Tool, tool
from agentforge_core.ir import link


@tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


NODES = [
    Agent(name="a"),
    Task(name="t", description="d"),
    Team(name="m"),
    Model(model="offline/rules"),
    Limits(model_calls=1),
    Output(schema={}),
    Program(),
    add,
]


@pytest.mark.parametrize("node", NODES, ids=lambda n: type(n).__name__)
def test_nodes_are_frozen(node):
    field = next(iter(type(node).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(node, field, None)


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        (Agent, {"name": "a"}),
        (Task, {"description": "d"}),
        (Team, {}),
        (Model, {"model": "offline/rules"}),
        (Limits, {}),
        (Output, {"schema": {}}),
        (Program, {}),
        (Tool, {"python": "m:f"}),
    ],
)
def test_nodes_are_closed(cls, given):
    with pytest.raises(ValidationError, match="instrctions"):
        cls(**given, instrctions="typo")


@pytest.mark.parametrize("name", ["", " a", "a/b", "a\nb", "x" * 129])
def test_what_is_no_name(name):
    with pytest.raises(ValidationError):
        Agent(name=name)


@pytest.mark.parametrize("name", ["a", "Researcher 2", "über", "a.b:c", "x" * 128])
def test_what_is_a_name(name):
    assert Agent(name=name).name == name


@pytest.mark.parametrize("name", ["", "a b", "ü", "a.b", "x" * 65])
def test_what_is_no_name_of_a_tool(name):
    with pytest.raises(ValidationError):
        Tool(name=name, python="m:f")


@pytest.mark.parametrize(
    "limits",
    [{"model_calls": -1}, {"model_calls": True}, {"model_calls": 1.5}, {"seconds": 0}, {"cost_usd": -0.1}],
)
def test_what_is_no_limit(limits):
    with pytest.raises(ValidationError):
        Limits(**limits)


def test_a_pydantic_class_is_an_output():
    class Answer(BaseModel):
        total: int

    output = Agent(name="a", output=Answer).output
    assert output.schema_["properties"]["total"]["type"] == "integer"
    assert Task(description="d", output=Answer).output == output


def test_link_names_what_stands_in_place():
    model = Model(name="m", model="offline/rules")
    agent = Agent(name="a", model=model, tools=[add])
    first = Task(name="first", description="1", agent=agent)
    second = Task(name="second", description="2", agent=agent, context=[first])
    program = link(Team(name="desk", tasks=[first, second], agents=[agent]))
    assert program.models == {"m": model}
    assert program.tools == {"add": add}
    assert program.agents["a"].tools == ("add",)
    assert program.agents["a"].model == "m"
    assert program.tasks["second"].context == ("first",)
    assert program.teams["desk"].tasks == ("first", "second")
    assert program.teams["desk"].agents == ("a",)


@pytest.mark.parametrize(
    ("nodes", "kind"),
    [
        ([Agent(name="x", role="1"), Agent(name="x", role="2")], "agents"),
        ([Task(name="x", description="1"), Task(name="x", description="2")], "tasks"),
        ([Team(name="x", agents=["a"]), Team(name="x", agents=["b"])], "teams"),
    ],
)
def test_two_nodes_of_one_name_clash(nodes, kind):
    with pytest.raises(ValueError, match=f"two different {kind} are named 'x'"):
        link(*nodes)


def test_two_functions_of_one_name_clash():
    def make(n):
        @tool
        def number() -> int:
            return n

        return number

    with pytest.raises(ValueError, match="two different tools are named 'number'"):
        link(Agent(name="a", tools=[make(1)]), Agent(name="b", tools=[make(2)]))


def test_equal_nodes_are_one():
    program = link(Agent(name="x", role="1"), Agent(name="x", role="1"))
    assert list(program.agents) == ["x"]


def test_an_agent_and_a_task_may_share_a_name():
    program = link(Task(name="x", description="d", agent=Agent(name="x")))
    assert (list(program.agents), list(program.tasks)) == (["x"], ["x"])


def test_the_program_is_plain_data():
    program = link(Agent(name="a", tools=[Tool(name="t", python="m:f")], limits=Limits(tokens=3)))
    again = Program.model_validate_json(program.model_dump_json(by_alias=True))
    assert again.model_dump() == program.model_dump()
    assert pickle.loads(pickle.dumps(program)) == program
