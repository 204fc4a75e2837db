"""Turning a piece of evidence into a value of a JSON Schema, or refusing."""

from __future__ import annotations

import re
from typing import Any

from agentforge_core.gateway.offline.evidence import Evidence
from agentforge_core.gateway.offline.schemas import Schema, choices_of, kind_of
from agentforge_core.gateway.offline.words import near, stem, stems, word_set, words

NOTHING = object()
"""Stands for "no value": None is one."""

_TRUE = word_set("true yes on enabled 1")
_FALSE = word_set("false no off disabled 0")
_NUMERIC = re.compile(r"[-\u2212]?[$€£]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")


def convert(evidence: Evidence, schema: Schema) -> Any:
    """The value of `schema` that the evidence gives, `NOTHING` when it gives none."""
    choices = choices_of(schema)
    if choices is not None:
        return chosen_by(str(evidence.value), choices)
    kind, value = kind_of(schema), evidence.value
    if kind == "any":
        return value
    if kind in ("object", "array"):
        fits = isinstance(value, dict if kind == "object" else list)
        return value if evidence.kind == "json" and fits else NOTHING
    if kind in ("integer", "number"):
        return _number(value, whole=kind == "integer")
    if kind == "boolean":
        word = str(value).lower()
        return True if word in _TRUE else False if word in _FALSE else NOTHING
    if kind == "string" and not isinstance(value, (dict, list)):
        return _text(evidence, schema)
    return NOTHING


def _number(value: Any, *, whole: bool) -> Any:
    if isinstance(value, str):
        match = _NUMERIC.match(value.strip())
        if match is None:
            return NOTHING
        digits = re.sub(r"[,$€£]", "", match.group()).replace("\u2212", "-")
        value = float(digits)
        if abs(value) > 1e15:
            return NOTHING
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return NOTHING
    if whole:
        return int(value) if value == int(value) else NOTHING
    return int(value) if isinstance(value, float) and value == int(value) and abs(value) < 1e15 else value


def _text(evidence: Evidence, schema: Schema) -> Any:
    value = evidence.value if isinstance(evidence.value, str) else _plain(evidence.value)
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        try:
            if not re.search(pattern, value):
                return NOTHING
        except re.error:
            return NOTHING
    return value


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def chosen_by(text: str, choices: list[Any]) -> Any:
    """The choice a short text names: by its spelling, then by its stem or a near-synonym."""
    plain = text.strip().lower()
    for choice in choices:
        if str(choice).lower() == plain and not isinstance(choice, bool):
            return choice
    found = stems(text)
    for choice in choices:
        if isinstance(choice, str) and found and set(stems(choice)) == set(found):
            return choice
    return NOTHING


def mentions(text: str, choices: list[Any]) -> list[tuple[Any, int, int, bool]]:
    """Choices named in a text with their places; True when spelled out, False for a near-synonym."""
    found: list[tuple[Any, int, int, bool]] = []
    for choice in choices:
        if choice is None or isinstance(choice, (dict, list, bool)) or not str(choice).strip():
            continue
        spelled = re.escape(str(choice)).replace("_", "[ _-]").replace(r"\-", "[ _-]").replace(r"\ ", "[ _-]")
        match = re.search(rf"(?<!\w){spelled}(?!\w)", text, re.IGNORECASE)
        if match:
            found.append((choice, match.start(), match.end(), True))
            continue
        place = _meant(text, choice) if isinstance(choice, str) else None
        if place:
            found.append((choice, *place, False))
    return sorted(found, key=lambda m: (not m[3], m[1]))


def _meant(text: str, choice: str) -> tuple[int, int] | None:
    """Place of a word with the stem, or nearly the meaning, of a one-word choice."""
    own = [stem(w) for w in words(choice)]
    if len(own) != 1:
        return None
    for match in re.finditer(r"[^\W\d_]+", text):
        if own[0] in near(stem(match.group())):
            return match.span()
    return None
