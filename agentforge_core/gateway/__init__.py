"""Who answers a model call: an OpenAI-compatible endpoint, a script, or the offline model.

Importing this package loads neither an HTTP client nor a model; the router does when it needs one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentforge_core.gateway.client import DeltaListener, ModelClient
    from agentforge_core.gateway.router import ModelRouter

__all__ = ["DeltaListener", "ModelClient", "ModelRouter"]

_HOMES = {
    "DeltaListener": "agentforge_core.gateway.client",
    "ModelClient": "agentforge_core.gateway.client",
    "ModelRouter": "agentforge_core.gateway.router",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
