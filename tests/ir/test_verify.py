from __future__ import annotations

import http.server
import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge_core import Agent, Model, Output, Program, Task, Team, Tool
from agentforge_core.ir import format_path, verify

RULES = Model(model="offline/rules")


def program(**parts):
    parts.setdefault("models", {"default": RULES})
    return Program(**parts)


def found(subject):
    return {(p.code, format_path(p.path)) for p in verify(subject)}


def agents(**nodes):
    return {name: Agent(name=name, **fields) for name, fields in nodes.items()}


CASES = {
    "unknown tool": (program(agents=agents(a={"tools": ["x"]})), "AF1101", "agents.a.tools[0]"),
    "unknown model": (program(agents=agents(a={"model": "x"})), "AF1101", "agents.a.model"),
    "unknown knowledge": (program(agents=agents(a={"knowledge": ["x"]})), "AF1101", "agents.a.knowledge[0]"),
    "unknown handoff": (program(agents=agents(a={"handoffs": ["x"]})), "AF1101", "agents.a.handoffs[0]"),
    "unknown agent of a task": (
        program(tasks={"t": Task(name="t", description="d", agent="x")}),
        "AF1101",
        "tasks.t.agent",
    ),
    "unknown context": (
        program(agents=agents(a={}), tasks={"t": Task(description="d", agent="a", context=["x"])}),
        "AF1101",
        "tasks.t.context[0]",
    ),
    "unknown task of a team": (program(teams={"m": Team(tasks=["x"])}), "AF1101", "teams.m.tasks[0]"),
    "unknown agent of a team": (
        program(teams={"m": Team(process="group_chat", agents=["x"])}),
        "AF1101",
        "teams.m.agents[0]",
    ),
    "unknown manager model": (
        program(teams={"m": Team(process="hierarchical", tasks=["x"], manager_model="y")}),
        "AF1101",
        "teams.m.manager_model",
    ),
    "no model": (Program(agents=agents(a={})), "AF1102", "agents.a"),
    "model without provider": (program(models={"m": Model(model="gpt")}), "AF1103", "models.m.model"),
    "model with nothing behind": (
        program(agents=agents(a={"model": "openai/"})),
        "AF1103",
        "agents.a.model",
    ),
    "slash in a model's key": (program(models={"a/b": RULES}), "AF1103", 'models."a/b"'),
    "tool without source": (program(tools={"x": Tool(name="x")}), "AF1104", "tools.x"),
    "tool with two": (
        program(tools={"x": Tool(name="x", python="m:f", http={"url": "u"})}),
        "AF1104",
        "tools.x",
    ),
    "no module:name": (program(tools={"x": Tool(name="x", python="tools")}), "AF1104", "tools.x.python"),
    "tool twice": (
        program(tools={"x": Tool(name="x", python="m:f")}, agents=agents(a={"tools": ["x", "x"]})),
        "AF1105",
        "agents.a.tools[1]",
    ),
    "task without agent": (program(tasks={"t": Task(description="d")}), "AF1106", "tasks.t"),
    "sequential without tasks": (
        program(agents=agents(a={}), teams={"m": Team(agents=["a"])}),
        "AF1108",
        "teams.m",
    ),
    "chat without agents": (program(teams={"m": Team(process="group_chat")}), "AF1108", "teams.m"),
    "manager of nobody": (
        program(
            agents=agents(a={}),
            tasks={"t": Task(description="d", agent="a")},
            teams={"m": Team(tasks=["t"], manager_model="offline/rules")},
        ),
        "AF1108",
        "teams.m.manager_model",
    ),
    "task twice": (
        program(
            agents=agents(a={}),
            tasks={"t": Task(description="d", agent="a")},
            teams={"m": Team(tasks=["t", "t"])},
        ),
        "AF1108",
        "teams.m.tasks[1]",
    ),
    "context too late": (
        program(
            agents=agents(a={}),
            tasks={
                "one": Task(description="d", agent="a", context=["two"]),
                "two": Task(description="d", agent="a"),
            },
            teams={"m": Team(tasks=["one", "two"])},
        ),
        "AF1108",
        "teams.m.tasks[0]",
    ),
    "bad parameters": (
        program(tools={"x": Tool(name="x", python="m:f", parameters={"type": "nonsense"})}),
        "AF1109",
        "tools.x.parameters",
    ),
    "parameters that are no object": (
        program(tools={"x": Tool(name="x", python="m:f", parameters={"type": "string"})}),
        "AF1109",
        "tools.x.parameters",
    ),
    "bad returns": (
        program(tools={"x": Tool(name="x", python="m:f", returns={"minimum": "a"})}),
        "AF1109",
        "tools.x.returns",
    ),
    "bad output of an agent": (
        program(agents=agents(a={"output": Output(schema={"type": 3})})),
        "AF1109",
        "agents.a.output.schema",
    ),
    "bad output of a task": (
        program(
            agents=agents(a={}),
            tasks={"t": Task(description="d", agent="a", output=Output(schema={"required": "x"}))},
        ),
        "AF1109",
        "tasks.t.output.schema",
    ),
}


@pytest.mark.parametrize(("subject", "code", "path"), CASES.values(), ids=CASES.keys())
def test_each_problem_has_its_code_and_place(subject, code, path):
    assert (code, path) in found(subject)


def test_a_sound_program_has_no_problem():
    sound = program(
        tools={"x": Tool(name="x", python="m:f", parameters={"type": "object"})},
        agents=agents(a={"tools": ["x"], "model": "openai/qwen/qwen3"}, b={"handoffs": ["a"]}),
        tasks={
            "one": Task(description="d", agent="a"),
            "two": Task(description="d", context=["one"]),
        },
        teams={"m": Team(process="hierarchical", tasks=["one", "two"], agents=["b"])},
    )
    assert verify(sound) == []


def test_all_problems_are_found_at_once():
    subject = Program(agents=agents(a={"tools": ["x", "y"]}, b={"model": "gone"}))
    assert found(subject) == {
        ("AF1101", "agents.a.tools[0]"),
        ("AF1101", "agents.a.tools[1]"),
        ("AF1102", "agents.a"),
        ("AF1101", "agents.b.model"),
    }


def test_a_near_name_is_suggested():
    subject = program(
        agents=agents(a={"tools": ["serch"]}), tools={"search": Tool(name="search", python="m:f")}
    )
    assert verify(subject)[0].hint == "did you mean 'search'?"


def chain(edges):
    return program(
        agents=agents(a={}),
        tasks={
            str(k): Task(description="d", agent="a", context=[str(c) for c in v]) for k, v in edges.items()
        },
    )


def has_cycle(edges):
    left = {k: set(v) for k, v in edges.items()}
    while True:
        free = [k for k, v in left.items() if not v]
        if not free:
            return bool(left)
        for k in free:
            del left[k]
        for v in left.values():
            v.difference_update(free)


@given(
    st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=4, unique=True), max_size=7).map(
        lambda edges: {k: [c for c in v if c in edges] for k, v in edges.items()}
    )
)
def test_cycles_are_found_exactly_where_there_are_some(edges):
    rings = [p for p in verify(chain(edges)) if p.code == "AF1107"]
    assert bool(rings) == has_cycle(edges)
    for ring in rings:
        _, task, _, index = ring.path
        names = ring.message.split(": ")[1].split(" -> ")
        assert names[0] == names[-1]
        assert all(int(b) in edges[int(a)] for a, b in itertools.pairwise(names))
        assert str(edges[int(task)][index]) == names[0]


def test_a_task_cannot_wait_for_itself():
    (problem,) = (p for p in verify(chain({1: [1]})) if p.code == "AF1107")
    assert problem.message == "tasks wait for each other: 1 -> 1"


def test_long_chains_and_dense_ones_take_no_time():
    long = {n: [n - 1] if n else [] for n in range(3000)}
    dense = {n: list(range(n)) for n in range(60)}
    assert verify(chain(long)) == []
    assert verify(chain(dense)) == []


def test_a_schema_is_never_fetched():
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            schema = {
                "type": "object",
                "properties": {"x": {"$ref": f"http://127.0.0.1:{server.server_port}/x"}},
            }
            problems = found(program(tools={"x": Tool(name="x", python="m:f", parameters=schema)}))
        finally:
            server.shutdown()
            thread.join()
    assert asked == []
    assert problems == {("AF1109", "tools.x.parameters")}


def test_a_schema_reads_no_file(tmp_path):
    (tmp_path / "secret.json").write_text('{"type": "object"}', encoding="utf-8")
    schema = {"$ref": (tmp_path / "secret.json").as_uri()}
    assert ("AF1109", "agents.a.output.schema") in found(
        program(agents=agents(a={"output": Output(schema=schema)}))
    )
