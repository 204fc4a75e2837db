"""Runs what a request asks for: once, or once on each adapter of a comparison."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Any

from agentforge_core.cli import approvals
from agentforge_core.cli.blame import model_given
from agentforge_core.cli.interrupts import Interrupts
from agentforge_core.cli.listening import Listener, Progress
from agentforge_core.cli.progress import choose
from agentforge_core.cli.request import Request
from agentforge_core.cli.shapes import no_run
from agentforge_core.cli.streams import Answer, say
from agentforge_core.cli.values import Place
from agentforge_core.errors import DocumentError, ForgeError, RunCancelledError, UsageError
from agentforge_core.forge import Forge
from agentforge_core.runs.result import RunResult


@dataclass(frozen=True, slots=True)
class Ended:
    """One run that is over.

    Attributes:
        place: where it was asked to go.
        seconds: how long it took.
        models: names of the models it called.
        result: how it ended; None when no adapter could take it.
        error: why it did not succeed.
    """

    place: Place
    seconds: float
    models: tuple[str, ...] = ()
    result: RunResult | None = None
    error: ForgeError | None = None

    @property
    def exit_code(self) -> int:
        """Exit code of this run alone."""
        if self.result is not None:
            return self.result.exit_code
        return self.error.exit_code if self.error is not None else 0

    def to_dict(self) -> dict[str, Any]:
        """The object of `--json`."""
        if self.result is not None:
            return self.result.to_dict()
        assert self.error is not None  # noqa: S101 - an end has one or the other
        return no_run(self.error)


class Runner:
    """Makes the runs of one command.

    Args:
        forge: the document.
        request: what was asked.
        prompt: the text of `--prompt`.
        answer: stdout.
    """

    def __init__(self, forge: Forge, request: Request, prompt: str | None, answer: Answer) -> None:
        self._forge = forge
        self._request = request
        self._prompt = prompt
        self._answer = answer
        self._progress: Progress | None = None
        self._listener: Listener | None = None

    async def run(self, place: Place) -> Ended:
        """One run, on the current loop. Ctrl-C and SIGTERM cancel it.

        Raises:
            ForgeError: it could not begin.
        """
        with Interrupts(self._stopping, self._leave_at_once) as interrupts:
            self._progress = choose(self._request.quiet)
            events = self._answer if self._request.events else None
            listener = self._listener = Listener(self._progress, events, interrupts.cancel)
            began = time.perf_counter()
            self._progress.start()
            try:
                with model_given(self._request.model, self._forge.program):
                    result = await self._forge.run(
                        self._request.name,
                        prompt=self._prompt,
                        on=place.on,
                        inputs=self._request.inputs,
                        model=self._request.model,
                        limits=self._request.limits or None,
                        labels=self._request.labels,
                        approve=approvals.AtTerminal(self._progress) if approvals.possible() else None,
                        sink=listener,
                        deltas=self._request.events,
                    )
            except asyncio.CancelledError:
                result = listener.cancelled()
            finally:
                self._progress.stop()
            seconds = time.perf_counter() - began
        return Ended(place, seconds, tuple(listener.models), result, result.error)

    async def compare(self, places: tuple[Place, ...]) -> list[Ended]:
        """One run after the other; an adapter that cannot is an end like any other. A cancel ends the rest.

        Raises:
            UsageError, DocumentError: the first could not begin for a reason that all share.
        """
        found: list[Ended] = []
        for place in places:
            began = time.perf_counter()
            try:
                found.append(await self.run(place))
            except (UsageError, DocumentError):
                raise
            except ForgeError as error:
                found.append(Ended(place, time.perf_counter() - began, error=error))
            if found[-1].exit_code == RunCancelledError.exit_code:
                break
        return found

    def _stopping(self) -> None:
        if not self._request.quiet:
            say("stopping; Ctrl-C again ends at once")

    def _leave_at_once(self) -> None:
        """The second Ctrl-C: no more waiting, for nobody."""
        try:
            if self._progress is not None:
                self._progress.stop()
            if self._request.as_json and self._listener is not None:
                self._answer.json(self._listener.cancelled().to_dict())
            say("cancelled at once; what was under way may have happened")
        finally:
            os._exit(RunCancelledError.exit_code)
