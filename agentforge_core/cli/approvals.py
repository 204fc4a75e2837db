"""Asks the person at the terminal: may this tool run, what now that it failed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys

from agentforge_core.boundary.effects import HumanInput, HumanReply
from agentforge_core.boundary.interceptors import nobody
from agentforge_core.cli.listening import Progress
from agentforge_core.cli.text import printable

_QUESTIONS = {
    "approval": "Allow it? [y/N] ",
    "tool_error": "[r]etry, [f]ail, or what the model shall see instead: ",
    "question": "Answer: ",
}


def possible() -> bool:
    """Whether a person can be asked: they see stderr and can type."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


class AtTerminal:
    """Asks one question at a time; calls that need no decision go on meanwhile.

    Args:
        progress: makes room for the question.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._turn = asyncio.Lock()

    async def __call__(self, question: HumanInput) -> HumanReply:
        """The person's decision.

        Raises:
            DecisionNeededError: the person ended the input (Ctrl-D) without a decision.
        """
        async with self._turn:
            self._progress.stop()
            try:
                _forget_what_was_typed()
                _write(_explained(question))
                while True:
                    _write(_QUESTIONS[question.kind])
                    line = await _line()
                    if not line:
                        _write("\n")
                        return await nobody(question)
                    reply = decided(question.kind, line.strip())
                    if reply is not None:
                        return reply
            finally:
                self._progress.start()


def decided(kind: str, answer: str) -> HumanReply | None:
    """What an answer means; None when it has to be asked again."""
    word = answer.lower()
    if kind == "approval":
        if word in ("y", "yes"):
            return HumanReply("approve")
        return HumanReply("reject") if word in ("", "n", "no") else None
    if kind == "tool_error":
        if word in ("r", "retry"):
            return HumanReply("retry")
        if word in ("f", "fail"):
            return HumanReply("reject")
    return HumanReply("answer", answer) if answer else None


def _explained(question: HumanInput) -> str:
    lines = [question.message]
    for name, value in question.arguments.items():
        lines.append(f"  {name}: {json.dumps(value, ensure_ascii=False, default=str)}")
    return printable("\n".join(lines)) + "\n"


def _write(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _forget_what_was_typed() -> None:
    """Drops what was typed before the question was there: it is no answer to it."""
    import termios

    with contextlib.suppress(termios.error):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


async def _line() -> str:
    """The next line typed at the terminal, empty at the end of the input. A cancel gives up waiting."""
    terminal = sys.stdin.fileno()
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if not ready.done():
            try:
                ready.set_result(os.read(terminal, 4096))
            except OSError:
                ready.set_result(b"")

    loop.add_reader(terminal, read)
    try:
        return (await ready).decode(errors="replace")
    finally:
        loop.remove_reader(terminal)
