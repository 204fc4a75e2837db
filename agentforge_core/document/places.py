"""Gives problems found in a document or program their place in the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.document.source import Source
from agentforge_core.ir import Path, Problem, format_path


@dataclass(frozen=True, slots=True)
class Finding(Problem):
    """A problem of the document itself.

    Attributes:
        at_key: whether the key at the end of the path is wrong and not its value.
    """

    at_key: bool = False


def value_at(data: Any, path: Path) -> Any:
    """The value at `path` of `data`, None when there is none."""
    for part in path:
        try:
            data = data[part]
        except (LookupError, TypeError):
            return None
    return data


def diagnose(source: Source | None, problems: Iterable[Problem]) -> list[Diagnostic]:
    """`problems` as diagnostics, each once, in the order of the document.

    A mapping or list is shown at its key, which is where its first line is; other values at themselves.

    Args:
        source: the document; None for a program made of Python objects, which has paths but no lines.
        problems: what `ir.verify` or the document room found.
    """
    found = {_placed(source, problem): None for problem in problems}
    return sorted(found, key=lambda d: (d.line or 0, d.column or 0))


def _placed(source: Source | None, problem: Problem) -> Diagnostic:
    line, column = None, None
    if source is not None:
        open_ = isinstance(value_at(source.data, problem.path), (dict, list))
        at_key = (isinstance(problem, Finding) and problem.at_key) or open_
        line, column = source.locate(problem.path, key=at_key)
    return Diagnostic(
        problem.code,
        problem.message,
        path=format_path(problem.path) or None,
        file=source.name if source is not None else None,
        line=line,
        column=column,
        hint=problem.hint,
    )


def located(source: Source, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """`diagnostics` that have a path but no file, with the place of the document they speak of."""
    return tuple(_located(source, diagnostic) for diagnostic in diagnostics)


def _located(source: Source, diagnostic: Diagnostic) -> Diagnostic:
    if diagnostic.path is None or diagnostic.file is not None:
        return diagnostic
    path = _path_of(source.data, diagnostic.path)
    if path is None:
        return diagnostic
    return diagnostic.at(diagnostic.path, source.name, *source.locate(path, key=True))


def _path_of(data: Any, text: str, above: Path = ()) -> Path | None:
    """The path of the document that reads `text`, None where it has none."""
    if above and format_path(above) == text:
        return above
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        path = (*above, key)
        if text.startswith(format_path(path)):
            deeper = _path_of(value, text, path)
            if deeper is not None:
                return deeper
    return None
