"""`agentforge schema`."""

from __future__ import annotations

import click

from agentforge_core.cli.options import debug_option, example

SHAPES = ("document", "run", "event")


@click.command(
    name="schema",
    short_help="Print the JSON Schema of a shape.",
    help="""Print the JSON Schema (draft 2020-12) of a shape: document (default), run or event.

    Editors complete and check documents with it; run is the object of `run --json`, event a line of
    `run --events`.
    """,
    epilog=example("agentforge schema > agentforge.schema.json"),
)
@click.argument("shape", type=click.Choice(SHAPES), default="document", metavar="[SHAPE]")
@debug_option
def command(shape: str) -> int:
    """Prints the schema and returns the exit code."""
    from agentforge_core.cli.shapes import schema_text
    from agentforge_core.cli.streams import stdout

    stdout().raw(schema_text(shape))
    return 0
