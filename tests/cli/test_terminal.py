"""On a terminal: the live view, colours, what must not be obeyed, and questions to the person at it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pty = pytest.importorskip("pty")


class Terminal:
    """A command at a pseudo-terminal that is its stdin, stdout and stderr, or its stderr only."""

    def __init__(
        self, arguments: tuple[str, ...], folder: Path, env: dict[str, str], stdout: int | None
    ) -> None:
        self._end, inner = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agentforge_core", *arguments],
            stdin=inner,
            stdout=inner if stdout is None else stdout,
            stderr=inner,
            cwd=folder,
            env=env,
            start_new_session=True,
        )
        os.close(inner)
        self.seen = ""

    def until(self, text: str, after: str = "") -> str:
        """Reads up to `text`, as it stands after another one."""
        while text not in self.seen.partition(after)[2] if after else text not in self.seen:
            assert self._read(), f"{text!r} never came: {self.seen!r}"
        return self.seen

    def type(self, text: str) -> None:
        """Types."""
        os.write(self._end, text.encode())

    def rest(self) -> str:
        """Reads to the end and returns all that was shown."""
        while self._read():
            pass
        self.process.wait(timeout=20)
        return self.seen.replace("\r\n", "\n")

    def _read(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 30)
        assert ready, f"nothing came for 30 s after {self.seen!r}"
        try:
            data = os.read(self._end, 65536)
        except OSError:  # Linux says EIO when the other side is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._end)


@pytest.fixture
def terminal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*arguments: str, stdout: int | None = None, **more: str) -> Terminal:
        env = {**environment, "TERM": "xterm-256color", "COLUMNS": "100", **more}
        opened.append(Terminal(arguments, tmp_path, env, stdout))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_the_live_view(terminal, project) -> None:
    project.script(project.call("add", a=2, b=2), {"text": "four"})
    at = terminal("run", project.document(tools="add"), "-p", "2 + 2")
    shown = at.rest()
    assert at.process.returncode == 0
    assert "\x1b[" in shown
    for word in ("agent", "models", "tools", "tokens", "clerk", "native", "finished"):
        assert word in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") > 0, "the cursor is shown again"
    assert "\x1b[?25hfour\n" in shown
    assert "succeeded on native " in shown.splitlines()[-2]


def test_what_tools_print_goes_above_the_live_view(terminal, project) -> None:
    project.script(project.call("noisy"), {"text": "fine"})
    shown = terminal("run", project.document(tools="noisy"), "-p", "hi").rest()
    assert "printed by a tool" in shown
    assert "printed by a child" in shown


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_gets_lines(terminal, project, term: str) -> None:
    shown = terminal("run", project.document(), "-p", "hi", TERM=term).rest()
    assert "\x1b" not in shown
    assert "clerk: started on native\n" in shown


def test_no_color(terminal, project) -> None:
    import re

    shown = terminal("run", project.document(), "-p", "hi", NO_COLOR="1").rest()
    styles = set(re.findall(r"\x1b\[([0-9;]*)m", shown))
    assert all(re.fullmatch(r"[01]?", style) for style in styles), f"bold at most: {styles}"


def test_a_terminal_does_not_obey_the_model(terminal, project) -> None:
    project.script({"text": "a\u001b]0;title\u0007b\u009b31m\u202ec\td\r\ne\rf"})
    shown = terminal("run", project.document(), "-p", "hi", "-q").rest()
    assert shown == "a\\u001b]0;title\\u0007b\\u009b31m\\u202ec      d\ne\\u000df\n".replace("      ", "\t")
    shown = terminal("run", "agents.yaml", "-p", "hi", "-q", "--json").rest()
    assert json.loads(shown)["output"] == "a\u001b]0;title\u0007b\u009b31m\u202ec\td\r\ne\rf"


def approved(project) -> str:
    file = project.document(tools="delete")
    path = project.folder / file
    path.write_text(path.read_text().replace("side_effects: none", "approval: always"))
    project.script(project.call("delete", path="a\u001b[2Jb"), {"text": "{{last_tool_result}}"})
    return file


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("y\n", "is gone"), ("YES\n", "is gone"), ("n\n", "a person rejected this call"), ("\n", "rejected")],
)
def test_a_person_decides(terminal, project, typed: str, answer: str) -> None:
    at = terminal("run", approved(project), "-p", "hi")
    shown = at.until("Allow it? [y/N] ")
    assert "clerk wants to call delete" in shown
    assert 'path: "a\\u001b[2Jb"' in shown, "the person sees what the terminal must not obey"
    at.type(typed)
    assert answer in at.rest()
    assert at.process.returncode == 0


def test_an_answer_that_is_none_is_asked_again(terminal, project) -> None:
    at = terminal("run", approved(project), "-p", "hi", TERM="dumb")
    at.until("Allow it? [y/N] ")
    at.type("perhaps\n")
    at.until("perhaps\r\nAllow it? [y/N] ")
    at.type("y\n")
    assert "is gone" in at.rest()


def test_no_decision_is_exit_8(terminal, project) -> None:
    at = terminal("run", approved(project), "-p", "hi", TERM="dumb")
    at.until("Allow it? [y/N] ")
    at.type("\x04")
    shown = at.rest()
    assert at.process.returncode == 8
    assert "error AF5101" in shown


def test_a_cancel_while_a_person_is_asked(terminal, project) -> None:
    at = terminal("run", approved(project), "-p", "hi")
    at.until("Allow it? [y/N] ")
    at.process.send_signal(2)
    shown = at.rest()
    assert at.process.returncode == 7
    assert "cancelled on native" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h"), "the cursor is shown again"


def test_a_failed_tool_asks_what_now(terminal, project) -> None:
    file = project.document(tools="fail")
    path = project.folder / file
    path.write_text(path.read_text().replace("side_effects: none", "on_error: ask"))
    project.script(project.call("fail"), {"text": "{{last_tool_result}}"})
    at = terminal("run", file, "-p", "hi", TERM="dumb")
    at.until("fail failed: ValueError: the shelf is empty")
    at.until("[r]etry, [f]ail, or what the model shall see instead: ")
    at.type("r\n")
    at.until("clerk: calls fail again, attempt 2")
    at.until("instead: ", after="attempt 2")
    at.type("it holds 12\n")
    assert "\nit holds 12\n" in at.rest()
    assert at.process.returncode == 0


def test_tables_on_a_terminal(terminal) -> None:
    shown = terminal("adapters", "list").rest()
    assert "native" in shown
    assert "─" in shown
    assert (
        "─" not in terminal("adapters", "list", NO_COLOR="1", PYTHONUTF8="0", PYTHONIOENCODING="ascii").rest()
    )
