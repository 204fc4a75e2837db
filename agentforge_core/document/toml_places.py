"""Where headers, keys and values of a TOML text stand.

Tolerant: at the first thing it cannot follow it stops, and what it found so far stands. Strings that
run over several lines are one token, so lines in them that look like keys confuse nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from agentforge_core.document.text import Bounds, Spot, Text
from agentforge_core.errors import DocumentError

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)|\'\'\'.*?(?:'{3,5}|\Z)|"(?:\\[^\n]|[^"\\\n])*+"?|'[^'\n]*+'?)'''
    r"|(?P<blank>[ \t\r]+|\#[^\n]*)|(?P<newline>\n)|(?P<mark>[\[\]{},=.])|(?P<bare>[^\s\[\]{},=.\"'\#]+)|(?P<other>.)",
    re.DOTALL,
)
_LONG_NUMBER = re.compile(r"[+-]?[0-9][0-9_]{40,}")


def places(text: Text, bounds: Bounds) -> Spot:
    """The spots of everything in `text` up to its end or its first syntax error.

    Raises:
        DocumentError: a key stands twice, a number is too long, or `bounds` are exceeded.
    """
    scanner = _Scanner(text, bounds)
    with suppress(_LostError):
        scanner.statements()
    return scanner.root


class _LostError(Exception):
    """The scanner met what is not TOML."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int


class _Tables(Spot):
    """An array of tables made by `[[name]]` headers: a key path leads into its last table."""


class _Scanner:
    def __init__(self, text: Text, bounds: Bounds) -> None:
        self._text = text
        self._bounds = bounds
        self._tokens = self._scan()
        self._token = next(self._tokens)
        self._count = 0
        self._declared: set[int] = set()
        self.root = Spot(0)

    def _scan(self) -> Iterator[_Token]:
        for found in _TOKEN.finditer(self._text.content):
            if found.lastgroup != "blank":
                yield _Token(str(found.lastgroup), found[0], found.start())
        while True:
            yield _Token("end", "", len(self._text.content))

    def _take(self) -> _Token:
        token, self._token = self._token, next(self._tokens)
        return token

    def _expect(self, mark: str) -> _Token:
        if self._token.text != mark:
            raise _LostError
        return self._take()

    def statements(self) -> None:
        table, depth = self.root, 1
        while self._token.kind != "end":
            if self._token.kind == "newline":
                self._take()
                continue
            if self._token.text == "[":
                table, depth = self._header()
            else:
                self._pair(table, depth)
            if self._token.kind not in ("newline", "end"):
                raise _LostError

    def _header(self) -> tuple[Spot, int]:
        opening = self._take()
        several = self._token.text == "["
        if several:
            self._take()
        parts = self._key()
        self._expect("]")
        if several:
            self._expect("]")
        # an array of tables is a level of its own
        self._check_depth(1 + len(parts) + several, opening.offset)
        holder = self._descend(self.root, parts[:-1])
        key, offset = parts[-1]
        table = holder.items.get(key)
        if several:
            if not isinstance(table, _Tables):
                table = self._put(holder, key, offset, _Tables(opening.offset))
            inner = self._spot(opening.offset)
            table.items[len(table.items)] = inner
            return inner, 2 + len(parts)
        if isinstance(table, _Tables):
            raise _LostError
        if table is None:
            table = self._put(holder, key, offset, self._spot(opening.offset))
        elif id(table) in self._declared:
            raise DocumentError(self._text.duplicate(key, table.offset, opening.offset))
        self._declared.add(id(table))
        return table, 1 + len(parts)

    def _pair(self, table: Spot, depth: int) -> None:
        """One `key = value` inside `table`, which is `depth` levels deep."""
        parts = self._key()
        depth += len(parts) - 1
        self._check_depth(depth, parts[0][1])
        self._expect("=")
        holder = self._descend(table, parts[:-1])
        key, offset = parts[-1]
        if key in holder.keys:
            raise DocumentError(self._text.duplicate(key, holder.keys[key], offset))
        spot = self._put(holder, key, offset, self._spot(self._token.offset))
        self._value(spot, depth)

    def _key(self) -> list[tuple[str, int]]:
        parts = [self._key_part()]
        while self._token.text == ".":
            self._take()
            parts.append(self._key_part())
            self._check_depth(len(parts), parts[-1][1])
        return parts

    def _key_part(self) -> tuple[str, int]:
        token = self._take()
        if token.kind == "bare":
            return token.text, token.offset
        if token.kind != "string" or token.text.startswith(('"""', "'''")):
            raise _LostError
        try:
            return str(tomllib.loads(f"key = {token.text}")["key"]), token.offset
        except tomllib.TOMLDecodeError:
            raise _LostError from None

    def _descend(self, table: Spot, parts: list[tuple[str, int]]) -> Spot:
        for key, offset in parts:
            inner = table.items.get(key)
            if inner is None:
                inner = self._put(table, key, offset, self._spot(offset))
            table = inner.items[len(inner.items) - 1] if isinstance(inner, _Tables) else inner
        return table

    def _put(self, holder: Spot, key: str, offset: int, spot: Spot) -> Spot:
        holder.keys[key] = offset
        holder.items[key] = spot
        return spot

    def _spot(self, offset: int) -> Spot:
        self._count += 1
        if self._count > self._bounds.nodes:
            raise self._text.too_many(offset, self._bounds)
        return Spot(offset)

    def _check_depth(self, depth: int, offset: int) -> None:
        if depth > self._bounds.depth:
            raise self._text.too_deep(offset, self._bounds)

    def _value(self, spot: Spot, depth: int) -> None:
        """The value at `spot`, inside `depth` tables and arrays."""
        if self._token.text in ("[", "{"):
            self._check_depth(depth + 1, spot.offset)
            opening = self._take()
            self._array(spot, depth + 1) if opening.text == "[" else self._inline(spot, depth + 1)
            return
        if self._token.kind == "string":
            self._take()
            return
        if self._token.kind != "bare":
            raise _LostError
        while self._token.kind == "bare" or self._token.text == ".":
            token = self._take()
            if _LONG_NUMBER.match(token.text):
                raise self._text.error("AF1009", "a whole number must fit 64 bits", token.offset)

    def _array(self, spot: Spot, depth: int) -> None:
        while True:
            self._skip_newlines()
            if self._token.text == "]":
                break
            inner = spot.items[len(spot.items)] = self._spot(self._token.offset)
            self._value(inner, depth)
            self._skip_newlines()
            if self._token.text != ",":
                break
            self._take()
        self._expect("]")

    def _inline(self, spot: Spot, depth: int) -> None:
        while self._token.text != "}":
            self._pair(spot, depth)
            if self._token.text != ",":
                break
            self._take()
        self._expect("}")

    def _skip_newlines(self) -> None:
        while self._token.kind == "newline":
            self._take()
