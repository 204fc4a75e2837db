"""The live view: one row for each agent with what it does now, calls, tokens and time. Needs rich."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live as Region
from rich.table import Table
from rich.text import Text

from agentforge_core.boundary.events import Event
from agentforge_core.cli.text import counted, one_line, printable

ROWS = 12
"""Most agents shown; those that did something last."""
_PER_SECOND = 8


@dataclass(slots=True)
class _Row:
    adapter: str = ""
    doing: str = ""
    model_calls: int = 0
    tool_calls: int = 0
    tokens: int = 0


class Live:
    """Draws the state of a run on the terminal that stderr is, eight times a second."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._rows: dict[str, _Row] = {}
        self._began = time.monotonic()
        self._region: Region | None = None

    def start(self) -> None:
        """Takes a part of the terminal; what programs print meanwhile goes above it."""
        self._region = Region(
            console=self._console, get_renderable=self.table, refresh_per_second=_PER_SECOND
        )
        self._region.start()

    def stop(self) -> None:
        """Leaves the last state on the terminal."""
        if self._region is not None:
            self._region.stop()
            self._region = None

    def show(self, event: Event) -> None:
        """Takes an event into account; drawing happens on its own."""
        if event.agent is None or event.type == "text.delta":
            return
        # a new mapping each time: the drawing thread iterates over whichever it finds
        row = self._rows.get(event.agent) or _Row()
        _advance(row, event)
        self._rows = {**{k: v for k, v in self._rows.items() if k != event.agent}, event.agent: row}

    def table(self) -> Table:
        """The state as a table."""
        table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        seconds = time.monotonic() - self._began
        table.add_column("agent", no_wrap=True)
        table.add_column("on", no_wrap=True)
        table.add_column(f"{seconds:.1f} s", no_wrap=True, overflow="ellipsis", ratio=1)
        for name in ("models", "tools", "tokens"):
            table.add_column(name, justify="right", no_wrap=True)
        for agent, row in list(self._rows.items())[-ROWS:]:
            cells = (
                agent,
                row.adapter,
                row.doing,
                str(row.model_calls),
                str(row.tool_calls),
                f"{row.tokens:,}",
            )
            table.add_row(*(Text(one_line(printable(cell), 60)) for cell in cells))
        return table


def _advance(row: _Row, event: Event) -> None:
    data = event.data
    match event.type:
        case "agent.started":
            row.adapter = data.get("adapter", row.adapter)
            row.doing = f"begins {event.task}" if event.task else "begins"
        case "model.started":
            row.model_calls += data["attempt"] == 1
            again = f", attempt {data['attempt']}" if data["attempt"] > 1 else ""
            row.doing = f"asks {data['model']}{again}"
        case "model.finished":
            row.tokens += (data["input_tokens"] or 0) + (data["output_tokens"] or 0)
            row.doing = (
                "wants " + counted(len(data["tool_calls"]), "tool call") if data["tool_calls"] else "answers"
            )
        case "tool.started":
            row.tool_calls += data["attempt"] == 1
            row.doing = f"calls {data['tool']}"
        case "tool.finished" if data["is_error"]:
            row.doing = f"{data['tool']} failed: {one_line(data['content'])}"
        case "handoff":
            row.doing = f"hands over to {data['to']}"
        case "approval.requested":
            row.doing = "waits for a decision"
        case "agent.finished":
            row.doing = "finished"
        case _:
            pass
