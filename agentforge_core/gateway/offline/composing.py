"""The final answer in words: results under the wish they answer, the context's lines, an honest note."""

from __future__ import annotations

import re
import textwrap

from agentforge_core.boundary.messages import ToolSpec
from agentforge_core.gateway.offline.conversation import Done, Turn, clauses
from agentforge_core.gateway.offline.planning import Step
from agentforge_core.gateway.offline.results import data_of, is_error
from agentforge_core.gateway.offline.tables import cell, highlights, shown, title

NOTE = "(offline/rules: a rule-based stand-in, not a language model)"
"""Stands in every answer, so that nobody takes it for a language model's."""
_MAX_CONTEXT = 80
_WRITING = re.compile(
    r"^(?:write|draft|compose|prepare|produce|create|make|summari[sz]e|give|report)\b\s*(?:up\b)?\s*"
    r"(?:me\s+|us\s+)?(?:(?:a|an|the|this|that)\s+)?",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^(?:sum|count|list|show|get|fetch|find|give|tell|compute|calculate|report|look up)\b\s*(?:me\s+|us\s+)?"
    r"(?:(?:a|an|the|all|all the)\s+)?(?=\w)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^(?:\[[^\]\n]{1,80}\]\n+)*\[([^\]\n]{1,80})\]\n+(#*)", re.MULTILINE)
_TITLE, _WIDTH = 90, 80


def answer(turn: Turn, steps: list[Step], tools: tuple[ToolSpec, ...]) -> str:
    """The text of the final reply, without the note."""
    blocks: list[str] = []
    if turn.done:
        blocks += _sections(turn, steps)
    elif turn.context:
        blocks += _report(turn)
    else:
        blocks += _plain(turn, steps, tools)
    blocks += _open(steps)
    if turn.done and turn.context and not any(s.delegates for s in steps):
        blocks.append("Context\n\n" + essential(turn.context))
    return "\n\n".join(b for b in blocks if b.strip())


def with_note(text: str) -> str:
    """An answer with the sentence that says who wrote it."""
    return f"{text}\n\n{NOTE}" if text else NOTE


def _sections(turn: Turn, steps: list[Step]) -> list[str]:
    """One block for each call, headed by the wish it answers."""
    wish = {d.request.id: s for s in steps for d in s.done}
    several = len(turn.done) > 1
    return [_section(d, wish.get(d.request.id), several=several) for d in turn.done]


def _section(done: Done, step: Step | None, *, several: bool) -> str:
    called = (
        f"{done.request.name}({', '.join(f'{k}={cell(v, k)}' for k, v in done.request.arguments.items())})"
    )
    if done.result is None:
        return f"{called}: no result"
    value = data_of(done.result)
    if is_error(done.result):
        told = value.get("error") if isinstance(value, dict) else value
        return f"{called} failed: {_without_label(str(told))}"
    text = shown(value)
    if step is not None and step.delegates:
        return without_note(text)
    if "\n" not in text and len(text) + len(called) < 140 and not isinstance(value, (dict, list)):
        return f"{called} = {text}" if isinstance(value, (int, float)) else f"{called}: {text}"
    if not several:
        return text
    heading = _heading(
        _ASKING.sub("", step.clause, count=1) if step is not None else title(done.request.name)
    )
    if step is not None and len(step.done) > 1:
        heading += f" ({', '.join(cell(v, k) for k, v in done.request.arguments.items())})"
    return f"## {heading}\n\n{text}"


def _without_label(text: str) -> str:
    return re.sub(r"^(?:tool\s+)?error:\s*", "", text.strip(), flags=re.IGNORECASE)


def _heading(text: str) -> str:
    flat = " ".join(text.split()).strip(" .?!:;,")
    flat = flat if len(flat) <= _TITLE else flat[: _TITLE - 3].rsplit(" ", 1)[0] + "..."
    return flat[:1].upper() + flat[1:]


def subject(task: str) -> str:
    """What a request is about, as a title."""
    wishes = clauses(task)
    return _heading(_WRITING.sub("", wishes[0], count=1) or wishes[0]) if wishes else ""


def _report(turn: Turn) -> list[str]:
    """A title, one sentence for each table of the context, and the context itself."""
    context = essential(turn.context)
    points = highlights(context)
    blocks = [f"# {subject(turn.task)}" if turn.task else ""]
    if points:
        blocks.append("## In short\n\n" + "\n".join(_bullet(p) for p in points))
    blocks.append(context)
    return blocks


def _bullet(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False)


def without_note(text: str) -> str:
    """A text of another offline agent without its note."""
    return text.replace(NOTE, "").rstrip()


def essential(context: str) -> str:
    """The lines of a context that carry something, tables whole and blank lines single."""
    lines: list[str] = []
    for line in _LABEL.sub(_labelled, without_note(context).strip()).splitlines():
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line.rstrip())
    if len(lines) > _MAX_CONTEXT:
        lines = [*lines[:_MAX_CONTEXT], f"... and {len(lines) - _MAX_CONTEXT} more lines"]
    return "\n".join(lines).rstrip()


def _labelled(match: re.Match[str]) -> str:
    """The heading in place of an earlier task's `[name]`, unless its text begins with its own."""
    return match[2] or f"## {_heading(title(match[1]))}\n\n"


def _plain(turn: Turn, steps: list[Step], tools: tuple[ToolSpec, ...]) -> list[str]:
    """An answer without results: what was asked, and why there is no more."""
    asked = " ".join((turn.task or turn.request).split())
    asked = asked if len(asked) <= 400 else asked[:397] + "..."
    blocks = [f"Request: {asked}" if asked else "There is no request."]
    if turn.expected:
        blocks.append(f"Expected: {' '.join(turn.expected.split())}")
    if turn.earlier.strip():
        blocks.append(essential(turn.earlier))
    if steps:
        return blocks
    if tools:
        names = ", ".join(t.name for t in tools[:12])
        blocks.append(f"None of the tools offered ({names}) matches the request, so nothing was looked up.")
    else:
        blocks.append(
            "No tool is offered and rules know nothing by themselves, so the request is only restated."
        )
    return blocks


def _open(steps: list[Step]) -> list[str]:
    """What could not be called, and for want of what."""
    lines = []
    for step in steps:
        if step.done:
            continue
        if step.filling.missing:
            names = " and ".join(f"`{n}`" for n in step.filling.missing)
            lines.append(f"{step.tool.name} was not called: the request does not say {names}.")
        elif not step.calls:
            lines.append(f"{step.tool.name} was not called: no valid arguments can be read from the request.")
    return ["\n".join(dict.fromkeys(lines))] if lines else []
