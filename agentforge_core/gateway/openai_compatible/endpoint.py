"""Where a model is reached: address, headers, time-outs and the fixed part of every request body."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from agentforge_core.errors import DocumentError
from agentforge_core.gateway.naming import full_name, label, path_of, resolved
from agentforge_core.ir import Env, Model

OPENAI_ADDRESS = "https://api.openai.com/v1"
"""Base address of OpenAI's API (https://platform.openai.com/docs/api-reference)."""

OPENAI_KEY = "OPENAI_API_KEY"
"""The variable every OpenAI program reads its key from."""

DEFAULT_TIMEOUT_S = 600.0
"""Most seconds one request may take when the model does not say: the openai SDK's default."""

_OWN_FIELDS = frozenset({"messages", "tools", "stream"})
_OFFLINE_HINT = "try --model offline/rules, which needs no key"
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is the same for all requests of one model.

    Attributes:
        label: the model in messages.
        path: its place in the document.
        where: host and path of the endpoint, without query and credentials.
        url: the full address requests go to.
        headers: of every request.
        fields: of every request body: name, sampling and `extra`; a None leaves the field out.
        timeout_s: most seconds one request may take.
        secrets: texts that must not appear in a message.
    """

    label: str
    path: str
    where: str
    timeout_s: float
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    fields: Mapping[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def masked(self, text: str) -> str:
        """`text` with every secret of this endpoint replaced."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def endpoint_of(model: Model) -> Endpoint:
    """The endpoint of `model`, with its environment variables read.

    Raises:
        DocumentError: a variable is not set, the address is not one, or `extra` names a field that
            the gateway writes itself.
    """
    key = _key(model)
    address = OPENAI_ADDRESS if model.base_url is None else str(resolved(model, model.base_url, "base_url"))
    parts = _split(model, address)
    host = parts.netloc.rpartition("@")[2]
    path = parts.path.rstrip("/") + "/chat/completions"
    extra = _extra(model)
    secrets = {s for s in _hidden(parts, model.extra, extra) if len(s) >= _SHORTEST_SECRET}
    if key:
        secrets.add(key)
    return Endpoint(
        label=label(model),
        path=path_of(model),
        where=f"{host}{path}",
        timeout_s=model.timeout_s or DEFAULT_TIMEOUT_S,
        url=urlunsplit((parts.scheme, host, path, parts.query, "")),
        headers=_headers(key, parts),
        fields=_fields(model, extra),
        secrets=tuple(sorted(secrets, key=len, reverse=True)),
    )


def _key(model: Model) -> str | None:
    variable = model.api_key_env
    if variable is None:
        # A key that nobody named goes to nobody but its own provider.
        if model.base_url is not None:
            return None
        variable = OPENAI_KEY
    key = os.environ.get(variable, "").strip()
    if not key:
        raise DocumentError.of(
            "AF4001",
            f"the environment variable {variable} is not set",
            path=path_of(model),
            reason=f"the model {label(model)} takes its key from it",
            hint=f"set {variable}, or {_OFFLINE_HINT}",
        )
    if not (key.isascii() and key.isprintable()):
        raise DocumentError.of(
            "AF4001",
            f"the key in {variable} has characters that no HTTP header can carry",
            path=path_of(model),
            hint=f"copy the key into {variable} again, or {_OFFLINE_HINT}",
        )
    return key


def _split(model: Model, address: str) -> Any:
    from yarl import URL

    try:
        parts = urlsplit(address.strip())
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port, URL(address).raw_host
    except ValueError:
        usable = False
    if usable:
        return parts
    shown = "its value" if isinstance(model.base_url, Env) else repr(address.rpartition("@")[2].split("?")[0])
    raise DocumentError.of(
        "AF4003",
        f"`base_url` of the model {model.name!r} is not an address: {shown}",
        path=f"{path_of(model)}.base_url",
        hint="write it with scheme, host and path, such as http://127.0.0.1:8000/v1",
    )


def _extra(model: Model) -> dict[str, Any]:
    clash = sorted(_OWN_FIELDS & model.extra.keys())
    if clash:
        raise DocumentError.of(
            "AF4004",
            f"`extra` of the model {model.name!r} names {', '.join(clash)}",
            path=f"{path_of(model)}.extra.{clash[0]}",
            reason="the gateway writes these fields from the call",
            hint="leave them out of `extra`",
        )
    return {k: resolved(model, v, f"extra.{k}") for k, v in model.extra.items()}


def _fields(model: Model, extra: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {"model": full_name(model).partition("/")[2]}
    for name in ("temperature", "max_tokens", "top_p", "seed"):
        value = getattr(model, name)
        if value is not None:
            fields[name] = value
    if model.stop:
        fields["stop"] = list(model.stop)
    if "max_completion_tokens" in extra:
        # Its newer name; providers refuse a request with both.
        fields.pop("max_tokens", None)
    return {**fields, **extra}


def _headers(key: str | None, parts: Any) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": "agentforge"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    elif parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return headers


def _hidden(parts: Any, written: Mapping[str, Any], extra: Mapping[str, Any]) -> list[str]:
    found = [value for _, value in parse_qsl(parts.query)]
    if parts.password:
        found += [parts.password, unquote(parts.password)]
    for name, value in written.items():
        _from_environment(value, extra[name], found)
    return found


def _from_environment(written: Any, value: Any, found: list[str]) -> None:
    """Collect into `found` the texts of `value` that stand where `written` names a variable."""
    if isinstance(value, str):
        if not isinstance(written, str):
            found.append(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _from_environment(written[key], inner, found)
    elif isinstance(value, list):
        for before, after in zip(written, value, strict=True):
            _from_environment(before, after, found)
