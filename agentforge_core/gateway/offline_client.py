"""The offline model as a client: no request, no key, no price."""

from __future__ import annotations

from dataclasses import replace

from agentforge_core.boundary.effects import ModelCall, ModelReply
from agentforge_core.gateway.client import DeltaListener, hand_out
from agentforge_core.gateway.offline import reply
from agentforge_core.ir import Model


class OfflineClient:
    """Answers for `offline/rules` in this process."""

    async def answer(self, call: ModelCall, model: Model, listener: DeltaListener | None) -> ModelReply:  # noqa: ARG002
        """The reply of the rules to `call`; its cost is zero."""
        answered = reply(call)
        hand_out(answered.text, listener)
        return answered if answered.cost_usd == 0.0 else replace(answered, cost_usd=0.0)
