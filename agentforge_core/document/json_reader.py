"""JSON to plain values with positions.

The standard library's json makes the values; where they stand is found by walking the text once more,
which is simple because by then it is known to be valid.
"""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.document.numbers import whole
from agentforge_core.document.text import Bounds, Spot, Text
from agentforge_core.errors import DocumentError

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
_BLANKS = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^\s,\]}]+")

# messages of json.decoder and json.scanner, Python 3.11 to 3.13
_MEANINGS = {
    "Expecting value": "a value is missing here",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
    "Expecting ':' delimiter": "a colon is missing here",
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing here",
    "Illegal trailing comma before end of object": "a comma before the closing bracket",
    "Illegal trailing comma before end of array": "a comma before the closing bracket",
    "Unterminated string starting at": "the quotes opened here are never closed",
    "Invalid control character at": "a line break, tab or other control character inside of quotes",
    "Extra data": "text after the end of the document",
}
_TRAILING = "a comma before the closing bracket"


def read_json(text: Text, bounds: Bounds) -> tuple[Any, Spot]:
    """The document in `text` as plain values, and where they stand.

    Raises:
        DocumentError: it is not JSON (RFC 8259), has a key twice, or exceeds `bounds`.
    """
    _check_depth(text, bounds)
    try:
        data = json.loads(text.content, parse_int=whole, parse_constant=float)
    except json.JSONDecodeError as e:
        message, offset = _explain(text.content, e)
        raise text.error("AF1005", f"not valid JSON: {message}", offset) from None
    walk = _Walk(text, bounds)
    root = walk.value(walk.skip(0))[0]
    if walk.problems:
        raise DocumentError(*walk.problems)
    return data, root


def _check_depth(text: Text, bounds: Bounds) -> None:
    depth = 0
    for found in _BRACKETS.finditer(text.content):
        if found[0] in "[{":
            depth += 1
            if depth > bounds.depth:
                raise text.too_deep(found.start(), bounds)
        elif found[0] in "]}":
            depth -= 1


def _explain(content: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """The error in words and where it is, equal on all versions of Python."""
    before = content[: error.pos].rstrip()
    if before.endswith(",") and content[error.pos : error.pos + 1] in ("]", "}"):
        return _TRAILING, len(before) - 1
    message = error.msg.removesuffix(" at") if error.msg not in _MEANINGS else _MEANINGS[error.msg]
    return message, error.pos


class _Walk:
    """Notes where each value of a valid JSON text stands."""

    def __init__(self, text: Text, bounds: Bounds) -> None:
        self._text = text
        self._content = text.content
        self._bounds = bounds
        self._count = 0
        self.problems: list[Diagnostic] = []

    def skip(self, at: int) -> int:
        found = _BLANKS.match(self._content, at)
        return found.end() if found else at

    def value(self, at: int) -> tuple[Spot, int]:
        self._count += 1
        if self._count > self._bounds.nodes:
            raise self._text.too_many(at, self._bounds)
        spot = Spot(at)
        first = self._content[at]
        if first == "{":
            return spot, self._mapping(spot, self.skip(at + 1))
        if first == "[":
            return spot, self._list(spot, self.skip(at + 1))
        if first == '"':
            return spot, scanstring(self._content, at + 1)[1]
        found = _SCALAR.match(self._content, at)
        return spot, found.end() if found else at + 1

    def _mapping(self, spot: Spot, at: int) -> int:
        while self._content[at] != "}":
            key, end = scanstring(self._content, at + 1)
            if key in spot.keys:
                self.problems.append(self._text.duplicate(key, spot.keys[key], at))
            colon = self.skip(end)
            spot.keys[key] = at
            spot.items[key], end = self.value(self.skip(colon + 1))
            at = self._next(end)
        return at + 1

    def _list(self, spot: Spot, at: int) -> int:
        while self._content[at] != "]":
            spot.items[len(spot.items)], end = self.value(at)
            at = self._next(end)
        return at + 1

    def _next(self, end: int) -> int:
        """Start of the next element, or the closing bracket, after the one that ends at `end`."""
        at = self.skip(end)
        return self.skip(at + 1) if self._content[at] == "," else at
