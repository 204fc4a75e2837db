"""Makes one run: scopes, interceptors, the root, and how it ended."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

from agentforge_core.boundary.chain import Perform, compose
from agentforge_core.boundary.events import EventType, Sink
from agentforge_core.boundary.interceptors import Approve, Budget, Trace, Validate
from agentforge_core.boundary.run import Run
from agentforge_core.boundary.scope import Scope
from agentforge_core.boundary.tool_errors import ToolErrors
from agentforge_core.errors import ForgeError, OutputError, RunCancelledError, RunError
from agentforge_core.runs.answers import parsed
from agentforge_core.runs.job import Job
from agentforge_core.runs.perform import Performer
from agentforge_core.runs.result import RunResult, RunUsage, Status
from agentforge_core.runs.teams import TeamRunner
from agentforge_core.runs.units import UnitRunner, output_of

_LAST_EVENT: dict[Status, EventType] = {
    "succeeded": "run.finished",
    "cancelled": "run.cancelled",
    "needs_approval": "run.suspended",
    "unknown_outcome": "run.suspended",
}


def new_run_id() -> str:
    """A name for a run: milliseconds since the epoch and 40 random bits, so that names sort by start."""
    return f"{int(time.time() * 1000):011x}-{secrets.token_hex(5)}"


def chain(job: Job, *, observed: bool) -> Perform:
    """The interceptors of `job` in the order of the contract, around its performer."""
    interceptors = (
        *((Trace(),) if observed else ()),
        Validate(),
        Approve(job.approve),
        Budget(job.models.priced),
        ToolErrors(job.approve),
    )
    return compose(interceptors, Performer(job.models, job.approve))


async def execute(job: Job, run_id: str, sink: Sink | None = None, *, deltas: bool = False) -> RunResult:
    """Runs `job` to its end and never raises for what a run can end with.

    Raises:
        CancelledError: the caller cancelled, after the framework was stopped and `run.cancelled` told.
    """
    run = Run(run_id, Scope("run", run_id, job.run_limits), sink, deltas=deltas)
    units = UnitRunner(job, run, chain(job, observed=run.observed))
    data = {"kind": job.root.kind, "name": job.root.name, "labels": dict(job.labels)}
    seq = run.emit("run.started", data=data)
    error: ForgeError | None = None
    output: Any = None
    try:
        output = _value(job, await _root(job, units, seq or None))
    except asyncio.CancelledError:
        cancelled = RunCancelledError.of("AF5004", "the run was cancelled")
        _finished(run, units, None, cancelled, seq or None)
        raise
    except ForgeError as problem:
        error = problem
    finally:
        run.closed(run.scope)
    return _finished(run, units, output, error, seq or None)


async def _root(job: Job, units: UnitRunner, parent: int | None) -> str:
    root, scope = job.root, units.run.scope
    teams = TeamRunner(units)
    if root.kind == "agent":
        return await units.agent(root.name, job.prompt or "", program=job.program, scope=scope, parent=parent)
    if root.kind == "team":
        return await teams.team(root.name, job.prompt, scope, parent)
    return await teams.tasks(root.tasks, scope, parent, in_order=root.kind == "tasks")


def _value(job: Job, text: str) -> Any:
    """The answer as JSON value where what was run last has an output schema."""
    program, root = job.program, job.root
    if root.kind == "agent":
        output = output_of(None, program.agents[root.name])
    elif root.tasks:
        task = program.tasks[root.tasks[-1]]
        managed = root.kind == "team" and program.teams[root.name].process == "hierarchical"
        output = output_of(task, None if managed else program.agents.get(str(task.agent)))
    else:
        output = None
    if output is None:
        return text
    try:
        return parsed(text)
    except ValueError as error:
        raise OutputError.of("AF4301", "the answer of the run is not JSON", reason=str(error)) from None


def _finished(
    run: Run, units: UnitRunner, output: Any, error: ForgeError | None, parent: int | None
) -> RunResult:
    status: Status = "succeeded"
    if error is not None:
        status = error.status if isinstance(error, RunError) else "failed"  # type: ignore[assignment]
    scope = run.scope
    result = RunResult(
        run.run_id,
        status,
        output,
        units.last.info if units.last is not None else None,
        RunUsage(
            scope.model_calls,
            scope.tool_calls,
            scope.input_tokens,
            scope.output_tokens,
            None if scope.unpriced else scope.cost_usd,
        ),
        tuple(units.placements),
        tuple(run.diagnostics),
        error,
    )
    if run.observed:
        kept = result.to_dict()
        data = {k: kept[k] for k in ("status", "output", "usage", "error")}
        run.emit(_LAST_EVENT.get(status, "run.failed"), parent=parent, data=data)
    return result
