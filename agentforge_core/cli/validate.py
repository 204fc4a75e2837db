"""`agentforge validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agentforge_core.cli.options import debug_option, example, json_option

if TYPE_CHECKING:
    from agentforge_core.ir import Program

KINDS = ("agents", "tasks", "teams")


@click.command(
    name="validate",
    short_help="Say what is wrong with a document.",
    help="""Say what is wrong with a document: all problems, each with its place.

    Reads the document only; none of its Python modules is imported, nothing is called.
    """,
    epilog=example("agentforge validate agents.yaml"),
)
@click.argument("file", metavar="FILE")
@json_option
@debug_option
def command(file: str, as_json: bool) -> int:
    """Looks at the document and returns the exit code."""
    from agentforge_core.cli.streams import stdout
    from agentforge_core.errors import ForgeError
    from agentforge_core.forge import load

    try:
        forge = load(file)
        forge.verify()
    except ForgeError as error:
        if not as_json:
            raise
        stdout().json({"valid": False, "problems": [d.to_dict() for d in error.diagnostics], "counts": None})
        return error.exit_code
    found = counts(forge.program)
    if as_json:
        stdout().json({"valid": True, "problems": [], "counts": found})
    else:
        stdout().text(f"{file} is valid: {_listed(found)}")
    return 0


def counts(program: Program) -> dict[str, int]:
    """How many nodes of each kind the program has."""
    return {kind: len(getattr(program, kind)) for kind in (*KINDS, "tools", "models")}


def _listed(found: dict[str, int]) -> str:
    from agentforge_core.cli.text import counted

    said = [counted(found[kind], kind.removesuffix("s")) for kind in KINDS if found[kind]]
    return ", ".join(said) or "nothing to run"
