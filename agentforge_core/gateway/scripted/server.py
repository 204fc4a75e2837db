"""A script behind an OpenAI-compatible address on this machine, and a meter of what it is asked."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from pydantic_core import from_json, to_json

from agentforge_core.gateway.scripted.choosing import (
    Conversation,
    ScriptEndedError,
    choose,
    count_tokens,
    fill,
    is_fixed,
)
from agentforge_core.gateway.scripted.faults import Fault
from agentforge_core.gateway.scripted.recording import Meter, Received
from agentforge_core.gateway.scripted.script import Script, ScriptedReply, script_at, script_of
from agentforge_core.gateway.scripted.wire import Prepared, cut_arguments, error_body, prepare

HOST = "127.0.0.1"
"""The only address it listens on."""

_RST = struct.pack("ii", 1, 0)  # SO_LINGER on with 0 s: closing sends RST
_JSON = "application/json"
_PREPARED = 4096


class ScriptedServer:
    """An OpenAI-compatible server that says what its script says; an asynchronous context manager.

    It answers POST on any path that ends in `/chat/completions`, plain and streamed, and GET on
    `/v1/models`, `/meter`; POST on `/meter/reset` begins to count anew.

    Args:
        script: a script, its data, or the path of its file.
        latency_s: pause before each answer.
        faults: by the number of the request, from 1.
        port: port to listen on; 0 takes a free one.
        keep: how many requests the meter keeps; None keeps all.
    """

    def __init__(
        self,
        script: Script | Mapping[str, Any] | Path,
        *,
        latency_s: float = 0.0,
        faults: Mapping[int, Fault] | None = None,
        port: int = 0,
        keep: int | None = None,
    ) -> None:
        if isinstance(script, Path):
            script = script_at(str(script), None)
        self._script = script if isinstance(script, Script) else script_of(script)
        self._latency_s = latency_s
        self._faults = dict(faults or {})
        self._port = port
        self._runner: web.ServerRunner | None = None
        self._prepared: dict[tuple[int, int, str], Prepared] = {}
        self.meter = Meter(deque(maxlen=keep))

    @property
    def base_url(self) -> str:
        """What a model's `base_url` says to be answered from here."""
        return f"http://{HOST}:{self._port}/v1"

    async def __aenter__(self) -> Self:
        server = web.Server(self._handle, access_log=None, handler_cancellation=True)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port, backlog=4096)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST" and request.path.endswith("/chat/completions"):
            meter = self.meter
            meter.in_flight += 1
            meter.peak_in_flight = max(meter.peak_in_flight, meter.in_flight)
            try:
                return await self._complete(request)
            finally:
                meter.in_flight -= 1
        if request.path.endswith("/models"):
            models = [{"id": "scripted", "object": "model", "created": 0, "owned_by": "agentforge"}]
            return _json(to_json({"object": "list", "data": models}))
        if request.path == "/meter":
            return _json(to_json(self.meter.to_dict()))
        if request.path == "/meter/reset":
            self.meter.reset()
            return _json(to_json(self.meter.to_dict()))
        return _json(error_body(f"no such path: {request.path}", "invalid_request_error"), 404)

    async def _complete(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.content.read()  # unlike `request.read`, of any size
        fault = self._faults.get(self._record(request, body))
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        if fault is not None:
            early = await _early(fault, request)
            if early is not None:
                return early
        try:
            asked = from_json(body)
            texts = list(_messages(asked["messages"]))
            prepared = self._prepare(Conversation.of(texts), str(asked.get("model", "")), fault)
        except ScriptEndedError as error:
            return _json(error_body(str(error), "invalid_request_error", "script_ended"), 400)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"not a chat completions request: {type(error).__name__}"
            return _json(error_body(message, "invalid_request_error"), 400)
        tokens_in = count_tokens([text for _, text in texts])
        if asked.get("stream"):
            with_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            return await _send_stream(request, prepared.stream(tokens_in, with_usage=with_usage), fault)
        return await _send_whole(request, prepared.completion(tokens_in), fault)

    def _record(self, request: web.BaseRequest, body: bytes) -> int:
        meter = self.meter
        meter.count += 1
        if meter.requests.maxlen != 0:
            peer = request.transport.get_extra_info("peername") if request.transport else None
            headers = {name.lower(): value for name, value in request.headers.items()}
            port = peer[1] if peer else 0
            meter.requests.append(Received(meter.count, request.path_qs, headers, body, port))
        return meter.count

    def _prepare(self, conversation: Conversation, model: str, fault: Fault | None) -> Prepared:
        reply = choose(self._script, conversation)
        if fault is not None:
            return prepare(_spoilt(reply, conversation, fault), model)
        if not is_fixed(reply):
            return prepare(fill(reply, conversation), model)
        key = (id(reply), conversation.said, model)
        prepared = self._prepared.get(key)
        if prepared is None:
            if len(self._prepared) >= _PREPARED:
                self._prepared.clear()
            prepared = self._prepared[key] = prepare(fill(reply, conversation), model)
        return prepared


def _spoilt(reply: ScriptedReply, conversation: Conversation, fault: Fault) -> Any:
    answer = fill(reply, conversation)
    if fault.kind == "truncated-arguments":
        return cut_arguments(answer)
    if fault.kind == "finish-reason":
        return replace(answer, finish_reason="tired")  # type: ignore[arg-type]
    return answer


def _messages(messages: Any) -> Iterator[tuple[str, str]]:
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            content = "".join(str(part.get("text", "")) for part in content)
        yield str(message["role"]), str(content or "")


def _json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=body, status=status, headers=headers, content_type=_JSON)


async def _early(fault: Fault, request: web.BaseRequest) -> web.StreamResponse | None:
    """The response of a fault that needs no reply of the script; None lets the request go on."""
    match fault.kind:
        case "status":
            body = error_body(f"scripted status {fault.status}", "scripted_fault")
            return _json(fault.body if fault.body is not None else body, fault.status, fault.headers)
        case "slow-headers":
            await asyncio.sleep(fault.seconds)
        case "close":
            _cut(request)
            return web.Response()
        case "invalid-json":
            return _json(b'{"id": "chatcmpl-scripted", "choices": [')
        case "content-type":
            return web.Response(text="<html><title>Sign in</title></html>", content_type="text/html")
        case "no-choices":
            return _json(b'{"id":"chatcmpl-scripted","object":"chat.completion","choices":[]}')
        case _:
            pass
    return None


async def _send_whole(request: web.BaseRequest, body: bytes, fault: Fault | None) -> web.StreamResponse:
    if fault is None:
        return _json(body)
    half = len(body) // 2
    return await _send_parts(request, _JSON, [body[:half], body[half:]], fault)


async def _send_stream(
    request: web.BaseRequest, events: list[bytes], fault: Fault | None
) -> web.StreamResponse:
    half = len(events) // 2
    parts = [b"".join(events)] if fault is None else [b"".join(events[:half]), b"".join(events[half:])]
    return await _send_parts(request, "text/event-stream", parts, fault)


async def _send_parts(
    request: web.BaseRequest, content_type: str, parts: list[bytes], fault: Fault | None
) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = content_type
    await response.prepare(request)
    await response.write(parts[0])
    if fault is not None and fault.kind in {"close-mid-body", "reset-mid-body"}:
        _cut(request, reset=fault.kind == "reset-mid-body")
        return response
    for part in parts[1:]:
        if fault is not None and fault.kind == "slow-body":
            await asyncio.sleep(fault.seconds)
        await response.write(part)
    await response.write_eof()
    return response


def _cut(request: web.BaseRequest, *, reset: bool = False) -> None:
    """End the connection without another byte."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
        transport.abort()
    else:
        transport.close()
