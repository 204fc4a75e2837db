"""What a text offers as argument values: quoted text, numbers, dates, paths, names, phrases.

Each piece carries its place, so that two parameters never take the same words and so that words beside
a value can say which parameter it belongs to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agentforge_core.gateway.offline.words import NUMBER_WORDS, PREPOSITIONS, word_set


@dataclass(frozen=True, slots=True)
class Evidence:
    """A value found in a text.

    Attributes:
        kind: json, quoted, url, email, path, datetime, date, month, time, number, pair, name, code,
            unit or slot.
        value: the value, a string unless it is a number or JSON.
        start: index of the first character in the text.
        end: index after the last character.
        label: the preposition before a slot, the key of a pair, the unit after a number.
    """

    kind: str
    value: Any
    start: int
    end: int
    label: str = ""


_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_MONTH = "|".join([*_MONTHS, *(m[:3] for m in _MONTHS)])
_NUMBER_WORD = "|".join(NUMBER_WORDS)

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("quoted", re.compile(r"\"([^\"\n]*)\"|“([^”\n]*)”|`([^`\n]+)`|(?<!\w)'([^'\n]+)'(?!\w)")),
    ("url", re.compile(r"\b(?:https?|ftp|s3|wss?)://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")),
    ("email", re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")),
    ("datetime", re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")),
    ("date", re.compile(r"\b\d{4}-\d\d-\d\d\b")),
    ("month", re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])\b(?!-)")),
    (
        "worded",
        re.compile(
            rf"\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<m>{_MONTH})\b\.?"
            rf"(?:\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d),?)?,?\s+(?P<y>\d{{4}})\b",
            re.IGNORECASE,
        ),
    ),
    (
        "path",
        re.compile(
            r"(?<![\w/])(?:~|\.{1,2})?/(?:[\w.@-]+/?)+|(?<![\w/.])[\w-]+(?:/[\w.@-]+)+"
            r"|(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{0,4}(?![\w.]*\w)"
        ),
    ),
    ("time", re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b")),
    ("id", re.compile(r"\b[A-Z]{1,6}[-_]\d[\w-]*\b|\b[A-Z]{1,5}\d[A-Z0-9]{2,}\b|(?<=#)\w+")),
    (
        "number",
        re.compile(
            r"(?<![\w.])[-\u2212]?(?:[$€£]\s?)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?"
            r"(?=[a-zA-Z%°]{0,4}\b|[^\w]|$)"
        ),
    ),
    ("counted", re.compile(rf"\b(?:{_NUMBER_WORD})(?:[-\s]+(?:{_NUMBER_WORD}))*\b", re.IGNORECASE)),
)
_PAIR = re.compile(
    r"(?<![\w.])([A-Za-z_][\w.-]*)\s*(?:=|:|\s+(?:is|equals|equal to|of|set to)\s)\s*"
    r"(?:\"([^\"]*)\"|'([^']*)'|([^\s,;()\[\]{}\"']+))"
)
_UNIT = re.compile(r"\s?([A-Za-z%°]+(?:/[a-z]+)?)")
_NAME = re.compile(r"\b[A-Z][\w'\u2019-]*(?:\s+(?:(?:de|la|of|van|von|the)\s+)?[A-Z][\w'\u2019-]*)*")
_BEGIN = re.compile(r"(?:[.!?:]\s+|\n\s*[-*\d.]*\s*)$")
_CODE = re.compile(r"\b[A-Z][A-Z0-9.]{1,5}\b")
_TOKEN = re.compile(r"[^\s,;:!?()]+")
_LEAD = word_set("a an the my our your their his her its this that these those all any every each")
_QUESTION = word_set(
    "how what who whom where when which why is are was were do does did can could will would should"
)
_BREAK = PREPOSITIONS | word_set("and or but then if when which that please is are was were so")


MAX_TEXT = 3000
"""Characters of a text that are searched for values."""


@lru_cache(maxsize=512)
def find(text: str) -> tuple[Evidence, ...]:
    """Everything in `text` that could be a value, strong patterns first; those never overlap.

    Only the first `MAX_TEXT` characters are read: the rules are made for requests, not for books.
    """
    text = text[:MAX_TEXT]
    found = list(_json_values(text))
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= e.start or match.start() >= e.end for e in found):
                piece = _read(kind, match, text)
                if piece is not None:
                    found.append(piece)
    return (*found, *_pairs(text), *_names(text, found), *_slots(text, found))


def _read(kind: str, match: re.Match[str], text: str) -> Evidence | None:
    """The evidence a pattern match stands for."""
    start, end = match.span()
    if kind == "quoted":
        return Evidence(kind, next(g for g in match.groups() if g is not None), start, end)
    if kind == "number":
        digits = re.sub(r"[,\s$€£]", "", match.group()).replace("\u2212", "-")
        if start and digits.startswith("-") and text[start - 1] in "0123456789)":
            digits = digits[1:]
        unit = _UNIT.match(text, end)
        return Evidence(kind, _number(digits), start, end, unit.group(1) if unit else "")
    if kind == "counted":
        unit = _UNIT.match(text, end)
        return Evidence("number", _counted(match.group()), start, end, unit.group(1) if unit else "")
    if kind == "worded":
        month = _MONTHS.index(next(m for m in _MONTHS if m.startswith(match["m"].lower()[:3]))) + 1
        day = match["d1"] or match["d2"]
        value = f"{match['y']}-{month:02}" + (f"-{int(day):02}" if day else "")
        return Evidence("date" if day else "month", value, start, end)
    if kind == "path" and re.fullmatch(r"e\.g|i\.e|[\d.]+|\w\.\w|\d+/\d+", match.group()):
        return None
    return Evidence(kind, match.group(), start, end)


def _number(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        value = float(digits)
        return value if abs(value) < 1e300 else 0


def _counted(text: str) -> int:
    """The value of a short number in words: `twenty-five`, `two hundred`."""
    total = 0
    for word in re.split(r"[-\s]+", text.lower()):
        value = NUMBER_WORDS[word]
        total = max(total, 1) * value if value in (12, 100, 1000) and word != "twelve" else total + value
    return total


def _json_values(text: str) -> Iterator[Evidence]:
    """JSON objects and arrays written out in the text."""
    decoder = json.JSONDecoder()
    index, tries = 0, 0
    while tries < 50:
        starts = [i for i in (text.find("{", index), text.find("[", index)) if i >= 0]
        if not starts:
            return
        start, tries = min(starts), tries + 1
        try:
            value, index = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            index = start + 1
            continue
        yield Evidence("json", value, start, index)


def _pairs(text: str) -> Iterator[Evidence]:
    """`key=value`, `key: value`, `key is value`."""
    for match in _PAIR.finditer(text):
        value = next(g for g in match.groups()[1:] if g is not None)
        if match.group(4) is not None:
            value = value.rstrip(".!?")
        if value and not value.startswith("//"):
            yield Evidence("pair", value, match.start(), match.end(), match.group(1))


def _names(text: str, found: list[Evidence]) -> Iterator[Evidence]:
    """Capitalised phrases that do not merely begin a sentence, and upper-case codes."""
    for match in _NAME.finditer(text):
        if any(match.start() < e.end and e.start < match.end() for e in found):
            continue
        ahead = text[max(0, match.start() - 12) : match.start()]
        begins = (match.start() == len(ahead) and not ahead.strip()) or _BEGIN.search(ahead) is not None
        code = _CODE.fullmatch(match.group())
        if code:
            yield Evidence("code", match.group(), match.start(), match.end())
        elif not begins and match.group() != "I":
            yield Evidence("name", match.group(), match.start(), match.end())
    for piece in found:
        if piece.kind == "number" and piece.label:
            after = text.find(piece.label, piece.end)
            if piece.label.lower() not in _BREAK:
                yield Evidence("unit", piece.label, after, after + len(piece.label))


def _slots(text: str, found: list[Evidence]) -> Iterator[Evidence]:
    """The phrase behind each preposition, up to the next one."""
    tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    for index, (word, _, _) in enumerate(tokens):
        if word.lower() not in PREPOSITIONS:
            continue
        start = index + 1
        while start < len(tokens) and tokens[start][0].lower() in _LEAD:
            start += 1
        phrase = _phrase_end(text, tokens, start, found)
        if phrase > start:
            begin, end = tokens[start][1], tokens[phrase - 1][2]
            value = text[begin:end].rstrip(".!?,'\"").lstrip("'\"")
            if value:
                yield Evidence("slot", value, begin, end, word.lower())


def _phrase_end(text: str, tokens: list[tuple[str, int, int]], start: int, found: list[Evidence]) -> int:
    """Index after the last token of the phrase that begins at token `start`."""
    end = start
    while end < len(tokens) and end - start < 6:
        word, at, stop = tokens[end]
        if word.lower() in _BREAK and not any(e.start <= at < e.end for e in found):
            break
        end += 1
        following = text[stop : stop + 1]
        if following in (",", ";", ":", "?", "!", ")", "\n") or (word.endswith(".") and end > start):
            break
    return end


def object_phrases(text: str) -> list[Evidence]:
    """What an imperative acts on, then without its first words: `net revenue`, `revenue` in `Sum net revenue`."""
    tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text[:MAX_TEXT])]
    if not tokens or tokens[0][0].lower() in _QUESTION:
        return []
    start = 1
    while start < len(tokens) and tokens[start][0].lower() in _LEAD | {
        "me",
        "us",
        "up",
        "for",
        "on",
        "about",
    }:
        start += 1
    end = _phrase_end(text, tokens, start, [])
    found = []
    for first in range(start, min(end, len(tokens))):
        begin, stop = tokens[first][1], tokens[end - 1][2]
        value = text[begin:stop].strip(".!?\"'“”`")
        if value:
            found.append(Evidence("object", value, begin, stop))
    return found
