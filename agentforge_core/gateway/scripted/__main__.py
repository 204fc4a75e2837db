"""Runs the scripted server: `python -m agentforge_core.gateway.scripted SCRIPT [options]`.

Prints its base URL as the first line on stdout and ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from agentforge_core.errors import ForgeError, UsageError
from agentforge_core.gateway.scripted.faults import Fault, parse_fault
from agentforge_core.gateway.scripted.server import ScriptedServer


def main(arguments: list[str] | None = None) -> int:
    """Run the server until it is told to end; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m agentforge_core.gateway.scripted",
        description="Serve a script as an OpenAI-compatible endpoint on 127.0.0.1.",
    )
    parser.add_argument("script", type=Path, help="the script, YAML or JSON")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="pause before each answer")
    parser.add_argument(
        "--keep", type=int, default=0, metavar="N", help="requests kept in memory (default: 0)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="NUMBER:KIND[=VALUE][;HEADER=VALUE]",
        help="what goes wrong with a request, such as 1:status=429;retry-after=1; repeatable",
    )
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except ForgeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _fault(text: str) -> tuple[int, Fault]:
    try:
        return parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


async def _serve(options: argparse.Namespace) -> None:
    server = ScriptedServer(
        options.script,
        latency_s=options.latency / 1000,
        faults=dict(options.fault),
        port=options.port,
        keep=options.keep,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    try:
        await server.__aenter__()
    except OSError as error:
        raise UsageError.of(
            "AF4031",
            f"cannot listen on port {options.port}: {error.strerror or error}",
            hint="leave --port out to take a free one",
        ) from None
    try:
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await server.__aexit__()


if __name__ == "__main__":
    sys.exit(main())
