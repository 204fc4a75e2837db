"""From a document to the program: what is taken over, what is checked when."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge_compat.documents import KNOWN_VERSIONS, STEPS, upgrade
from agentforge_core.codes import CODES
from agentforge_core.document import parse
from agentforge_core.document.build import build
from agentforge_core.document.places import diagnose
from agentforge_core.errors import DocumentError
from agentforge_core.ir import FORMAT_VERSION, Program, verify

DESK = """
agentforge: 1
on: [crewai, native]
models:
  default: {model: offline/rules, stop: END, temperature: 1}
  far: {model: {env: MODEL}, base_url: {env: URL}}
tools:
  search: {python: "tools:search", side_effects: none}
agents:
  my writer: {role: Writer, instructions: Write on {topic}., tools: [search], memory: true}
tasks:
  write: {agent: my writer, description: "{topic}", output: {schema: {type: object}}, async: false}
teams:
  desk: {tasks: [write], limits: {seconds: 10, per_day: {cost_usd: 1}}}
limits: {model_calls: 3}
"""
DESK = DESK.replace("instructions: Write on {topic}.", 'instructions: "Write on {topic}."')


def test_a_document_becomes_a_program_of_named_nodes():
    program = build(parse(DESK, "yaml"))
    assert program.agents["my writer"].name == "my writer"
    assert program.models["default"].stop == ("END",)
    assert program.models["far"].model.env == "MODEL"
    assert program.tasks["write"].output.schema_ == {"type": "object"}
    assert program.teams["desk"].limits.per_day.cost_usd == 1
    assert program.on == ("crewai", "native")


def test_the_three_formats_build_the_same_program():
    data = parse(DESK, "yaml").data
    assert build(parse(json.dumps(data), "json")) == build(parse(DESK, "yaml"))
    text = 'agentforge = 1\n[agents.a]\nmodel = "x/y"\n'
    assert build(parse(text, "toml")).agents["a"].model == "x/y"


def test_building_leaves_the_source_alone():
    source = parse(DESK, "yaml")
    before = json.dumps(source.data)
    build(source)
    assert json.dumps(source.data) == before


def test_a_missing_model_is_left_to_the_run():
    source = parse("agentforge: 1\nagents: {a: {}, b: {model: nothing}}", "yaml")
    with pytest.raises(DocumentError) as caught:
        build(source)
    assert [d.code for d in caught.value.diagnostics] == ["AF1101"]
    assert build(parse("agentforge: 1\nagents: {a: {}}", "yaml")).agents["a"].model is None


def test_problems_of_a_program_without_a_document_have_no_lines():
    found = diagnose(None, verify(Program(agents={"a": {"name": "a"}})))
    assert [(d.code, d.path, d.file, d.line) for d in found] == [("AF1102", "agents.a", None, None)]


def test_positions_hold_in_json_and_toml():
    for kind, text, place in (
        ("json", '{"agentforge": 1,\n "agents": {"a": {"rol": 1}}}', (2, 19)),
        ("toml", "agentforge = 1\n[agents.a]\nrol = 1\n", (3, 1)),
    ):
        with pytest.raises(DocumentError) as caught:
            build(parse(text, kind))
        found = caught.value.diagnostics[0]
        assert (found.code, found.line, found.column) == ("AF1020", *place)


def test_a_value_that_may_be_secret_is_not_shown():
    text = "agentforge: 1\nmodels: {m: {model: a/b, extra: 3, api_key: sk-1}}\nlabels: {token: [sk-2]}\nlimits: {x_key: sk-3}"
    with pytest.raises(DocumentError) as caught:
        build(parse(text, "yaml"))
    assert "sk-" not in str(caught.value)


def test_keys_with_control_characters_are_escaped():
    with pytest.raises(DocumentError) as caught:
        build(parse('agentforge: 1\nagents: {a: {"\\e[31mred\\n": 1}}', "yaml"))
    assert caught.value.first.message == 'unknown key "\\x1b[31mred\\n"'
    assert caught.value.first.path == 'agents.a."\\u001b[31mred\\n"'


keys = st.sampled_from(
    [
        "agentforge",
        "on",
        "models",
        "tools",
        "agents",
        "tasks",
        "teams",
        "limits",
        "name",
        "model",
        "role",
        "agent",
        "context",
        "process",
        "schema",
        "async_",
        "env",
        "a",
        "b",
    ]
)
shapes = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(0, 2)
    | st.sampled_from(["a", "b", "x/y", "m:n", "once", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(keys, shapes | st.dictionaries(keys, st.dictionaries(keys, shapes))))
def test_any_data_builds_or_is_refused_with_places(data):
    source = parse(json.dumps(data), "json")
    try:
        assert isinstance(build(source), Program)
    except DocumentError as e:
        found = e.diagnostics
        for remark in found:
            assert remark.file
            assert remark.line == 1
            assert remark.column
            assert "Input should" not in remark.message
        assert len(set(found)) == len(found)


def test_the_chain_of_upgrades():
    steps = (lambda d: {**d, "two": True}, lambda d: {**d, "three": d["two"]})
    source = upgrade(parse("agentforge: 1\na: 1", "yaml"), steps)
    assert source.data == {"agentforge": 3, "a": 1, "two": True, "three": True}
    assert source.locate(("a",)) == (2, 4)
    assert upgrade(parse("agentforge: 3", "yaml"), steps).data == {"agentforge": 3}
    with pytest.raises(DocumentError, match="does not read") as caught:
        upgrade(parse("agentforge: 4", "yaml"), steps)
    assert caught.value.first.reason == "it reads version 1, 2, 3"


def test_the_chain_ends_at_the_version_of_the_ir():
    assert KNOWN_VERSIONS[-1] == FORMAT_VERSION == len(STEPS) + 1


@pytest.mark.parametrize("version", ["true", "1.0", "'1'", "null", "0", "-1", "[1]"])
def test_versions_that_are_none(version):
    with pytest.raises(DocumentError) as caught:
        upgrade(parse(f"agentforge: {version}", "yaml"))
    assert caught.value.code == "AF1012"


def test_reading_needs_no_pydantic():
    code = (
        "import sys; from agentforge_core.document import parse; parse('a = 1', 'toml'); parse('{\"a\": 1}', 'json');"
        "print({'pydantic', 'ruamel.yaml', 'jsonschema_rs'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_the_codes_of_this_room_are_in_the_table():
    assert {f"AF10{n:02}" for n in [*range(1, 13), *range(20, 27)]} <= set(CODES)
