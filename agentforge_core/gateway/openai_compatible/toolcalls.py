"""Tool calls as providers write them: whole, or in pieces that must be put together.

The format pairs pieces by `index`. Providers differ: no index, no id, the id or name only with a later
piece or again with each one, index 0 for every call (told apart by id), whole arguments as an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from agentforge_core.boundary.messages import ToolRequest


@dataclass(slots=True)
class _Part:
    index: int | None
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    whole: Mapping[str, Any] | None = None

    def is_complete(self) -> bool:
        if self.whole is not None:
            return True
        try:
            return isinstance(from_json("".join(self.arguments)), dict)
        except ValueError:
            return False


class ToolCallJoiner:
    """Puts the pieces of one reply's tool calls together."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, piece: Any, *, is_whole: bool) -> None:
        """Take in one element of a `tool_calls` list; what is not an object is left out.

        Args:
            piece: the element.
            is_whole: whether it is a call of its own rather than perhaps a part of one.
        """
        if not isinstance(piece, dict):
            return
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        index = piece.get("index")
        call_id, name = _text(piece.get("id")), _text(function.get("name"))
        index = index if isinstance(index, int) else None
        part = self._new_part(index) if is_whole else self._part_for(index, call_id, name)
        part.id = part.id or call_id
        part.name = _joined(part.name, name)
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            part.whole = arguments
        elif isinstance(arguments, str):
            part.arguments.append(arguments)

    def requests(self, prefix: str) -> tuple[ToolRequest, ...]:
        """The tool calls in their order; a missing or repeated id becomes `PREFIX_N`."""
        found: list[ToolRequest] = []
        taken: set[str] = set()
        ordered = sorted(self._parts, key=lambda p: 0 if p.index is None else p.index)
        for number, part in enumerate(ordered):
            call_id = part.id if part.id and part.id not in taken else f"{prefix}_{number}"
            taken.add(call_id)
            if part.whole is not None:
                found.append(ToolRequest(call_id, part.name, part.whole))
            else:
                found.append(ToolRequest.parse(call_id, part.name, "".join(part.arguments)))
        return tuple(found)

    def _part_for(self, index: int | None, call_id: str, name: str) -> _Part:
        same = [p for p in self._parts if p.index == index]
        if not same or _is_another(same[-1], index, call_id, name):
            return self._new_part(index)
        return same[-1]

    def _new_part(self, index: int | None) -> _Part:
        part = _Part(index)
        self._parts.append(part)
        return part


def _is_another(last: _Part, index: int | None, call_id: str, name: str) -> bool:
    """Whether a piece with the index of `last` begins another call all the same."""
    if call_id and last.id:
        # Some servers make a new id for each piece, but only a new call brings a name with it.
        return call_id != last.id and bool(name or index is None)
    return index is None and bool(name) and bool(last.name) and last.is_complete()


def _joined(before: str, piece: str) -> str:
    """A name so far and its next piece: the rest of it, or the whole again."""
    if not before or piece.startswith(before):
        return piece or before
    return before + piece


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
