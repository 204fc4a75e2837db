"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

DEBUG = "AGENTFORGE_DEBUG"
"""Environment variable that does what `--debug` does."""


def json_option(command: F) -> F:
    """`--json`: one JSON object on stdout, also for an error."""
    return click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON object.")(command)


def debug_option(command: F) -> F:
    """`--debug`: tracebacks. Read by `debugging`, because it counts also where a command did not begin."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")(command)


def asks(arguments: Sequence[str], flag: str) -> bool:
    """Whether `flag` stands among the arguments, before a `--`."""
    words = list(arguments)
    return flag in (words[: words.index("--")] if "--" in words else words)


def debugging(arguments: Sequence[str]) -> bool:
    """Whether tracebacks are wanted, by `--debug` or by the environment."""
    return asks(arguments, "--debug") or os.environ.get(DEBUG, "") not in ("", "0")


def example(*lines: str) -> str:
    """An epilog that click does not wrap: commands as they are typed."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)
