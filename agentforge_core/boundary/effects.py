"""Effects: what crosses the boundary from framework to host, and the replies that come back.

An adapter makes a `ModelCall`, `ToolCall` or `HumanInput` and gets a reply; what stands behind it (a
provider, a journal, a person) it cannot know. All of it is frozen plain data that can cross a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agentforge_core.boundary.messages import Message, ToolRequest, ToolSpec, Usage

FinishReason = Literal["stop", "tool_calls", "length", "content_filter", "other"]


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A framework asks its model for the next message.

    Sampling, endpoint and key are not in it: they belong to the model of the IR and the host adds them.

    Attributes:
        model: key of the model in the program.
        messages: the whole conversation, system message included.
        tools: tools offered with this call.
        tool_choice: `auto`, `none`, `required` or the name of one tool; None leaves it to the provider.
        response_schema: JSON Schema of the answer, when the framework or the agent asks for one.
        agent: name of the agent that calls.
        task: name of the task it works on, None for a bare prompt.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str | None = None
    response_schema: Mapping[str, Any] | None = None
    agent: str = ""
    task: str | None = None


@dataclass(frozen=True, slots=True)
class ModelReply:
    """The model's message.

    Attributes:
        text: what it says; may be empty beside tool calls.
        tool_calls: what it asks for, in its order.
        finish_reason: why it stopped.
        usage: tokens as reported.
        model: name of the model as the provider reported it.
        cost_usd: price of this reply, None when the price is not known.
        attempts: how many requests it took.
    """

    text: str = ""
    tool_calls: tuple[ToolRequest, ...] = ()
    finish_reason: FinishReason = "stop"
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    cost_usd: float | None = None
    attempts: int = 1

    def as_message(self) -> Message:
        """The reply as the assistant message of the conversation's next call."""
        return Message("assistant", self.text, self.tool_calls)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A framework calls a tool.

    Attributes:
        name: tool of the program.
        arguments: as the framework hands them over; the host prefers its own record of the request.
        id: the request's id where the framework knows it.
        agent: name of the agent that calls.
        task: name of the task it works on.
    """

    name: str
    arguments: Mapping[str, Any]
    id: str | None = None
    agent: str = ""
    task: str | None = None


@dataclass(frozen=True, slots=True)
class ToolReply:
    """What the model will see of a tool call. Tools never raise into a framework.

    Attributes:
        content: the result as text (JSON for anything that is not a string), or the error text.
        is_error: whether the tool failed.
    """

    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class HumanInput:
    """A question to a person: may this tool run, or what now that it failed.

    Attributes:
        kind: `approval` before a tool runs, `tool_error` after one failed under `on_error: ask`.
        message: the question in words.
        tool: name of the tool concerned.
        arguments: what it would be called with.
        agent: who wants it.
        task: on which task.
    """

    kind: Literal["approval", "tool_error", "question"]
    message: str
    tool: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    agent: str = ""
    task: str | None = None


@dataclass(frozen=True, slots=True)
class HumanReply:
    """A person's decision.

    Attributes:
        decision: `approve`, `reject`, `retry` (after an error) or `answer`.
        text: the reason of a rejection, or the answer.
        arguments: edited arguments to run with instead; validated again.
    """

    decision: Literal["approve", "reject", "retry", "answer"]
    text: str = ""
    arguments: Mapping[str, Any] | None = None


Call = ModelCall | ToolCall | HumanInput
Reply = ModelReply | ToolReply | HumanReply
