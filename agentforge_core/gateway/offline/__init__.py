"""`offline/rules`: a small deterministic model, so that every example runs on a fresh machine with no key.

It is no language model and says so in its answers. It knows no tool: it matches the words of a request
against the names, descriptions and schemas of the tools it is offered.
"""

from __future__ import annotations

from agentforge_core.gateway.offline.model import reply

__all__ = ["reply"]
