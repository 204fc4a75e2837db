"""YAML 1.2 to plain values with positions.

ruamel.yaml scans and parses; values are made here from its events by the core schema of YAML 1.2
(https://yaml.org/spec/1.2.2/#103-core-schema), because its constructors drop the positions, and because
limits must hold while the text is read and not after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.document.numbers import whole
from agentforge_core.document.text import Bounds, Spot, Text, empty, quoted
from agentforge_core.document.yaml_messages import explain
from agentforge_core.errors import DocumentError

# https://yaml.org/spec/1.2.2/#51-character-set
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# line breaks in YAML 1.1 and to ruamel.yaml, but not in 1.2 (https://yaml.org/spec/1.2.2/#54-line-break-characters)
_NOT_BREAKS = "\x85\u2028\u2029"
_PRIVATE = range(0xE000, 0xF900)
_CORE = "tag:yaml.org,2002:"
_NULL = re.compile(r"(?:null|Null|NULL|~|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
_SCALAR_TAGS = {"null": _NULL, "bool": _BOOL, "int": _INT, "float": _FLOAT}


def read_yaml(text: Text, bounds: Bounds) -> tuple[Any, Spot]:
    """The one document in `text` as plain values, and where they stand.

    Raises:
        DocumentError: it is not YAML, uses what is not plain data, or exceeds `bounds`.
    """
    if found := _FORBIDDEN.search(text.content):
        message = f"the character U+{ord(found[0]):04X} is not allowed in YAML"
        raise text.error("AF1003", message, found.start(), hint="remove it")
    return _Composer(text, bounds).document()


def _masked(content: str) -> tuple[str, dict[int, str]]:
    """`content` with characters that ruamel.yaml takes for line breaks replaced, and how to undo that."""
    found = [c for c in _NOT_BREAKS if c in content]
    if not found:
        return content, {}
    free = (chr(n) for n in _PRIVATE if chr(n) not in content)
    pairs = list(zip(found, free, strict=False))
    masked = content.translate({ord(c): mask for c, mask in pairs})
    return masked, {ord(mask): c for c, mask in pairs}


def core_value(text: str) -> Any:
    """The value of a plain scalar by the core schema."""
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text[0] in "tT"
    if _INT.match(text):
        return whole(text)
    if _FLOAT.match(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


@dataclass(slots=True)
class _Node:
    """A finished value: how many values, characters and levels it has once aliases are replaced."""

    value: Any
    spot: Spot
    size: int = 1
    characters: int = 0
    height: int = 0

    def add(self, inner: _Node) -> None:
        self.size += inner.size
        self.characters += inner.characters
        self.height = max(self.height, inner.height + 1)


class _Composer:
    def __init__(self, text: Text, bounds: Bounds) -> None:
        self._text = text
        self._bounds = bounds
        content, self._shown = _masked(text.content)
        self._events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(content))
        self._anchors: dict[str, _Node | None] = {}
        self._nodes = 0
        self._characters = 0
        self._problems: list[Diagnostic] = []

    def document(self) -> tuple[Any, Spot]:
        self._next()
        start = self._next()
        if not isinstance(start, DocumentStartEvent):
            raise empty(self._text)
        if start.version not in (None, (1, 2)):
            self._fail("AF1007", "only YAML 1.2 is read", start, hint="remove the %YAML line")
        root = self._node(self._next(), 0)
        self._next()
        end = self._next()
        if not isinstance(end, StreamEndEvent):
            self._fail(
                "AF1007",
                "the file holds several YAML documents",
                end,
                hint="keep one; --- separates documents",
            )
        if self._problems:
            raise DocumentError(*self._problems)
        return root.value, root.spot

    def _next(self) -> Any:
        try:
            event = next(self._events)
        except MarkedYAMLError as e:
            meaning = explain(e.context, e.problem)
            met, start = (m.index if m else 0 for m in (e.problem_mark, e.context_mark))
            message = meaning.message.replace("{opened}", str(self._text.position(start)[0]))
            self._syntax(message, start if meaning.at_start else met, meaning.hint)
        except YAMLError as e:
            self._syntax(str(e).splitlines()[0], 0, None)
        except (ValueError, OverflowError):
            # ruamel.yaml makes characters of \U escapes without looking whether there is such a character
            self._syntax("an escape sequence stands for no character", 0, None)
        if self._shown and isinstance(event, ScalarEvent):
            event.value = event.value.translate(self._shown)
        return event

    def _syntax(self, message: str, offset: int, hint: str | None) -> NoReturn:
        remark = self._text.remark("AF1005", f"not valid YAML: {message}", offset, hint=hint)
        raise DocumentError(*self._problems, remark) from None

    def _fail(self, code: str, message: str, event: Any, **details: Any) -> NoReturn:
        remark = self._text.remark(code, message, event.start_mark.index, **details)
        raise DocumentError(*self._problems, remark)

    def _note(self, code: str, message: str, event: Any, **details: Any) -> None:
        self._problems.append(self._text.remark(code, message, event.start_mark.index, **details))

    def _count(self, node: _Node, event: Any) -> None:
        self._nodes += node.size
        self._characters += node.characters
        hint = "aliases (*name) multiply what they stand for" if self._anchors else None
        if self._nodes > self._bounds.nodes:
            raise self._text.too_many(event.start_mark.index, self._bounds, hint=hint)
        if self._characters > self._bounds.characters:
            message = f"the document has more than {self._bounds.characters} characters of text"
            self._fail("AF1004", message, event, hint=hint)

    def _node(self, event: Any, depth: int) -> _Node:
        if isinstance(event, AliasEvent):
            return self._alias(event, depth)
        spot = Spot(event.start_mark.index)
        if isinstance(event, ScalarEvent):
            node = _Node(self._scalar(event), spot, characters=len(event.value))
            self._count(node, event)
            if event.anchor:
                self._anchors[event.anchor] = node
            return node
        if depth >= self._bounds.depth:
            raise self._text.too_deep(spot.offset, self._bounds)
        node = _Node({} if isinstance(event, MappingStartEvent) else [], spot)
        self._count(node, event)
        kind = "map" if isinstance(event, MappingStartEvent) else "seq"
        if event.tag not in (None, "!", _CORE + kind):
            self._tag(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, SequenceStartEvent):
            self._sequence(node, depth + 1)
        else:
            self._mapping(node, depth + 1)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, depth: int) -> _Node:
        name = event.anchor
        if name not in self._anchors:
            shown = quoted(name)[1:-1]
            self._fail(
                "AF1007",
                f"*{shown} stands for nothing: no &{shown} before it",
                event,
                hint="a text that starts with * needs quotes",
            )
        node = self._anchors[name]
        if node is None:
            self._fail("AF1007", "an alias stands inside of what it stands for", event)
        if depth + node.height > self._bounds.depth:
            raise self._text.too_deep(event.start_mark.index, self._bounds)
        self._count(node, event)
        spot = Spot(event.start_mark.index, node.spot.keys, node.spot.items)
        return _Node(_copy(node.value), spot, node.size, node.characters, node.height)

    def _scalar(self, event: Any) -> Any:
        tag = event.tag
        if tag is None:
            return core_value(event.value) if event.implicit[0] else event.value
        if tag in ("!", _CORE + "str"):
            return event.value
        form = _SCALAR_TAGS.get(tag.removeprefix(_CORE)) if tag.startswith(_CORE) else None
        if form is None:
            self._tag(event)
            return None
        if not form.match(event.value):
            message = f"{quoted(event.value)} is not a value of its tag !!{tag[len(_CORE) :]}"
            self._note("AF1007", message, event)
            return None
        value = core_value(event.value)
        return float(value) if form is _FLOAT else value

    def _tag(self, event: Any) -> None:
        tag = event.tag
        written = f"!!{tag[len(_CORE) :]}" if tag.startswith(_CORE) else tag
        hint = "a document is plain data; remove the tag"
        self._note("AF1007", f"the tag {quoted(written)} is not allowed", event, hint=hint)

    def _sequence(self, node: _Node, depth: int) -> None:
        while not isinstance(event := self._next(), SequenceEndEvent):
            item = self._node(event, depth)
            node.spot.items[len(node.value)] = item.spot
            node.value.append(item.value)
            node.add(item)

    def _mapping(self, node: _Node, depth: int) -> None:
        merged: list[_Node] = []
        merge_at: int | None = None
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._node(event, depth)
            value = self._node(self._next(), depth)
            node.add(key)
            node.add(value)
            if isinstance(event, ScalarEvent) and event.value == "<<" and event.implicit[0]:
                if merge_at is not None:
                    self._problems.append(self._text.duplicate("<<", merge_at, event.start_mark.index))
                merge_at = event.start_mark.index
                merged = self._to_merge(event, value)
            elif self._is_new_key(event, key.value, node.spot):
                node.value[key.value] = value.value
                node.spot.keys[key.value] = event.start_mark.index
                node.spot.items[key.value] = value.spot
        for source in merged:
            for name in source.value:
                if name not in node.value:
                    node.value[name] = source.value[name]
                    node.spot.keys[name] = source.spot.keys[name]
                    node.spot.items[name] = source.spot.items[name]

    def _is_new_key(self, event: Any, key: Any, spot: Spot) -> bool:
        if not isinstance(key, str):
            self._not_text(event, key)
            return False
        if key in spot.keys:
            self._problems.append(self._text.duplicate(key, spot.keys[key], event.start_mark.index))
            return False
        return True

    def _not_text(self, event: Any, key: Any) -> None:
        if isinstance(event, ScalarEvent) and event.value:
            message = f"the key {quoted(event.value)[1:-1]} is not a text"
            self._note("AF1008", message, event, hint=f"write it in quotes: {quoted(event.value)}")
        else:
            kind = "a list" if isinstance(key, list) else "a mapping" if isinstance(key, dict) else "nothing"
            self._note("AF1008", f"a key must be a text; here it is {kind}", event)

    def _to_merge(self, event: Any, node: _Node) -> list[_Node]:
        many = node.value if isinstance(node.value, list) else [node.value]
        if not all(isinstance(m, dict) for m in many):
            self._note("AF1007", "<< takes in a mapping or a list of mappings", event)
            return []
        if isinstance(node.value, dict):
            return [node]
        return [_Node(m, node.spot.items[i]) for i, m in enumerate(many)]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copy(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_copy(v) for v in value]
    return value
