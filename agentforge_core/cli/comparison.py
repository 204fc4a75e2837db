"""The table of `--on a,b,c`: the same document on each adapter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from agentforge_core.cli.closing import label
from agentforge_core.cli.running import Ended
from agentforge_core.cli.text import one_line

COLUMNS = ("on", "adapter", "status", "models", "tools", "tokens", "seconds", "output")


def rows(ended: Sequence[Ended]) -> list[list[str]]:
    """One row for each run, in the order of the columns."""
    return [_row(end) for end in ended]


def shape(ended: Sequence[Ended]) -> dict[str, Any]:
    """The object of `--json`: each run's own object, where it was asked to go, and its seconds."""
    return {
        "runs": [{"on": end.place.label, "seconds": round(end.seconds, 3), **end.to_dict()} for end in ended]
    }


def exit_code(ended: Sequence[Ended]) -> int:
    """Exit code of the first run that did not succeed, else 0."""
    return next((end.exit_code for end in ended if end.exit_code), 0)


def _row(end: Ended) -> list[str]:
    result = end.result
    if result is None:
        return [end.place.label, "", "failed", "", "", "", f"{end.seconds:.2f}", _why(end)]
    used = result.usage
    return [
        end.place.label,
        label(result.adapter) if result.adapter is not None else "",
        result.status,
        str(used.model_calls),
        str(used.tool_calls),
        str(used.input_tokens + used.output_tokens),
        f"{end.seconds:.2f}",
        _output(result.output) if result.error is None else _why(end),
    ]


def _output(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 60)


def _why(end: Ended) -> str:
    return one_line(f"{end.error.code}: {end.error.first.message}", 60) if end.error is not None else ""
