"""What a document may say that this release does not do yet: refused before anything runs, never ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import UnsupportedError
from agentforge_core.ir import Limits, Program, format_path
from agentforge_core.ir.base import Path


def refuse_missing(
    program: Program, agents: Iterable[str], tasks: Iterable[str], teams: Iterable[str]
) -> None:
    """Looks at everything a run would use.

    Raises:
        UnsupportedError: with every feature that is asked for and not there.
    """
    found = [
        *_top(program),
        *(p for name in agents for p in _agent(program, name)),
        *(p for name in tasks for p in _task(program, name)),
        *(p for name in teams for p in _team(program, name)),
    ]
    if found:
        raise UnsupportedError(*(_diagnostic(path, what) for path, what in found))


def refuse_lasting(limits: Limits) -> None:
    """Looks at the limits given with a call.

    Raises:
        UnsupportedError: some of them outlive a run.
    """
    found = [_diagnostic(path, what) for path, what in _limits(("limits",), limits)]
    if found:
        raise UnsupportedError(*found)


def not_yet(what: str, path: str | None = None, hint: str | None = None) -> UnsupportedError:
    """The refusal of one feature."""
    return UnsupportedError(_diagnostic(path, what, hint))


def _diagnostic(path: Path | str | None, what: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(
        "AF3201",
        f"{what}: not in this release",
        path=format_path(path) if isinstance(path, tuple) else path,
        reason="the feature is planned; running without it would silently drop what the document says",
        hint=hint or "take it out to run without it",
    )


def _top(program: Program) -> Iterator[tuple[Path, str]]:
    if program.isolation in ("process", "sandbox"):
        yield ("isolation",), f"isolation: {program.isolation}"
    if program.durability in ("process", "power"):
        yield ("durability",), f"durability: {program.durability}"
    for field in ("commit", "store"):
        if getattr(program, field) is not None:
            yield (field,), f"{field}, which belongs to durable runs"
    yield from _limits(("limits",), program.limits)
    yield from _frameworks(("frameworks",), program.frameworks)


def _limits(path: Path, limits: Limits | None) -> Iterator[tuple[Path, str]]:
    for field in ("per_session", "per_day", "per_label"):
        if limits is not None and getattr(limits, field):
            yield (*path, field), f"limits.{field}"


def _frameworks(path: Path, settings: dict[str, dict[str, Any]]) -> Iterator[tuple[Path, str]]:
    for name in settings:
        yield (*path, name), f"settings of {name}"


def _agent(program: Program, name: str) -> Iterator[tuple[Path, str]]:
    agent, at = program.agents[name], ("agents", name)
    for field in ("knowledge", "handoffs", "memory"):
        if getattr(agent, field):
            yield (*at, field), field
    yield from _limits((*at, "limits"), agent.limits)
    yield from _frameworks((*at, "frameworks"), agent.frameworks)
    for tool in program.tools_of(agent):
        place = ("tools", tool.name)
        for source in ("mcp", "http", "openapi"):
            if getattr(tool, source) is not None:
                yield (*place, source), f"{source} tools"
        if tool.isolation in ("process", "sandbox"):
            yield (*place, "isolation"), f"isolation: {tool.isolation} of a tool"


def _task(program: Program, name: str) -> Iterator[tuple[Path, str]]:
    task, at = program.tasks[name], ("tasks", name)
    if task.guardrails:
        yield (*at, "guardrails"), "guardrails"
    yield from _limits((*at, "limits"), task.limits)


def _team(program: Program, name: str) -> Iterator[tuple[Path, str]]:
    team, at = program.teams[name], ("teams", name)
    if team.process in ("handoff", "group_chat"):
        yield (*at, "process"), f"process: {team.process}"
    yield from _limits((*at, "limits"), team.limits)
    yield from _frameworks((*at, "frameworks"), team.frameworks)
