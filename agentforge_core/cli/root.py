"""The root of the command line: the table of commands, and what every command ends with."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from agentforge_core.cli.group import Lazy, LazyGroup
from agentforge_core.cli.streams import finish, unwritten

NAME = "agentforge"
"""The name of the program in help and messages, however it was started."""
_COMPLETE = "_AGENTFORGE_COMPLETE"

_RUN, _DOCUMENTS, _MACHINE = "Run", "Documents", "Adapters and this machine"

TABLE = {
    "run": Lazy("agentforge_core.cli.run:command", "Run a team, task or agent of a document.", _RUN),
    "init": Lazy("agentforge_core.cli.init:command", "Write a small project that works.", _DOCUMENTS),
    "validate": Lazy(
        "agentforge_core.cli.validate:command", "Say what is wrong with a document.", _DOCUMENTS
    ),
    "lower": Lazy(
        "agentforge_core.cli.lower:command", "Print the framework objects a run would use.", _DOCUMENTS
    ),
    "schema": Lazy("agentforge_core.cli.schema:command", "Print the JSON Schema of a shape.", _DOCUMENTS),
    "adapters": Lazy("agentforge_core.cli.adapters:group", "List and describe adapters.", _MACHINE),
    "doctor": Lazy(
        "agentforge_core.cli.doctor:command", "Say what works here and what would help.", _MACHINE
    ),
}
"""All commands of this release."""

_HELP = """Write an agent once, run it on any agent framework.

The answer goes to stdout, everything else to stderr.
"""

_EPILOG = """\b
Exit codes:
  0  succeeded
  1  the run failed, or a bug
  2  the command line is wrong, or does not say which agent
  3  not found: a file, a name, an adapter
  4  the document or an input is invalid
  5  not supported by the adapter or by this release
  6  a limit was reached
  7  cancelled
  8  needs a decision of a person

\b
Environment:
  AGENTFORGE_HOME        one folder for data, cache and configuration
  AGENTFORGE_DEBUG=1     tracebacks, as --debug
  NO_COLOR=1             no colours
  _AGENTFORGE_COMPLETE   bash_source, zsh_source or fish_source prints a completion script

\b
Example:
  agentforge init hello
  agentforge run hello/agentforge.yaml -p "How many days are between 2026-03-01 and 2026-12-24?"
"""


class Root(LazyGroup):
    """The command `agentforge`."""

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Runs the command in `args` and ends the process; replaces click's own handling of errors."""
        arguments = list(sys.argv[1:] if args is None else args)
        wanted = os.environ.get(_COMPLETE)
        if wanted:
            from click.shell_completion import shell_complete

            sys.exit(shell_complete(self, {}, NAME, _COMPLETE, wanted))
        extra = {k: v for k, v in extra.items() if k not in ("prog_name", "standalone_mode")}
        code = self._ended(arguments, extra)
        finish()
        sys.exit(code)

    def _ended(self, arguments: list[str], settings: dict[str, Any]) -> int:
        try:
            with self.make_context(NAME, list(arguments), **settings) as ctx:
                return int(self.invoke(ctx) or 0)
        except click.exceptions.Exit as ended:
            return ended.exit_code
        except BrokenPipeError:  # help, piped into a reader that has seen enough
            return 0
        except BaseException as error:  # noqa: BLE001 - the last one who can say it in the house's words
            from agentforge_core.cli.failures import report

            return report(_of_help(error), arguments)


def _of_help(error: BaseException) -> BaseException:
    """`error`, in the words for an answer when click met it while it wrote help, which it does itself."""
    if isinstance(error, OSError):
        frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
        if any(frame.f_code is click.echo.__code__ for frame in frames):
            return unwritten(error)
    return error


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{NAME} {version('agentforge-core')}")
        ctx.exit()


cli = Root(
    name=NAME,
    table=TABLE,
    help=_HELP,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Print the version and exit.",
        )
    ],
)
"""The click tree."""
