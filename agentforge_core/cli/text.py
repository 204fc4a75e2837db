"""Text for people: what a terminal must not obey is made visible, long lines are cut."""

from __future__ import annotations

import re

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that change the direction of what is around them
    "\ud800-\udfff]"  # halves of characters, which no stream takes
)


def printable(text: str) -> str:
    r"""`text` with every character that a terminal obeys written as `\u001b`; tabs and newlines stay.

    The form is JSON's own, so that JSON stays JSON.
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\r\n", "\n"))


def one_line(text: str, width: int = 100) -> str:
    """The first line of `text` that says something, cut to `width` characters."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first if len(first) <= width else f"{first[: width - 3]}..."


def counted(number: int, noun: str) -> str:
    """`1 agent`, `2 agents`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
