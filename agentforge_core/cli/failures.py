"""What a command that failed prints, and its exit code: always a diagnostic, never a traceback unasked."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Any

import click

from agentforge_core.cli.diagnosis import rendered
from agentforge_core.cli.options import asks, debugging
from agentforge_core.cli.streams import UNWRITTEN, say, stdout
from agentforge_core.errors import ForgeError, RunCancelledError, UsageError


def report(error: BaseException, arguments: Sequence[str]) -> int:
    """Prints `error` in the house's words and returns the exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(bool(error.code))
    told = as_forge_error(error)
    show(told, debug=debugging(arguments), raised=error)
    if asks(arguments, "--json") and told.code != UNWRITTEN:
        try:
            stdout().json(error_shape(told, run=list(arguments[:1]) == ["run"]))
        except ForgeError as unwritten:
            show(unwritten, debug=False)
    return told.exit_code


def show(error: ForgeError, *, debug: bool, raised: BaseException | None = None) -> None:
    """The problems of `error` on stderr, with the traceback when debugging."""
    if debug:
        say("".join(traceback.format_exception(raised or error)).rstrip())
    say(rendered(error.diagnostics))


def as_forge_error(error: BaseException) -> ForgeError:
    """`error` as one of the house's classes, which know their exit codes."""
    if isinstance(error, ForgeError):
        return error
    if isinstance(error, (KeyboardInterrupt, click.exceptions.Abort)):
        return RunCancelledError.of("AF5004", "cancelled")
    if isinstance(error, click.NoSuchOption):
        near = " or ".join(error.possibilities or ())
        hint = f"did you mean {near}?" if near else _help_of(error)
        return UsageError.of("AF6021", f"there is no option {error.option_name}", hint=hint)
    if isinstance(error, click.ClickException):
        return UsageError.of("AF6021", _sentence(error.format_message()), hint=_help_of(error))
    message = str(error).strip()
    return ForgeError.of(
        "AF9001",
        f"{type(error).__name__}: {message}" if message else type(error).__name__,
        hint="this is a bug in AgentForge; run again with --debug and report the traceback",
    )


def _sentence(message: str) -> str:
    """The sentence of click in the house's form: a small letter first, no full stop."""
    message = message.strip().removesuffix(".")
    return message[:1].lower() + message[1:]


def _help_of(error: click.ClickException) -> str:
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    return f"{ctx.command_path if ctx is not None else 'agentforge'} --help shows how it is used"


def error_shape(error: ForgeError, *, run: bool) -> dict[str, Any]:
    """The object of `--json` for what never became a result.

    Args:
        error: why.
        run: whether it is the object of `run`, with all its keys.
    """
    from agentforge_core.cli.shapes import no_run
    from agentforge_core.runs.result import error_object

    if run:
        return no_run(error)
    return {"diagnostics": [d.to_dict() for d in error.diagnostics], "error": error_object(error)}
