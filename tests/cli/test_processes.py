"""Real processes: the two streams, signals, readers that go away, odd encodings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "agentforge_core")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and descriptors")


@pytest.mark.parametrize("form", ["text", "--json", "--events"])
def test_what_tools_print_never_reaches_stdout(process, project, form: str) -> None:
    project.script(project.call("noisy"), {"text": "It is noon."})
    done = process("run", project.document(tools="noisy"), "-p", "hi", *([form] if form != "text" else []))
    assert done.returncode == 0, done.stderr
    for said in ("printed by a tool\n", "written by a tool\n", "printed by a child\n"):
        assert said in done.stderr
    if form == "text":
        assert done.stdout == "It is noon.\n"
    elif form == "--json":
        assert json.loads(done.stdout)["output"] == "It is noon."
    else:
        assert [json.loads(line)["type"] for line in done.stdout.splitlines()][-1] == "run.finished"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_cancels(started, project, until, number: signal.Signals) -> None:
    project.script(project.call("wait"))
    child = started("run", project.document(tools="wait"), "-p", "hi", "--json")
    until(child, "clerk: calls wait")
    child.send_signal(number)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 7
    shown = json.loads(out)
    assert (shown["status"], shown["error"]["code"]) == ("cancelled", "AF5004")
    assert shown["run_id"]
    assert shown["adapter"]["name"] == "native"
    assert (shown["usage"]["model_calls"], shown["usage"]["tool_calls"]) == (1, 1)
    assert "stopping; Ctrl-C again ends at once\n" in err
    assert "cancelled on native " in err
    assert "Traceback" not in err


def test_the_second_signal_ends_at_once(started, project, until) -> None:
    project.script(project.call("block"))
    child = started("run", project.document(tools="block"), "-p", "hi", "--json")
    until(child, "clerk: calls block")
    child.send_signal(signal.SIGINT)
    until(child, "stopping; ")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 7
    assert json.loads(out)["status"] == "cancelled"
    assert "cancelled at once" in err


def test_a_cancel_ends_a_comparison(started, project, until) -> None:
    project.script(project.call("wait"))
    child = started("run", project.document(tools="wait"), "-p", "hi", "--on", "native,native", "--json")
    until(child, "clerk: calls wait")
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=20)
    assert child.returncode == 7
    assert [run["status"] for run in json.loads(out)["runs"]] == ["cancelled"]


def test_nobody_reads_the_answer(started, project) -> None:
    project.script({"text": "long " * 100_000})
    child = started("run", project.document(), "-p", "hi")
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    said = child.stderr.read()
    assert child.wait(timeout=20) == 0
    assert "rror" not in said
    assert "BrokenPipe" not in said


def test_nobody_reads_the_events_any_more(started, project) -> None:
    project.script(project.call("wait"))
    child = started("run", project.document(tools="wait"), "-p", "hi", "--events")
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    said = child.stderr.read()
    assert child.wait(timeout=20) == 7, "the run is cancelled instead of going on unheard"
    assert "rror" not in said


@pytest.mark.parametrize("arguments", [["--help"], ["schema"], ["adapters", "list", "--json"]])
def test_nobody_reads_a_listing(started, arguments: list[str]) -> None:
    child = started(*arguments)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.stderr.read() == ""
    assert child.wait(timeout=20) == 0


def test_a_stdout_that_knows_no_umlauts(process, project) -> None:
    project.script({"text": "grüß dich 漢"})
    plain = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = process("run", project.document(), "-p", "hi", env=plain)
    assert (done.returncode, done.stdout) == (0, "gr\\xfc\\xdf dich \\u6f22\n")
    done = process("run", "agents.yaml", "-p", "hi", "--json", env=plain)
    assert json.loads(done.stdout)["output"] == "grüß dich 漢"


def test_no_stdout_at_all(project, environment, tmp_path) -> None:
    command = [sys.executable, "-m", "agentforge_core", "run", project.document(), "-p", "hi"]
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *command],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
def test_closed_descriptors_take_nothing_of_the_answer(project, environment, tmp_path, closed: str) -> None:
    project.script(project.call("noisy"), {"text": "It is noon."})
    file = project.document(tools="noisy")
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "run", file, "-p", "hi", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if ">&-" not in closed.split():
        assert json.loads(done.stdout)["output"] == "It is noon."
    else:
        assert done.stdout == ""


def test_the_prompt_from_a_stdin_that_is_closed(project, environment, tmp_path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "run", project.document(), "-p", "-"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error AF6006: -p - reads stdin, which is closed\n")


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        "run agents.yaml -p hi",
        "run agents.yaml -p hi --json",
        "run agents.yaml -p hi --events",
        "run agents.yaml -p hi --on native,native",
        "validate agents.yaml --json",
        "adapters list",
        "schema",
        "--help",
        "run --help",
        "--version",
    ],
)
def test_an_answer_that_cannot_be_written(project, environment, tmp_path, arguments: str) -> None:
    project.document()
    with FULL.open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.endswith("error AF6026: the answer could not be written: no space left on device\n")
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    if arguments.startswith("run a"):
        assert " on native " in done.stderr
    else:
        assert done.stderr.count("\n") == 1


def test_interrupted_before_it_has_begun(started, environment, tmp_path) -> None:
    (tmp_path / "click.py").write_text(
        "import sys, time\nprint('loading', file=sys.stderr, flush=True)\nsys.stdin.read()\n"
    )
    environment["PYTHONPATH"] = str(tmp_path)
    child = started("--help", stdin=subprocess.PIPE)
    assert child.stderr is not None
    assert child.stderr.readline() == "loading\n"
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=20) == -signal.SIGINT
    assert child.stderr.read() == ""


def test_arguments_in_utf8_where_the_locale_is_ascii(process, project) -> None:
    project.script({"text": "{{user}}"})
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"}
    (project.folder / "grün.yaml").write_text((project.folder / project.document()).read_text())
    done = process("run", "grün.yaml", "-p", "grüß dich", "--label", "straße=groß", "--json", env=plain)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["output"] == "grüß dich"


def test_control_characters_go_into_a_pipe_as_they_are(process, project) -> None:
    project.script({"text": "a\u001b[31mb\tc"})
    assert process("run", project.document(), "-p", "hi").stdout == "a\x1b[31mb\tc\n"


def test_stderr_of_a_pipe_has_no_control_characters(process, project) -> None:
    project.script(project.call("no\u001bsuch"), {"text": "fine"})
    done = process("run", project.document(), "-p", "\x1b[2J", env={"TERM": "xterm"})
    assert "\x1b" not in done.stderr
    assert "\\u001b" in done.stderr
