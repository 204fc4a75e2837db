"""`agentforge init`."""

from __future__ import annotations

from pathlib import Path

import click

from agentforge_core.cli.options import debug_option, example

TEMPLATE = Path(__file__).parent / "templates" / "project"
"""The project as package data: its files are copied as they are."""
DOCUMENT = "agentforge.yaml"
PROMPT = "How many days are between 2026-03-01 and 2026-12-24?"
"""What the project can answer at once."""


@click.command(
    name="init",
    short_help="Write a small project that works.",
    help="""Write a small project that works: a document with one agent, and two tools in Python.

    DIR is made where it is missing; the current folder when left out. Files are never overwritten.
    """,
    epilog=example("agentforge init hello"),
)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@debug_option
def command(folder: Path) -> int:
    """Writes the project and returns the exit code."""
    import shlex

    from agentforge_core.cli.streams import say, stdout

    files = write(folder)
    stdout().text("\n".join(map(str, files)))
    document = shlex.quote(str(folder / DOCUMENT))
    say(f'next: agentforge run {document} -p "{PROMPT}"')
    return 0


def write(folder: Path) -> list[Path]:
    """Copies the project into `folder`.

    Raises:
        UsageError: a file is already there, or the folder cannot be written.
    """
    from agentforge_core.errors import UsageError

    texts = {
        folder / source.name: source.read_bytes() for source in sorted(TEMPLATE.iterdir()) if source.is_file()
    }
    present = [str(file) for file in texts if file.exists() or file.is_symlink()]
    if present:
        raise UsageError.of(
            "AF6024", f"already there: {', '.join(present)}", hint="name another folder: agentforge init DIR"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            with file.open("xb") as stream:
                stream.write(text)
    except OSError as error:
        raise UsageError.of(
            "AF6024",
            f"{folder} cannot be written",
            reason=error.strerror or str(error),
            hint="name another folder: agentforge init DIR",
        ) from None
    return list(texts)
