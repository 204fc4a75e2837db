"""`agentforge run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from agentforge_core.cli.options import debugging, example, json_option
from agentforge_core.errors import UsageError

if TYPE_CHECKING:
    from agentforge_core.cli.request import Request
    from agentforge_core.cli.running import Ended
    from agentforge_core.cli.streams import Answer
    from agentforge_core.forge import Forge


@click.command(
    name="run",
    short_help="Run a team, task or agent of a document.",
    help="""Run a team, task or agent of a document.

    NAME is a team, task or agent of FILE; without it the only team, else all tasks, else the only agent.

    A wish X of --on is auto, an adapter or a framework, with an optional version: langchain, crewai>=1.10.
    A comma-separated list runs the document on each and prints one table.
    """,
    epilog=example(
        'agentforge run agents.yaml researcher -p "What moves the tides?" --on langchain',
        "agentforge run desk.yaml --input month=2026-03 --on native,langchain",
    ),
)
@click.argument("file", metavar="FILE")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("-p", "--prompt", metavar="TEXT", help="What is said to the agent; - reads stdin.")
@click.option(
    "--input", "inputs", metavar="K=V", multiple=True, help="Value of a placeholder {K}; repeatable."
)
@click.option(
    "--on", metavar="X", multiple=True, help="Where all agents run, or AGENT=X for one; repeatable."
)
@click.option("--model", metavar="M", help="Model for every agent: provider/name or a name of models.")
@click.option("--limit", "limits", metavar="NAME=N", multiple=True, help="A limit of this run; repeatable.")
@click.option("--label", "labels", metavar="K=V", multiple=True, help="A label of this run; repeatable.")
@json_option
@click.option("--events", is_flag=True, help="Print the events of the run as JSON Lines.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing but errors on stderr.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def command(**given: Any) -> int:
    """Runs and returns the exit code."""
    from agentforge_core.cli.request import Request
    from agentforge_core.cli.values import numbers, pairs, readable

    if given["as_json"] and given["events"]:
        raise UsageError.of(
            "AF6023", "--json and --events exclude each other", hint="--events ends with the result"
        )
    return _execute(
        Request(
            file=given["file"],
            name=given["name"] and readable("NAME", given["name"]),
            prompt=given["prompt"],
            inputs=pairs("--input", given["inputs"]),
            on=given["on"],
            model=given["model"] and readable("--model", given["model"]),
            limits=numbers("--limit", given["limits"]),
            labels=pairs("--label", given["labels"]),
            as_json=given["as_json"],
            events=given["events"],
            quiet=given["quiet"],
            debug=debugging(["--debug"] if given["debug"] else []),
        )
    )


def _execute(request: Request) -> int:
    import asyncio

    from agentforge_core.cli.running import Runner
    from agentforge_core.cli.streams import answer_only
    from agentforge_core.cli.values import places, prompt_of
    from agentforge_core.forge import load

    with answer_only() as answer:
        forge = load(request.file)
        wanted = places(request.on, forge.program.agents)
        runner = Runner(forge, request, prompt_of(request.prompt), answer)
        with asyncio.Runner() as loop:
            if len(wanted) > 1:
                return _compared(loop.run(runner.compare(wanted)), forge, request, answer)
            return _ended(loop.run(runner.run(wanted[0])), forge, request, answer)


def _ended(ended: Ended, forge: Forge, request: Request, answer: Answer) -> int:
    from agentforge_core.cli.closing import close

    if request.events and answer.broken and answer.failure is None:
        return ended.exit_code
    try:
        if request.as_json:
            answer.json(ended.to_dict())
        elif not request.events and ended.result is not None:
            _print(ended.result.output, answer)
    finally:
        close(ended, forge, request)
    return _written(ended.exit_code, answer)


def _written(exit_code: int, answer: Answer) -> int:
    """`exit_code`, unless the events could not be written."""
    if answer.failure is not None:
        raise answer.failure
    return exit_code


def _print(output: Any, answer: Answer) -> None:
    if isinstance(output, str):
        answer.text(output)
    elif output is not None:
        answer.json(output)


def _compared(runs: list[Ended], forge: Forge, request: Request, answer: Answer) -> int:
    from agentforge_core.cli import comparison, tables
    from agentforge_core.cli.closing import summary
    from agentforge_core.cli.failures import show
    from agentforge_core.cli.streams import say

    try:
        if request.as_json:
            answer.json(comparison.shape(runs))
        elif not request.events:
            tables.show(comparison.COLUMNS, comparison.rows(runs), answer)
    finally:
        for ended in runs:
            if ended.error is not None:
                show(ended.error, debug=request.debug)
            if ended.result is not None and not request.quiet:
                say(summary(ended, forge))
    return _written(comparison.exit_code(runs), answer)
