"""What may stand where in a document, derived from the classes of the IR.

A document differs from the IR in three ways: a node's name is its key and never a key inside it, other
nodes are named and never written in place, and fields have only the spelling of the document.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from agentforge_core.ir import Env, Path, Program


def members(annotation: Any) -> Iterator[Any]:
    """The types of a union, or the one type, without what pydantic adds to them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for inner in get_args(annotation):
            yield from members(inner)
    else:
        yield annotation


def node_class(annotation: Any) -> type[BaseModel] | None:
    """The class of the node that a mapping at this place is, None for other mappings and values."""
    found = (m for m in members(annotation) if isinstance(m, type) and issubclass(m, BaseModel))
    return next(found, None)


def keys_of(node: type[BaseModel]) -> dict[str, Any]:
    """The keys a node has in a document, with the annotations of their values."""
    fields = node.model_fields.items()
    return {field.alias or name: field.annotation for name, field in fields if name != "name"}


def inside(annotation: Any, part: str | int) -> Any:
    """The annotation of the value at key or index `part` of a value of `annotation`; Any when open."""
    for member in members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            keys = keys_of(member)
            if part in keys:
                return keys[str(part)]
        elif get_origin(member) is dict and isinstance(part, str):
            return get_args(member)[1]
        elif get_origin(member) in (tuple, list) and isinstance(part, int):
            return get_args(member)[0]
    return Any


def at(path: Path) -> Any:
    """The annotation of the value at `path` of a document."""
    annotation: Any = Program
    for part in path:
        annotation = inside(annotation, part)
    return annotation


@cache
def kinds() -> dict[str, type[BaseModel]]:
    """The sections that map names to nodes, with the class of their nodes."""
    found = {key: node_class(inside(annotation, "")) for key, annotation in keys_of(Program).items()}
    return {key: node for key, node in found.items() if node is not None and "name" in node.model_fields}


def referred(annotation: Any) -> str | None:
    """The section whose names stand at this place, None when it is no reference."""
    node = node_class(annotation)
    if str not in members(annotation):
        return None
    return next((key for key, known in kinds().items() if known is node), None)


@cache
def environment_places() -> tuple[str, ...]:
    """Where `{env: NAME}` may stand, as paths with `*` for names."""
    top = [key for key, annotation in keys_of(Program).items() if Env in members(annotation)]
    inner = [
        f"{kind}.*.{key}"
        for kind, node in kinds().items()
        for key, annotation in keys_of(node).items()
        if Env in members(annotation)
    ]
    return (*inner, *top)
