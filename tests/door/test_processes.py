"""Whole processes: how they end, and that nothing is printed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

HEAD = """
import asyncio, json, os, pathlib, signal, sys, threading
from agentforge_core import Agent, tool

def say(*replies):
    path = pathlib.Path("script.json")
    path.write_text(json.dumps({"replies": list(replies)}))
    return "scripted/script.json"

def ask(name):
    return {"tool_calls": [{"name": name}]}
"""


@pytest.fixture
def python(tmp_path):
    def start(code, **settings):
        (tmp_path / "program.py").write_text(HEAD + textwrap.dedent(code), encoding="utf-8")
        command = [sys.executable, "-W", "error", "program.py"]
        return subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings
        )

    return start


def ended(process):
    try:
        out, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, out, err


def test_a_program_ends_quietly(python):
    code = """
        agent = Agent(name="a", model=say({"text": "hello"}))
        print(agent.run_sync("go").output)
        print(asyncio.run(agent.run("go")).output)
        print(asyncio.run(agent.run("go")).output)
    """
    assert ended(python(code)) == (0, "hello\nhello\nhello\n", "")


def test_a_tool_that_hangs_in_a_thread_does_not_keep_the_process(python):
    code = """
        @tool(timeout_s=0.1)
        def hang() -> None:
            threading.Event().wait()

        agent = Agent(name="a", model=say(ask("hang"), {"text": "{{last_tool_result}}"}), tools=[hang])
        print(agent.run_sync("go").output)
        print(asyncio.run(agent.run("go")).output)
    """
    said = "Error: hang took longer than 0.1 s\n"
    assert ended(python(code)) == (0, said * 2, "")


def test_an_endless_loop_that_is_cancelled_while_a_thread_hangs(python):
    code = """
        there = threading.Event()

        @tool(side_effects="none")
        def hang() -> None:
            there.set()
            threading.Event().wait()

        agent = Agent(name="a", model=say(ask("hang")), tools=[hang])
        print(agent.run_sync("go", limits={"seconds": 0.1}).status)
    """
    assert ended(python(code)) == (0, "budget_exceeded\n", "")


def test_ctrl_c_ends_run_sync_in_order(python):
    code = """
        @tool(side_effects="none")
        async def hang() -> None:
            print("there", flush=True)
            try:
                await asyncio.Event().wait()
            finally:
                print("cancelled", flush=True)

        agent = Agent(name="a", model=say(ask("hang")), tools=[hang])
        heard = []
        try:
            agent.run_sync("go", sink=heard.append)
        except KeyboardInterrupt:
            print(heard[-1].type)
    """
    process = python(code)
    assert process.stdout.readline() == "there\n"
    os.kill(process.pid, signal.SIGINT)
    assert ended(process) == (0, "cancelled\nrun.cancelled\n", "")


def test_a_forked_child_has_threads_and_a_loop_of_its_own(python):
    code = """
        @tool
        def pid() -> int:
            return os.getpid()

        agent = Agent(name="a", model=say(ask("pid"), {"text": "{{last_tool_result}}"}), tools=[pid])
        assert int(agent.run_sync("go").output) == os.getpid()
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            child = os.fork()
        if child == 0:
            right = int(agent.run_sync("go").output) == os.getpid()
            os._exit(0 if right else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert ended(python(code)) == (0, "0\n", "")


def test_the_loop_of_run_sync_is_made_anew_when_it_has_died(python):
    code = """
        from agentforge_core.runs import background
        agent = Agent(name="a", model=say({"text": "hello"}))
        print(agent.run_sync("go").output)
        loop = background.loop()
        loop.call_soon_threadsafe(loop.stop)
        background._thread.join()
        print(agent.run_sync("go").output)
        loop.close()
    """
    assert ended(python(code)) == (0, "hello\nhello\n", "")


def test_importing_the_package_loads_nothing_heavy():
    check = (
        "import sys, agentforge_core; "
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'pydantic', 'aiohttp', 'rich', 'asyncio', 'langchain', 'jsonschema_rs', 'yaml', 'ruamel'}))"
    )
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
