"""From the name of a model in the program to whoever answers for it.

| `model:` | answered by |
|---|---|
| `offline/rules` | the built-in rule-based model |
| `scripted/PATH` | a script beside the document |
| `openai/NAME`, or any provider with a `base_url` | the direct client for OpenAI-compatible endpoints |
| any other provider | nobody yet: refused before the first call |
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agentforge_core.boundary.effects import ModelCall, ModelReply
from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import DocumentError, ForgeError, NotFoundError, UnsupportedError
from agentforge_core.gateway.naming import full_name, path_of
from agentforge_core.ir import Model

if TYPE_CHECKING:
    from agentforge_core.gateway.client import DeltaListener, ModelClient
    from agentforge_core.gateway.openai_compatible.retry import RetryPolicy

OFFLINE_MODELS = frozenset({"rules"})
"""Names behind `offline/`."""


class ModelRouter:
    """Answers the model calls of one program.

    Args:
        models: the program's models by the name that calls use.
        folder: folder of the document, from which paths of scripts count; None means the current one.
        retry: how failed requests to endpoints are repeated; None means the usual way.
    """

    def __init__(
        self, models: Mapping[str, Model], folder: Path | None, *, retry: RetryPolicy | None = None
    ) -> None:
        self._models = models
        self._retry = retry
        self._folder = folder
        self._clients: dict[str, ModelClient] = {}
        self._ready: dict[str, tuple[Model, ModelClient]] = {}

    async def answer(self, call: ModelCall, listener: DeltaListener | None = None) -> ModelReply:
        """The reply of the model that `call` names.

        Args:
            call: what the framework asks.
            listener: hears the text while it arrives; None asks the provider not to stream.

        Raises:
            ModelError: the model failed for good.
            DocumentError, UnsupportedError, NotFoundError: the model cannot be called at all.
        """
        ready = self._ready.get(call.model)
        if ready is None:
            self.prepare(call.model)
            ready = self._ready[call.model]
        model, client = ready
        return await client.answer(call, model, listener)

    def check(self, name: str) -> Diagnostic | None:
        """Why the model `name` cannot be called at all, None when it can; nothing is sent."""
        try:
            self.require(name)
        except ForgeError as error:
            return error.first
        return None

    def require(self, name: str) -> None:
        """Like `check`, but raises, with the class that knows the exit code.

        Raises:
            NotFoundError: no model has this name.
            DocumentError: unset key variable, bad address, unknown offline model, missing or bad script.
            UnsupportedError: the provider needs a client that this release does not have.
        """
        if name not in self._models:
            known = ", ".join(sorted(self._models)) or "none"
            raise NotFoundError.of("AF4008", f"there is no model {name!r}", hint=f"models here: {known}")
        model = self._models[name]
        provider, _, rest = full_name(model).partition("/")
        if model.base_url is not None or provider == "openai":
            from agentforge_core.gateway.openai_compatible.endpoint import endpoint_of

            endpoint_of(model)
        elif provider == "scripted":
            from agentforge_core.gateway.scripted.script import script_at

            script_at(rest, self._folder, path_of(model))
        elif provider != "offline":
            raise _unsupported(model, provider)
        elif rest not in OFFLINE_MODELS:
            raise DocumentError.of(
                "AF4005",
                f"there is no offline model {rest!r}",
                path=path_of(model),
                hint="write offline/rules",
            )

    def prepare(self, name: str) -> None:
        """Like `require`, and loads what answers, so that the first call need not.

        Raises:
            NotFoundError, DocumentError, UnsupportedError: as `require`.
        """
        self.require(name)
        self._ready[name] = (self._models[name], self._client(name))

    def priced(self, name: str) -> bool:
        """Whether replies of the model `name` come with a price: only those that cost nothing do so far."""
        return name in self._models and self._kind(name) != "direct"

    def _client(self, name: str) -> ModelClient:
        kind = self._kind(name)
        if kind not in self._clients:
            self._clients[kind] = self._new_client(kind)
        return self._clients[kind]

    def _kind(self, name: str) -> str:
        model = self._models[name]
        provider = full_name(model).partition("/")[0]
        return "direct" if model.base_url is not None or provider == "openai" else provider

    def _new_client(self, kind: str) -> ModelClient:
        if kind == "offline":
            from agentforge_core.gateway.offline_client import OfflineClient

            return OfflineClient()
        if kind == "scripted":
            from agentforge_core.gateway.scripted.client import ScriptedClient

            return ScriptedClient(self._folder)
        from agentforge_core.gateway.openai_compatible.client import DirectClient

        return DirectClient(self._retry)


def _unsupported(model: Model, provider: str) -> ForgeError:
    named = full_name(model)
    if "/" not in named:
        return UnsupportedError.of(
            "AF4002",
            f"the model {named!r} names no provider",
            path=path_of(model),
            hint=f"write openai/{named} or another provider/name",
        )
    return UnsupportedError.of(
        "AF4002",
        f"the provider {provider!r} has no client in this release",
        path=path_of(model),
        reason="it speaks its own protocol, and LiteLLM, which translates it, is not supported yet",
        hint="give `base_url:` of an OpenAI-compatible endpoint of this provider, or try --model offline/rules",
    )
