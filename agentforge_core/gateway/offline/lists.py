"""Array arguments: all the numbers, names, quoted texts or choices a text lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agentforge_core.gateway.offline.evidence import Evidence
from agentforge_core.gateway.offline.schemas import Schema, alternatives, choices_of, kind_of
from agentforge_core.gateway.offline.scoring import AFFINITY, CUE, MENTION, ORDER, SURE, Parameter, score
from agentforge_core.gateway.offline.values import NOTHING, convert, mentions
from agentforge_core.gateway.offline.words import PREPOSITIONS, near, singular, stem

_SPLIT = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+|\s*&\s*")
_END = re.compile(r"[.;!?](?:\s|$)|\s+(?:" + "|".join(sorted(PREPOSITIONS - {"and", "of"})) + r")\s")
_KINDS = ("email", "url", "path", "date", "id", "quoted", "number", "code", "name")


def list_values(
    parameter: Parameter, text: str, pieces: list[Evidence], root: Schema
) -> Iterator[tuple[int, list[Any], Evidence]]:
    """Lists for an array parameter with their fitness and place."""
    for item in alternatives(parameter.schema.get("items", {}), root)[:3]:
        choices = choices_of(item)
        if choices is not None:
            named = sorted((m for m in mentions(text, choices) if m[3]), key=lambda m: m[1])
            if named:
                span = Evidence("list", "", named[0][1], named[-1][2])
                yield MENTION, [m[0] for m in named], span
            continue
        yield from _cued_list(parameter, item, text)
        yield from _like_pieces(parameter, item, text, pieces)


def _cued_list(parameter: Parameter, item: Schema, text: str) -> Iterator[tuple[int, list[Any], Evidence]]:
    """What follows the parameter's own name: `tags red, green and blue`."""
    own = {n for w in parameter.words if len(w) > 1 for n in near(stem(singular(w)))}
    for match in re.finditer(r"[^\W\d_]+", text):
        if stem(singular(match.group().lower())) not in own and stem(match.group()) not in own:
            continue
        rest = re.match(r"\s*(?:=|:|are|is|named|called|of)?\s*", text[match.end() :])
        start = match.end() + (rest.end() if rest else 0)
        stop = _END.search(text, start)
        end = stop.start() if stop else len(text)
        values = _items(text[start:end], item)
        if values:
            yield CUE, values, Evidence("list", "", start, end)


def _items(text: str, item: Schema) -> list[Any]:
    values = []
    for part in _SPLIT.split(text.strip().strip("[]().")):
        bare = part.strip().strip("\"'“”`")
        if not bare or len(bare.split()) > 5:
            return []
        value = convert(Evidence("listed", bare, 0, 0), item)
        if value is NOTHING:
            return []
        values.append(value)
    return values


def _like_pieces(
    parameter: Parameter, item: Schema, text: str, pieces: list[Evidence]
) -> Iterator[tuple[int, list[Any], Evidence]]:
    """All pieces of one kind that fit an item; a list of one is enough when the kind is right."""
    single = Parameter(singular(parameter.name), item, parameter.required, parameter.order)
    for kind in _KINDS:
        fitting = [p for p in pieces if p.kind == kind]
        values = [(p, convert(p, item)) for p in fitting]
        kept = [(p, v) for p, v in values if v is not NOTHING]
        points = max((score(single, p, text) for p, _ in kept), default=0)
        if not kept or not points:
            continue
        span = Evidence("list", "", kept[0][0].start, kept[-1][0].end)
        if kind_of(item) in ("integer", "number"):
            points = max(points, ORDER if parameter.required else 0)
        yield (
            min(points + min(len(kept), 4), AFFINITY + 10 if points >= SURE else SURE - 1),
            [v for _, v in kept],
            span,
        )
