"""`agentforge doctor`."""

from __future__ import annotations

import click

from agentforge_core.cli.options import debug_option, example, json_option


@click.command(
    name="doctor",
    short_help="Say what works here and what would help.",
    help="""Say what works here and what would help: Python, folders, adapters, packages, settings.

    Sends nothing and changes nothing. Exit 0 when the host itself can run, 1 otherwise.
    """,
    epilog=example("agentforge doctor --json"),
)
@json_option
@debug_option
def command(as_json: bool) -> int:
    """Looks at this machine and returns the exit code."""
    from agentforge_core.cli.health import examine
    from agentforge_core.cli.streams import stdout

    found = examine()
    if as_json:
        stdout().json(found.to_dict())
    else:
        stdout().text(found.rendered())
    return 0 if found.ok else 1
