"""The port: the only thing of the host that an adapter, and through it a framework, ever touches."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Literal, Protocol

from agentforge_core.boundary.effects import (
    HumanInput,
    HumanReply,
    ModelCall,
    ModelReply,
    ToolCall,
    ToolReply,
)
from agentforge_core.errors import AdapterContractError

NoteKind = Literal["agent.started", "agent.finished", "handoff"]


class Unwind(Exception):  # noqa: N818 - not an error: how a stopped framework is left
    """Raised by a released model wrapper so that the framework unwinds. Its verdict is elsewhere."""


class ThreadUnwind(BaseException):
    """The same in a worker thread, where some frameworks retry or print every `Exception`."""


class BlockingHost(Protocol):
    """The port for threads. Never to be called on the host's own event loop."""

    def model(self, call: ModelCall) -> ModelReply:
        """Blocking twin of `Host.model`."""

    def tool(self, call: ToolCall) -> ToolReply:
        """Blocking twin of `Host.tool`."""

    def ask(self, question: HumanInput) -> HumanReply:
        """Blocking twin of `Host.ask`."""

    def task_output(self, task: str, text: str) -> str:
        """Blocking twin of `Host.task_output`."""


class Host(Protocol):
    """What the host gives an adapter while a run lives. Safe to share by everything in that run."""

    @property
    def blocking(self) -> BlockingHost:
        """The twins for threads."""

    async def model(self, call: ModelCall) -> ModelReply:
        """Has a model answer. Raises only to unwind a stopped run: let it pass."""

    async def tool(self, call: ToolCall) -> ToolReply:
        """Has a tool run. Never raises: a failed tool is a reply with an error text."""

    async def ask(self, question: HumanInput) -> HumanReply:
        """Has a person decide."""

    async def task_output(self, task: str, text: str) -> str:
        """Ends a task inside a team that was lowered whole; returns the text to go on with."""

    def note(
        self, kind: NoteKind, agent: str, *, task: str | None = None, data: Mapping[str, Any] | None = None
    ) -> None:
        """Tells that an agent of a team started, finished or handed over. Thread-safe."""


CURRENT: ContextVar[Host] = ContextVar("agentforge_host")
"""The host of the run that the running code belongs to; set in the run's inner task."""


def current_host() -> Host:
    """The host of the run that is calling; how an object shared by many runs finds its own.

    Raises:
        AdapterContractError: called outside a run, or in a thread started without the run's context.
    """
    try:
        return CURRENT.get()
    except LookupError:
        raise AdapterContractError.of(
            "AF9002",
            "a model or tool of the framework was called outside a run",
            reason="no host is set in this context",
            hint="a thread started by hand must run inside contextvars.copy_context()",
        ) from None
