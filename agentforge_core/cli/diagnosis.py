"""Diagnostics for people: the five parts, and the line of the document with a mark under the place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from agentforge_core.diagnostics import Diagnostic

_WIDEST = 100
_LARGEST = 1 << 20
"""Bytes of a file that is read for an excerpt; no document is larger."""

_SECRET = re.compile(
    r"""(?ix)
    ((?:api_?key|secret|password|passwd|credential\w*|authorization|access_?token|\btoken)  # what it is called
    (?!_env)["']?\s*[:=]\s*)                                                    # a variable's name is no secret
    [^,}\]\s][^,}\]]*"""
)
_KEY = re.compile(r"\b(sk|pk|ghp|gho|xox[abp]|AKIA)[-_A-Za-z0-9]{12,}")


def rendered(diagnostics: Iterable[Diagnostic]) -> str:
    """All of them, one below the other, as plain text."""
    return "\n".join(_rendered(d) for d in diagnostics)


def _rendered(diagnostic: Diagnostic) -> str:
    lines = diagnostic.render().split("\n")
    shown = excerpt(diagnostic)
    if shown:
        after = next((i for i, line in enumerate(lines) if line.startswith("  where: ")), 0)
        lines[after + 1 : after + 1] = shown
    return "\n".join(lines)


def excerpt(diagnostic: Diagnostic) -> list[str]:
    """The line that the diagnostic is about and a caret under its column; nothing when it cannot be read.

    What looks like a secret is left out: a document should hold none, and one that does must not spread it.
    """
    if diagnostic.file is None or diagnostic.line is None:
        return []
    line = _line(Path(diagnostic.file), diagnostic.line)
    if line is None or not line.strip():
        return []
    line = line.expandtabs(1)
    column = min(diagnostic.column or 1, len(line) + 1) - 1
    shown = _KEY.sub(r"\1...", _SECRET.sub(r"\1...", line))
    if shown != line:
        column = min(column, len(shown))
    start = max(0, column - _WIDEST // 2) if len(shown) > _WIDEST else 0
    cut = shown[start : start + _WIDEST]
    number = f"{diagnostic.line:>6} | "
    found = [f"{number}{cut}"]
    if diagnostic.column is not None:
        found.append(f"{'| ':>{len(number)}}{' ' * (column - start)}^")
    return found


def _line(file: Path, number: int) -> str | None:
    try:
        with file.open("rb") as stream:
            text = stream.read(_LARGEST + 1).decode("utf-8-sig", "replace")
    except OSError:
        return None
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else None
