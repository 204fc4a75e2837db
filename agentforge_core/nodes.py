"""What Python users write: IR nodes that can run themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self

from pydantic import PrivateAttr

from agentforge_core import ir
from agentforge_core.boundary.events import Event
from agentforge_core.runs.result import RunResult

if TYPE_CHECKING:
    from agentforge_core.forge import Forge


class _Runnable(ir.Node):
    """Adds running to a node; the forge behind it is made at the first run and kept."""

    _forge: Forge | None = PrivateAttr(default=None)

    def __copy__(self) -> Self:
        copied = super().__copy__()
        # what is about to be changed in the copy is not in its forge
        copied._forge = None  # noqa: SLF001 - own class
        return copied

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return super(_Runnable, self.__copy__()).__deepcopy__(memo)

    def __getstate__(self) -> dict[Any, Any]:
        return super(_Runnable, self.__copy__()).__getstate__()

    def forge(self) -> Forge:
        """This node and all it refers to, linked, verified and ready to run.

        Raises:
            ForgeError: something refers to what is not there.
        """
        forge = self._forge
        if forge is None:
            from agentforge_core.forge import Forge

            forge = self._forge = Forge.of_nodes(self)  # type: ignore[arg-type]
        return forge


class Agent(_Runnable, ir.Agent):
    """One agent, neutral of any framework. Keys are those of a document's agent, plus `name`."""

    async def run(self, prompt: str | None = None, **arguments: Any) -> RunResult:
        """Says `prompt` to the agent; arguments are those of `Forge.run`.

        Raises:
            ForgeError: the call is wrong or no adapter can; a failed run does not raise.
        """
        return await self.forge().run(self.name, prompt=prompt, **arguments)

    def run_sync(self, prompt: str | None = None, **arguments: Any) -> RunResult:
        """`run` for callers without an event loop."""
        return self.forge().run_sync(self.name, prompt=prompt, **arguments)

    def stream(self, prompt: str | None = None, **arguments: Any) -> AsyncIterator[Event]:
        """Runs and yields the events; the last one holds status and output."""
        return self.forge().stream(self.name, prompt=prompt, **arguments)


class Task(_Runnable, ir.Task):
    """One piece of work for one agent."""

    async def run(self, **arguments: Any) -> RunResult:
        """Does the task; arguments are those of `Forge.run`."""
        return await self.forge().run(self.name, **arguments)

    def run_sync(self, **arguments: Any) -> RunResult:
        """`run` for callers without an event loop."""
        return self.forge().run_sync(self.name, **arguments)

    def stream(self, **arguments: Any) -> AsyncIterator[Event]:
        """Runs and yields the events; the last one holds status and output."""
        return self.forge().stream(self.name, **arguments)


class Team(_Runnable, ir.Team):
    """Agents that work together."""

    async def run(self, prompt: str | None = None, **arguments: Any) -> RunResult:
        """Runs the team; arguments are those of `Forge.run`."""
        return await self.forge().run(self.name, prompt=prompt, **arguments)

    def run_sync(self, prompt: str | None = None, **arguments: Any) -> RunResult:
        """`run` for callers without an event loop."""
        return self.forge().run_sync(self.name, prompt=prompt, **arguments)

    def stream(self, prompt: str | None = None, **arguments: Any) -> AsyncIterator[Event]:
        """Runs and yields the events; the last one holds status and output."""
        return self.forge().stream(self.name, prompt=prompt, **arguments)
