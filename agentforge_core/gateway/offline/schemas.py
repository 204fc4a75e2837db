"""Reading JSON Schema: references, alternatives, kinds, and whether a value fits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_DEPTH = 12


def resolve(schema: Any, root: Schema, depth: int = _DEPTH) -> dict[str, Any]:
    """`schema` with a local `$ref` followed and `allOf` merged; what cannot be read is an open schema."""
    if not isinstance(schema, Mapping) or depth <= 0:
        return {}
    merged = {k: v for k, v in schema.items() if k not in ("$ref", "allOf")}
    reference = schema.get("$ref")
    parts = [_pointed(reference, root)] if isinstance(reference, str) else []
    all_of = schema.get("allOf")
    parts += all_of if isinstance(all_of, list) else []
    for part in parts:
        for key, value in resolve(part, root, depth - 1).items():
            if key == "properties" and isinstance(merged.get(key), Mapping) and isinstance(value, Mapping):
                merged[key] = {**value, **merged[key]}
            elif key == "required" and isinstance(merged.get(key), list) and isinstance(value, list):
                merged[key] = [*merged[key], *(v for v in value if v not in merged[key])]
            else:
                merged.setdefault(key, value)
    return merged


def _pointed(reference: str, root: Schema) -> Any:
    """What a local JSON pointer such as `#/$defs/Point` points at, None for any other reference."""
    if not reference.startswith("#"):
        return None
    here: Any = root
    for step in reference[1:].split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(here, Mapping) and key in here:
            here = here[key]
        else:
            return None
    return here


def alternatives(schema: Any, root: Schema, depth: int = _DEPTH) -> list[dict[str, Any]]:
    """The concrete schemas a value may follow, null last; one entry where there is no choice."""
    plain = resolve(schema, root, depth)
    options: list[dict[str, Any]] = []
    for keyword in ("anyOf", "oneOf"):
        choices = plain.get(keyword)
        if depth > 0 and isinstance(choices, list):
            rest = {k: v for k, v in plain.items() if k not in ("anyOf", "oneOf")}
            for choice in choices:
                options += [{**rest, **o} for o in alternatives(choice, root, depth - 1)]
    kinds = plain.get("type")
    if not options and isinstance(kinds, list):
        options = [{**plain, "type": kind} for kind in kinds]
    return sorted(options or [plain], key=lambda o: o.get("type") == "null")


def kind_of(schema: Schema) -> str:
    """The JSON type a schema asks for, guessed from its other keywords; `any` when it says nothing."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    if any(k in schema for k in ("pattern", "format", "minLength", "maxLength")):
        return "string"
    if any(k in schema for k in ("minimum", "maximum", "multipleOf")):
        return "number"
    return "any"


def properties_of(schema: Schema) -> dict[str, Any]:
    """The named properties of an object schema."""
    found = schema.get("properties")
    return dict(found) if isinstance(found, Mapping) else {}


def required_of(schema: Schema) -> list[str]:
    """Names an object must have."""
    found = schema.get("required")
    return [n for n in found if isinstance(n, str)] if isinstance(found, list) else []


def choices_of(schema: Schema) -> list[Any] | None:
    """The closed list of values from `enum` or `const`, None when the schema is open."""
    if "const" in schema:
        return [schema["const"]]
    found = schema.get("enum")
    return list(found) if isinstance(found, list) else None


def described(schema: Schema) -> str:
    """Title-free description of a schema, empty when it has none."""
    found = schema.get("description")
    return found if isinstance(found, str) else ""


def nested(schema: Schema, root: Schema) -> dict[str, Any]:
    """`schema` made independent of `root` by carrying the root's definitions."""
    carried = {k: root[k] for k in ("$defs", "definitions") if k in root}
    return {**carried, **schema}


class Checker:
    """Whether values fit one schema; a schema that is itself broken fits nothing.

    The same library judges here as in the host's own validation of tool arguments, so what the rules
    let through the host lets through. References that leave the schema are never fetched.
    """

    def __init__(self, schema: Schema) -> None:
        import jsonschema_rs

        try:
            self._validator: Any = jsonschema_rs.validator_for(
                json.loads(json.dumps(schema)), retriever=_refuse, validate_formats=True
            )
        except (ValueError, TypeError, RecursionError):
            self._validator = None

    @property
    def usable(self) -> bool:
        """Whether the schema itself is sound."""
        return self._validator is not None

    def __call__(self, value: Any) -> bool:
        """True when `value` is valid."""
        if self._validator is None:
            return False
        try:
            return bool(self._validator.is_valid(value))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return False


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is outside the schema")
