"""`validate`, `lower`, `schema`, `init`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentforge_core.cli.diagnosis import excerpt
from agentforge_core.cli.shapes import SCHEMAS, schema_text
from agentforge_core.diagnostics import Diagnostic

SCHEMA_FOLDER = Path(__file__).parents[2] / "docs" / "schema"


def test_a_valid_document(agentforge, project) -> None:
    more = 'tasks:\n  a: {agent: clerk, description: "A"}\n  b: {agent: clerk, description: "B"}\n'
    file = project.document(more + "teams:\n  t: {process: sequential, tasks: [a, b]}\n")
    done = agentforge("validate", file)
    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        f"{file} is valid: 1 agent, 2 tasks, 1 team\n",
        "",
    )
    counts = {"agents": 1, "tasks": 2, "teams": 1, "tools": 0, "models": 1}
    shown = json.loads(agentforge("validate", file, "--json").stdout)
    assert shown == {"valid": True, "problems": [], "counts": counts}


def test_validating_runs_no_code_of_the_user(agentforge, project) -> None:
    (project.folder / "tools.py").write_text("raise SystemExit('imported')\n")
    assert agentforge("validate", project.document(tools="add")).exit_code == 0


def test_all_problems_with_place_and_line(agentforge, project) -> None:
    Path("bad.yaml").write_text(
        "agentforge: 1\n"
        "models: {default: {model: offline/rules}}\n"
        "agents:\n"
        "  clerk:\n"
        "    instrctions: Be brief.\n"
        "    tools: serch\n"
    )
    done = agentforge("validate", "bad.yaml")
    assert (done.exit_code, done.stdout) == (4, "")
    assert (
        "  where: bad.yaml:5:5  agents.clerk.instrctions\n     5 |     instrctions: Be brief.\n       |     ^\n"
        in done.stderr
    )
    assert "did you mean 'instructions'?" in done.stderr
    assert "bad.yaml:6:12" in done.stderr
    shown = json.loads(agentforge("validate", "bad.yaml", "--json").stdout)
    assert (shown["valid"], shown["counts"]) == (False, None)
    assert [(p["line"], p["column"]) for p in shown["problems"]] == [(5, 5), (6, 12)]


def test_a_document_without_model(agentforge) -> None:
    Path("a.yaml").write_text("agentforge: 1\nagents: {clerk: {}}\n")
    done = agentforge("validate", "a.yaml")
    assert done.exit_code == 4
    assert "error AF1102: no model is said anywhere" in done.stderr
    assert agentforge("validate", "none.yaml", "--json").exit_code == 3


def test_excerpts_keep_secrets(tmp_path: Path) -> None:
    lines = {
        "    api_key: sk-abc": "    api_key: ******",
        "  default: {model: a/b, api_key: 'hunter2', seed: 1}": "  default: {model: a/b, api_key: '*******', seed: 1}",
        '  "password" : "hunt,er2"': '  "password" : "********"',
        "    instructions: use sk-abcdefghijklmnop1234": "    instructions: use sk-********************",
        "    instructions: use sk-proj1": "    instructions: use sk-*****",
        "    url: 'http://a.example/x?key=abc&page=2'": "    url: 'http://a.example/x?key=***&page=2'",
        "    url: http://me:abc@a.example/": "    url: http://me:***@a.example/",
        "  headers: {x-api-key: abc}": "  headers: {x-api-key: ***}",
        "    api_token: abc": "    api_token: ***",
        "  - password: a,b}c": "  - password: *****",
        "    keywords: three": "    keywords: three",
        "  headers: {x-api-key: abc, x-page: 2}": "  headers: {x-api-key: ***, x-page: 2}",
        "    my_secret_2: abc": "    my_secret_2: ***",
        "    clientSecret: abc": "    clientSecret: ***",
        "    Proxy-Authorization: Basic abc": "    Proxy-Authorization: *********",
        "    keys: [abc, def]": "    keys: *********]",
        "    tokens: {api_key: abc}": "    tokens: {api_key: ***}",
        "    headers: ['Bearer abc']": "    headers: ['Bearer ***']",
        "    api_key_env: OPENAI_API_KEY": "    api_key_env: OPENAI_API_KEY",
        "    max_tokens: many": "    max_tokens: many",
    }
    for line, shown in lines.items():
        file = tmp_path / "a.yaml"
        file.write_text(f"agentforge: 1\n{line}\n")
        found = excerpt(Diagnostic("AF1020", "x", file=str(file), line=2, column=len(line)))
        assert found == [f"     2 | {shown}", f"       | {' ' * (len(line) - 1)}^"]


def test_excerpts_of_what_cannot_be_shown(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    assert excerpt(Diagnostic("AF1020", "x", file=str(file), line=2)) == []
    file.write_text(f"a: 1\n\nb: {'long ' * 100}\n")
    assert excerpt(Diagnostic("AF1020", "x", file=str(file), line=2)) == []
    assert excerpt(Diagnostic("AF1020", "x", file=str(file), line=9)) == []
    line, mark = excerpt(Diagnostic("AF1020", "x", file=str(file), line=3, column=300))
    assert len(line) <= 110
    assert line[mark.index("^")] == f"b: {'long ' * 100}"[299]


def test_lowering_prints_native_objects(agentforge, project) -> None:
    file = project.document(tools="add", instructions="Use tools.")
    done = agentforge("lower", file)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("# agent clerk on agentforge-core ")
    assert 'tool add: "Add two integers."' in done.stdout
    assert agentforge("lower", file, "--on", "nothing-like-it").exit_code == 3
    assert agentforge("lower", file, "nobody").exit_code == 3
    unknown = agentforge("lower", file, "--model", "foo")
    assert (unknown.exit_code, unknown.stderr.count("where: --model")) == (4, 1)


@pytest.mark.parametrize("shape", list(SCHEMAS))
def test_schemas(agentforge, shape: str) -> None:
    import jsonschema_rs

    done = agentforge("schema", shape)
    assert done.exit_code == 0
    schema = json.loads(done.stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)
    if SCHEMA_FOLDER.is_dir() and shape != "document":  # that one is held by the document's own tests
        kept = (SCHEMA_FOLDER / f"{shape}.json").read_text(encoding="utf-8")
        assert kept == done.stdout == schema_text(shape), (
            f"run: agentforge schema {shape} > docs/schema/{shape}.json"
        )


def test_the_document_is_the_default_shape(agentforge) -> None:
    assert json.loads(agentforge("schema").stdout)["title"] == "AgentForge document"


def test_init_writes_a_project_that_works(agentforge) -> None:
    done = agentforge("init", "new folder/hello")
    assert (done.exit_code, done.stdout) == (
        0,
        "new folder/hello/agentforge.yaml\nnew folder/hello/tools.py\n",
    )
    said = "next: agentforge run 'new folder/hello/agentforge.yaml' -p "
    assert done.stderr == f'{said}"How many days are between 2026-03-01 and 2026-12-24?"\n'
    file = "new folder/hello/agentforge.yaml"
    assert agentforge("validate", file).stdout == f"{file} is valid: 1 agent\n"
    asked = {
        "How many days are between 2026-03-01 and 2026-12-24?": "298",
        "Add 30 days to 2026-03-01": "2026-03-31",
    }
    for prompt, answer in asked.items():
        done = agentforge("run", file, "-p", prompt, "-q")
        assert done.exit_code == 0
        assert answer in done.stdout


def test_init_overwrites_nothing(agentforge) -> None:
    Path("tools.py").write_text("mine\n")
    done = agentforge("init")
    assert done.exit_code == 2
    assert done.stderr == (
        "error AF6024: already there: tools.py\n  help:  name another folder: agentforge init DIR\n"
    )
    assert Path("tools.py").read_text() == "mine\n"
    assert not Path("agentforge.yaml").exists()
    assert agentforge("init", "tools.py/deeper").exit_code == 2
