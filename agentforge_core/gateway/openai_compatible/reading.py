"""Reading a response: as one JSON object, or as a stream of chunks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

from aiohttp import ClientError, ClientResponse
from pydantic_core import from_json

from agentforge_core.boundary.effects import ModelCall, ModelReply
from agentforge_core.gateway.client import DeltaListener
from agentforge_core.gateway.openai_compatible.endpoint import Endpoint
from agentforge_core.gateway.openai_compatible.events import EventDecoder
from agentforge_core.gateway.openai_compatible.failures import (
    RequestFailed,
    from_error_object,
    from_status,
    provider_message,
    request_id,
)
from agentforge_core.gateway.openai_compatible.reply import ReplyBuilder

LONGEST_ERROR_BODY = 65536
"""Bytes of an error body that are read; the message in it is shorter."""

_STREAM_TYPE = "text/event-stream"
_END_PATIENCE_S = 0.25
_ADDRESS_HINT = "check `base_url`: it should be the API's address, such as http://127.0.0.1:8000/v1"


async def read_failure(response: ClientResponse, endpoint: Endpoint) -> RequestFailed:
    """The failure that a response without status 2xx stands for."""
    body = b""
    with contextlib.suppress(ClientError, TimeoutError):
        while len(body) < LONGEST_ERROR_BODY and not response.content.at_eof():
            body += await response.content.read(LONGEST_ERROR_BODY - len(body))
    return from_status(response.status, response.headers, body, endpoint)


async def read_whole(response: ClientResponse, call: ModelCall, endpoint: Endpoint) -> ModelReply:
    """The reply in a response that is one JSON object.

    Raises:
        RequestFailed: it is not JSON, an error object, or has no choices.
    """
    return _reply_in(await response.read(), response, call, endpoint)


async def read_stream(
    response: ClientResponse, call: ModelCall, endpoint: Endpoint, listener: DeltaListener
) -> ModelReply:
    """The reply in a streamed response, its text told to `listener` piece by piece.

    A server that does not stream all the same is understood, whatever it calls its content.

    Raises:
        RequestFailed: the stream broke off, is not JSON, holds an error object, or has no choices.
    """
    if response.content_type != _STREAM_TYPE:
        body = await response.read()
        if not body.lstrip().startswith((b"data:", b"event:", b":")):
            reply = _reply_in(body, response, call, endpoint)
            if reply.text:
                listener.on_delta(reply.text)
            return reply
        stream = _Stream(response, call, endpoint, listener)
        stream.take(stream.decoder.feed(body))
    else:
        stream = _Stream(response, call, endpoint, listener)
        await stream.read()
    return stream.reply()


class _Stream:
    """One streamed reply."""

    def __init__(
        self, response: ClientResponse, call: ModelCall, endpoint: Endpoint, listener: DeltaListener
    ) -> None:
        self.decoder = EventDecoder()
        self._response = response
        self._endpoint = endpoint
        self._listener = listener
        self._builder = ReplyBuilder(call)

    async def read(self) -> None:
        content = self._response.content
        try:
            async for chunk in content.iter_any():
                self.take(self.decoder.feed(chunk))
                if self.decoder.is_done:
                    break
        except (ClientError, TimeoutError):
            # All that matters has arrived once the provider has said why it stopped.
            if not self._builder.is_finished:
                raise
        if self.decoder.is_done and not content.is_eof():
            # Read to the end, so that the connection can be used again.
            with contextlib.suppress(ClientError, TimeoutError):
                async with asyncio.timeout(_END_PATIENCE_S):
                    await content.read()

    def take(self, events: Iterator[Any]) -> None:
        try:
            for event in events:
                self._take(event)
        except ValueError:
            raise RequestFailed(
                "AF4018",
                "sent an event in its stream that is not JSON",
                "the server does not keep to the chat completions format",
                transient=False,
                request_id=request_id(self._response.headers),
            ) from None

    def _take(self, event: Any) -> None:
        if not isinstance(event, dict):
            return
        if event.get("error"):
            raise from_error_object(event, self._response.headers, self._endpoint)
        text = self._builder.add(event)
        if text:
            self._listener.on_delta(text)

    def reply(self) -> ModelReply:
        if not self.decoder.is_done:
            try:
                for event in self.decoder.finish():
                    self._take(event)
            except ValueError:
                raise _broken_off(self._response) from None
            if not self._builder.is_finished:
                raise _broken_off(self._response)
        if not self._builder.has_choice:
            raise _no_choices(self._response)
        return self._builder.reply()


def _reply_in(body: bytes, response: ClientResponse, call: ModelCall, endpoint: Endpoint) -> ModelReply:
    try:
        completion = from_json(body)
    except ValueError:
        raise _not_json(body, response, endpoint) from None
    if isinstance(completion, dict) and completion.get("error"):
        raise from_error_object(completion, response.headers, endpoint)
    builder = ReplyBuilder(call)
    if isinstance(completion, dict):
        builder.add(completion)
    if not builder.has_choice:
        raise _no_choices(response)
    return builder.reply()


def _not_json(body: bytes, response: ClientResponse, endpoint: Endpoint) -> RequestFailed:
    kind = response.content_type
    if "json" not in kind:
        what = f"answered with {kind or 'content of no type'} instead of JSON"
        return RequestFailed(
            "AF4019",
            what,
            _ADDRESS_HINT,
            transient=False,
            status=response.status,
            request_id=request_id(response.headers),
        )
    shown = provider_message(None, body[:LONGEST_ERROR_BODY], kind, endpoint)
    return RequestFailed(
        "AF4018",
        f"answered with text that is not JSON: {shown}" if shown else "answered with nothing",
        "the server does not keep to the chat completions format",
        transient=False,
        status=response.status,
        request_id=request_id(response.headers),
    )


def _no_choices(response: ClientResponse) -> RequestFailed:
    return RequestFailed(
        "AF4020",
        "answered without any choice",
        "the server does not keep to the chat completions format; check `base_url`",
        transient=False,
        status=response.status,
        request_id=request_id(response.headers),
    )


def _broken_off(response: ClientResponse) -> RequestFailed:
    return RequestFailed(
        "AF4017",
        "ended its stream before the reply was complete",
        "the provider or a proxy before it closes connections; try again later",
        transient=True,
        status=response.status,
        request_id=request_id(response.headers),
    )
