"""Arguments of a tool from a text, by the tool's JSON Schema. What does not validate is not returned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentforge_core.gateway.offline.evidence import Evidence, find, object_phrases
from agentforge_core.gateway.offline.freetext import least_for, spoken_text, subject_slots, whole_text
from agentforge_core.gateway.offline.lists import list_values
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
from agentforge_core.gateway.offline.scoring import MENTION, SURE, Parameter, score
from agentforge_core.gateway.offline.values import NOTHING, convert, mentions
from agentforge_core.gateway.offline.words import stem, stems, word_set, words

_DEPTH = 4
_SOLID = word_set("json quoted url email path datetime date month time id")


@dataclass(frozen=True, slots=True)
class Filling:
    """Arguments found for a tool.

    Attributes:
        arguments: valid arguments, None when none could be made.
        missing: required parameters for which the text has nothing.
        claims: parameter to the place in the clause its value came from.
    """

    arguments: dict[str, Any] | None
    missing: tuple[str, ...] = ()
    claims: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A value for a parameter with its fitness and the place it takes."""

    points: int
    parameter: Parameter
    value: Any
    source: Evidence


def fill(
    schema: Schema,
    clause: str,
    whole: str = "",
    *,
    given: Mapping[str, Any] | None = None,
    depth: int = _DEPTH,
) -> Filling:
    """The arguments that `clause` gives for `schema`.

    Args:
        schema: JSON Schema of an object.
        clause: the text that asks for the call.
        whole: the rest of the request, asked for what the clause leaves open.
        given: values already known, which win over the text's.
        depth: how many nested objects to follow.
    """
    plain = resolve(schema, schema)
    check = Checker(schema)
    if not check.usable:
        return Filling(None)
    written = _written(clause, plain, check) if not given else None
    if written is not None:
        return Filling(written)
    parameters = _parameters(plain, schema)
    found, claims = _assign(parameters, clause, schema, depth)
    found |= given or {}
    required = [n for n in required_of(plain) if n in properties_of(plain)]
    for name in [n for n in required if n not in found]:
        if whole and whole != clause:
            value = _assign(parameters, whole, schema, depth, least=SURE)[0].get(name, NOTHING)
            if value is not NOTHING:
                found[name] = value
    _free_text(parameters, found, clause, whole)
    for name in [n for n in required if n not in found]:
        value = fallback(properties_of(plain)[name], schema)
        if value is not NOTHING:
            found[name] = value
    missing = tuple(n for n in required_of(plain) if n not in found)
    if missing:
        return Filling(None, missing, claims)
    ordered = {n: found[n] for n in [*properties_of(plain), *found] if n in found}
    return Filling(_valid(ordered, required, check), (), claims)


def _written(clause: str, plain: Schema, check: Checker) -> dict[str, Any] | None:
    """The arguments written out as JSON in the text."""
    known = set(properties_of(plain))
    for piece in find(clause):
        value = piece.value
        if isinstance(value, dict) and value and set(value) <= known and check(value):
            return dict(value)
    return None


def _valid(found: dict[str, Any], required: list[str], check: Checker) -> dict[str, Any] | None:
    """`found` if it validates, else without the optional arguments that stand in the way."""
    if check(found):
        return found
    for name in [n for n in found if n not in required]:
        fewer = {k: v for k, v in found.items() if k != name}
        if check(fewer):
            return fewer
    bare = {k: v for k, v in found.items() if k in required}
    return bare if check(bare) else None


def fallback(schema: Any, root: Schema) -> Any:
    """A sensible value the schema itself names: const, default, first example, a lone enum value."""
    for option in alternatives(schema, root):
        if "const" in option:
            return option["const"]
        if "default" in option:
            return option["default"]
        examples = option.get("examples")
        if isinstance(examples, list) and examples:
            return examples[0]
        choices = choices_of(option)
        if choices:
            return choices[0]
    return NOTHING


def _parameters(plain: Schema, root: Schema) -> list[Parameter]:
    required = set(required_of(plain))
    return [
        Parameter(name, option, name in required, order)
        for order, (name, schema) in enumerate(properties_of(plain).items())
        for option in alternatives(schema, root)
        if kind_of(option) != "null"
    ]


def _assign(
    parameters: list[Parameter], text: str, root: Schema, depth: int, *, least: int = 0
) -> tuple[dict[str, Any], dict[str, Evidence]]:
    """Values for parameters, best offers first and none below `least`; no two take the same words."""
    offers = sorted(
        (o for p in parameters for o in _offers(p, text, root, depth)),
        key=lambda o: (
            -o.points,
            o.source.start if o.points <= SURE else 0,
            o.parameter.order,
            o.source.start,
        ),
    )
    found: dict[str, Any] = {}
    claims: dict[str, Evidence] = {}
    for offer in offers:
        name = offer.parameter.name
        if name in found or offer.points < (least if offer.parameter.required else SURE):
            continue
        if any(offer.source.start < c.end and c.start < offer.source.end for c in claims.values()):
            continue
        found[name], claims[name] = offer.value, offer.source
    return _swapped(parameters, found, claims, text), claims


def _offers(parameter: Parameter, text: str, root: Schema, depth: int) -> Iterator[_Offer]:
    pieces = _usable(find(text))
    longer = subject_slots(parameter, text, pieces)
    for piece in [*longer, *pieces, *object_phrases(text)]:
        points = score(parameter, piece, text)
        if points < least_for(parameter):
            continue
        value = convert(piece, parameter.schema) if points else NOTHING
        if value is not NOTHING:
            yield _Offer(points, parameter, value, piece)
    kind = kind_of(parameter.schema)
    choices = choices_of(parameter.schema)
    if choices is not None:
        yield from _choice_offers(parameter, choices, text)
    elif kind == "boolean":
        yield from _flag_offers(parameter, text)
    elif kind == "array":
        for points, value, source in list_values(parameter, text, pieces, root):
            yield _Offer(points, parameter, value, source)
    elif kind == "object" and depth > 0:
        yield from _object_offers(parameter, text, root, depth)


def _usable(pieces: Sequence[Evidence]) -> list[Evidence]:
    """Pieces without the phrases that only repeat a number, a date or another solid piece."""
    solid = [p for p in pieces if p.kind in _SOLID]
    numbers = {p.start for p in pieces if p.kind == "number"}
    kept = []
    for piece in pieces:
        weak = piece.kind in ("slot", "name", "code")
        covered = any(piece.start < s.end and s.start < piece.end for s in solid)
        if not weak or not (covered or piece.start in numbers):
            kept.append(piece)
    return kept


def _choice_offers(parameter: Parameter, choices: list[Any], text: str) -> Iterator[_Offer]:
    for choice, start, end, spelled in mentions(text, choices):
        before = words(text[:start])[-1:]
        own = bool(before) and before[0] in parameter.words
        points = MENTION + (4 if spelled else -5) + (12 if own else 0)
        yield _Offer(points, parameter, choice, Evidence("mention", choice, start, end))


def _flag_offers(parameter: Parameter, text: str) -> Iterator[_Offer]:
    """A flag is meant when all words of its name are there; `no` or `not` before them turns it off."""
    own = stems(parameter.name.replace("_", " "))
    places = [
        next((m for m in re.finditer(r"[^\W\d_]+", text) if stem(m.group()).startswith(w)), None) for w in own
    ]
    if not own or any(p is None for p in places):
        return
    first = min(p.start() for p in places if p is not None)
    last = max(p.end() for p in places if p is not None)
    denied = re.search(
        r"\b(?:no|not|non|without|don't|never|disable)\b[\s-]*(?:\w+\s+)?$", text[:first], re.IGNORECASE
    )
    yield _Offer(MENTION, parameter, denied is None, Evidence("flag", "", first, last))


def _object_offers(parameter: Parameter, text: str, root: Schema, depth: int) -> Iterator[_Offer]:
    schema = nested(parameter.schema, root)
    known = properties_of(resolve(schema, root))
    span = Evidence("object", "", -1, -1)
    if known:
        filling = fill(schema, text, depth=depth - 1)
        if filling.arguments:
            points = SURE if filling.claims else SURE - 10
            yield _Offer(points, parameter, filling.arguments, span)
        return
    pairs = {p.label: p.value for p in find(text) if p.kind == "pair"}
    values = parameter.schema.get("additionalProperties")
    if pairs and values is not False:
        inner = values if isinstance(values, Mapping) else {}
        read = {k: convert(Evidence("pair", v, 0, 0, k), resolve(inner, root)) for k, v in pairs.items()}
        kept = {k: v for k, v in read.items() if v is not NOTHING}
        if kept:
            yield _Offer(MENTION - 8, parameter, kept, span)


def _swapped(
    parameters: list[Parameter], found: dict[str, Any], claims: dict[str, Evidence], text: str
) -> dict[str, Any]:
    """`subtract 3 from 10` names its numbers the other way round than `10 - 3`."""
    numeric = [p.name for p in parameters if kind_of(p.schema) in ("integer", "number") and p.name in claims]
    if len(numeric) == 2 and re.search(r"\b(?:subtract|deduct|take)\s+\S+\s+from\b", text, re.IGNORECASE):
        first, second = numeric
        if claims[first].start < claims[second].start:
            found[first], found[second] = found[second], found[first]
    return found


def _free_text(parameters: list[Parameter], found: dict[str, Any], clause: str, whole: str) -> None:
    """Fills text parameters that take a spoken message, an expression or the request itself."""
    for parameter in parameters:
        if kind_of(parameter.schema) not in ("string", "any") or parameter.closed:
            continue
        spoken = spoken_text(parameter, clause)
        if spoken is not None:
            found[parameter.name] = spoken
        elif parameter.required and parameter.name not in found:
            value = whole_text(parameter, clause, whole)
            if value:
                found[parameter.name] = value
