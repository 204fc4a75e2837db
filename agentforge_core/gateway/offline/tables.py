"""JSON as text a person reads: aligned Markdown tables, bullet lists, numbers with separators."""

from __future__ import annotations

import re
from typing import Any

_MAX_ROWS, _MAX_COLUMNS, _MAX_CELL, _MAX_LINES = 25, 8, 60, 60
_UNSEPARATED = re.compile(r"(?:^|_)(?:id|year|port|zip|code|pid|phone|number|line|version)s?$", re.IGNORECASE)


def shown(value: Any) -> str:
    """A result's value as lines of text."""
    if isinstance(value, list):
        if value and all(isinstance(v, dict) and v and _flat(v) for v in value):
            return table(value)
        return "\n".join(_bullets(value)) if value else "nothing found"
    if isinstance(value, dict):
        return "\n".join(_named(value)) if value else "nothing found"
    text = cell(value)
    lines = text.rstrip().splitlines()
    if len(lines) > _MAX_LINES:
        lines = [*lines[:_MAX_LINES], f"... and {len(lines) - _MAX_LINES} more lines"]
    return "\n".join(lines)


def _flat(row: dict[str, Any]) -> bool:
    return not any(isinstance(v, (dict, list)) and v for v in row.values())


def title(key: str) -> str:
    """A key as words."""
    return str(key).replace("_", " ").strip()


def cell(value: Any, key: str = "") -> str:
    """A scalar as text; `key` keeps identifiers and years free of separators."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    plain = _UNSEPARATED.search(key) is not None
    if isinstance(value, int):
        return str(value) if plain or abs(value) < 10_000 else f"{value:,}"
    if isinstance(value, float):
        return str(value) if plain or "e" in repr(value) else f"{value:,}"
    return str(value)


def _column(key: str, values: list[Any]) -> list[str]:
    """The cells of one column; floats get the same number of decimals, integers one style."""
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if any(isinstance(v, float) for v in numbers) and not any("e" in repr(v) for v in numbers):
        decimals = max(len(repr(v).partition(".")[2]) for v in numbers if isinstance(v, float))
        return [f"{v:,.{decimals}f}" if v in numbers and v is not None else cell(v, key) for v in values]
    if numbers and not _UNSEPARATED.search(key) and max(abs(v) for v in numbers) >= 10_000:
        return [f"{v:,}" if isinstance(v, int) and not isinstance(v, bool) else cell(v, key) for v in values]
    return [cell(v, key) for v in values]


def table(rows: list[dict[str, Any]]) -> str:
    """An aligned Markdown table; numbers stand to the right."""
    keys = list(dict.fromkeys(k for r in rows for k in r))[:_MAX_COLUMNS]
    some = rows[:_MAX_ROWS]
    columns = []
    for key in keys:
        values = [r.get(key) for r in some]
        cells = [_short(c) for c in _column(str(key), values)]
        right = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values if v is not None)
        head = title(key).replace("|", "/")
        width = max(3, len(head), *(len(c) for c in cells))
        rule = "-" * (width - 1) + (":" if right else "-")
        columns.append([c.rjust(width) if right else c.ljust(width) for c in (head, rule, *cells)])
    lines = ["| " + " | ".join(line) + " |" for line in zip(*columns, strict=True)]
    if len(rows) > len(some):
        lines.append(f"... and {len(rows) - len(some)} more rows")
    return "\n".join(lines)


def _short(text: str) -> str:
    flat = " ".join(text.split()).replace("|", "/")
    return flat if len(flat) <= _MAX_CELL else flat[: _MAX_CELL - 3] + "..."


def _bullets(values: list[Any]) -> list[str]:
    lines = []
    for value in values[:_MAX_ROWS]:
        if isinstance(value, (dict, list)) and value:
            inner = shown(value).splitlines()
            lines += [f"- {inner[0].removeprefix('- ')}", *(f"  {line}" for line in inner[1:])]
        else:
            lines.append(f"- {cell(value)}")
    if len(values) > _MAX_ROWS:
        lines.append(f"... and {len(values) - _MAX_ROWS} more")
    return lines


def _named(value: dict[str, Any]) -> list[str]:
    """`- name: value` lines; tables and lists follow their name."""
    lines: list[str] = []
    for key, inner in value.items():
        if isinstance(inner, list) and inner and all(isinstance(v, (str, int, float)) for v in inner):
            listed = ", ".join(cell(v) for v in inner[:_MAX_ROWS])
            more = f" and {len(inner) - _MAX_ROWS} more" if len(inner) > _MAX_ROWS else ""
            lines.append(f"- {title(key)}: {listed}{more}")
        elif isinstance(inner, (dict, list)) and inner:
            rows = isinstance(inner, list) and all(isinstance(v, dict) and v and _flat(v) for v in inner)
            indent = "" if rows else "  "
            lines += [
                f"- {title(key)}:",
                *([""] if rows else []),
                *(indent + x for x in shown(inner).splitlines()),
            ]
            lines += [""] if rows else []
        else:
            lines.append(f"- {title(key)}: {cell(inner, str(key)) if inner not in ([], {}) else 'none'}")
    return lines


def highlights(text: str) -> list[str]:
    """One sentence for each Markdown table in a text: its heading, highest and lowest row."""
    found: list[str] = []
    heading, rows = "", list[list[str]]()
    for line in [*text.splitlines(), ""]:
        if line.lstrip().startswith("|"):
            rows.append([c.strip() for c in line.strip().strip("|").split("|")])
            continue
        sentence = _extremes(heading, rows)
        if sentence:
            found.append(sentence)
        rows = []
        if line.strip():
            heading = line.strip().strip("#*-: ")
    return found


def _extremes(heading: str, rows: list[list[str]]) -> str | None:
    """Highest and lowest of the first column of numbers, named by the first column of words."""
    if len(rows) < 3 or not all(set(c) <= set("-:") for c in rows[1]):
        return None
    head, body = rows[0], [r for r in rows[2:] if len(r) == len(rows[0])]
    numeric = [i for i in range(len(head)) if rows[1][i].endswith(":")]
    named = [i for i in range(len(head)) if i not in numeric]
    if not numeric or not named or not body:
        return None
    label, number = named[0], numeric[0]
    ranked = sorted(
        (r for r in body if _value(r[number]) is not None), key=lambda r: -(_value(r[number]) or 0)
    )
    if not ranked:
        return None
    top, low = ranked[0], ranked[-1]
    text = f"{heading}: {top[label]} is highest ({head[number]} {top[number]})"
    if _value(low[number]) != _value(top[number]):
        text += f", {low[label]} lowest ({low[number]})"
    return text + "."


def _value(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None
