"""Connections: pooled, one pool for each loop, and silent at the end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from agentforge_core.gateway.scripted.server import ScriptedServer

SAYS = {"rules": [{"reply": {"text": "hi"}}]}


async def test_calls_one_after_the_other_share_a_connection(router_for, ask, heard):
    async with ScriptedServer(SAYS) as server:
        router = router_for(server.base_url)
        for listener in (None, heard, None, heard):
            await router.answer(ask(), listener)
        assert len({r.port for r in server.meter.requests}) == 1


async def test_hundreds_of_calls_at_once_all_go_out(router_for, ask):
    async with ScriptedServer(SAYS, latency_s=1.0) as server:
        router = router_for(server.base_url)
        replies = await asyncio.gather(*(router.answer(ask()) for _ in range(300)))
        assert {r.text for r in replies} == {"hi"}
        assert server.meter.peak_in_flight == 300
        assert server.meter.count == 300


async def test_cookies_are_not_kept(raw, http, router_for, ask):
    body = b'{"choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}]}'
    server = await raw([http(body, Set_Cookie="who=me; Path=/")])
    router = router_for(server.base_url)
    for _ in range(2):
        await router.answer(ask())
    assert not any("cookie" in head.lower() for head, _ in server.requests)


async def test_host_names_are_looked_up_beside_a_blocked_default_executor(router_for, ask):
    import threading

    done = threading.Event()
    loop = asyncio.get_running_loop()
    blocked = [loop.run_in_executor(None, done.wait) for _ in range(100)]
    try:
        async with ScriptedServer(SAYS) as server:
            router = router_for(server.base_url.replace("127.0.0.1", "localhost"))
            async with asyncio.timeout(10):
                assert (await router.answer(ask())).text == "hi"
    finally:
        done.set()
        await asyncio.gather(*blocked)


@pytest.fixture(scope="module")
def server_url(tmp_path_factory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("script") / "script.json"
    script.write_text('{"rules": [{"reply": {"text": "hi"}}]}')
    command = [sys.executable, "-m", "agentforge_core.gateway.scripted", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()
        assert server.wait(10) == 0


HEAD = """
import asyncio, gc, sys, threading
from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message
from agentforge_core.gateway import ModelRouter
from agentforge_core.ir import Model

class Ear:
    def on_attempt(self, n): pass
    def on_delta(self, text): pass

router = ModelRouter({"m": Model(name="m", model="openai/x", base_url=sys.argv[1])}, None)

async def call(listener=None):
    assert (await router.answer(ModelCall("m", (Message("user", "hi"),)), listener)).text == "hi"

async def main():
    await asyncio.gather(call(), call(Ear()), call())
"""

PROGRAMS = {
    "asyncio.run, twice": """
        asyncio.run(main())
        asyncio.run(main())
    """,
    "the loop of a daemon thread": """
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(main(), loop).result(10)
    """,
    "both at once": """
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(main(), loop).result(10)
        asyncio.run(main())
        asyncio.run_coroutine_threadsafe(main(), loop).result(10)
    """,
    "a loop of one's own, closed well": """
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    """,
    "interrupted": """
        async def interrupted():
            await main()
            raise KeyboardInterrupt
        try:
            asyncio.run(interrupted())
        except KeyboardInterrupt:
            pass
    """,
    "interrupted within a call": """
        import os, signal
        async def interrupted():
            await main()
            asyncio.get_running_loop().call_later(0.001, os.kill, os.getpid(), signal.SIGINT)
            while True:
                await asyncio.gather(call(), call(Ear()))
        try:
            asyncio.run(interrupted())
        except KeyboardInterrupt:
            pass
    """,
    "sys.exit within a call": """
        async def leaving():
            await main()
            sys.exit(0)
        asyncio.run(leaving())
    """,
    "a forked child": """
        import os
        router = ModelRouter(
            {"m": Model(name="m", model="openai/x", base_url=sys.argv[1].replace("127.0.0.1", "localhost"))}, None
        )
        async def forking():
            await main()
            return os.fork()
        child = asyncio.run(forking())
        if child:
            assert os.waitpid(child, 0)[1] == 0
        asyncio.run(main())
    """,
}

CARELESS = {
    "a loop that is never closed": """
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
    """,
    "loops closed and nothing else": """
        for _ in range(3):
            loop = asyncio.new_event_loop()
            loop.run_until_complete(main())
            loop.close()
            del loop
            gc.collect()
    """,
}


def run(server_url: str, program: str, *options: str) -> None:
    code = HEAD + textwrap.dedent(program)
    done = subprocess.run(
        [sys.executable, *options, "-c", code, server_url], capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_nothing_is_printed_at_the_end(server_url, program):
    # Developer mode also logs every callback of more than 0.1 s, such as importing an HTTP client.
    quiet = "import logging; logging.getLogger('asyncio').addFilter(lambda r: 'Executing' not in r.msg)\n"
    run(server_url, quiet + textwrap.dedent(program), "-X", "dev", "-W", "error")


@pytest.mark.slow
@pytest.mark.parametrize("program", CARELESS.values(), ids=CARELESS.keys())
def test_careless_programs_see_nothing_of_ours(server_url, program):
    # In developer mode asyncio itself complains about such a loop.
    run(server_url, program)
