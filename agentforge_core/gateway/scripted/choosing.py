"""Which reply of a script a conversation gets. A pure function: the script keeps no state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from agentforge_core.boundary.effects import FinishReason
from agentforge_core.gateway.scripted.script import Script, ScriptedReply, When

_LAST_RESULT = "{{last_tool_result}}"
_USER = "{{user}}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the choice depends on.

    Attributes:
        turn: number of the reply that is due since the last user message, from 1.
        said: assistant messages in the whole conversation.
        user: text of the last user message.
        system: text of the system messages.
        tool_result: text of the last tool message since the last user message, None without one.
        agent: name of the agent that calls.
    """

    turn: int
    said: int
    user: str
    system: str
    tool_result: str | None
    agent: str | None = None

    @classmethod
    def of(cls, messages: Iterable[tuple[str, str]], agent: str | None = None) -> Conversation:
        """The conversation with these messages, each a role and a text."""
        turn, said, user, result = 1, 0, "", None
        system: list[str] = []
        for role, text in messages:
            if role == "assistant":
                turn += 1
                said += 1
            elif role == "tool":
                result = text
            elif role == "user":
                turn, user, result = 1, text, None
            else:
                system.append(text)
        return cls(turn, said, user, "\n".join(system), result, agent)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of the script, filled in for one conversation.

    Attributes:
        text: what is said.
        calls: id, name and argument text of each tool call.
        finish_reason: why it stops.
    """

    text: str
    calls: tuple[tuple[str, str, str], ...]
    finish_reason: FinishReason


class ScriptEndedError(Exception):
    """The script has no reply for a conversation; the text says which one."""


def choose(script: Script, conversation: Conversation) -> ScriptedReply:
    """The reply that `script` has for `conversation`.

    Raises:
        ScriptEndedError: it has none.
    """
    for rule in script.rules:
        if _fits(rule.when, conversation):
            return rule.reply or _reply_for(rule.replies, conversation.turn, "the rule that fits")
    return _reply_for(script.replies, conversation.turn, "the script")


def _reply_for(replies: tuple[ScriptedReply, ...], turn: int, who: str) -> ScriptedReply:
    if turn <= len(replies):
        return replies[turn - 1]
    raise ScriptEndedError(f"no reply for turn {turn} of the conversation: {who} has {len(replies)}")


def _fits(when: When, conversation: Conversation) -> bool:
    return (
        (when.agent is None or when.agent == conversation.agent)
        and (when.turn is None or when.turn == conversation.turn)
        and _found(when.user, conversation.user)
        and _found(when.system, conversation.system)
        and _found(when.tool_result, conversation.tool_result)
    )


def _found(pattern: re.Pattern[str] | None, text: str | None) -> bool:
    return pattern is None or (text is not None and pattern.search(text) is not None)


def is_fixed(reply: ScriptedReply) -> bool:
    """Whether the text of `reply` is the same in every conversation."""
    return _LAST_RESULT not in reply.text and _USER not in reply.text


def fill(reply: ScriptedReply, conversation: Conversation) -> Answer:
    """`reply` with its placeholders filled and its ids made.

    An id holds how many replies came before, so that it is unique in the conversation and the same in
    every repetition.
    """
    values = {_LAST_RESULT: conversation.tool_result or "", _USER: conversation.user}
    text = reply.text
    if not is_fixed(reply):
        text = re.sub(r"\{\{(?:last_tool_result|user)\}\}", lambda found: values[found[0]], text)
    calls = tuple(
        (
            call.id or f"call_{conversation.said}_{number}",
            call.name,
            call.arguments
            if isinstance(call.arguments, str)
            else json.dumps(call.arguments, ensure_ascii=False),
        )
        for number, call in enumerate(reply.tool_calls)
    )
    return Answer(text, calls, reply.finish_reason or ("tool_calls" if calls else "stop"))


def count_tokens(texts: Iterable[str]) -> int:
    """Tokens that `texts` count as: a quarter of their characters, rounded up."""
    return -(-sum(map(len, texts)) // 4)


def tokens_out(answer: Answer) -> int:
    """Tokens that `answer` counts as."""
    return count_tokens([answer.text, *(part for _, name, text in answer.calls for part in (name, text))])
