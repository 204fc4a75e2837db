"""What a stranger tried and found wanting, kept as tests."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentforge_core import Agent, load, tool
from agentforge_core.errors import DocumentError, UsageError

HEAD = "agentforge: 1\nmodels: {default: {model: MODEL}}\n"


PROCESSES = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from agentforge_core import Agent, tool


@tool(side_effects="none")
def double(number: int) -> int:
    '''Doubles a number.'''
    return 2 * number


def answer(agent):
    return agent.run_sync("double the number 21").output


if __name__ == "__main__":
    agent = Agent(name="a", model="offline/rules", tools=[double])
    agent.run_sync("hello")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        print(pool.submit(answer, agent).result())
"""


def desk(folder: Path, model: str, module: str) -> Path:
    (folder / "tools.py").write_text(module)
    file = folder / "desk.yaml"
    file.write_text(
        HEAD.replace("MODEL", model)
        + 'tools: {act: {python: "tools:act", side_effects: none}}\nagents: {a: {tools: [act]}}\n'
    )
    return file


@pytest.mark.parametrize("prompt", [42, ["list"], {"a": 1}, b"bytes", "\ud800"])
@pytest.mark.parametrize("place", ["native", "langchain"])
def test_a_prompt_that_is_no_text_is_a_wrong_call(prompt: Any, place: str) -> None:
    if place != "native":
        pytest.importorskip(f"agentforge_{place}")
    with pytest.raises(UsageError) as caught:
        Agent(name="a", model="offline/rules").run_sync(prompt, on=place)
    assert caught.value.code == "AF6006"


def test_an_agent_with_tools_goes_to_another_process(tmp_path: Path) -> None:
    script = tmp_path / "processes.py"
    script.write_text(PROCESSES)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "42" in done.stdout, done


def test_a_tool_without_a_name_to_be_found_by_says_so() -> None:
    @tool(side_effects="none")
    def local(word: str) -> str:
        """Says a word."""
        return word

    with pytest.raises(pickle.PicklingError, match="'local' is a lambda or lies in a function"):
        pickle.dumps(Agent(name="a", model="offline/rules", tools=[local]))


def test_a_plain_function_does_as_a_tool(say: Any, ask: Any) -> None:
    def triple(number: int) -> int:
        """Triples a number."""
        return 3 * number

    model = say(ask(("triple", {"number": 14})), "{{last_tool_result}}")
    assert Agent(name="a", model=model, tools=[triple]).run_sync("go").output == "42"


def test_functions_of_a_document_go_to_a_process_pool(tmp_path: Path, say: Any, ask: Any) -> None:
    module = (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from multiprocessing import get_context\n\n\n"
        "def square(n):\n    return n * n\n\n\n"
        "class Pair:\n    pass\n\n\n"
        "def act() -> list[int]:\n"
        '    """Acts."""\n'
        "    import pickle\n"
        "    pickle.dumps(Pair())\n"
        "    with ProcessPoolExecutor(1, mp_context=get_context('fork')) as pool:\n"
        "        return list(pool.map(square, [2, 3]))\n"
    )
    result = load(desk(tmp_path, say(ask("act"), "{{last_tool_result}}"), module)).run_sync(prompt="go")
    assert result.output == "[4,9]", result


def test_a_module_imported_too_late_is_explained(tmp_path: Path, say: Any, ask: Any) -> None:
    (tmp_path / "helper.py").write_text("VALUE = 1\n")
    module = "def act() -> int:\n    import helper\n    return helper.VALUE\n"
    result = load(desk(tmp_path, say(ask("act"), "{{last_tool_result}}"), module)).run_sync(prompt="go")
    assert "helper.py lies beside the tool's module: import it at the top" in result.output


async def test_the_first_run_leaves_the_event_loop_alone(tmp_path: Path, say: Any, ask: Any) -> None:
    """Importing tools, adapters and frameworks takes up to seconds, in which others want the loop."""
    module = (
        "import threading\n\nWHERE = threading.current_thread() is threading.main_thread()\n\n\n"
        "def act() -> bool:\n    return WHERE\n"
    )
    result = await load(desk(tmp_path, say(ask("act"), "{{last_tool_result}}"), module)).run(prompt="go")
    assert result.output == "false"


@pytest.mark.parametrize("address", ["ftp://x", "127.0.0.1:8000/v1", "http://"])
def test_an_address_that_is_none_is_found_before_a_run(tmp_path: Path, address: str) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(
        f"agentforge: 1\nmodels: {{default: {{model: openai/x, base_url: '{address}'}}}}\nagents: {{a: {{}}}}\n"
    )
    with pytest.raises(DocumentError) as caught:
        load(file)
    assert [(d.code, d.line) for d in caught.value.diagnostics] == [("AF1110", 2)]


@pytest.mark.parametrize(
    ("finish", "words"), [("length", "length limit"), ("content_filter", "content filter")]
)
async def test_a_reply_cut_short_is_remarked(finish: str, words: str) -> None:
    from agentforge_core import Model
    from agentforge_core.gateway.scripted.server import ScriptedServer

    script = {"replies": [{"text": "cut off he", "finish_reason": finish}]}
    async with ScriptedServer(script) as server:
        model = Model(model="openai/x", base_url=server.base_url)
        result = await Agent(name="a", model=model).run("hello")
    assert [(d.code, d.path) for d in result.diagnostics] == [("AF4024", "agents.a")]
    assert words in (result.diagnostics[0].reason or "")


def test_a_child_that_a_tool_forked_ends_when_it_returns(tmp_path: Path, say: Any, ask: Any) -> None:
    module = (
        "import os\n\n\n"
        "def act() -> int:\n"
        "    child = os.fork()\n"
        "    if child == 0:\n        return -1\n"
        "    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
    )
    file = desk(tmp_path, say(ask("act"), "{{last_tool_result}}"), module)
    code = (
        "import sys; from agentforge_core import load; print(load(sys.argv[1]).run_sync(prompt='go').output)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines()[0].lstrip("-").isdigit(), done
