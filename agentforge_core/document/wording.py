"""Pydantic's errors in the words of a document: what must stand there, and what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, get_origin

from pydantic import BaseModel

from agentforge_core.diagnostics import close_match
from agentforge_core.document.places import Finding, value_at
from agentforge_core.document.shape import at, environment_places, keys_of, members, node_class, referred
from agentforge_core.document.text import quoted
from agentforge_core.ir import Env, Path, format_path

_TYPE_ERRORS = frozenset(
    {
        "string_type",
        "int_type",
        "int_from_float",
        "float_type",
        "bool_type",
        "dict_type",
        "model_type",
        "tuple_type",
        "list_type",
    }
)
_WORDS: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a mapping",
    tuple: "a list",
}
_COMPARED = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_NAME_RULES = {"tools": "use 1 to 64 letters, digits, _ and -: model providers take no more"}
_ANY_NAME_RULE = "use up to 128 characters on one line, no slash, no blank at the start"
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SECRET = re.compile(r"key|token|secret|password|authorization", re.IGNORECASE)


def findings(data: Mapping[str, Any], errors: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """The findings for pydantic's `errors` on `data`, those of the members of one union collapsed."""
    groups: dict[Path, list[Mapping[str, Any]]] = {}
    for error in errors:
        groups.setdefault(_path_of(error, data), []).append(error)
    explained = {path[:i] for path in groups for i in range(len(path))}
    return [
        _finding(path, group, data)
        for path, group in groups.items()
        if path not in explained or any(e["type"] not in _TYPE_ERRORS for e in group)
    ]


def unknown_key(path: Path) -> Finding:
    """The finding for the key at the end of `path`, which its mapping cannot have."""
    node = node_class(at(path[:-1]))
    known = keys_of(node) if node else {}
    hint = close_match(str(path[-1]), known) or f"known keys: {', '.join(known)}"
    return Finding(path, "AF1020", f"unknown key {quoted(str(path[-1]))}", hint, at_key=True)


def _path_of(error: Mapping[str, Any], data: Any) -> Path:
    """The error's place in `data`: pydantic also puts names of union members into its paths."""
    path: list[str | int] = []
    for part in error["loc"]:
        within = isinstance(data, dict) and part in data
        if within or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            path.append(part)
            data = data[part]
    return (*path, error["loc"][-1]) if error["type"] == "missing" else tuple(path)


def _finding(path: Path, group: list[Mapping[str, Any]], data: Any) -> Finding:
    kind = group[0]["type"]
    value = value_at(data, path)
    if kind == "extra_forbidden":
        return unknown_key(path)
    if kind == "missing":
        return Finding(path, "AF1022", f"{path[-1]} is missing", f"add {path[-1]}: ...", at_key=True)
    if kind == "string_pattern_mismatch":
        return _misspelt(path, value)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", group[0]["ctx"]["expected"])
        message = f"{_label(path)} must be {group[0]['ctx']['expected'].replace(chr(39), chr(34))}"
        hint = close_match(value, choices) if isinstance(value, str) else None
        return Finding(path, "AF1023", f"{message}; found {_found(path, value)}", hint)
    if kind in _COMPARED:
        words, key = _COMPARED[kind]
        message = f"{_label(path)} must be {words} {group[0]['ctx'][key]:g}; found {_found(path, value)}"
        return Finding(path, "AF1023", message)
    return _wrong_type(path, value) if kind in _TYPE_ERRORS else _other(path, group[0], value)


def _label(path: Path) -> str:
    """The last key of `path` with the indices after it."""
    start = max((i for i, part in enumerate(path) if isinstance(part, str)), default=0)
    return format_path(path[start:])


def _misspelt(path: Path, value: Any) -> Finding:
    if path[-1] == "name":
        rule = _NAME_RULES.get(str(path[0]), _ANY_NAME_RULE)
        message = f"{quoted(str(value))} cannot be a name in {path[0]}"
        return Finding(path[:-1], "AF1024", message, rule, at_key=True)
    if path[-1] == "env":
        message = "this is no name of an environment variable"
        return Finding(path, "AF1023", message, "use letters, digits and _, for example {env: BASE_URL}")
    return Finding(path, "AF1023", f"{_label(path)} has not the form it must have")


def _wrong_type(path: Path, value: Any) -> Finding:
    annotation = at(path)
    if isinstance(value, dict) and set(value) == {"env"} and Env not in members(annotation):
        return _no_environment(path, value["env"])
    expected = _expected(annotation)
    words = " or ".join(expected)
    message = f"{_label(path)} must be {words}; found {_found(path, value)}"
    return Finding(path, "AF1021", message, _mend(value, expected))


def _other(path: Path, error: Mapping[str, Any], value: Any) -> Finding:
    reason = str(error["msg"]).removeprefix("Value error, ")
    return Finding(path, "AF1023", f"{_label(path)} cannot be {_found(path, value)}: {reason}")


def _no_environment(path: Path, name: Any) -> Finding:
    hint = f"{{env: NAME}} can stand at {', '.join(environment_places())}"
    if str(path[-1]).endswith("_env") and isinstance(name, str):
        hint = f"this key takes the name of the variable itself: {path[-1]}: {name}"
    return Finding(path, "AF1025", f"{_label(path)} is not read from the environment", hint)


def _expected(annotation: Any) -> list[str]:
    words = []
    for member in members(annotation):
        if member is Env:
            words.append("{env: NAME}")
        elif isinstance(member, type) and issubclass(member, BaseModel):
            if referred(annotation) is None:
                words.append("a mapping")
        elif word := _WORDS.get(get_origin(member) or member):
            words.append(word)
    return list(dict.fromkeys(words))


def _found(path: Path, value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        secret = any(_SECRET.search(str(part)) for part in path)
        return "a text" if secret else f"the text {quoted(value)}"
    return "a list" if isinstance(value, list) else "a mapping"


def _mend(value: Any, expected: list[str]) -> str | None:
    if value is None:
        return "give it a value or remove the key"
    if isinstance(value, (bool, int, float)) and expected == ["a text"]:
        return f'write it in quotes: "{json.dumps(value)}"'
    if isinstance(value, str):
        if "true or false" in expected:
            return "write true or false without quotes"
        if expected[-1:] in (["a number"], ["a whole number"]) and _NUMBER.fullmatch(value):
            return f"write it without quotes: {value}"
        if "a list" in expected:
            return "write it as a list, in brackets"
    return None
