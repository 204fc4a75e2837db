"""The JSON Schema of a document, for completion and checking in editors (draft 2020-12)."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from agentforge_core.document.shape import inside, keys_of, kinds, node_class
from agentforge_core.ir import Program

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTITY = "urn:agentforge:schema:document:1"
"""A name and not an address: nothing is fetched to check a document."""

_REF = "#/$defs/"


def document_schema() -> dict[str, Any]:
    """The JSON Schema of a document: that of the IR without what only Python callers can say."""
    made = Program.model_json_schema(by_alias=True)
    schemas = {**made.pop("$defs"), Program.__name__: made}
    names = {kind: schemas[node.__name__]["properties"]["name"] for kind, node in kinds().items()}
    nodes = {node.__name__: _node(schemas[node.__name__], node) for node in _classes(Program)}
    root = nodes.pop(Program.__name__)
    root["properties"]["agentforge"].pop("default")
    for kind, name in names.items():
        if "pattern" in name:
            root["properties"][kind]["propertyNames"] = {"pattern": name["pattern"]}
    used = {name: nodes[name] for name in sorted(_reached(root, nodes))}
    return {
        "$schema": DIALECT,
        "$id": IDENTITY,
        **root,
        "title": "AgentForge document",
        "description": "Agents, their models and tools, their tasks and teams, neutral of any framework.",
        "required": ["agentforge"],
        "$defs": used,
    }


def document_schema_text() -> str:
    """The schema as the text of the file that is kept in the repository and shown to users."""
    return json.dumps(document_schema(), indent=2, ensure_ascii=False) + "\n"


def _classes(node: type[BaseModel]) -> list[type[BaseModel]]:
    """`node` and all classes of nodes inside it."""
    found: list[type[BaseModel]] = []
    waiting: list[type[BaseModel] | None] = [node]
    while waiting:
        current = waiting.pop()
        if current is None or current in found:
            continue
        found.append(current)
        for annotation in keys_of(current).values():
            waiting += [node_class(a) for a in (annotation, inside(annotation, ""), inside(annotation, 0))]
    return found


def _node(schema: dict[str, Any], node: type[BaseModel]) -> dict[str, Any]:
    """The schema of one node with its keys, each with what the class says about it."""
    said = _attribute_docs(node)
    properties: dict[str, Any] = {}
    for name, field in node.model_fields.items():
        key = field.alias or name
        if key not in keys_of(node):
            continue
        value = _without_nodes(schema["properties"][key])
        value.pop("title", None)
        if value.get("default", ...) is None:
            value.pop("default")
        properties[key] = {"description": said[name], **value}
    kept = {k: v for k, v in schema.items() if k not in ("properties", "title", "required")}
    required = [key for key in schema.get("required", ()) if key in properties]
    return {**kept, "properties": properties, **({"required": required} if required else {})}


def _without_nodes(schema: Any) -> Any:
    """`schema` without the alternatives that are a node written in place of its name."""
    if isinstance(schema, list):
        return [_without_nodes(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    named = [{"$ref": _REF + node.__name__} for node in kinds().values()]
    plain = {k: _without_nodes(v) for k, v in schema.items()}
    if "anyOf" in plain:
        plain["anyOf"] = [a for a in plain["anyOf"] if a not in named]
        if len(plain["anyOf"]) == 1:
            plain.update(plain.pop("anyOf")[0])
    return plain


def _reached(schema: Any, nodes: dict[str, Any]) -> set[str]:
    """Names of the definitions that `schema` needs."""
    found: set[str] = set()
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(nodes[name])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(target := schema.get("$ref"), str):
            yield target.removeprefix(_REF)
        for inner in schema.values():
            yield from _references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _attribute_docs(node: type[BaseModel]) -> dict[str, str]:
    """The texts below the fields of `node` and its bases.

    Read here and not by pydantic's `use_attribute_docstrings`, which would read the source of every node
    at each start of the program.
    """
    found: dict[str, str] = {}
    for base in reversed(node.__mro__):
        if not issubclass(base, BaseModel) or base is BaseModel:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        statements = body.body if isinstance(body, ast.ClassDef) else []
        for field, text in pairwise(statements):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                found[ast.unparse(field.target)] = inspect.cleandoc(ast.literal_eval(text.value))
    return found
