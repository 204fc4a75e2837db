"""From the words of a call to what they mean: what runs, with which inputs and limits, who decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from agentforge_core.boundary.effects import HumanInput, HumanReply
from agentforge_core.boundary.interceptors import Approver
from agentforge_core.diagnostics import Diagnostic, close_match
from agentforge_core.errors import ForgeError, NotFoundError, RunError, UsageError
from agentforge_core.ir import BaseLimits, Limits, Program, format_path
from agentforge_core.ir.callables import is_async
from agentforge_core.runs.features import refuse_lasting
from agentforge_core.runs.job import Root
from agentforge_core.runs.threads import THREADS

Approve = Callable[[HumanInput], "Decision | Awaitable[Decision]"]
"""Decides in place: True, False, an answer in words, or a `HumanReply`; may be a coroutine function."""
Decision = bool | str | HumanReply


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run uses of a program."""

    agents: tuple[str, ...]
    tasks: tuple[str, ...]
    teams: tuple[str, ...]


def root_of(program: Program, name: str | None) -> Root:
    """What of `program` a run of `name` runs; without a name the only team, else all tasks, else the only agent.

    Raises:
        NotFoundError: nothing has this name.
        UsageError: several things have it, or it is not clear what to run.
    """
    if name is None:
        return _only(program)
    kinds = [k for k in ("team", "task", "agent") if name in getattr(program, f"{k}s")]
    if len(kinds) > 1:
        raise UsageError.of("AF6002", f"{name!r} names a {' and a '.join(kinds)}", hint="rename one of them")
    if not kinds:
        known = dict.fromkeys([*program.teams, *program.tasks, *program.agents])
        hint = close_match(name, known) or f"names in this document: {', '.join(known)}"
        raise NotFoundError.of("AF6005", f"there is no team, task or agent named {name!r}", hint=hint)
    return _named(program, kinds[0], name)


def _only(program: Program) -> Root:
    if len(program.teams) == 1:
        return _named(program, "team", next(iter(program.teams)))
    if program.tasks:
        return Root("tasks", "", _ordered(program, program.tasks))
    if not program.teams and len(program.agents) == 1:
        return Root("agent", next(iter(program.agents)))
    names = ", ".join(program.teams or program.agents)
    kind = "team" if program.teams else "agent"
    if not names:
        raise UsageError.of("AF6002", "there is nothing to run: no team, task or agent")
    raise UsageError.of("AF6002", f"say which {kind} to run", hint=f"{kind}s in this document: {names}")


def _named(program: Program, kind: str, name: str) -> Root:
    if kind == "agent":
        return Root("agent", name)
    if kind == "team":
        return Root("team", name, tuple(str(t) for t in program.teams[name].tasks))
    return Root("task", name, _ordered(program, [name]))


def _ordered(program: Program, names: Iterable[str]) -> tuple[str, ...]:
    """The named tasks with all that their context asks for, each after what it builds on."""
    order: dict[str, None] = {}
    for name in names:
        open_ = [name]
        while open_:
            task = program.tasks[open_[-1]]
            missing = [str(needed) for needed in task.context or () if needed not in order]
            if missing:
                open_.append(missing[0])
                continue
            if task.agent is None:
                raise UsageError.of(
                    "AF6009",
                    f"task {task.name!r} names no agent, and only a manager can choose one",
                    path=format_path(("tasks", task.name)),
                    hint="run its team, or give the task an agent",
                )
            order.setdefault(open_.pop())
    return tuple(order)


def parts_of(program: Program, root: Root) -> Parts:
    """Agents, tasks and teams that a run of `root` uses."""
    if root.kind == "agent":
        return Parts((root.name,), (), ())
    teams = (root.name,) if root.kind == "team" else ()
    agents = [a for t in teams for a in program.agents_of(program.teams[t])]
    agents += [str(a) for t in root.tasks if (a := program.tasks[t].agent) is not None]
    return Parts(tuple(dict.fromkeys(agents)), root.tasks, teams)


def check_prompt(program: Program, root: Root, prompt: str | None) -> None:
    """Refuses a prompt where tasks say what to do, and asks for one where nothing else does.

    Raises:
        UsageError: the prompt is missing or has no place.
    """
    if prompt is not None:
        _check_text(prompt)
    speaks = root.kind == "agent" or (root.kind == "team" and not program.teams[root.name].tasks)
    if speaks and prompt is None:
        raise UsageError.of("AF6006", f"{root.kind} {root.name!r} needs a prompt", hint="say it with -p TEXT")
    if not speaks and prompt is not None:
        raise UsageError.of(
            "AF6006",
            "a prompt speaks to an agent; tasks say themselves what to do",
            hint="fill their placeholders with --input K=V, or name an agent",
        )


def _check_text(prompt: Any) -> None:
    if not isinstance(prompt, str):
        raise UsageError.of("AF6006", f"a prompt is a text, not {type(prompt).__name__}")
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise UsageError.of(
            "AF6006", "the prompt has characters that no text has", reason=f"half of a pair at {error.start}"
        ) from None


def filled(program: Program, parts: Parts, wanted: Collection[str], inputs: Mapping[str, Any]) -> Program:
    """`program` with the placeholders of `parts` filled from `inputs`.

    Args:
        program: the program.
        parts: what runs of it.
        wanted: the names of its placeholders.
        inputs: their values.

    Raises:
        UsageError: an input is missing, or no text asks for it.
    """
    missing = [name for name in wanted if name not in inputs]
    if missing:
        flags = " ".join(f"--input {name}=..." for name in missing)
        raise UsageError.of(
            "AF6007",
            f"inputs are missing: {', '.join(missing)}",
            hint=f"{flags} (a literal {{{missing[0]}}} is written {{{{{missing[0]}}}}})",
        )
    surplus = [name for name in inputs if name not in wanted]
    if surplus:
        raise UsageError.of(
            "AF6007",
            f"no text has a placeholder {{{surplus[0]}}}",
            hint=close_match(surplus[0], wanted) or f"placeholders: {', '.join(wanted) or 'none'}",
        )
    return program.filled(inputs, parts.agents, parts.tasks) if wanted else program


def run_limits(program: Program, limits: BaseLimits | Mapping[str, float] | None) -> Mapping[str, float]:
    """Limits of a run: the call's over those at the top of the document.

    Raises:
        UsageError: a limit has no such name or value.
    """
    own = program.limits.set_fields if program.limits is not None else {}
    if limits is None:
        return own
    if not isinstance(limits, BaseLimits):
        limits = _limits(limits)
    if isinstance(limits, Limits):
        refuse_lasting(limits)
    return {**own, **limits.set_fields}


def _limits(values: Mapping[str, float]) -> BaseLimits:
    from pydantic import ValidationError

    try:
        return BaseLimits(**values)
    except ValidationError as error:
        raise UsageError(*(_no_limit(str(e["loc"][0]), e) for e in error.errors())) from None


def _no_limit(name: str, error: Mapping[str, Any]) -> Diagnostic:
    """What is wrong with one limit, in plain words. `error` is an entry of pydantic's `errors()`."""
    known = tuple(BaseLimits.model_fields)
    if name not in known:
        hint = close_match(name, known) or f"limits: {', '.join(known)}"
        return Diagnostic("AF6008", f"there is no limit named {name!r}", hint=hint)
    value, bounds = error["input"], error.get("ctx", {})
    if not isinstance(value, int | float) or not isfinite(value):
        must = "a number"
    elif "ge" in bounds:
        must = f"{bounds['ge']:g} or more"
    elif "gt" in bounds:
        must = f"more than {bounds['gt']:g}"
    else:
        must = "a whole number"
    return Diagnostic("AF6008", f"limit {name} cannot be {value}", hint=f"it must be {must}")


def approver(approve: Approve) -> Approver:
    """The interceptors' way to ask, from a caller's `approve=`."""

    async def ask(question: HumanInput) -> HumanReply:
        try:
            # in a thread when it may block: a callback that asks at a prompt must not hold up other runs
            decision = (
                approve(question) if is_async(approve) else await THREADS.run(lambda: approve(question))
            )
            if isinstance(decision, Awaitable):
                decision = await decision
        except ForgeError:
            raise
        except Exception as error:
            raise RunError.of(
                "AF5102", "the approve= callback failed", reason=f"{type(error).__name__}: {error}"
            ) from error
        if isinstance(decision, HumanReply):
            return decision
        if isinstance(decision, str):
            return HumanReply("answer" if question.kind != "approval" else "reject", decision)
        return HumanReply("approve" if decision else "reject")

    return ask
