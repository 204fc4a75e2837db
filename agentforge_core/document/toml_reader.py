"""TOML to plain values with positions.

The standard library's tomllib makes the values. It gives no positions, so a tolerant scanner
(`toml_places`) notes where headers, keys and values stand; what it cannot follow, tomllib refuses. The
scanner runs first because it also holds the limits: tomllib is slow on keys of many parts and recurses
into deep arrays.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from agentforge_core.document.numbers import plain
from agentforge_core.document.text import Bounds, Spot, Text
from agentforge_core.document.toml_places import places
from agentforge_core.errors import DocumentError

_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)

# messages of tomllib._parser, Python 3.11 to 3.13; others are plain enough
_MEANINGS = {
    "Invalid statement": ("this is no key, table header or comment", None),
    "Invalid value": ("this is no value", "put a text in quotes"),
    "Expected '=' after a key in a key/value pair": ("a = is missing after the key", None),
    "Illegal character '\\n'": ("the quotes opened in this line are never closed", None),
    "Unterminated string": ("the quotes opened here are never closed", None),
    "Expected newline or end of document after a statement": ("text after the end of a value", None),
    'Expected "\'"': ("a closing quote is missing before this", None),
    "Cannot overwrite a value": ("this key has a value already", None),
}


def read_toml(text: Text, bounds: Bounds) -> tuple[Any, Spot]:
    """The document in `text` as plain values (dates as ISO 8601 text), and where they stand.

    Raises:
        DocumentError: it is not TOML 1.0, has a key twice, or exceeds `bounds`.
    """
    root = places(text, bounds)
    try:
        return plain(tomllib.loads(text.content)), root
    except tomllib.TOMLDecodeError as e:
        raise _syntax(text, str(e)) from None


def _syntax(text: Text, said: str) -> DocumentError:
    found = _PLACE.fullmatch(said)
    message = found[1] if found else said
    offset = text.offset(int(found[2]), int(found[3])) if found and found[2] else len(text.content)
    meaning, hint = _MEANINGS.get(message, (message[:1].lower() + message[1:], None))
    return text.error("AF1005", f"not valid TOML: {meaning}", offset, hint=hint)
