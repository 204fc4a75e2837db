"""Reading a conversation: what is asked now, what was already called, and what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message, ToolRequest
from agentforge_core.gateway.offline.evidence import find
from agentforge_core.gateway.offline.words import word_set

_HEADERS = re.compile(
    r"^[ \t]*(?:[#*]+[ \t]*)?(?:"
    r"(?P<expected>expected (?:output|result)s?|(?:this is )?the expect(?:ed)? criteria for your final answer)"
    r"|(?P<context>(?:this is )?(?:the )?context(?: you(?:'re| are) working with)?"
    r"|(?:results?|output) of (?:the )?(?:earlier|previous) tasks?)"
    r"|(?P<task>(?:your |the )?(?:current )?(?:task|request))"
    r")[*]*[ \t]*:[*]*[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_MEANT = re.compile(
    r"^[ \t]*(?:this|the) (?:task|request) is (?:meant |intended )?for (?:the agent )?(?P<who>[^\n.]{1,80})\.?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_TAGS = re.compile(r"^\s*<(/?)(context|task|expected_output)>\s*$", re.IGNORECASE | re.MULTILINE)
_ACTIONS = word_set("""add aggregate analyse analyze answer append approve ask average book buy calculate call cancel check close
    compare compute convert copy count create delete describe divide download draft email explain export extract
    fetch filter find forward generate get give grep group list load look make max min move multiply notify open
    order pay place plan play post print query rank read remind remove rename reply report reserve restart
    retrieve run save schedule search select send set show sort start stop store subtract sum summarise summarize
    tell total translate transfer turn update upload use validate verify view write roll flip what who where when
    which how is are does do""")
_JOINT = re.compile(
    r"\s*(?:;|,?\s+and\s+then\b|,?\s+then\b|,\s*and\b|\s+and(?:\s+also)?\b|,|\.\s+|[!?]+(?=\s|$)|\.$)\s*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_POLITE = re.compile(
    r"^(?:(?:please|also|then|next|first|finally|now|and|could you|can you|would you|will you|i want you to|"
    r"i need you to|you should|kindly|let's|after that|afterwards)\b[\s,]*)+",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|mr|mrs|ms|dr|st|no|vs|approx)\.?$", re.IGNORECASE)
_NEARBY, _MAX_TASK, _MAX_WISHES = 12, 12_000, 30
_NEGATED = re.compile(r"^(?:do not|don't|never|without|avoid|no need to)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Done:
    """A tool call of this turn and its result; None while there is none."""

    request: ToolRequest
    result: str | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model has to answer now.

    Attributes:
        request: the whole user message.
        task: the part of it that says what to do.
        expected: the expected output, empty when not given.
        context: results of earlier tasks, empty when there are none.
        meant: whom the request names as the one to do it, empty when it names nobody.
        earlier: user messages before the request that no answer followed yet.
        done: calls made for this request.
        rounds: replies with calls so far.
        calls_before: number of tool calls in the whole conversation.
    """

    request: str
    task: str
    expected: str
    context: str
    meant: str
    earlier: str
    done: tuple[Done, ...]
    rounds: int
    calls_before: int


def turns(call: ModelCall) -> list[Turn]:
    """The readings of a conversation, the likeliest first.

    A framework may put a user message of its own behind tool results ("analyse the result ..."). Such
    a message is a request if it asks for something; else the request before it still stands. So there
    can be two readings.
    """
    starts = [i for i, m in enumerate(call.messages) if m.role == "user"]
    if not starts:
        return [_turn(call.messages, len(call.messages), call.messages)]
    found = [_turn(call.messages, starts[-1], call.messages)]
    behind = [i for i in starts if i == 0 or call.messages[i - 1].role != "tool"]
    if behind and behind[-1] != starts[-1]:
        found.append(_turn(call.messages, behind[-1], call.messages))
    return found


def _turn(messages: tuple[Message, ...], at: int, whole: tuple[Message, ...]) -> Turn:
    """The turn whose request is the message at index `at`."""
    request = messages[at].content if at < len(messages) else ""
    before = []
    for message in reversed(messages[:at]):
        if message.role != "user":
            break
        before.append(message.content)
    meant = _MEANT.search(request)
    task, expected, context = sections(_MEANT.sub("", request))
    if not expected:
        expected = next(
            (e for m in messages if m.role == "system" for e in [sections(m.content)[1]] if e), ""
        )
    results = {m.tool_call_id: m.content for m in messages[at:] if m.role == "tool" and m.tool_call_id}
    asked = [m for m in messages[at:] if m.role == "assistant" and m.tool_calls]
    done = [Done(c, results.get(c.id)) for m in asked for c in m.tool_calls]
    return Turn(
        request=request,
        task=task,
        expected=expected,
        context=context,
        meant=meant["who"] if meant else "",
        earlier="\n".join(reversed(before)),
        done=tuple(done),
        rounds=len(asked),
        calls_before=sum(len(m.tool_calls) for m in whole),
    )


def sections(text: str) -> tuple[str, str, str]:
    """Task, expected output and context of a message; a text without headings is all task."""
    text = _TAGS.sub(lambda m: "" if m[1] else f"{m[2].replace('_', ' ')}:", text)
    parts: dict[str, list[str]] = {"task": [], "expected": [], "context": []}
    kind, position = "task", 0
    for match in _HEADERS.finditer(text):
        if kind == "context" and match.lastgroup == "context":
            continue
        parts[kind].append(text[position : match.start()])
        kind, position = match.lastgroup or kind, match.end()
    parts[kind].append(text[position:])
    task, expected, context = ("\n".join(p).strip() for p in parts.values())
    return task, expected.split("\n\n")[0].strip(), context


def clauses(text: str, verbs: frozenset[str] = frozenset()) -> list[str]:
    """The single wishes of a text, in order and at most thirty; what must not be done is left out.

    Args:
        text: the task part of a request.
        verbs: words that begin a wish here besides the usual ones, such as the first words of tool names.
    """
    actions = _ACTIONS | verbs
    found = []
    for line in _logical_lines(text[:_MAX_TASK], actions):
        found += _split_line(line, actions)
    cleaned = [_POLITE.sub("", c.strip(" \t,;")).strip() for c in found]
    return [c for c in cleaned if any(ch.isalnum() for ch in c) and not _NEGATED.match(c)][:_MAX_WISHES]


def _logical_lines(text: str, actions: frozenset[str]) -> list[str]:
    """Lines, with those that merely continue a wrapped sentence joined to it."""
    joined: list[str] = []
    fresh = True
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            fresh = True
            continue
        bare = _BULLET.sub("", line)
        begins = fresh or bare != line or re.split(r"\W", bare, maxsplit=1)[0].lower() in actions
        if begins or not joined or joined[-1][-1] in ".:;!?":
            joined.append(bare)
        else:
            joined[-1] += " " + bare
        fresh = False
    return joined


def _split_line(line: str, actions: frozenset[str]) -> list[str]:
    """Clauses of one line; quoted text, JSON, addresses and numbers are never cut."""
    held = [e for e in find(line) if e.kind not in ("slot", "name", "code", "unit", "pair", "number")]
    pieces, start = [], 0
    for match in _JOINT.finditer(line):
        mark = match.group().strip()
        inside = any(e.start < match.end() and match.start() < e.end - (mark in ".?!") for e in held)
        if inside or _ABBREVIATION.search(line[max(0, match.start() - _NEARBY) : match.start() + 1]):
            continue
        following = _POLITE.sub("", line[match.end() :])
        first = re.split(r"[^\w']", following, maxsplit=1)[0].lower()
        weak = mark in (",", "and", ", and", "and also") or mark.lower() in ("and", ",and", "and also")
        if weak and first not in actions:
            continue
        end = match.start() + (1 if mark[:1] in ("?", "!") else 0)
        pieces.append(line[start:end])
        start = match.end()
    pieces.append(line[start:])
    return [p for p in pieces if p.strip()]
