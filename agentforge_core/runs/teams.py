"""The host's own team runner: agents of one team on any mix of adapters, one run, one tree of events."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from agentforge_core.adapter import Unit
from agentforge_core.boundary.members import Control
from agentforge_core.boundary.scope import Scope
from agentforge_core.delegation import (
    delegates,
    manager_agent,
    render_delegated,
    render_managed,
    with_manager,
)
from agentforge_core.errors import ForgeError
from agentforge_core.ir import Program, Task, Team
from agentforge_core.rendering import render_task
from agentforge_core.runs.units import UnitRunner, context_of


class TeamRunner:
    """Runs tasks and teams of one run.

    Args:
        units: drives the agents.
    """

    def __init__(self, units: UnitRunner) -> None:
        self._units = units
        self._run = units.run
        self._job = units.job

    async def team(self, name: str, prompt: str | None, scope: Scope, parent: int | None) -> str:
        """The answer of team `name`: lowered whole where one adapter can, else run by the host."""
        program = self._job.program
        team = program.teams[name]
        around = self._run.opened(Scope("team", name, self._job.limits_of("team", name), scope))
        placed = self._units.place(Unit("team", name, program))
        try:
            if placed.lowered is not None:
                whole = with_manager(program, team) if team.process == "hierarchical" else program
                return await self._units.team(
                    placed, prompt or "", program=whole, scope=around, parent=parent
                )
            return await self.tasks([str(t) for t in team.tasks], around, parent, team=team)
        finally:
            self._run.closed(around)

    async def tasks(
        self,
        names: Sequence[str],
        scope: Scope,
        parent: int | None,
        *,
        team: Team | None = None,
        in_order: bool = True,
    ) -> str:
        """The answer of the last of the named tasks, each run when what it builds on is there.

        Args:
            names: the tasks, each after what it builds on.
            scope: the scope around them.
            parent: number of the event around them.
            team: the team they are done by.
            in_order: whether the task before is the context of one that says nothing.
        """
        running: dict[str, asyncio.Task[str]] = {}
        done: list[str] = []
        try:
            for name in names:
                task = self._job.program.tasks[name]
                needed = context_of(task, done if in_order else ())
                work = self._after(task, needed, running, scope, parent, team)
                running[name] = asyncio.create_task(work)
                done.append(name)
                if not task.async_:
                    await running[name]
            for name in names:
                await running[name]
            return running[names[-1]].result()
        except ForgeError as error:
            self._run.stop(error)  # the others end with the run, side effects under way first
            raise
        finally:
            if self._run.verdict is None:
                for left in running.values():
                    left.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)

    async def _after(
        self,
        task: Task,
        needed: Sequence[str],
        running: Mapping[str, asyncio.Task[str]],
        scope: Scope,
        parent: int | None,
        team: Team | None,
    ) -> str:
        context = [(name, await asyncio.shield(running[name])) for name in needed if name in running]
        return await self.task(task, context, scope, parent, team=team)

    async def task(
        self,
        task: Task,
        context: Sequence[tuple[str, str]],
        scope: Scope,
        parent: int | None,
        *,
        team: Team | None = None,
    ) -> str:
        """The answer to one task."""
        run = self._run
        own = run.opened(Scope("task", task.name, self._job.limits_of("task", task.name), scope))
        seq = run.emit("task.started", task=task.name, parent=parent, data={"agent": task.agent})
        try:
            if team is not None and team.process == "hierarchical":
                text = await self._managed(team, task, render_managed(task, context), own, seq)
            else:
                program, prompt = self._job.program, render_task(task, context)
                text = await self._units.agent(
                    str(task.agent), prompt, program=program, scope=own, parent=seq, task=task
                )
        finally:
            run.closed(own)
        run.emit("task.finished", task=task.name, parent=seq, data={"output": text})
        return text

    async def _managed(self, team: Team, task: Task, prompt: str, scope: Scope, parent: int | None) -> str:
        program = with_manager(self._job.program, team)
        manager = manager_agent(self._job.program, team)
        controls = {
            tool: self._delegate(program, agent, task, scope, parent)
            for tool, agent in delegates(self._job.program, team).items()
        }
        return await self._units.agent(
            manager.name, prompt, program=program, scope=scope, parent=parent, task=task, controls=controls
        )

    def _delegate(
        self, program: Program, agent: str, task: Task, scope: Scope, parent: int | None
    ) -> Control:
        async def delegate(arguments: Mapping[str, Any], caller: str, around: int | None) -> str:
            data = {"to": agent, **arguments}
            self._run.emit("handoff", task=task.name, agent=caller, parent=around, data=data)
            part = Task(name=task.name, agent=agent, description=str(arguments["task"]))
            prompt = render_delegated(arguments)
            return await self._units.agent(
                agent, prompt, program=program, scope=scope, parent=parent, task=part
            )

        return delegate
