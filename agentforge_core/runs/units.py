"""Drives one unit: an agent or a team that was lowered whole."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from agentforge_core.adapter import RunInput, Unit
from agentforge_core.boundary.chain import Perform
from agentforge_core.boundary.drive import Drive
from agentforge_core.boundary.members import Control, Members
from agentforge_core.boundary.run import Run
from agentforge_core.boundary.scope import Scope
from agentforge_core.boundary.seat import Seat
from agentforge_core.errors import ForgeError, RunError
from agentforge_core.ir import Agent, Output, Program, Task, format_path
from agentforge_core.runs.answers import fitting
from agentforge_core.runs.job import Job, Placed


class UnitRunner:
    """Runs units of one run and remembers where each was placed.

    Args:
        job: what is run.
        run: the run.
        perform: the interceptor chain.
    """

    def __init__(self, job: Job, run: Run, perform: Perform) -> None:
        self.job = job
        self.run = run
        self._perform = perform
        self.placements: list[dict[str, Any]] = []
        self.last: Placed | None = None

    def place(self, unit: Unit) -> Placed:
        """Where `unit` runs; its remarks go into the result."""
        placed = self.job.place(unit)
        for diagnostic in placed.diagnostics:
            self.run.diagnose(diagnostic)
        row = {unit.kind: unit.name, "adapter": placed.info.to_dict(), "level": placed.level}
        if row not in self.placements:
            self.placements.append(row)
        return placed

    async def agent(
        self,
        name: str,
        prompt: str,
        *,
        program: Program,
        scope: Scope,
        parent: int | None,
        task: Task | None = None,
        controls: Mapping[str, Control] | None = None,
    ) -> str:
        """The answer of agent `name` to `prompt`, checked against the task's or its own output schema."""
        unit = Unit("agent", name, program)
        placed = self.place(unit)
        assert placed.lowered is not None  # noqa: S101 - agents are always lowered
        lowered = placed.lowered
        output = output_of(task, unit.agent)
        task_name = task.name if task is not None else None
        members = self._members(program, name, task_name, scope, parent, output, controls)
        run_input = RunInput(prompt, task_name, output.schema_ if output else None)

        async def start(seat: Seat) -> str:
            ended = await lowered.run(run_input, seat)
            if output is None:
                return ended.text
            return await fitting(seat, output, ended.text, task=task_name, agent=name)

        members.scope_of(name, task_name)  # its clock starts now, not with its first call
        members.adapter = placed.info.name
        members.note("agent.started", name, task_name, None)
        text = await self._drive(placed, members, start)
        members.note("agent.finished", name, task_name, {"output": text})
        return text

    async def team(
        self, placed: Placed, prompt: str, *, program: Program, scope: Scope, parent: int | None
    ) -> str:
        """The answer of a team that was lowered whole."""
        assert placed.lowered is not None  # noqa: S101 - the caller has looked
        lowered = placed.lowered
        members = self._members(program, "", None, scope, parent, None, None)
        members.finish, members.adapter = self._finish_task, placed.info.name

        async def start(seat: Seat) -> str:
            return (await lowered.run(RunInput(prompt), seat)).text

        return await self._drive(placed, members, start)

    async def _finish_task(self, seat: Seat, task: str, agent: str, text: str) -> str:
        output = output_of(self.job.program.tasks[task], self.job.program.agents.get(agent))
        return text if output is None else await fitting(seat, output, text, task=task, agent=agent)

    def _members(
        self,
        program: Program,
        agent: str,
        task: str | None,
        scope: Scope,
        parent: int | None,
        output: Output | None,
        controls: Mapping[str, Control] | None,
    ) -> Members:
        schema = output.schema_ if output is not None else None
        return Members(
            self.run, program, scope, agent, task, parent, self.job.limits_of, schema, controls or {}
        )

    async def _drive(
        self, placed: Placed, members: Members, start: Callable[[Seat], Coroutine[Any, Any, str]]
    ) -> str:
        self.last = placed
        drive = Drive(self.run, placed.subject)
        seat = Seat(drive, self._perform, members)
        try:
            return await drive.run(seat, lambda: start(seat))
        except ForgeError as error:
            self.run.stop(error)
            raise
        except Exception as error:
            verdict = _raised(placed, members, error)
            self.run.stop(verdict)
            raise verdict from error
        finally:
            members.close()
            seat.close()


def _raised(placed: Placed, members: Members, error: Exception) -> RunError:
    return RunError.of(
        "AF4203",
        f"{placed.subject} raised {type(error).__name__}",
        path=format_path(("agents", members.agent)) if members.agent else None,
        subject=placed.subject,
        reason=str(error) or None,
        hint="--debug shows the traceback",
    )


def output_of(task: Task | None, agent: Agent | None) -> Output | None:
    """The output a task's answer must have: the task's own, else its agent's."""
    if task is not None and task.output is not None:
        return task.output
    return agent.output if agent is not None else None


def context_of(task: Task, done: Sequence[str]) -> tuple[str, ...]:
    """Names of the tasks whose answers `task` sees; the previous one when it says nothing."""
    if task.context is None:
        return tuple(done[-1:])
    return tuple(c if isinstance(c, str) else c.name for c in task.context)
