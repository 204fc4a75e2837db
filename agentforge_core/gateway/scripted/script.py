"""What a script says, and reading one.

replies:                    # the one for this turn: the first after a user message, the second, ...
  - tool_calls: [{name: search, arguments: {query: tides}}]
  - text: "Found: {{last_tool_result}}"
rules:                      # optional; the first that fits the conversation is taken instead
  - when: {agent: NAME, user: REGEX, system: REGEX, tool_result: REGEX, turn: N}
    reply: {text: "You said {{user}}"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from agentforge_core.boundary.effects import FinishReason
from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import DocumentError, ForgeError
from agentforge_core.ir import Node, format_path

_SHAPE_HINT = "a script has `replies`, `rules` or both; a reply has `text`, `tool_calls` or both"


class ScriptedCall(Node):
    """A tool call of a scripted reply."""

    name: str
    """Tool that is called."""
    arguments: dict[str, Any] | str = Field(default_factory=dict)
    """Arguments; a text is sent as it is, also when it is not JSON."""
    id: str | None = None
    """Id of the call; left out, it is made from the place in the conversation."""


class ScriptedReply(Node):
    """One message of the scripted model."""

    text: str = ""
    """What it says; `{{last_tool_result}}` and `{{user}}` are filled in."""
    tool_calls: tuple[ScriptedCall, ...] = ()
    """What it calls."""
    finish_reason: FinishReason | None = None
    """Why it stops; left out, it follows from the tool calls."""

    @model_validator(mode="after")
    def _says_something(self) -> ScriptedReply:
        if not (self.model_fields_set & {"text", "tool_calls"}):
            raise ValueError("a reply needs `text` or `tool_calls`")
        return self


class When(Node):
    """Conditions on a conversation; all that are given must hold."""

    agent: str | None = None
    """Name of the agent that calls; no request over HTTP carries it."""
    user: re.Pattern[str] | None = None
    """Searched in the last user message."""
    system: re.Pattern[str] | None = None
    """Searched in the system messages."""
    tool_result: re.Pattern[str] | None = None
    """Searched in the last tool result since the last user message."""
    turn: Annotated[int, Field(strict=True, ge=1)] | None = None
    """Replies since the last user message, this one included."""


class Rule(Node):
    """Replies for conversations of one kind."""

    when: When = When()
    """Which conversations."""
    reply: ScriptedReply | None = None
    """The same reply in each turn."""
    replies: tuple[ScriptedReply, ...] = ()
    """One reply for each turn."""

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        if (self.reply is None) == (not self.replies):
            raise ValueError("a rule needs either `reply` or `replies`")
        return self


class Script(Node):
    """What the scripted model says."""

    replies: tuple[ScriptedReply, ...] = ()
    """One reply for each turn, when no rule fits."""
    rules: tuple[Rule, ...] = ()
    """Tried in order before `replies`."""

    @model_validator(mode="after")
    def _not_empty(self) -> Script:
        if not (self.replies or self.rules):
            raise ValueError("a script needs `replies` or `rules`")
        return self


def script_at(path: str, folder: Path | None, place: str | None = None) -> Script:
    """The script in the file `path`.

    Args:
        path: relative to `folder`, or absolute.
        folder: folder of the document; None means the current one.
        place: where the document names the script.

    Raises:
        DocumentError: there is no such file, or it is not a script.
    """
    from agentforge_core.document import read

    file = (folder or Path()) / path
    try:
        source = read(file)
    except ForgeError as error:
        told = "; ".join(f"{d.location}: {d.message}" if d.line else d.message for d in error.diagnostics)
        raise DocumentError.of(
            "AF4006",
            f"the script {path!r} cannot be read: {told}",
            path=place,
            hint=error.first.hint or f"it is looked for in {(folder or Path()).absolute()}",
        ) from None
    try:
        return Script.model_validate(source.data)
    except ValidationError as error:
        problems = []
        for place_in_script, said in _problems(error):
            line, column = source.locate(place_in_script)
            problems.append(_problem(place_in_script, said, file=str(file), line=line, column=column))
        raise DocumentError(*problems) from None


def script_of(data: Mapping[str, Any]) -> Script:
    """The script that `data` describes, the way a file would.

    Raises:
        DocumentError: it is not a script.
    """
    try:
        return Script.model_validate(data)
    except ValidationError as error:
        raise DocumentError(*(_problem(place, said) for place, said in _problems(error))) from None


def _problems(error: ValidationError) -> list[tuple[tuple[str | int, ...], str]]:
    found: dict[tuple[str | int, ...], str] = {}
    for detail in error.errors(include_url=False):
        # The alternatives of `arguments` are parts of pydantic's place, not of the script.
        place = tuple(p for p in detail["loc"] if p not in {"str", "dict[str,any]"})
        found.setdefault(place, detail["msg"].removeprefix("Value error, "))
    return list(found.items())


def _problem(place: tuple[str | int, ...], said: str, **where: Any) -> Diagnostic:
    path = format_path(place)
    message = f"the script is invalid{f' at {path}' if path else ''}: {said}"
    return Diagnostic("AF4006", message, path=path or None, hint=_SHAPE_HINT, **where)
