"""The scripted model as a client: no request, no key, no price."""

from __future__ import annotations

from pathlib import Path

from agentforge_core.boundary.effects import ModelCall, ModelReply
from agentforge_core.boundary.messages import ToolRequest, Usage
from agentforge_core.errors import ModelError
from agentforge_core.gateway.client import DeltaListener, hand_out
from agentforge_core.gateway.naming import full_name, label, path_of
from agentforge_core.gateway.scripted.choosing import (
    Conversation,
    ScriptEndedError,
    choose,
    count_tokens,
    fill,
    tokens_out,
)
from agentforge_core.gateway.scripted.script import Script, script_at
from agentforge_core.ir import Model


class ScriptedClient:
    """Answers for `scripted/PATH` in this process. A script is read once.

    Args:
        folder: folder that paths are relative to; None means the current one.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._scripts: dict[str, Script] = {}

    async def answer(self, call: ModelCall, model: Model, listener: DeltaListener | None) -> ModelReply:
        """The reply that the script has for the conversation in `call`.

        Raises:
            ModelError: the script has none.
            DocumentError: the script cannot be used.
        """
        name = full_name(model)
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = script_at(name.partition("/")[2], self._folder, path_of(model))
        conversation = Conversation.of(((m.role, m.content) for m in call.messages), call.agent)
        try:
            answer = fill(choose(script, conversation), conversation)
        except ScriptEndedError as error:
            raise ModelError.of(
                "AF4030",
                f"the model {label(model)} has {error}",
                path=path_of(model),
                hint="add a reply to the script, or end the loop that asks for one more",
            ) from None
        hand_out(answer.text, listener)
        return ModelReply(
            text=answer.text,
            tool_calls=tuple(ToolRequest.parse(*request) for request in answer.calls),
            finish_reason=answer.finish_reason,
            usage=Usage(count_tokens(_texts(call)), tokens_out(answer)),
            model=name,
            cost_usd=0.0,
        )


def _texts(call: ModelCall) -> list[str]:
    """Every text of the conversation that a provider would count."""
    return [text for m in call.messages for text in (m.content, *(r.argument_text for r in m.tool_calls))]
