"""Which values are plain data: what JSON can say, with numbers that every reader of it understands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

SMALLEST, LARGEST = -(1 << 63), (1 << 64) - 1
"""Whole numbers that fit 64 bits, signed or unsigned; beyond, JSON readers differ."""

_BEYOND = LARGEST + 1
_DIGITS = 40

Path = tuple[str | int, ...]


def whole(digits: str) -> int:
    """The whole number written as `digits` (`12`, `-3`, `0x1f`, `0o17`), in bounded time.

    Converting thousands of digits is refused or slow; all such numbers are beyond 64 bits, so one
    that is beyond stands for them and `impure` reports it.
    """
    if len(digits) > _DIGITS:
        return _BEYOND
    return int(digits, 0) if digits[:2] in ("0x", "0o") else int(digits)


def plain(value: Any) -> Any:
    """`value` with dates and times replaced by their ISO 8601 text."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, (date, datetime, time)) else value


def impure(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Path and description of every value inside `value` that is no plain data."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if _has_half_pair(key):
                yield path, "half of a surrogate pair in a key is not a character"
            else:
                yield from impure(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from impure(inner, (*path, i))
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, "a number must be finite"
    elif isinstance(value, int) and not SMALLEST <= value <= LARGEST:
        yield path, "a whole number must fit 64 bits"
    elif isinstance(value, str) and _has_half_pair(value):
        yield path, "half of a surrogate pair is not a character"


def _has_half_pair(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)
