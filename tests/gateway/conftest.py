"""Servers and small builders for the gateway's tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message
from agentforge_core.gateway import ModelRouter
from agentforge_core.gateway.openai_compatible.retry import RetryPolicy
from agentforge_core.ir import Model


@dataclass
class Heard:
    """A delta listener that keeps everything."""

    log: list[int | str] = field(default_factory=list)

    def on_attempt(self, attempt: int) -> None:
        self.log.append(attempt)

    def on_delta(self, text: str) -> None:
        self.log.append(text)

    @property
    def attempts(self) -> list[int]:
        return [entry for entry in self.log if isinstance(entry, int)]

    @property
    def text(self) -> str:
        """What a reader keeps who drops everything at a new attempt."""
        kept = ""
        for entry in self.log:
            kept = "" if isinstance(entry, int) else kept + entry
        return kept


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def ask() -> Callable[..., ModelCall]:
    """A model call for the model `m` with one user message, unless more is said."""

    def build(*messages: Message, **fields: object) -> ModelCall:
        return ModelCall("m", messages or (Message("user", "hello"),), **fields)  # type: ignore[arg-type]

    return build


@pytest.fixture
def router_for() -> Callable[..., ModelRouter]:
    """A router with the one model `m` at a base URL, whose retries take no time."""

    def build(base_url: str, attempts: int = 3, deadline_s: float = 600.0, **fields: object) -> ModelRouter:
        model = Model.model_validate({"name": "m", "model": "openai/tester", "base_url": base_url, **fields})
        policy = RetryPolicy(attempts=attempts, backoff_s=0.001, deadline_s=deadline_s)
        return ModelRouter({"m": model}, None, retry=policy)

    return build


class RawServer:
    """Answers each request with given bytes, in given pieces, and closes unless told to keep open.

    A piece that is None ends the connection with a reset; a float waits; the last answer is repeated.
    """

    def __init__(self, answers: Sequence[Sequence[bytes | float | None]]) -> None:
        self._answers = answers
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests: list[tuple[str, bytes]] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    @property
    def base_url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1])
                for line in head.splitlines()
                if line.lower().startswith("content-length")
            )
            self.requests.append((head, await reader.readexactly(length)))
            answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
            for piece in answer:
                if piece is None:
                    writer.transport.abort()
                elif isinstance(piece, float):
                    await asyncio.sleep(piece)
                else:
                    writer.write(piece)
                    await writer.drain()
        writer.close()


@pytest.fixture
async def raw() -> AsyncIterator[Callable[..., object]]:
    """Starts servers that answer with given bytes; stops them at the end."""
    started: list[RawServer] = []

    async def start(*answers: Sequence[bytes | float | None]) -> RawServer:
        server = RawServer(answers)
        await server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        await server.stop()


@pytest.fixture
def http() -> Callable[..., bytes]:
    """The bytes of a response; without a length its end is the end of the connection."""

    def build(
        body: bytes, content_type: str = "application/json", status: str = "200 OK", **headers: str
    ) -> bytes:
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    return build
