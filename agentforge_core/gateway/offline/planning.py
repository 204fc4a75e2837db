"""Which tools to call next: one step for each wish of the request, each taken at most once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentforge_core.boundary.messages import ToolSpec
from agentforge_core.gateway.offline.conversation import Done, Turn, clauses
from agentforge_core.gateway.offline.evidence import Evidence, find
from agentforge_core.gateway.offline.filling import Filling, fill
from agentforge_core.gateway.offline.freetext import takes_context, takes_request
from agentforge_core.gateway.offline.matching import THRESHOLD, Matcher
from agentforge_core.gateway.offline.results import is_error, scalar_of, values_named, wanted
from agentforge_core.gateway.offline.schemas import properties_of, required_of, resolve
from agentforge_core.gateway.offline.words import stem, stems, word_set, words

MAX_ROUNDS = 8
"""Replies with tool calls for one request, a bound on every loop whatever the tools answer."""
_MAX_PARALLEL = 8
_REFERENCE = re.compile(
    r"\b(?:the (?:result|answer|sum|total|product|difference|output|outcome)|it|that|this)\b", re.IGNORECASE
)
_DELEGATING = frozenset(map(stem, word_set("delegate coworker handoff assign teammate specialist agent")))
_LISTING = frozenset(map(stem, word_set("list find search lookup get show enumerate browse")))
_TAKES_TEXT = word_set("content text body message data summary document context input")
_ALSO = re.compile(
    r"\s*(?:,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+|&\s*)(?:in|for|of|at|from|to)?\s*$", re.IGNORECASE
)

Arguments = dict[str, Any]


@dataclass(slots=True)
class Step:
    """One wish and the tool for it.

    Attributes:
        clause: the wish in the user's words.
        tool: the tool that fits best.
        filling: the arguments the text alone gives.
        calls: argument sets to call it with, as far as the text gives them.
        done: calls already made for it.
    """

    clause: str
    tool: ToolSpec
    filling: Filling
    calls: list[Arguments] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)

    @property
    def delegates(self) -> bool:
        """Whether the tool takes the request itself."""
        return delegates(self.tool)


def delegates(tool: ToolSpec) -> bool:
    """Whether a tool needs nothing but a task in words (and perhaps what is known so far)."""
    required = required_of(resolve(tool.parameters, tool.parameters))
    return any(takes_request(n) for n in required) and all(
        takes_request(n) or takes_context(n) for n in required
    )


def steps_of(turn: Turn, tools: Sequence[ToolSpec]) -> list[Step]:
    """The plan for a request: for each clause the tools it asks for, with what is already done."""
    matcher = Matcher(tools)
    steps = _assigned(turn, tools)
    if steps:
        _tick_off(steps, turn.done)
        return steps
    for clause in clauses(turn.task, matcher.verbs):
        steps += [_fillable(clause, match.tool, matcher, turn) for match in matcher.chosen(clause)]
    steps = _merged(steps, turn) or _delegated(turn, matcher)
    _tick_off(steps, turn.done)
    return steps


def _fillable(clause: str, tool: ToolSpec, matcher: Matcher, turn: Turn) -> Step:
    """The step for `tool`, or for the next best tool when only that one's arguments can be found."""
    first = _step(clause, tool, turn)
    if first.calls or first.filling.arguments is not None:
        return first
    ranked = matcher.rank(stems(clause))
    best = ranked[0].score
    for match in ranked:
        if match.tool.name != tool.name and match.score >= max(THRESHOLD, 0.5 * best):
            other = _step(clause, match.tool, turn)
            if other.filling.arguments:
                return other
    return first


def _step(clause: str, tool: ToolSpec, turn: Turn) -> Step:
    whole = clause if delegates(tool) else turn.task
    filling = fill(tool.parameters, clause, whole)
    calls = [filling.arguments] if filling.arguments is not None else []
    step = Step(clause, tool, filling, calls)
    if calls:
        step.calls += list(_likewise(step))
    return step


def _likewise(step: Step) -> Iterator[Arguments]:
    """Calls for further values of the same kind: `the weather in Paris, Oslo and Rome` asks three times."""
    required = set(required_of(resolve(step.tool.parameters, step.tool.parameters)))
    claimed = [(n, e) for n, e in step.filling.claims.items() if n in required]
    arguments = step.filling.arguments
    if len(claimed) != 1 or arguments is None or isinstance(arguments.get(claimed[0][0]), (list, dict)):
        return
    name, source = claimed[0]
    pieces = [e for e in find(step.clause) if e.kind not in ("slot", "pair", "unit", "json")]
    kind = next((e.kind for e in pieces if e.start == source.start), None)
    taken = [e for n, e in step.filling.claims.items() if n != name]
    end = source.end
    for piece in sorted(
        (p for p in pieces if p.kind == kind and p.start >= source.end), key=lambda p: p.start
    ):
        if not _ALSO.fullmatch(step.clause[end : piece.start]) or _overlaps(piece, taken):
            return
        end = piece.end
        again = fill(step.tool.parameters, step.clause, given={**arguments, name: piece.value}).arguments
        if again is not None:
            yield again


def _overlaps(piece: Evidence, others: list[Evidence]) -> bool:
    return any(piece.start < o.end and o.start < piece.end for o in others)


def _merged(steps: list[Step], turn: Turn) -> list[Step]:
    """Steps without repeats; the clauses of one delegate become one task."""
    merged: list[Step] = []
    for step in steps:
        same = next((s for s in merged if s.tool.name == step.tool.name and s.delegates), None)
        if same is not None:
            same.clause = f"{same.clause}. {step.clause}"
        elif not any(s.tool.name == step.tool.name and s.calls and s.calls == step.calls for s in merged):
            merged.append(step)
    alone = len({s.tool.name for s in merged}) == 1
    for step in merged:
        if step.delegates:
            text = _whole(turn) if alone else step.clause
            step.filling = fill(step.tool.parameters, text, text)
            step.calls = [step.filling.arguments] if step.filling.arguments is not None else []
    return merged


def _assigned(turn: Turn, tools: Sequence[ToolSpec]) -> list[Step]:
    """The whole request for the delegate of whom it names."""
    meant = {stem(w) for w in words(turn.meant)}
    for tool in tools:
        if meant and delegates(tool) and meant <= {stem(w) for w in words(tool.name)}:
            return [_step(_whole(turn), tool, turn)]
    return []


def _whole(turn: Turn) -> str:
    """What a delegate must know of the request: the task and what is expected of it."""
    return f"{turn.task}\n\nExpected output: {turn.expected}" if turn.expected else turn.task


def _delegated(turn: Turn, matcher: Matcher) -> list[Step]:
    """The whole request for the likeliest delegate, when no clause names a tool."""
    if not turn.task:
        return []
    for match in matcher.rank(stems(turn.task)):
        own = {stem(w) for w in words(f"{match.tool.name} {match.tool.description}")}
        if delegates(match.tool) and own & _DELEGATING:
            return [_step(_whole(turn), match.tool, turn)]
    return []


def _tick_off(steps: list[Step], done: Sequence[Done]) -> None:
    """Gives every call already made to the step it was made for."""
    left = list(done)
    for exact in (True, False):
        for step in steps:
            for one in list(left):
                fits = not exact or any(same(c, one.request.arguments) for c in step.calls)
                if (
                    one.request.name == step.tool.name
                    and fits
                    and (exact or not step.calls or step.delegates)
                ):
                    step.done.append(one)
                    left.remove(one)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two argument objects are equal as JSON."""
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)


def next_calls(steps: list[Step], turn: Turn, tools: Sequence[ToolSpec]) -> list[tuple[str, Arguments]]:
    """The calls of the next reply, empty when nothing is left to call."""
    if turn.rounds >= MAX_ROUNDS:
        return []
    results = [d.result for d in turn.done if d.result is not None and not is_error(d.result)]
    wishes: list[tuple[str, Arguments]] = []
    for step in steps:
        if step.done:
            continue
        if step.delegates and wishes:
            break
        ready = step.calls or _from_results(step, results)
        known = results or [turn.context] * bool(turn.context)
        wishes += [(step.tool.name, _with_context(step, a, known)) for a in ready]
        if step.delegates and wishes:
            break
    wishes = wishes or _helpers(steps, turn, tools)
    return _new(wishes, turn.done)


def _new(wishes: list[tuple[str, Arguments]], done: Sequence[Done]) -> list[tuple[str, Arguments]]:
    """Wishes that were not called before with equal arguments, each once."""
    fresh: list[tuple[str, Arguments]] = []
    for name, arguments in wishes:
        made = any(d.request.name == name and same(d.request.arguments, arguments) for d in done)
        if not made and not any(n == name and same(a, arguments) for n, a in fresh):
            fresh.append((name, arguments))
    return fresh[:_MAX_PARALLEL]


def _with_context(step: Step, arguments: Arguments, known: list[str]) -> Arguments:
    """A delegate's arguments with what was found so far, where the tool has a place for it."""
    names = properties_of(resolve(step.tool.parameters, step.tool.parameters))
    place = next((n for n in names if takes_context(n) and n not in arguments), None)
    if not step.delegates or not known or place is None:
        return arguments
    richer = fill(step.tool.parameters, step.clause, given={**arguments, place: "\n\n".join(known)})
    return richer.arguments or arguments


def _from_results(step: Step, results: list[str]) -> list[Arguments]:
    """Arguments of a step whose missing values stand in earlier results."""
    if not results:
        return []
    scalar = scalar_of(results[-1])
    if scalar is not None and _REFERENCE.search(step.clause):
        told = _REFERENCE.sub(lambda _: scalar, step.clause, count=1)
        filling = fill(step.tool.parameters, told)
        if filling.arguments is not None:
            return [filling.arguments]
    found: list[Arguments] = [{}]
    for name in step.filling.missing:
        values = wanted(values_named(name, results), step.clause, _MAX_PARALLEL)
        if not values and set(name.split("_")) & _TAKES_TEXT:
            values = ["\n\n".join(results)]
        if not values and scalar is not None:
            values = [scalar]
        found = [{**f, name: v} for f in found for v in values][:_MAX_PARALLEL]
    filled = [fill(step.tool.parameters, step.clause, given=f).arguments for f in found if f]
    return [a for a in filled if a is not None]


def _helpers(steps: list[Step], turn: Turn, tools: Sequence[ToolSpec]) -> list[tuple[str, Arguments]]:
    """A tool that lists things, called first when a step lacks an argument it may bring."""
    used = {d.request.name for d in turn.done}
    for step in steps:
        if step.done or step.calls or not step.filling.missing:
            continue
        topic = {stem(w) for n in step.filling.missing for w in words(n)} | set(stems(step.clause))
        for tool in tools:
            own = {stem(w) for w in words(tool.name)}
            lists = own & _LISTING and own & topic - _LISTING
            if tool.name in used or tool.name == step.tool.name or not lists:
                continue
            arguments = fill(tool.parameters, step.clause).arguments
            if arguments is not None:
                return [(tool.name, arguments)]
    return []
