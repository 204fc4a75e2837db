"""The door: the only module that knows all rooms. Six hops from a file to an answer.

read (document) - upgrade (compat) - build (ir) - select (registry) - lower (adapter) - run (runs)
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agentforge_core.adapter import Unit
from agentforge_core.boundary.events import Event, Sink
from agentforge_core.boundary.interceptors import nobody
from agentforge_core.calls import (
    Approve,
    Parts,
    approver,
    check_prompt,
    filled,
    parts_of,
    root_of,
    run_limits,
)
from agentforge_core.delegation import manager_agent
from agentforge_core.document.build import build
from agentforge_core.document.places import diagnose, located
from agentforge_core.document.source import Source, read
from agentforge_core.errors import DocumentError, ForgeError, UsageError
from agentforge_core.gateway import ModelRouter
from agentforge_core.ir import Agent, BaseLimits, Program, Task, Team, link, verify
from agentforge_core.placement import On, Placer, Wishes, misplaced
from agentforge_core.runs.background import run_sync
from agentforge_core.runs.engine import execute, new_run_id
from agentforge_core.runs.features import not_yet, refuse_missing
from agentforge_core.runs.job import Job, Place, Root
from agentforge_core.runs.python_tools import load_tools
from agentforge_core.runs.result import RunResult
from agentforge_core.runs.threads import THREADS


def load(path: str | os.PathLike[str]) -> Forge:
    """The document at `path`, read, upgraded, built and verified.

    Raises:
        NotFoundError: there is no such file.
        DocumentError: it is invalid; all problems, each with file, line and column.
    """
    return Forge.of_file(Path(path))


@dataclass(frozen=True, slots=True)
class _Ready:
    """What all runs of one root on one model share, checked once: a program never changes.

    Attributes:
        program: the program on that model, its tools loaded.
        parts: what a run uses of it.
        wanted: names of the placeholders in their texts.
        router: who answers its model calls.
    """

    program: Program
    parts: Parts
    wanted: tuple[str, ...]
    router: ModelRouter


class Forge:
    """A verified program, ready to run many times and at once; lowering is cached.

    Args:
        program: the linked program.
        source: the document it came from, for positions in messages; None for Python objects.
    """

    def __init__(self, program: Program, source: Source | None = None) -> None:
        self.program = program
        self.source = source
        self._placer = Placer()
        self._preparing = threading.Lock()
        self._prepared_before: set[tuple[str | None, ...]] = set()
        self._loaded: dict[Parts, Program] = {}
        self._routers: dict[str | None, ModelRouter] = {}
        self._ready_roots: dict[tuple[Root, str | None], _Ready] = {}

    @classmethod
    def of_file(cls, path: Path) -> Forge:
        """See `load`."""
        from agentforge_compat.documents import upgrade

        source = read(path)  # 1 read
        source = upgrade(source)  # 2 upgrade
        return cls(build(source), source)  # 3 build; 4 to 6 belong to a run

    @classmethod
    def of_nodes(cls, *nodes: Agent | Task | Team) -> Forge:
        """A forge of Python objects.

        Raises:
            UsageError: two different nodes have one name, or something refers to what is not there.
        """
        try:
            program = link(*nodes)
        except ValueError as error:
            raise UsageError.of("AF6004", str(error)) from None
        forge = cls(program)
        forge.verify(models=False)
        return forge

    def verify(self, program: Program | None = None, *, models: bool = True) -> None:
        """Looks for problems that cross nodes.

        Args:
            program: what to look at; this forge's own when left out.
            models: whether an agent without any model is a problem.

        Raises:
            DocumentError: with all of them.
        """
        program = program or self.program
        problems = [p for p in verify(program) if models or p.code != "AF1102"]
        problems += misplaced(program)
        if problems:
            raise DocumentError(*diagnose(self.source, problems))

    # -- running --------------------------------------------------------------------------------

    async def run(
        self,
        name: str | None = None,
        *,
        prompt: str | None = None,
        on: On | None = None,
        inputs: Mapping[str, Any] | None = None,
        model: str | None = None,
        limits: BaseLimits | Mapping[str, float] | None = None,
        labels: Mapping[str, str] | None = None,
        approve: Approve | None = None,
        session: str | None = None,
        sink: Sink | None = None,
        deltas: bool = False,
    ) -> RunResult:
        """Runs a team, task or agent and returns how it ended; a failed run does not raise.

        Args:
            name: what to run; without it the only team, else all tasks, else the only agent.
            prompt: what is said to an agent, or to a team without tasks.
            on: where; over every `on:` of the document. A mapping places single agents.
            inputs: values of the `{placeholders}`.
            model: `provider/name` or a key of `models`, for every agent.
            limits: limits of this run, over those at the top of the document.
            labels: labels of this run, added to the document's.
            approve: decides about tools that need approval; without it such a run ends with a status.
            session: not in this release.
            sink: takes the events.
            deltas: whether the sink wants text while models speak.

        Raises:
            ForgeError: the call or the document is wrong, or no adapter can; nothing has run then.
        """
        if session is not None:
            raise not_yet("sessions", hint="run without session=")
        run_id = new_run_id()
        with self._places():
            prepare = partial(self._job, name, prompt, on, inputs or {}, model, limits, labels or {}, approve)
            job = await self._prepared(prepare, (name, model, repr(on)))
        result = await execute(job, run_id, sink, deltas=deltas)  # 6 run
        if result.error is not None and self.source is not None:
            result.error.diagnostics = located(self.source, result.error.diagnostics)
        return result

    def run_sync(self, name: str | None = None, **arguments: Any) -> RunResult:
        """`run` for callers without an event loop; takes the same arguments."""
        return run_sync(self.run(name, **arguments))

    async def stream(self, name: str | None = None, **arguments: Any) -> AsyncIterator[Event]:
        """Runs and yields the events, text deltas included; leaving the loop cancels the run.

        Takes the arguments of `run`. The last event holds status, output, usage and error.
        """
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        task = asyncio.ensure_future(self.run(name, sink=queue.put_nowait, deltas=True, **arguments))
        task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (event := await queue.get()) is not None:
                yield event
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def lowered(self, name: str | None = None, *, on: On | None = None, model: str | None = None) -> str:
        """What a run would hand to the framework, as text: its native objects, unit by unit.

        Raises:
            ForgeError: as `run`.
        """
        program = self.program if model is None else self.program.with_model(model)
        self.verify(program)
        root = root_of(program, name)
        parts = parts_of(program, root)
        program = self._with_tools(program, parts)
        wishes, team = Wishes.of(on, program), root.name if root.kind == "team" else None
        place = partial(self._placer.place, wishes=wishes, team=team, key=("lower", model))
        units = [Unit("team", t, program) for t in parts.teams]
        units = [u for u in units if place(u).lowered is not None] or [
            Unit("agent", a, program) for a in parts.agents
        ]
        texts = []
        for unit in units:
            placed = place(unit)
            assert placed.lowered is not None  # noqa: S101 - agents always are, teams were looked at
            texts.append(f"# {unit.kind} {unit.name} on {placed.subject}\n{placed.lowered.describe()}")
        return "\n\n".join(texts)

    @contextmanager
    def _places(self) -> Iterator[None]:
        """What is wrong gets file, line and column where its path is in the document."""
        try:
            yield
        except ForgeError as error:
            if self.source is not None:
                error.diagnostics = located(self.source, error.diagnostics)
            raise

    # -- from a call to a job -------------------------------------------------------------------

    async def _prepared(self, prepare: Callable[[], Job], key: tuple[str | None, ...]) -> Job:
        """The job; the first time in a thread, for importing a framework takes seconds and the loop has others."""
        if key in self._prepared_before:
            return prepare()

        def first() -> Job:
            with self._preparing:  # many first runs at once import, load and lower once
                return prepare()

        job = await THREADS.run(first)
        self._prepared_before.add(key)
        return job

    def _job(
        self,
        name: str | None,
        prompt: str | None,
        on: On | None,
        inputs: Mapping[str, Any],
        model: str | None,
        limits: BaseLimits | Mapping[str, float] | None,
        labels: Mapping[str, str],
        approve: Approve | None,
    ) -> Job:
        root = root_of(self.program, name)
        check_prompt(self.program, root, prompt)
        ready = self._ready(root, model)
        program = filled(ready.program, ready.parts, ready.wanted, inputs)
        wishes = Wishes.of(on, ready.program)
        team = root.name if root.kind == "team" else None
        key = (model, tuple(sorted((k, str(v)) for k, v in inputs.items())))
        place = partial(self._placer.place, wishes=wishes, team=team, key=key)
        _place_all(place, program, ready.parts)
        return Job(
            program,
            root,
            prompt,
            place,
            ready.router,
            run_limits(ready.program, limits),
            {**ready.program.labels, **labels},
            nobody if approve is None else approver(approve),
        )

    def _ready(self, root: Root, model: str | None) -> _Ready:
        """`root` on `model`, verified, nothing of it missing in this release, its tools loaded.

        What fails is not kept: a key that is set later is seen.
        """
        ready = self._ready_roots.get((root, model))
        if ready is None:
            program = self.program if model is None else self.program.with_model(model)
            parts = parts_of(program, root)
            self._check_models(program, parts, model)
            refuse_missing(program, parts.agents, parts.tasks, parts.teams)
            program = self._with_tools(program, parts)
            wanted = program.placeholders(parts.agents, parts.tasks)
            if not wanted:  # what {{braces}} stand for does not depend on inputs
                program = program.filled({}, parts.agents, parts.tasks)
            ready = _Ready(program, parts, wanted, self._router(program, model))
            self._ready_roots[root, model] = ready
        return ready

    def _check_models(self, program: Program, parts: Parts, model: str | None) -> None:
        """Before anything runs: every model in use can be called at all."""
        self.verify(program)
        router = self._router(program, model)
        agents = [program.agents[a] for a in parts.agents]
        agents += [
            manager_agent(program, program.teams[t])
            for t in parts.teams
            if program.teams[t].process == "hierarchical"
        ]
        for used in dict.fromkeys(map(program.model_name_of, agents)):
            router.prepare(used)

    def _router(self, program: Program, model: str | None) -> ModelRouter:
        if model not in self._routers:
            folder = self.source.folder if self.source is not None else None
            self._routers[model] = ModelRouter(program.all_models, folder)
        return self._routers[model]

    def _with_tools(self, program: Program, parts: Parts) -> Program:
        """`program` with the tools of what runs loaded, once for all runs."""
        if parts not in self._loaded:
            used = dict.fromkeys(t.name for a in parts.agents for t in program.tools_of(program.agents[a]))
            folder = self.source.folder if self.source is not None else None
            self._loaded[parts] = load_tools(program, used, folder)
        return program.model_copy(update={"tools": self._loaded[parts].tools})


def _place_all(place: Place, program: Program, parts: Parts) -> None:
    """Hops 4 and 5 for everything that is known to run, so that what cannot be is said before anything is."""
    for team in parts.teams:
        if place(Unit("team", team, program)).lowered is not None:
            return
    for agent in parts.agents:
        place(Unit("agent", agent, program))
