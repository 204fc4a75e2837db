"""What every answerer of model calls has in common: the two protocols and what they share."""

from __future__ import annotations

import re
from typing import Protocol

from agentforge_core.boundary.effects import ModelCall, ModelReply
from agentforge_core.ir import Model

_WORD = re.compile(r"\s*\S+\s*")


class DeltaListener(Protocol):
    """Hears a reply while it arrives. Both methods are called on the run's event loop and must be cheap."""

    def on_attempt(self, attempt: int) -> None:
        """Called before each request, with 1 first. From 2 on, what was heard before is void."""

    def on_delta(self, text: str) -> None:
        """Called with each piece of text, in order; the pieces together are the reply's text."""


class ModelClient(Protocol):
    """Answers model calls for the models of one kind of provider."""

    async def answer(self, call: ModelCall, model: Model, listener: DeltaListener | None) -> ModelReply:
        """The reply of `model` to `call`; with a `listener` its text is also handed out piece by piece.

        Raises:
            ModelError: the call failed for good.
        """


def words(text: str) -> list[str]:
    """`text` cut after each word; the pieces together are the text."""
    return _WORD.findall(text) or ([text] if text else [])


def hand_out(text: str, listener: DeltaListener | None) -> None:
    """Tell `listener` a text that is complete already, word by word."""
    if listener is None:
        return
    listener.on_attempt(1)
    for piece in words(text):
        listener.on_delta(piece)
