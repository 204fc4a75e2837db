"""Progress on stderr: short lines, or nothing; the live view of a terminal is in `live`."""

from __future__ import annotations

import os
import sys

from agentforge_core.boundary.events import Event
from agentforge_core.cli.listening import Progress
from agentforge_core.cli.streams import say
from agentforge_core.cli.text import one_line


class Lines:
    """One short line for what matters: agents, tools, hand-overs, questions, repeated calls."""

    def show(self, event: Event) -> None:
        """Says the line of `event`, if it has one."""
        said = line_of(event)
        if said is not None:
            say(f"{event.agent or event.task or 'run'}: {said}")

    def start(self) -> None:
        """Nothing to begin."""

    def stop(self) -> None:
        """Nothing to end."""


class Silence:
    """Shows nothing."""

    def show(self, event: Event) -> None:
        """Says nothing."""

    def start(self) -> None:
        """Nothing to begin."""

    def stop(self) -> None:
        """Nothing to end."""


def line_of(event: Event) -> str | None:
    """What is said of `event` in one short line; None for what only a trace is interested in."""
    data = event.data
    match event.type:
        case "agent.started":
            task = f" {event.task}" if event.task else ""
            adapter = f" on {data['adapter']}" if "adapter" in data else ""
            return f"started{task}{adapter}"
        case "tool.started" if data["attempt"] == 1:
            return f"calls {data['tool']}"
        case "tool.started" | "model.started" if data["attempt"] > 1:
            what = data.get("tool") or f"model {data['model']}"
            return f"calls {what} again, attempt {data['attempt']}"
        case "tool.finished" if data["is_error"]:
            return f"{data['tool']} failed: {one_line(data['content'])}"
        case "handoff":
            return f"hands over to {data['to']}"
        case "approval.requested":
            return one_line(f"waits for a decision: {data['message']}")
        case "agent.finished":
            return "finished"
        case _:
            return None


def choose(quiet: bool) -> Progress:
    """The progress that fits stderr: a live view on a terminal that can draw one, else lines."""
    if quiet or sys.stderr is None:
        return Silence()
    if sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb"):
        from agentforge_core.cli.live import Live

        return Live()
    return Lines()
