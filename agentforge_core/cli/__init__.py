"""The command line `agentforge`. Above the door: it may use everything, nothing may use it.

A command's module is loaded when the command is used, so `agentforge --help` loads click and little else.
"""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """The console script: runs the command in `sys.argv` and ends the process with its exit code."""
    from agentforge_core.cli.root import cli

    raise SystemExit(cli())
