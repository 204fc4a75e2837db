"""Tables: drawn by rich on a terminal, aligned plain text anywhere else."""

from __future__ import annotations

from collections.abc import Sequence

from agentforge_core.cli.streams import Answer
from agentforge_core.cli.text import printable


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], answer: Answer) -> None:
    """Prints a table on `answer`."""
    answer.raw(drawn(columns, rows) if answer.terminal else f"{aligned(columns, rows)}\n")


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table as plain text: columns two blanks apart, each cell on one line."""
    lines = [
        [printable(cell).replace("\n", " ").replace("\t", " ") for cell in row] for row in (columns, *rows)
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table for the terminal at hand: its width, its colours."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(force_terminal=True, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
