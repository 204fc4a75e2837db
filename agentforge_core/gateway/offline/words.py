"""English as far as the rules need it: words, stems, near-synonyms, small numbers.

Everything here is general English. Nothing is known about any particular tool.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def word_set(text: str) -> frozenset[str]:
    """The words of a text separated by blanks: how the word lists of the rules are written."""
    return frozenset(text.split())


STOP = word_set("""a an and any are as at be been but by can could did do does for from had has have he her his how i if in
    into is it its let may me my of on or our out please shall she should so some than that the their them then
    there these they this those to too up us was we were what which who will with would you your all each every
    both also only just very more most between per give given tool function value using use used via need want
    like make sure whose when where one result results argument parameter optional default return returns""")
"""Words that say nothing about which tool is meant."""

PREPOSITIONS = word_set(
    "in from of for by to at with on about named called per as into between inside within over during since "
    "until till before after against under through titled saying where using via than"
)

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "ten twenty thirty forty fifty sixty seventy eighty ninety"


def _numbered(text: str, step: int, first: int = 0) -> dict[str, int]:
    return {word: n * step for n, word in enumerate(text.split(), first)}


NUMBER_WORDS = (
    _numbered(_UNITS, 1) | _numbered(_TENS, 10, 1) | {"dozen": 12, "hundred": 100, "thousand": 1000}
)
"""Words that can make up a small number."""

_GROUPS = (
    "add plus sum total addition aggregate",
    "subtract minus difference deduct take",
    "multiply times product multiplication",
    "divide division quotient",
    "power exponent raise",
    "calculate compute evaluate math arithmetic calculator expression",
    "average mean avg",
    "maximum max highest largest biggest greatest",
    "minimum min lowest smallest least",
    "count number tally many",
    "list enumerate",
    "find search look lookup grep query",
    "get fetch show read open retrieve display print load tell view cat",
    "delete remove erase drop",
    "create add new make insert open",
    "book reserve reservation booking schedule",
    "send mail email message notify",
    "write save store",
    "update change set edit modify",
    "convert conversion exchange change",
    "translate translation",
    "weather forecast temperature rain sunny hot cold",
    "time clock hour",
    "date day calendar when",
    "place location where city",
    "distance far",
    "price cost expensive quote",
    "file document",
    "folder directory",
    "stock share ticker",
    "summarize summary summarise",
    "group per breakdown by",
    "error failure fail",
    "shell command terminal run execute",
    "buy purchase order",
    "cancel abort revoke",
    "top best leading ranking",
)

_SYMBOLS = (
    (re.compile(r"(?<=[\d)])\s*\+\s*(?=[\d(])"), "plus"),
    (re.compile(r"(?<=[\d)])\s*(?:\*\*|\^)\s*(?=[\d(])"), "power"),
    (re.compile(r"(?<=[\d)])\s*[*\u00d7]\s*(?=[\d(])|(?<=\d)\s+x\s+(?=\d)"), "times"),
    (re.compile(r"(?<=[\d)])\s*[/÷]\s*(?=[\d(])"), "divide"),
    (re.compile(r"(?<=[\d)])\s+[-\u2212]\s+(?=[\d(])"), "minus"),
)
_MONEY = re.compile(
    r"[$€£]\s?\d|\b(?:USD|EUR|GBP|JPY|CHF|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|BRL|MXN|KRW|ZAR|dollars?|euros?)\b"
)


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """A crude stem: `averages` and `averaging` meet, and so do `translator` and `translation`."""
    word = word.lower().removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ation", "ator", "ating", "ated", "ate", "ing", "ed", "er"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > 3 else word


@lru_cache(maxsize=4096)
def split_name(name: str) -> tuple[str, ...]:
    """Words of an identifier: `getHTTPStatus_code` gives get, http, status, code."""
    return tuple(w.lower() for part in re.split(r"[\W_]+", name) for w in _CAMEL.split(part) if w)


def words(text: str) -> list[str]:
    """Lower-case words of a text in order; identifiers in it are split."""
    return [part for w in _WORD.findall(text.replace("_", " ")) for part in split_name(w)]


def stems(text: str) -> list[str]:
    """Stems of the words of `text` that carry meaning, each once, in order."""
    found = [stem(w) for w in words(text) if w not in STOP]
    signs = [stem(word) for pattern, word in _SYMBOLS if pattern.search(text)]
    found += [*signs, stem("calculate")] if signs else []
    found += [stem("currency")] if _MONEY.search(text) else []
    return list(dict.fromkeys(found))


_NEAR: dict[str, frozenset[str]] = {}
for _group in _GROUPS:
    _members = frozenset(stem(w) for w in _group.split())
    for _member in _members:
        _NEAR[_member] = _NEAR.get(_member, frozenset()) | _members


def near(one: str) -> frozenset[str]:
    """Stems that mean about the same as the stem `one`, itself included."""
    return _NEAR.get(one, frozenset()) | {one}


def singular(word: str) -> str:
    """A noun without its plural ending, good enough to compare a list's name with its items'."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
