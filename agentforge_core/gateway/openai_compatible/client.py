"""The direct client: one model call, as few requests as it takes."""

from __future__ import annotations

import time
from dataclasses import replace
from io import BytesIO

import aiohttp

from agentforge_core.boundary.effects import ModelCall, ModelReply
from agentforge_core.gateway.client import DeltaListener
from agentforge_core.gateway.openai_compatible.failures import RequestFailed
from agentforge_core.gateway.openai_compatible.reading import read_failure, read_stream, read_whole
from agentforge_core.gateway.openai_compatible.retry import RetryPolicy, send_again
from agentforge_core.gateway.openai_compatible.session import current_session
from agentforge_core.gateway.openai_compatible.target import Target
from agentforge_core.gateway.openai_compatible.transport import failure_of
from agentforge_core.ir import Model

_LARGE = 1_000_000  # aiohttp sends a file of this size in pieces, and warns of one piece of it


class DirectClient:
    """Answers for every model that has an OpenAI-compatible endpoint, on any event loop.

    Args:
        policy: how often and how patiently failed requests are repeated.
    """

    def __init__(self, policy: RetryPolicy | None = None) -> None:
        self._policy = policy or RetryPolicy()
        self._targets: dict[int, tuple[Model, Target]] = {}

    async def answer(self, call: ModelCall, model: Model, listener: DeltaListener | None) -> ModelReply:
        """The reply of `model` to `call`; streamed only if somebody listens.

        Raises:
            ModelError: the provider failed for good.
            DocumentError, UnsupportedError: the model's endpoint cannot be used.
        """
        kept = self._targets.get(id(model))
        if kept is None:
            kept = self._targets[id(model)] = (model, Target.of(model))
        exchange = _Exchange(call, kept[1], listener)
        began = time.monotonic()
        try:
            return await exchange.send(1)
        except RequestFailed as failure:
            first = failure
        try:
            reply = await send_again(self._policy, first, began, exchange.send)
        except RequestFailed as last:
            raise last.as_error(kept[1].endpoint, exchange.sent) from None
        return replace(reply, attempts=exchange.sent)


class _Exchange:
    """One call and its requests."""

    def __init__(self, call: ModelCall, target: Target, listener: DeltaListener | None) -> None:
        self.sent = 0
        self._call = call
        self._target = target
        self._listener = listener
        self._body = target.writer.body(call, stream=listener is not None)

    async def send(self, number: int) -> ModelReply:
        """Send request `number` of this call.

        Raises:
            RequestFailed: it failed.
        """
        self.sent = number
        if self._listener is not None:
            self._listener.on_attempt(number)
        target, has_answered = self._target, False
        session = await current_session()
        try:
            async with session.post(
                target.url,
                data=self._body if len(self._body) < _LARGE else BytesIO(self._body),
                headers=target.headers,
                timeout=target.timeout,
                proxy=target.proxy,
                allow_redirects=False,
            ) as response:
                has_answered = True
                return await self._read(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise failure_of(error, target.endpoint, has_answered=has_answered) from None

    async def _read(self, response: aiohttp.ClientResponse) -> ModelReply:
        endpoint = self._target.endpoint
        if response.status >= 300:
            raise await read_failure(response, endpoint)
        if self._listener is None:
            return await read_whole(response, self._call, endpoint)
        return await read_stream(response, self._call, endpoint, self._listener)
