"""`run`: answers, shapes, exit codes, placements."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from agentforge_core.cli.shapes import event_schema, run_schema


def test_text_on_stdout_and_the_rest_on_stderr(agentforge, project) -> None:
    done = agentforge("run", project.document(), "-p", "What time is it?")
    assert (done.exit_code, done.stdout) == (0, "It is noon.\n")
    last = done.stderr.splitlines()
    assert last[0] == "clerk: started on native"
    assert last[-2].startswith("succeeded on native ")
    assert " with scripted/script.json: 1 model call, 0 tool calls, " in last[-2]
    assert last[-1].startswith("next: agentforge run agents.yaml -p 'What time is it?' --")


def test_quiet_says_nothing(agentforge, project) -> None:
    done = agentforge("run", project.document(), "-p", "hi", "-q")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "It is noon.\n", "")


def test_exactly_one_newline_ends_the_answer(agentforge, project) -> None:
    project.script({"text": "two\nlines\n"})
    assert agentforge("run", project.document(), "-p", "hi").stdout == "two\nlines\n"


def test_structured_output_is_json(agentforge, project) -> None:
    project.script({"text": '{"hour": 12, "café": null}'})
    file = project.document(output={"schema": {"type": "object"}})
    assert agentforge("run", file, "-p", "hi").stdout == '{\n  "hour": 12,\n  "café": null\n}\n'


def test_json_is_one_object_of_the_published_shape(agentforge, project) -> None:
    project.script(project.call("add", a=2, b=2), {"text": "{{last_tool_result}}"})
    done = agentforge("run", project.document(tools="add"), "-p", "2 + 2", "--json")
    shown = json.loads(done.stdout)
    jsonschema_rs.validate(run_schema(), shown)
    assert set(shown) == set(run_schema()["properties"])
    assert (shown["status"], shown["output"], shown["error"]) == ("succeeded", "4", None)
    assert (shown["usage"]["model_calls"], shown["usage"]["tool_calls"]) == (2, 1)
    assert set(shown["usage"]) == set(run_schema()["$defs"]["usage"]["properties"])
    assert shown["adapter"]["name"] == "native"


def test_events_are_json_lines_of_the_published_shape(agentforge, project) -> None:
    project.script(project.call("fail"), {"text": "sorry"})
    done = agentforge("run", project.document(tools="fail"), "-p", "hi", "--events")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        jsonschema_rs.validate(event_schema(), event)
        assert set(event) == set(event_schema()["properties"])
    assert events[0]["type"] == "run.started"
    assert (events[-1]["type"], events[-1]["data"]["output"]) == ("run.finished", "sorry")
    assert "clerk: fail failed: Error: ValueError: the shelf is empty" in done.stderr
    assert "text.delta" in {e["type"] for e in events}


SECOND = """  writer: {instructions: "Write."}
tasks:
  find: {agent: clerk, description: "Find {topic}"}
  write: {agent: writer, description: "Write it up"}
teams:
  desk: {process: sequential, tasks: [find, write]}
"""

EXITS: dict[int, dict[str, Any]] = {
    0: {},
    1: {"script": [{"tool_calls": [{"name": "fail"}]}], "tools": "fail"},
    2: {"arguments": []},
    3: {"arguments": ["nobody", "-p", "hi"]},
    4: {"agent": {"model": "nowhere"}},
    5: {"agent": {"memory": True}},
    6: {"script": [{"tool_calls": [{"name": "add", "arguments": {"a": 1, "b": 1}}]}], "tools": "add",
        "arguments": ["-p", "hi", "--limit", "tool_calls=0"]},
    8: {"script": [{"tool_calls": [{"name": "delete", "arguments": {"path": "x"}}]}], "approval": True},
}  # fmt: skip
STATUS = {0: "succeeded", 6: "budget_exceeded", 8: "needs_approval"}


@pytest.mark.parametrize("code", sorted(EXITS))
@pytest.mark.parametrize("form", ["text", "json"])
def test_exit_codes(agentforge, project, code: int, form: str) -> None:
    case = EXITS[code]
    project.script(*case.get("script", [{"text": "fine"}]))
    if case.get("approval"):
        file = project.document(tools="delete")
        text = (project.folder / file).read_text()
        (project.folder / file).write_text(text.replace("side_effects: none", "approval: always"))
    else:
        file = project.document(tools=case.get("tools", ""), **case.get("agent", {}))
    if code == 1:
        text = (project.folder / file).read_text()
        (project.folder / file).write_text(text.replace("side_effects: none", "on_error: fail"))
    more = ["--json"] if form == "json" else []
    done = agentforge("run", file, *case.get("arguments", ["-p", "hi"]), *more)
    assert done.exit_code == code, done.stderr
    assert "Traceback" not in done.stderr
    assert bool(code) == ("error AF" in done.stderr)
    if form == "text":
        assert done.stdout == ("" if code else "fine\n")
        return
    shown = json.loads(done.stdout)
    jsonschema_rs.validate(run_schema(), shown)
    assert shown["status"] == STATUS.get(code, "failed")
    assert (shown["error"] is None) == (code == 0)
    if code in (2, 3, 4, 5):
        assert shown["run_id"] is None
        assert shown["diagnostics"][0]["code"] == shown["error"]["code"]


def test_a_missing_file_is_not_found(agentforge, project) -> None:
    project.document(name="desk.yaml")
    done = agentforge("run", "dsek.yaml", "-p", "hi", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["error"] == {
        "code": "AF1001",
        "message": "there is no such file",
        "path": None,
        "hint": "did you mean 'desk.yaml'?",
    }


def test_inputs_fill_placeholders_and_names_choose(agentforge, project) -> None:
    project.script({"text": "{{user}}"})
    file = project.document(SECOND)
    assert "Find tides" in agentforge("run", file, "find", "--input", "topic=tides").stdout
    done = agentforge("run", file, "--input", "topic=tides = waves")
    assert done.exit_code == 0
    assert "find: " not in done.stderr
    assert "clerk: started find on native" in done.stderr


def test_the_prompt_from_stdin(agentforge, project) -> None:
    project.script({"text": "{{user}}"})
    assert agentforge("run", project.document(), "-p", "-", input="grüß dich\n").stdout == "grüß dich\n"


def test_a_prompt_that_is_not_text(agentforge, project) -> None:
    done = agentforge("run", project.document(), "-p", "-", input=b"\xff\xfe")
    assert done.exit_code == 2
    assert "AF6025: stdin is not text in UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("limit", "said", "helps"),
    [
        ("secs=1", "there is no limit named 'secs'", "did you mean 'seconds'?"),
        ("zzz=1", "there is no limit named 'zzz'", "limits: model_calls, "),
        ("seconds=nan", "limit seconds cannot be nan", "it must be a number"),
        ("seconds=0", "limit seconds cannot be 0", "it must be more than 0"),
        ("model_calls=-1", "limit model_calls cannot be -1", "it must be 0 or more"),
        ("model_calls=1.5", "limit model_calls cannot be 1.5", "it must be a whole number"),
    ],
)
def test_what_is_no_limit(agentforge, project, limit: str, said: str, helps: str) -> None:
    done = agentforge("run", project.document(), "-p", "hi", "--limit", limit)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error AF6008: {said}\n  help:  {helps}")


@pytest.mark.parametrize("model", ["foo", "x|y", "offline/foo", "openai/gpt-5"])
def test_a_wrong_model_is_no_fault_of_the_document(agentforge, project, model: str) -> None:
    file = project.document("  writer: {}\ntasks: {a: {agent: writer, description: A}}\n")
    done = agentforge("run", file, "clerk", "-p", "hi", "--model", model)
    assert done.exit_code == 4
    assert "\n  where: --model\n" in done.stderr
    assert file not in done.stderr
    assert done.stderr.count("error AF") == 1


def test_a_model_for_all(agentforge, project) -> None:
    done = agentforge("run", project.document(), "-p", "hi", "--model", "offline/rules")
    assert "offline/rules: a rule-based stand-in" in done.stdout
    assert " with offline/rules: " in done.stderr


def test_labels_reach_the_run(agentforge, project) -> None:
    done = agentforge("run", project.document(), "-p", "hi", "--label", "team=a=b", "--events")
    assert json.loads(done.stdout.splitlines()[0])["data"]["labels"] == {"team": "a=b"}


def test_json_and_events_exclude_each_other(agentforge, project) -> None:
    done = agentforge("run", project.document(), "-p", "hi", "--events", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "AF6023"


def test_a_comparison_prints_one_table(agentforge, project) -> None:
    done = agentforge("run", project.document(), "-p", "hi", "--on", "native,native>=0,<99")
    assert done.exit_code == 0
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["on", "adapter", "status", "models", "tools", "tokens", "seconds", "output"]
    assert [row.split()[0] for row in rows] == ["native", "native>=0,<99"]
    assert all(row.endswith("It is noon.") for row in rows)


def test_a_comparison_as_json_ends_with_the_first_failure(agentforge, project) -> None:
    file = project.document()
    done = agentforge("run", file, "-p", "hi", "--on", "native,nothing-like-it,native>=99", "--json")
    assert done.exit_code == 3
    runs = json.loads(done.stdout)["runs"]
    assert [r["on"] for r in runs] == ["native", "nothing-like-it", "native>=99"]
    assert [r["status"] for r in runs] == ["succeeded", "failed", "failed"]
    assert [r["error"] and r["error"]["code"] for r in runs] == [None, "AF2002", "AF2011"]
    assert all(r["seconds"] >= 0 for r in runs)
    for row in runs:
        jsonschema_rs.validate(run_schema(), row)


def test_a_comparison_stops_at_what_no_adapter_could_mend(agentforge, project) -> None:
    done = agentforge("run", project.document(), "--on", "native,nothing-like-it", "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (2, "AF6006")


def test_one_agent_elsewhere(agentforge, project) -> None:
    file = project.document(SECOND)
    done = agentforge("run", file, "--input", "topic=x", "--on", "native", "--on", "writer=nothing-like-it")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "error AF2002: there is no adapter named 'nothing-like-it'" in done.stderr


def test_tracebacks_only_when_asked(agentforge, project, monkeypatch) -> None:
    (project.folder / "tools.py").write_text("raise KeyError('deep inside')\n")
    file = project.document(tools="add")
    assert "Traceback" not in agentforge("run", file, "-p", "hi").stderr
    assert "deep inside" in agentforge("run", file, "-p", "hi", "--debug").stderr
    monkeypatch.setenv("AGENTFORGE_DEBUG", "1")
    done = agentforge("run", file, "-p", "hi")
    assert "Traceback" in done.stderr
    assert done.exit_code == 4


def test_a_bug_is_one_line(agentforge, project, monkeypatch) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("unthinkable")

    monkeypatch.setattr("agentforge_core.forge.load", broken)
    done = agentforge("run", project.document(), "-p", "hi", "--json")
    assert done.exit_code == 1
    assert done.stderr.startswith("error AF9001: RuntimeError: unthinkable\n  help:  ")
    assert json.loads(done.stdout)["error"]["code"] == "AF9001"
    assert "Traceback" in agentforge("run", "agents.yaml", "--debug").stderr
