"""Text parameters that want more than a word: a message, an expression, a question, the request itself."""

from __future__ import annotations

import re

from agentforge_core.gateway.offline.evidence import Evidence
from agentforge_core.gateway.offline.schemas import kind_of
from agentforge_core.gateway.offline.scoring import EXPLICIT, SURE, Parameter
from agentforge_core.gateway.offline.words import word_set

_SPOKEN = word_set("body message text content note comment reply caption description")
_WHOLE = word_set("task instruction instructions question prompt input request goal objective assignment")
_SUBJECT = word_set("query q search topic subject term terms keyword keywords about")
_TEXT = word_set("text phrase")
_FORMULA = word_set("expression expr formula equation calculation")
_CONTEXT = word_set("context background findings notes material")

_SAYING = re.compile(
    r"\b(?:saying|that says|says|say|with the (?:message|text|body|content|words?)|which reads|reading)\b[\s:,]*"
    r"(?:that\s+)?(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_COLON = re.compile(r":\s+(.+)$", re.DOTALL)
_ARITHMETIC = re.compile(
    r"[(\-]?\s*\d[\d\s.,()+\-*/^%\u00d7÷]*[+\-*/^%\u00d7÷][\d\s.()+\-*/^%\u00d7÷]*\d\s*\)*"
)
_ASKING = re.compile(
    r"^(?:(?:please\s+)?(?:search|look\s*up|look|find(?:\s+out)?|google|query|research|tell me|explain|"
    r"what (?:is|are|was|were)|who (?:is|was)|(?:get|fetch|show)(?: me)?|check|retrieve|translate|summari[sz]e)\b\s*"
    r"(?:the (?:web|internet|docs|documentation|knowledge base)\s+)?(?:for|about|on|into|up)?\s*)",
    re.IGNORECASE,
)


def spoken_text(parameter: Parameter, clause: str) -> str | None:
    """The message a clause dictates (`... saying the build is green`), None when it dictates none."""
    if not parameter.words & _SPOKEN or parameter.closed:
        return None
    match = _SAYING.search(clause) or _COLON.search(clause)
    return match.group(1).strip().strip("\"'“”") or None if match else None


def whole_text(parameter: Parameter, clause: str, whole: str) -> str | None:
    """What a required text parameter gets when nothing better was found."""
    if parameter.words & _FORMULA:
        match = _ARITHMETIC.search(clause) or _ARITHMETIC.search(whole)
        return match.group().strip(" ,.") if match else None
    if parameter.words & _WHOLE:
        return (whole or clause).strip() or None
    if parameter.words & (_SUBJECT | _TEXT):
        return _ASKING.sub("", clause.strip(), count=1).strip(" ?.!\"'") or clause.strip() or None
    return None


def subject_slots(parameter: Parameter, text: str, pieces: list[Evidence]) -> list[Evidence]:
    """Slots that run to the end of the text, for parameters that take a whole subject: `for tides in Spain`."""
    if not parameter.words & _SUBJECT:
        return []
    end = len(text.rstrip(" .?!"))
    slots = [p for p in pieces if p.kind == "slot" and p.label in ("for", "about", "on") and p.start < end]
    return [Evidence("slot", text[p.start : end], p.start, end, p.label) for p in slots]


def least_for(parameter: Parameter) -> int:
    """How good evidence must be before it beats the free text a parameter would get."""
    if kind_of(parameter.schema) not in ("string", "any") or parameter.closed:
        return 0
    if parameter.words & _WHOLE:
        return EXPLICIT
    return SURE if parameter.words & (_FORMULA | _SUBJECT | _SPOKEN) else 0


def takes_request(name: str) -> bool:
    """Whether a parameter of this name is given the request itself, as delegation tools do."""
    return bool(set(name.lower().split("_")) & _WHOLE)


def takes_context(name: str) -> bool:
    """Whether a parameter of this name is given what was found so far."""
    return bool(set(name.lower().split("_")) & _CONTEXT)
