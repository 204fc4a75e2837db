"""The text of a document: decoding, positions, and how much of it is read."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import DocumentError

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a document may be, so that reading one always ends soon.

    Attributes:
        size: bytes of the file.
        depth: mappings and lists inside each other.
        nodes: values, counted after aliases are replaced by what they stand for.
        characters: characters of all texts, counted the same way.
    """

    size: int = 1 << 20
    depth: int = 64
    nodes: int = 100_000
    characters: int = 4 << 20


@dataclass(slots=True)
class Spot:
    """Where a value stands in the text, and where the values inside it stand.

    Attributes:
        offset: index of the value's first character.
        keys: index of the first character of each key, for a mapping.
        items: the values inside, by key or list index, as far as known.
    """

    offset: int
    keys: dict[str, int] = field(default_factory=dict)
    items: dict[str | int, Spot] = field(default_factory=dict)


@dataclass(frozen=True)
class Text:
    """Decoded text of a document and the name the user gave it."""

    name: str
    content: str

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(m.end() for m in _LINE_BREAK.finditer(self.content))]

    def position(self, offset: int) -> tuple[int, int]:
        """One-based line and column of the character at `offset`."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Index of the character at one-based `line` and `column`."""
        lines = self._lines
        start = lines[min(line, len(lines)) - 1]
        return min(start + column - 1, len(self.content))

    def remark(self, code: str, message: str, offset: int, **details: Any) -> Diagnostic:
        """A diagnostic at the character at `offset`."""
        line, column = self.position(offset)
        return Diagnostic(code, message, file=self.name, line=line, column=column, **details)

    def error(self, code: str, message: str, offset: int, **details: Any) -> DocumentError:
        """An error with one diagnostic at the character at `offset`."""
        return DocumentError(self.remark(code, message, offset, **details))

    def too_deep(self, offset: int, bounds: Bounds) -> DocumentError:
        """The error for the value at `offset` that lies too deep."""
        message = f"mappings and lists are nested more than {bounds.depth} deep"
        return self.error("AF1004", message, offset)

    def too_many(self, offset: int, bounds: Bounds, **details: Any) -> DocumentError:
        """The error for the value at `offset` that is one too many."""
        return self.error("AF1004", f"the document has more than {bounds.nodes} values", offset, **details)

    def duplicate(self, key: str, first: int, second: int) -> Diagnostic:
        """The remark on a key that stands twice in one mapping, at offsets `first` and `second`."""
        lines = f"lines {self.position(first)[0]} and {self.position(second)[0]}"
        if self.position(first)[0] == self.position(second)[0]:
            lines = f"line {self.position(first)[0]}, columns {self.position(first)[1]} and {self.position(second)[1]}"
        return self.remark(
            "AF1006",
            f"the key {quoted(key)} stands twice in one mapping: {lines}",
            second,
            hint="keep one of them",
        )


def quoted(text: str, most: int = 40) -> str:
    """`text` in double quotes on one line, cut to `most` characters, control characters escaped."""
    shown = text if len(text) <= most else text[: most - 3] + "..."
    escaped = (
        c if c.isprintable() and c not in '"\\' else c.encode("unicode_escape").decode() for c in shown
    )
    return '"' + "".join('\\"' if c == '"' else c for c in escaped) + '"'


def decode(content: str | bytes, name: str, bounds: Bounds) -> Text:
    """The text of a document from its bytes, without a byte order mark.

    Raises:
        DocumentError: it is too large (AF1004), not UTF-8 (AF1003), or empty (AF1010).
    """
    data = _encoded(content, name) if isinstance(content, str) else content
    if len(data) > bounds.size:
        raise too_large(name, bounds)
    try:
        text = Text(name, data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as e:
        before = data[: e.start].decode("utf-8")
        raise Text(name, before).error(
            "AF1003",
            f"the file is not UTF-8: byte {data[e.start]:#04x} at byte offset {e.start}",
            len(before),
            hint="save it with the encoding UTF-8",
        ) from None
    if not text.content.strip():
        raise empty(text)
    return text


def _encoded(content: str, name: str) -> bytes:
    try:
        return content.encode("utf-8")
    except UnicodeEncodeError as e:
        raise Text(name, content).error(
            "AF1003", "half of a surrogate pair is not a character", e.start
        ) from None


def too_large(name: str, bounds: Bounds) -> DocumentError:
    """The error for a file above the size limit."""
    return DocumentError(
        Diagnostic("AF1004", f"the file is larger than {bounds.size} bytes", file=name, hint="split it")
    )


def empty(text: Text) -> DocumentError:
    """The error for a document that says nothing."""
    return text.error("AF1010", "the document is empty", 0, hint="start it with agentforge: 1")
