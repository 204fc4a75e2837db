"""The JSON Schema that editors use: valid, equal to the file in the repository, of one mind with `build`."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest

from agentforge_core.document import parse
from agentforge_core.document.build import build
from agentforge_core.document.schema import document_schema, document_schema_text
from agentforge_core.errors import DocumentError

FILE = Path(__file__).parents[2] / "docs" / "schema" / "document.json"

VALID = [
    "agentforge: 1",
    "{agentforge: 1, on: auto, models: {default: {model: a/b}}, agents: {my writer: {role: x, on: [a, b]}}}",
    "{agentforge: 1, models: {default: {model: {env: M}, extra: {a: {env: B}}, temperature: 0}}, store: {env: S}}",
    "{agentforge: 1, tools: {t: {mcp: {command: x}, parameters: {type: object}, timeout_s: 1.5}}}",
    """{agentforge: 1, models: {default: {model: a/b}},
    agents: {a: {memory: false, limits: {per_label: {a=b: {tokens: 1}}}}},
    tasks: {t: {agent: a, description: x, output: {schema: {}}, async: true, guardrails: [g, {x: 1}]}},
    teams: {d: {process: group_chat, agents: [a], selector: model, frameworks: {x: {y: 1}}}}}""",
    "{agentforge: 1, knowledge: {k: 3}, workflows: {w: [1]}, labels: {a: b}, durability: off, commit: sync}",
]
INVALID = [
    "{}",
    "{agentforge: 2}",
    "{agentforge: 1, agent: {}}",
    "{agentforge: 1, agents: {a: {rol: x}}}",
    "{agentforge: 1, agents: {a: {name: a}}}",
    "{agentforge: 1, agents: {a/b: {}}}",
    "{agentforge: 1, tools: {a b: {python: 'a:b'}}}",
    "{agentforge: 1, agents: {a: {model: {model: a/b}}}}",
    "{agentforge: 1, agents: {a: {tools: [{python: 'a:b'}]}}}",
    "{agentforge: 1, models: {m: {}}}",
    "{agentforge: 1, models: {m: {model: a/b, base_url: {evn: X}}}}",
    "{agentforge: 1, tasks: {t: {description: x, async_: true}}}",
    "{agentforge: 1, tasks: {t: {description: x, output: {schema_: {}}}}}",
    "{agentforge: 1, limits: {tokens: -1}}",
    "{agentforge: 1, limits: {per_session: {tokns: 1}}}",
    "{agentforge: 1, teams: {t: {process: other}}}",
    "[]",
]


@pytest.fixture(scope="module")
def validator():
    return jsonschema_rs.Draft202012Validator(document_schema())


def test_it_is_a_schema_of_the_dialect_it_names():
    schema = document_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


def test_the_file_in_the_repository_is_equal():
    assert FILE.read_text(encoding="utf-8") == document_schema_text(), (
        "write document_schema_text() to docs/schema/document.json"
    )


@pytest.mark.parametrize("text", VALID)
def test_valid_documents(validator, text):
    source = parse(text, "yaml")
    build(source)
    assert [e.message for e in validator.iter_errors(source.data)] == []


@pytest.mark.parametrize("text", INVALID)
def test_invalid_documents(validator, text):
    if text == "[]":
        assert not validator.is_valid([])
        return
    data = parse(text, "yaml").data
    assert not validator.is_valid(data)
    if "agentforge" in data:
        with pytest.raises(DocumentError):
            build(parse(text, "yaml"))


def test_every_key_is_described():
    def nodes(schema):
        return [schema, *schema["$defs"].values()]

    missing = [
        k for node in nodes(document_schema()) for k, v in node["properties"].items() if not v["description"]
    ]
    assert missing == []


def test_no_node_has_a_name_inside():
    assert all("name" not in node["properties"] for node in document_schema()["$defs"].values())
