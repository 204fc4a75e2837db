"""One pooled HTTP session for each event loop, closed without anybody having to say so.

The session lives inside an asynchronous generator that is started on the loop: `asyncio.run` closes
such generators when its loop ends (`loop.shutdown_asyncgens`), and the session with them. A loop that
still runs in a background thread when the interpreter exits is served by an exit handler.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import socket
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

_IDLE_S = 60.0
_EXIT_PATIENCE_S = 1.0


class _Held(NamedTuple):
    session: ClientSession
    keeper: AsyncGenerator[None, None]
    pid: int


_held: dict[asyncio.AbstractEventLoop, _Held] = {}


class _Resolver(AbstractResolver):
    """Looks up host names in threads of its own.

    aiohttp's resolver uses the loop's default executor. Frameworks fill that with threads that wait
    for a model, whose reply would then wait for a thread.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, "agentforge-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        look_up = asyncio.get_running_loop().run_in_executor
        infos = await look_up(self._threads, _addresses, host, port, family)
        return [
            {
                "hostname": host,
                "host": str(address[0]),
                "port": int(address[1]),
                "family": kind,
                "proto": protocol,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for kind, _, protocol, _, address in infos
        ]

    async def close(self) -> None:
        """End the threads; a look-up that hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int, family: int) -> list[tuple[Any, Any, int, str, Any]]:
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


async def current_session() -> ClientSession:
    """The session of the running loop, made with the first call."""
    loop = asyncio.get_running_loop()
    held = _held.get(loop)
    if held is not None and not held.session.closed:
        return held.session
    _drop_closed_loops()
    # limit 0: how many runs go on at once is the run engine's business. Cookies of one run must not
    # reach another. trust_env stays off: it looks for a netrc file in a thread with each request.
    resolver = _Resolver()
    session = ClientSession(
        connector=TCPConnector(limit=0, keepalive_timeout=_IDLE_S, resolver=resolver),
        cookie_jar=DummyCookieJar(),
    )
    keeper = _keep(session, resolver)
    await anext(keeper)
    _held[loop] = _Held(session, keeper, os.getpid())
    return session


async def _keep(session: ClientSession, resolver: _Resolver) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        _held.pop(asyncio.get_running_loop(), None)
        await session.close()
        await resolver.close()
        await asyncio.sleep(0)  # transports say goodbye in the loop's next turn


def _drop_closed_loops() -> None:
    """Forget sessions whose loop was closed without closing its generators."""
    for loop, held in list(_held.items()):
        if loop.is_closed():
            _held.pop(loop, None)
            _abandon(held.session)


def _abandon(session: ClientSession) -> None:
    """Close `session` as far as that is possible without its loop, and without a complaint."""
    connector = session.connector
    session.detach()
    if connector is not None:
        with contextlib.suppress(StopIteration, RuntimeError):
            connector.close().__await__().send(None)


@atexit.register
def _close_all() -> None:
    for loop, held in list(_held.items()):
        if held.pid != os.getpid():
            continue  # a forked child: the connections are its parent's
        with contextlib.suppress(Exception):
            if loop.is_closed():
                _abandon(held.session)
            elif loop.is_running():
                closing = asyncio.run_coroutine_threadsafe(_closed(held.keeper), loop)
                closing.result(_EXIT_PATIENCE_S)
            else:
                loop.run_until_complete(_closed(held.keeper))


async def _closed(keeper: AsyncGenerator[None, None]) -> None:
    await keeper.aclose()
