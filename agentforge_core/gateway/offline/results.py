"""Reading tool results: is it an error, what data is in it, which value answers a parameter's name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from agentforge_core.gateway.offline.words import singular, split_name

_ERROR = re.compile(
    r"^\W*(?:tool\s+)?(?:[\w.]*error|exception|traceback|failed|failure|refused|denied)\b", re.IGNORECASE
)
_LAST = re.compile(r"\b(?:last|latest|newest|most recent|final)\b", re.IGNORECASE)
_EACH = re.compile(r"\b(?:each|every|all|them|any|those|these)\b", re.IGNORECASE)
_NESTING = 6


def data_of(text: str) -> Any:
    """The JSON value of a result, the text itself when it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def is_error(text: str) -> bool:
    """Whether a result reports a failure: an error text, or an object with an `error` and little else."""
    value = data_of(text)
    if isinstance(value, dict):
        return bool(value.get("error")) and len(value) <= 4
    return isinstance(value, str) and _ERROR.match(value) is not None


def facts(value: Any, key: str = "", depth: int = _NESTING) -> Iterator[tuple[str, Any]]:
    """All (key, value) pairs in a result, outer ones first; list items carry the list's name."""
    yield key, value
    if depth <= 0:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from facts(inner, str(name), depth - 1)
    elif isinstance(value, list):
        for inner in value[:50]:
            yield from facts(inner, singular(key), depth - 1)


def values_named(name: str, results: list[str]) -> list[Any]:
    """Values that results hold under a parameter's name, those of the latest result first.

    `customer_id` is answered by `customer_id`, else by `id`; `path` by a list of paths; the items of
    a bare list of texts answer any name.
    """
    own = [singular(w) for w in split_name(name)]
    exact: list[Any] = []
    tail: list[Any] = []
    loose: list[Any] = []
    for text in reversed(results):
        for key, value in facts(data_of(text)):
            other = [singular(w) for w in split_name(key)]
            if not other or value in (None, "", [], {}):
                continue
            if other == own:
                exact.append(value)
            elif other[-1] == own[-1]:
                tail.append(value)
            elif len(other) == 1 and other[0] in own:
                loose.append(value)
    return exact or tail or loose or _bare_items(results)


def _bare_items(results: list[str]) -> list[Any]:
    for text in reversed(results):
        value = data_of(text)
        if isinstance(value, list) and value and all(isinstance(v, (str, int, float)) for v in value):
            return list(value)
        if isinstance(value, dict):
            lists = [v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], str)]
            if len(lists) == 1:
                return list(lists[0])
    return []


def scalar_of(text: str) -> str | None:
    """The one number or short text a result consists of, None when it is more than that."""
    value = data_of(text)
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value) if len(str(value)) <= 60 else None


def wanted(values: list[Any], clause: str, limit: int) -> list[Any]:
    """Which of several values a clause means: those it mentions, each, the last, or the first."""
    flat = [v for value in values for v in (value if isinstance(value, list) else [value])]
    flat = [v for v in flat if not isinstance(v, (dict, list))] or flat
    unique = list({json.dumps(v, sort_keys=True, default=str): v for v in flat}.values())
    mentioned = [v for v in unique if isinstance(v, str) and v and v.lower() in clause.lower()]
    if mentioned:
        return mentioned[:limit]
    if _EACH.search(clause):
        return unique[:limit]
    return unique[-1:] if _LAST.search(clause) else unique[:1]
