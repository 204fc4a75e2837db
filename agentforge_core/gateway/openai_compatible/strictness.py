"""Whether a JSON Schema already fulfils what OpenAI's `strict: true` demands.

Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas (2025). A schema
that does not is sent without `strict`: the provider would refuse it, and changing it would change
what the answer may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 10
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)  # the formats named at the source
_KEYWORDS = frozenset(
    {
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "definitions",
        "description",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "items",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "multipleOf",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
    }
)


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Whether `schema` may be sent with `strict: true` as it is."""
    return schema.get("type") == "object" and _fits(schema, _DEEPEST)


def _fits(schema: Any, depth: int) -> bool:
    if not isinstance(schema, Mapping) or depth < 0:
        return False
    if not schema.keys() <= _KEYWORDS:
        return False
    if "$ref" in schema:
        return len(schema) == 1
    if schema.get("format", "date") not in _FORMATS:
        return False
    if _may_be(schema, "object") and not _is_closed(schema):
        return False
    if _may_be(schema, "array") and "items" not in schema:
        return False
    return all(_fits(inner, depth - 1) for inner in _parts(schema))


def _may_be(schema: Mapping[str, Any], kind: str) -> bool:
    named = schema.get("type")
    return named == kind or (isinstance(named, list) and kind in named)


def _is_closed(schema: Mapping[str, Any]) -> bool:
    properties = schema.get("properties", {})
    return schema.get("additionalProperties") is False and set(schema.get("required", ())) == set(properties)


def _parts(schema: Mapping[str, Any]) -> list[Any]:
    parts = [*schema.get("anyOf", ())]
    for group in ("properties", "$defs", "definitions"):
        parts += schema.get(group, {}).values()
    if "items" in schema:
        parts.append(schema["items"])
    return parts
