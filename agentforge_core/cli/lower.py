"""`agentforge lower`."""

from __future__ import annotations

import click

from agentforge_core.cli.options import debug_option, example


@click.command(
    name="lower",
    short_help="Print the framework objects a run would use.",
    help="""Print the framework objects a run would use.

    One block for each agent or team that an adapter runs. Loads the document's tools, calls no model.
    """,
    epilog=example("agentforge lower agents.yaml researcher --on langchain"),
)
@click.argument("file", metavar="FILE")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--on", metavar="X", multiple=True, help="Where all agents go, or AGENT=X for one; repeatable.")
@click.option("--model", metavar="M", help="Model for every agent: provider/name or a name of models.")
@debug_option
def command(file: str, name: str | None, on: tuple[str, ...], model: str | None) -> int:
    """Prints the objects and returns the exit code."""
    from agentforge_core.cli.blame import model_given
    from agentforge_core.cli.streams import answer_only
    from agentforge_core.cli.values import places, readable
    from agentforge_core.forge import load

    with answer_only() as answer:
        forge = load(file)
        wanted = places(on, forge.program.agents)
        name, model = name and readable("NAME", name), model and readable("--model", model)
        with model_given(model, forge.program):
            texts = [forge.lowered(name, on=place.on, model=model) for place in wanted]
        answer.text("\n\n".join(texts))
    return 0
