"""Builds the IR from a document; every problem is found and has its place in the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from agentforge_core.document.places import Finding, diagnose, value_at
from agentforge_core.document.shape import at, inside, keys_of, kinds, members, node_class, referred
from agentforge_core.document.source import Source
from agentforge_core.document.text import quoted
from agentforge_core.document.wording import findings, unknown_key
from agentforge_core.errors import DocumentError
from agentforge_core.ir import Path, Problem, Program, verify

_NO_MODEL = "AF1102"
_STAND_IN = "left_out"

# problems that hold whatever else of the document is mended first; the others may follow from it
_LASTING = frozenset({"AF1101", "AF1103", "AF1104", "AF1105", "AF1107", "AF1109"})


def build(source: Source) -> Program:
    """The program that the document in `source` describes; its format version must be the current one.

    An agent without any model is no problem here: a run may bring one (`--model`), and is checked then.

    Raises:
        DocumentError: with all problems, sorted by their place in the file.
    """
    named = _named(source.data)
    found: list[Problem] = [*_document_rules(Program, source.data, ())]
    ruled = {f.path for f in found}
    program, errors = _validated(named)
    found += [f for f in findings(named, errors) if ruled.isdisjoint(_and_above(f.path))]
    if found:
        program = _without(named, [f.path for f in found])
    if program is not None:
        found += _crossing(program, [f.path for f in found])
    if found or program is None:
        raise DocumentError(*diagnose(source, found))
    return program


def _crossing(program: Program, mended: list[Path]) -> Iterator[Problem]:
    """What is wrong between the nodes of `program`, where that does not follow from what was `mended`."""
    places = set(mended)
    above = {outer for path in mended for outer in _and_above(path)}
    for problem in verify(program):
        related = problem.path in above or not places.isdisjoint(_and_above(problem.path))
        if problem.code != _NO_MODEL and (not mended or (problem.code in _LASTING and not related)):
            yield problem


def _validated(named: Mapping[str, Any]) -> tuple[Program | None, list[Any]]:
    # from JSON, because strict mode then takes lists for tuples and still refuses "3" for 3
    try:
        return Program.model_validate_json(json.dumps(named), strict=True), []
    except ValidationError as e:
        return None, list(e.errors(include_url=False))


def _named(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with the name of each node inside it, as the IR has it."""
    named = dict(data)
    for kind in kinds():
        if isinstance(nodes := data.get(kind), dict):
            named[kind] = {
                key: {**node, "name": key} if isinstance(node, dict) else node for key, node in nodes.items()
            }
    return named


def _document_rules(annotation: Any, value: Any, path: Path) -> Iterator[Finding]:
    """Findings for what the IR allows to Python callers and a document cannot say."""
    if isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _document_rules(inside(annotation, i), inner, (*path, i))
    if not isinstance(value, dict):
        return
    if (kind := referred(annotation)) is not None:
        message = f"here stands the name of one of the {kind}, not a mapping"
        yield Finding(path, "AF1026", message, f"describe it under {kind}: and give its name here")
        return
    node = node_class(annotation)
    for key, inner in value.items():
        if node is not None and key == "name" and node in kinds().values():
            message = f"name is no key here: the name is {quoted(str(path[-1]))}"
            yield Finding((*path, key), "AF1020", message, "remove it", at_key=True)
        elif node is not None and key in node.model_fields and key not in keys_of(node):
            yield unknown_key((*path, key))
        else:
            yield from _document_rules(inside(annotation, key), inner, (*path, key))


def _without(named: Mapping[str, Any], paths: Iterable[Path]) -> Program | None:
    """The program without what stands at `paths`; None when too little would be left to judge."""
    data = json.loads(json.dumps(named))
    for path in paths:
        # a whole list goes, so that the indices of no other list change
        index = next((i for i, part in enumerate(path) if isinstance(part, int)), len(path))
        if not _mend(data, path[:index]):
            return None
    return _validated(data)[0]


def _mend(data: dict[str, Any], path: Path) -> bool:
    """Takes the value at `path` out of `data`, or puts one in that passes; whether references still hold."""
    holder, key = value_at(data, path[:-1]), path[-1]
    if path[0] in kinds() and len(path) <= 2:
        if len(path) == 2 and isinstance(holder[key], dict):
            holder[key]["name"] = _STAND_IN
            return True
        return False
    node = node_class(at(path[:-1]))
    fields = node.model_fields.items() if node else ()
    if isinstance(holder, dict):
        if any((field.alias or name) == key and field.is_required() for name, field in fields):
            holder[key] = _STAND_IN if str in members(at(path)) else {}
        else:
            holder.pop(key, None)
    return True


def _and_above(path: Path) -> list[Path]:
    """`path` and all paths above it, without that of the whole document."""
    return [path[: i + 1] for i in range(len(path))]
