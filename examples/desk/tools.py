"""Tools of the desk: they read the files in `data/` and nothing else.

Plain functions with types and docstrings; AgentForge makes name, description and JSON Schema of them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).resolve().parent / "data"

_LOG_LINE = re.compile(r"(?P<time>\S+)\s+(?P<level>[A-Z]+)\s+(?P<service>\S+)\s+(?P<message>.*)")


def describe_columns(file: str = "orders.csv") -> list[dict[str, Any]]:
    """Describe the columns of a CSV file: kind of value, how many different ones, smallest and largest.

    Args:
        file: Name of a CSV file in the data folder.
    """
    rows = list(_rows(file))
    described = []
    for name in rows[0] if rows else ():
        values: list[Any] = [_number(row[name]) for row in rows]
        numeric = None not in values
        values = values if numeric else [row[name] for row in rows]
        described.append(
            {
                "column": name,
                "kind": "number" if numeric else "text",
                "different": len(set(values)),
                "smallest": str(min(values)),
                "largest": str(max(values)),
            }
        )
    return described


def aggregate_orders(
    column: str,
    group_by: str,
    operation: Literal["sum", "mean", "count", "min", "max"] = "sum",
    month: str | None = None,
    where: list[str] | None = None,
    top: int | None = None,
    file: str = "orders.csv",
) -> list[dict[str, Any]]:
    """Group the rows of a CSV table such as the orders and aggregate one column: sum, mean, count, min, max.

    Args:
        column: Column of numbers to aggregate, such as revenue or units.
        group_by: Column whose values make the groups, such as region or product_line.
        operation: What to compute for each group.
        month: Only rows of this month, written YYYY-MM.
        where: Only rows that meet all these conditions, each written column=value.
        top: Only so many groups, the largest first.
        file: Name of a CSV file in the data folder.
    """
    conditions = [_condition(text) for text in where or []]
    groups: dict[str, list[float]] = {}
    for row in _rows(file):
        for name in (column, group_by, *(key for key, _ in conditions)):
            if name not in row:
                raise ValueError(f"{file} has no column {name!r}; its columns are {', '.join(row)}")
        if month is not None and not row["date"].startswith(month):
            continue
        if all(row[key].lower() == value.lower() for key, value in conditions):
            groups.setdefault(row[group_by], []).append(_needed_number(row[column], column))
    computed = sorted(
        ((name, _aggregate(operation, values), len(values)) for name, values in groups.items()),
        key=lambda group: (-group[1], group[0]),
    )
    label = column if operation == "sum" else f"{operation} of {column}"
    total = sum(value for _, value, _ in computed)
    table: list[dict[str, Any]] = []
    for name, value, rows in computed[:top]:
        line: dict[str, Any] = {group_by: name, label: value}
        if operation == "sum" and total:
            line["share %"] = round(100 * value / total, 1)
        table.append({**line, "rows": rows} if operation != "count" else line)
    return table


def count_log_lines(
    level: Literal["INFO", "WARN", "ERROR"] | None = None,
    month: str | None = None,
    since: str | None = None,
    until: str | None = None,
    pattern: str | None = None,
    file: str = "service.log",
) -> list[dict[str, Any]]:
    """Search a log file and count the matching lines of each service, such as the errors of a month.

    Args:
        level: Only lines of this level.
        month: Only lines of this month, written YYYY-MM.
        since: Only lines at or after this time, written like 2026-03-12T08:00.
        until: Only lines before this time, written alike.
        pattern: Only lines whose message matches this regular expression.
        file: Name of a log file in the data folder.
    """
    wanted = re.compile(pattern, re.IGNORECASE) if pattern else None
    found: dict[str, list[re.Match[str]]] = {}
    for line in _file(file, ".log").read_text(encoding="utf-8").splitlines():
        match = _LOG_LINE.fullmatch(line)
        if match is None or level not in (None, match["level"]):
            continue
        time = match["time"]
        outside = (since is not None and time < since) or (until is not None and time >= until)
        if outside or not time.startswith(month or "") or (wanted and not wanted.search(match["message"])):
            continue
        found.setdefault(match["service"], []).append(match)
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "service": service,
            "lines": len(lines),
            "busiest day": _commonest([line["time"][:10] for line in lines]),
            "most common message": _commonest([re.sub(r" ms=\d+$", "", line["message"]) for line in lines]),
        }
        for service, lines in ranked
    ]


def _rows(file: str) -> Iterator[dict[str, str]]:
    with _file(file, ".csv").open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _file(name: str, suffix: str) -> Path:
    """The path of a data file; whatever lies outside the data folder is refused."""
    path = (DATA / name).resolve()
    known = ", ".join(sorted(p.name for p in DATA.glob(f"*{suffix}")))
    if path.parent != DATA:
        raise PermissionError(f"{name!r} is outside the data folder; it has {known}")
    if path.suffix != suffix or not path.is_file():
        raise FileNotFoundError(f"there is no {suffix} file {name!r}; the data folder has {known}")
    return path


def _condition(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"{text!r} is not written column=value")
    return key.strip(), value.strip()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _needed_number(text: str, column: str) -> float:
    value = _number(text)
    if value is None:
        raise ValueError(f"column {column!r} holds {text!r}, which is not a number")
    return value


def _aggregate(operation: str, values: list[float]) -> float:
    if operation == "count":
        return len(values)
    if operation == "min":
        return min(values)
    if operation == "max":
        return max(values)
    total = sum(values)
    return round(total / len(values) if operation == "mean" else total, 2)


def _commonest(values: list[str]) -> str:
    return min(set(values), key=lambda value: (-values.count(value), value))
