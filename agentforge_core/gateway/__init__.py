"""Who answers a model call: an OpenAI-compatible endpoint, a script, or the offline model.

Importing this package loads neither an HTTP client nor a model; the router does when it needs one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentforge_core.lazy import lazily

if TYPE_CHECKING:
    from agentforge_core.gateway.client import DeltaListener, ModelClient
    from agentforge_core.gateway.router import ModelRouter

__all__ = ["DeltaListener", "ModelClient", "ModelRouter"]

__getattr__ = lazily(
    __name__,
    {
        "DeltaListener": "agentforge_core.gateway.client",
        "ModelClient": "agentforge_core.gateway.client",
        "ModelRouter": "agentforge_core.gateway.router",
    },
)
