"""What pydantic cannot see: references between nodes, cycles, sources of tools, schemas.

Every problem is found, each with the path of the value that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agentforge_core.diagnostics import close_match
from agentforge_core.ir.base import Env, Path
from agentforge_core.ir.model import Model
from agentforge_core.ir.program import Program
from agentforge_core.ir.schemas import validator_for
from agentforge_core.ir.team import Team
from agentforge_core.ir.tool import SOURCES, Tool


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a program, at a path; the document room gives it a line."""

    path: Path
    code: str
    message: str
    hint: str | None = None


_ADDRESS = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)

_MOST_COMPARED = 200
"""Most names a missing one is compared with for a hint."""


def verify(program: Program) -> list[Problem]:
    """All problems of `program` that cross nodes; empty when it can be run."""
    return [
        *_models(program),
        *_tools(program),
        *_agents(program),
        *_tasks(program),
        *_cycles(program),
        *_teams(program),
        *_schemas(program),
    ]


def _unknown(path: Path, kind: str, name: str, known: Mapping[str, Any]) -> Iterator[Problem]:
    if name in known:
        return
    # comparing names costs their number squared: a document with thousands of dangling ones gets no hints
    few = len(known) <= _MOST_COMPARED
    hint = close_match(name, known) if few else None
    listing = ", ".join(sorted(known)) if few else f"{len(known)} of them"
    yield Problem(
        path,
        "AF1101",
        f"there is no {kind} named {name!r}",
        hint or f"{kind}s in this document: {listing or 'none'}",
    )


def _models(program: Program) -> Iterator[Problem]:
    for key, model in program.models.items():
        if "/" in key:
            yield Problem(
                ("models", key), "AF1103", f"model name {key!r} has a slash", "a slash means provider/name"
            )
        yield from _model_text(("models", key, "model"), model)
        if isinstance(model.base_url, str) and not _ADDRESS.match(model.base_url):
            yield Problem(
                ("models", key, "base_url"),
                "AF1110",
                "base_url is not the address of an HTTP endpoint",
                "for example http://127.0.0.1:8000/v1",
            )


def _model_text(path: Path, model: Model) -> Iterator[Problem]:
    if not isinstance(model.model, Env) and not all(model.model.partition("/")[::2]):
        yield Problem(
            path,
            "AF1103",
            f"{model.model!r} is not of the form provider/name",
            "for example openai/gpt-5-mini",
        )


def _model_reference(program: Program, path: Path, reference: str | Model | None) -> Iterator[Problem]:
    if reference is None:
        if "default" not in program.models:
            yield Problem(
                path,
                "AF1102",
                "no model is said anywhere",
                "add models: {default: {model: provider/name}}, or run with --model offline/rules",
            )
    elif isinstance(reference, Model):
        yield from _model_text(path, reference)
    elif "/" in reference:
        yield from _model_text(path, Model(model=reference))
    else:
        yield from _unknown(path, "model", reference, program.models)


def _tools(program: Program) -> Iterator[Problem]:
    for key, tool in program.tools.items():
        sources = [s for s in SOURCES if getattr(tool, s) is not None]
        if len(sources) != 1 and tool.function is None:
            found = " and ".join(sources) or "none of them"
            yield Problem(
                ("tools", key), "AF1104", f"tool {key!r} needs one of {', '.join(SOURCES)}; found {found}"
            )
        if tool.python is not None and not all(tool.python.partition(":")[::2]):
            yield Problem(
                ("tools", key, "python"),
                "AF1104",
                f"{tool.python!r} is not of the form module:name",
                'for example python: "tools:search" for search() in tools.py beside the document',
            )


def _agents(program: Program) -> Iterator[Problem]:
    for key, agent in program.agents.items():
        at: Path = ("agents", key)
        yield from _model_reference(program, (*at, "model") if agent.model is not None else at, agent.model)
        names: list[str] = []
        for i, reference in enumerate(agent.tools):
            name = reference.name if isinstance(reference, Tool) else reference
            if isinstance(reference, str):
                yield from _unknown((*at, "tools", i), "tool", reference, program.tools)
            if name in names:
                yield Problem((*at, "tools", i), "AF1105", f"tool {name!r} is listed twice")
            names.append(name)
        for i, name in enumerate(agent.knowledge):
            yield from _unknown((*at, "knowledge", i), "knowledge source", name, program.knowledge)
        for i, name in enumerate(agent.handoffs):
            yield from _unknown((*at, "handoffs", i), "agent", name, program.agents)


def _tasks(program: Program) -> Iterator[Problem]:
    managed = {t for team in program.teams.values() if team.process == "hierarchical" for t in team.tasks}
    for key, task in program.tasks.items():
        at: Path = ("tasks", key)
        if isinstance(task.agent, str):
            yield from _unknown((*at, "agent"), "agent", task.agent, program.agents)
        elif task.agent is None and key not in managed:
            yield Problem(
                at,
                "AF1106",
                f"task {key!r} names no agent",
                "only a hierarchical team's manager can choose one",
            )
        for i, name in enumerate(task.context or ()):
            if isinstance(name, str):
                yield from _unknown((*at, "context", i), "task", name, program.tasks)


def _cycles(program: Program) -> Iterator[Problem]:
    edges = {
        k: [c for c in t.context or () if isinstance(c, str) and c in program.tasks]
        for k, t in program.tasks.items()
    }
    done: set[str] = set()
    for start in edges:
        trail: list[str] = []
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            node, step = stack.pop()
            if step == 0:
                if node in done:
                    continue
                trail.append(node)
            if step < len(edges[node]):
                stack.append((node, step + 1))
                following = edges[node][step]
                if following in trail:
                    ring = " -> ".join([*trail[trail.index(following) :], following])
                    place: Path = ("tasks", node, "context", step)
                    yield Problem(place, "AF1107", f"tasks wait for each other: {ring}", "drop one of them")
                else:
                    stack.append((following, 0))
            else:
                trail.pop()
                done.add(node)


def _teams(program: Program) -> Iterator[Problem]:
    for key, team in program.teams.items():
        at: Path = ("teams", key)
        for field, kind, known in (("tasks", "task", program.tasks), ("agents", "agent", program.agents)):
            for i, name in enumerate(getattr(team, field)):
                if isinstance(name, str):
                    yield from _unknown((*at, field, i), kind, name, known)
        if team.manager_model is not None:
            yield from _model_reference(program, (*at, "manager_model"), team.manager_model)
        yield from _team_shape(at, key, team)
        yield from _nobody_chooses(program, at, team)
        yield from _context_order(program, at, team)


def _team_shape(at: Path, key: str, team: Team) -> Iterator[Problem]:
    if team.process in ("sequential", "hierarchical") and not team.tasks:
        yield Problem(
            at, "AF1108", f"team {key!r} is {team.process} and has no tasks", "list them under tasks:"
        )
    elif not team.tasks and not team.agents:
        yield Problem(at, "AF1108", f"team {key!r} has no agents", "list them under agents:")
    if team.manager_model is not None and team.process != "hierarchical":
        yield Problem(
            (*at, "manager_model"),
            "AF1108",
            f"a {team.process} team has no manager",
            "use process: hierarchical",
        )


def _nobody_chooses(program: Program, at: Path, team: Team) -> Iterator[Problem]:
    """Tasks without agent that are fine in some hierarchical team and not in this one."""
    if team.process == "hierarchical":
        return
    for i, name in enumerate(team.tasks):
        task = program.tasks.get(name) if isinstance(name, str) else None
        if task is not None and task.agent is None:
            message = f"task {name!r} names no agent, and a {team.process} team has no manager to choose one"
            yield Problem((*at, "tasks", i), "AF1106", message)


def _context_order(program: Program, at: Path, team: Team) -> Iterator[Problem]:
    seen: set[str] = set()
    for i, name in enumerate(team.tasks):
        task = program.tasks.get(name) if isinstance(name, str) else None
        if task is None or not isinstance(name, str):
            continue
        if name in seen:
            yield Problem((*at, "tasks", i), "AF1108", f"task {name!r} is listed twice")
        late = [c for c in task.context or () if isinstance(c, str) and c not in seen and c in program.tasks]
        for needed in late:
            if needed != name:
                hint = f"put {needed!r} before {name!r}"
                yield Problem(
                    (*at, "tasks", i),
                    "AF1108",
                    f"task {name!r} needs the answer of {needed!r}, not yet there",
                    hint,
                )
        seen.add(name)


def _schemas(program: Program) -> Iterator[Problem]:
    found: list[tuple[Path, dict[str, Any]]] = []
    for key, tool in program.tools.items():
        found += [(("tools", key, f), s) for f in ("parameters", "returns") if (s := getattr(tool, f))]
    for kind in ("agents", "tasks"):
        for key, node in getattr(program, kind).items():
            if node.output is not None:
                found.append(((kind, key, "output", "schema"), node.output.schema_))
    for path, schema in found:
        try:
            validator_for(schema)
        except ValueError as error:
            yield Problem(path, "AF1109", f"not a JSON Schema: {error}")
        else:
            if path[-1] == "parameters" and schema.get("type", "object") != "object":
                yield Problem(path, "AF1109", "the parameters of a tool are a JSON Schema of type object")
