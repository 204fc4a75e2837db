"""A JSON value that fits a schema, filled from results and text as far as they go."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from agentforge_core.gateway.offline.filling import fill
from agentforge_core.gateway.offline.results import data_of, values_named
from agentforge_core.gateway.offline.schemas import (
    Checker,
    Schema,
    alternatives,
    choices_of,
    kind_of,
    nested,
    properties_of,
    required_of,
    resolve,
)
from agentforge_core.gateway.offline.values import NOTHING, mentions
from agentforge_core.gateway.offline.words import split_name, word_set

_DEPTH = 6
_PROSE = word_set(
    "answer summary text report result output message content body description response reply explanation "
    "conclusion reason reasoning analysis findings markdown details note notes"
)
_FORMATTED = {
    "date": "1970-01-01", "date-time": "1970-01-01T00:00:00Z", "time": "00:00:00Z", "email": "nobody@example.org",
    "idn-email": "nobody@example.org", "uri": "https://example.org", "url": "https://example.org",
    "uuid": "00000000-0000-0000-0000-000000000000", "ipv4": "127.0.0.1", "ipv6": "::1", "hostname": "example.org",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    """What an answer can be filled from.

    Attributes:
        request: what was asked.
        results: tool results, oldest first.
        text: the answer in words.
        noted: the same with the offline note.
    """

    request: str
    results: list[str]
    text: str
    noted: str


def shaped(schema: Schema, material: Material) -> Any:
    """A value for `schema`: from results where it validates, else the smallest valid one.

    Returns `NOTHING` when not even that can be made.
    """
    check = Checker(schema)
    if not check.usable:
        return NOTHING
    rich = _build(schema, schema, material, "", _DEPTH)
    if rich is not NOTHING and check(rich):
        return rich
    if isinstance(rich, dict):
        needed = set(required_of(resolve(schema, schema)))
        fewer = {k: v for k, v in rich.items() if k in needed}
        if check(fewer):
            return fewer
    bare = minimal(schema, schema)
    return bare if bare is not NOTHING and check(bare) else NOTHING


def _build(schema: Any, root: Schema, material: Material, name: str, depth: int) -> Any:
    if depth < 0:
        return minimal(schema, root)
    for option in alternatives(schema, root):
        check = Checker(nested(option, root))
        for value in _candidates(option, root, material, name, depth):
            if value is not NOTHING and check(value):
                return value
    return minimal(schema, root)


def _candidates(option: Schema, root: Schema, material: Material, name: str, depth: int) -> list[Any]:
    """Values for one concrete schema, best first."""
    choices = choices_of(option)
    if choices is not None:
        named = mentions(f"{material.text}\n{material.request}", choices)
        return [named[0][0]] if named else []
    kind = kind_of(option)
    if kind == "object" and properties_of(option):
        return [_object(option, root, material, name, depth)]
    found = values_named(name, material.results) if name else [data_of(r) for r in reversed(material.results)]
    if kind == "array":
        return [*found, *_array(option, root, material, found, depth)]
    if kind == "string":
        prose = [material.noted, material.text] if not name or set(split_name(name)) & _PROSE else []
        return [*prose, *(v for v in found if isinstance(v, str)), material.text]
    return [v for v in found if not isinstance(v, (list, dict)) or kind in ("object", "any")]


def _object(option: Schema, root: Schema, material: Material, name: str, depth: int) -> Any:
    """An object's properties one by one; numbers and texts the results lack come from the request."""
    asked = fill(nested(option, root), material.request, depth=1).arguments or {}
    candidates = [data_of(r) for r in reversed(material.results)]
    if name:
        candidates = [v for v in values_named(name, material.results) if isinstance(v, dict)]
    check = Checker(nested(option, root))
    whole = next((v for v in candidates if isinstance(v, dict) and check(v)), None)
    if whole is not None and depth != _DEPTH:
        return whole
    made: dict[str, Any] = {}
    needed = set(required_of(option))
    for key, inner in properties_of(option).items():
        known = bool(values_named(key, material.results)) or bool(set(split_name(key)) & _PROSE)
        if key in asked and not known:
            made[key] = asked[key]
        elif key in needed or known:
            value = _build(inner, root, material, key, depth - 1)
            if value is not NOTHING:
                made[key] = value
    return made


def _array(option: Schema, root: Schema, material: Material, found: list[Any], depth: int) -> list[Any]:
    """Lists for an array: a result's list with each item fitted to the schema of items, or one item."""
    items = option.get("items", {})
    lists = [v for v in found if isinstance(v, list)]
    lists += [v for v in (data_of(r) for r in reversed(material.results)) if isinstance(v, list)]
    fitted = []
    for values in lists[:3]:
        check = Checker(nested(resolve(items, root), root))
        made = [_item(v, items, root, material, depth) for v in values[:100]]
        fitted.append([v for v in made if v is not NOTHING and check(v)])
    lines = [line[2:] for line in material.text.splitlines() if line.startswith("- ")]
    return [*(f for f in fitted if f), lines, []]


def _item(value: Any, items: Any, root: Schema, material: Material, depth: int) -> Any:
    if not isinstance(value, dict):
        return value
    part = Material(material.request, [json.dumps(value)], material.text, material.noted)
    return _build(items, root, part, "", depth - 2)


def minimal(schema: Any, root: Schema, depth: int = _DEPTH) -> Any:
    """The smallest value the schema's own words give; `NOTHING` when there is none within reach."""
    if schema is False or depth < 0:
        return NOTHING
    for option in alternatives(schema, root):
        value = _smallest(option, root, depth)
        if value is not NOTHING:
            return value
    return NOTHING


def _smallest(option: Schema, root: Schema, depth: int) -> Any:
    for key in ("default", "const"):
        if key in option:
            return option[key]
    listed = option.get("enum") or option.get("examples")
    if isinstance(listed, list) and listed:
        return listed[0]
    kind = kind_of(option)
    if kind == "object":
        made = {n: minimal(properties_of(option).get(n, {}), root, depth - 1) for n in required_of(option)}
        return NOTHING if any(v is NOTHING for v in made.values()) else made
    if kind == "array":
        least = option.get("minItems", 0)
        one = minimal(option.get("items", {}), root, depth - 1) if least else None
        return NOTHING if one is NOTHING or least > 100 else [one] * least
    if kind in ("integer", "number"):
        return _number(option, whole=kind == "integer")
    if kind == "string":
        text = _FORMATTED.get(str(option.get("format")), "")
        return text.ljust(min(int(option.get("minLength", 0)), 10_000), "-")
    return {"boolean": False, "null": None, "any": ""}.get(kind, NOTHING)


def _number(option: Schema, *, whole: bool) -> int | float:
    """The number nearest to zero within the bounds of the schema."""
    low = max(option.get("minimum", -1e300), option.get("exclusiveMinimum", -1e300))
    high = min(option.get("maximum", 1e300), option.get("exclusiveMaximum", 1e300))
    step = option.get("multipleOf", 1 if whole else 0)
    if low <= 0 <= high and 0 not in (option.get("exclusiveMinimum"), option.get("exclusiveMaximum")):
        return 0
    value = low if low > -1e300 else high
    if value in (option.get("exclusiveMinimum"), option.get("exclusiveMaximum")):
        gap = step or (abs(high - low) / 2 if abs(high - low) < 1e299 else 1)
        value = value + gap if value == low else value - gap
    if step:
        value = (-(-value // step)) * step if low > -1e300 else (value // step) * step
    return int(value) if whole else float(value)
