"""The two streams: stdout carries the answer and nothing else, stderr everything else.

While a run lives, file descriptor 1 points at stderr, so that what tools, frameworks and their
subprocesses print never mixes with the answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from agentforge_core.cli.text import printable
from agentforge_core.errors import ForgeError

UNWRITTEN = "AF6026"
"""Code of an answer that could not be written."""


class Answer:
    """Where the answer goes. A reader that goes away is no error; it is remembered in `broken`.

    Attributes:
        terminal: whether a terminal shows it.
        broken: whether nothing more can be written.
        failure: why not, where that is an error, such as a full disk.

    Args:
        stream: the stream; None when the process has no stdout.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.terminal = stream is not None and stream.isatty()
        self.broken = stream is None
        self.failure: ForgeError | None = None

    def text(self, text: str) -> None:
        """`text`, ended by a newline; its control characters made visible when a terminal shows it."""
        if self.terminal:
            text = printable(text)
        self.raw(text if text.endswith("\n") else f"{text}\n")

    def json(self, value: Any, *, indent: int | None = 2) -> None:
        """`value` as JSON; on one line without `indent`."""
        encoding = (getattr(self._stream, "encoding", None) or "utf-8").lower().replace("-", "")
        text = json.dumps(value, indent=indent, ensure_ascii=encoding != "utf8", default=str)
        self.raw(f"{printable(text) if self.terminal else text}\n")

    def raw(self, text: str) -> None:
        """`text` as it is, written at once.

        Raises:
            ForgeError: it could not be written, though somebody may read; said once, then kept in `failure`.
        """
        if self._stream is None or self.broken:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            self.broken = True
        except OSError as error:
            self.broken = True
            self.failure = unwritten(error)
            raise self.failure from None


def unwritten(error: OSError) -> ForgeError:
    """The error of an answer that stdout did not take."""
    reason = error.strerror or str(error)
    return ForgeError.of(UNWRITTEN, f"the answer could not be written: {reason[:1].lower()}{reason[1:]}")


def stdout() -> Answer:
    """The answer of a command that runs nobody else's code."""
    return Answer(sys.stdout)


@contextlib.contextmanager
def answer_only() -> Iterator[Answer]:
    """Inside, only the answer reaches stdout: `sys.stdout` and file descriptor 1 are stderr."""
    with contextlib.ExitStack() as stack:
        stream = _kept(stack) if _is_descriptor_one(sys.stdout) else sys.stdout
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        yield Answer(stream)


def _is_descriptor_one(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.fileno() == 1
    except (OSError, ValueError):
        return False


def _kept(stack: contextlib.ExitStack) -> TextIO:
    """A stream on what file descriptor 1 was; the descriptor itself is stderr until the stack unwinds."""
    sys.stdout.flush()
    kept = os.dup(1)
    encoding = sys.stdout.encoding
    stream = os.fdopen(kept, "w", encoding=encoding, errors="backslashreplace", newline="\n")
    stack.callback(_put_back, stream)
    os.dup2(2, 1)
    return stream


def _put_back(stream: TextIO) -> None:
    os.dup2(stream.fileno(), 1)
    # what was not taken before is not taken now, and the answer has said so
    with contextlib.suppress(OSError):
        stream.close()


def say(text: str) -> None:
    """A line for people, on stderr; control characters made visible. Nobody listening is no error."""
    if sys.stderr is not None:
        # a RuntimeError is a signal handler that interrupted another write
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            sys.stderr.write(f"{printable(text)}\n")
            sys.stderr.flush()


def finish() -> None:
    """Empties stdout before the process ends; where that fails, Python shall say nothing about it."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
