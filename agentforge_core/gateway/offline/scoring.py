"""How well a piece of evidence fits one parameter: cues beside it, prepositions, kinds, formats."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentforge_core.gateway.offline.evidence import Evidence
from agentforge_core.gateway.offline.schemas import Schema, choices_of, described, kind_of
from agentforge_core.gateway.offline.words import near, split_name, stem, word_set, words

EXPLICIT, OWN_PREPOSITION, CUE, FORMAT, MENTION = 100, 62, 60, 55, 50
AFFINITY, QUOTED, KIND, ORDER, PHRASE = 45, 42, 42, 20, 12
SURE = 40
"""An optional parameter is filled only by evidence at least this good."""

_AFFINITY: dict[str, str] = {
    "in": "city location place country region town file folder path directory unit language currency room "
    "database table channel area state repository repo project month year",
    "from": "from source origin start since sender begin departure file path after",
    "to": "to target destination end until recipient into language unit currency receiver channel email "
    "assignee address number phone status",
    "into": "to target destination language unit currency into folder",
    "by": "by group key author field sort column",
    "per": "by group key per",
    "for": "query topic name city person user customer month date product symbol ticker guest location place "
    "term keyword country subject account day period search pattern text",
    "of": "city country name symbol ticker topic product user account location item text population",
    "about": "topic query subject about term keyword search question",
    "on": "date day topic subject host branch platform server",
    "at": "time address location url place at hour restaurant",
    "with": "email attendee attendees participant participants title guest person",
    "named": "name title", "called": "name title", "titled": "title name subject",
    "since": "since start from after", "after": "after since start", "until": "until end before to",
    "till": "until end before to", "before": "before until end deadline due",
    "under": "folder directory maximum max limit", "within": "within radius",
    "saying": "body message text content note comment", "as": "as name status role format type",
    "where": "where filter condition conditions filters",
    "matching": "pattern regex",
}  # fmt: skip
_PREPOSITIONS_OF = {prep: frozenset(text.split()) for prep, text in _AFFINITY.items()}
_KINDS: dict[str, str] = {
    "email": "email mail recipient sender to cc bcc attendee attendees from",
    "url": "url uri link website page endpoint address site webpage",
    "path": "path file filename folder directory document source destination target attachment src dst name "
    "hostname host domain server site",
    "date": "date day deadline due on start end since until from to before after when departure arrival checkin "
    "checkout birthday begin",
    "datetime": "datetime timestamp time start end since until when at from to before after begin",
    "month": "month period",
    "time": "time hour at start end when alarm from to since until",
    "id": "id identifier number key code ticket issue invoice order reference sku flight",
    "code": "currency code symbol ticker airport unit from to source target base quote country abbreviation",
    "unit": "unit units currency from",
    "name": "city location place country name person user customer author guest region state town title "
    "company employee contact recipient assignee owner product artist restaurant hotel origin destination",
}
_FITTING = {kind: frozenset(text.split()) for kind, text in _KINDS.items()}
_FORMATS = {
    "email": {"email"}, "idn-email": {"email"}, "uri": {"url"}, "url": {"url"}, "date": {"date"},
    "date-time": {"datetime"}, "time": {"time"}, "uri-reference": {"url", "path"},
}  # fmt: skip
_AROUND = 80
_AMOUNTS = word_set("count quantity amount n k times limit top results items many")
_FILES = word_set("file filename path")
_STRICT = word_set("email mail url uri path id identifier uuid token password phone date datetime")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a tool as the rules see it.

    Attributes:
        name: as in the schema.
        schema: one concrete alternative of its schema.
        required: whether the call is invalid without it.
        order: its place in the schema.
    """

    name: str
    schema: Schema
    required: bool
    order: int

    @property
    def words(self) -> frozenset[str]:
        """Words of the name."""
        return frozenset(split_name(self.name))

    @property
    def strict(self) -> bool:
        """Whether only evidence of the right kind can fill it, never a mere phrase."""
        return bool(self.words & _STRICT) or self.schema.get("format") in _FORMATS

    @property
    def closed(self) -> bool:
        """Whether it has a closed list of values."""
        return choices_of(self.schema) is not None


def score(parameter: Parameter, piece: Evidence, text: str) -> int:
    """Fitness of a piece of evidence, 0 when it does not fit; above `SURE` it is more than a guess."""
    if piece.kind == "pair":
        return EXPLICIT if _same_name(parameter, piece.label) else 0
    kind = kind_of(parameter.schema)
    if piece.kind == "json":
        return KIND if kind in ("object", "array") else 0
    if kind in ("integer", "number"):
        return _number_score(parameter, piece, text)
    if kind in ("string", "any") and not parameter.closed:
        return _string_score(parameter, piece, text)
    return 0


def _same_name(parameter: Parameter, label: str) -> bool:
    own, other = [stem(w) for w in split_name(parameter.name)], [stem(w) for w in split_name(label)]
    return own == other or (len(other) == 1 and other[0] in own and len(own) <= 2 and len(other[0]) > 2)


def _number_score(parameter: Parameter, piece: Evidence, text: str) -> int:
    if piece.kind != "number":
        return 0
    if piece.label and any(stem(piece.label) in near(stem(w)) for w in parameter.words):
        return CUE + 1
    if _cued(parameter, piece, text):
        return CUE
    before = _before(text, piece.start)
    if before in parameter.words and before in _PREPOSITIONS_OF:
        return OWN_PREPOSITION
    if piece.label and parameter.words & _AMOUNTS:
        return SURE
    return ORDER if parameter.required else 0


def _cued(parameter: Parameter, piece: Evidence, text: str) -> bool:
    """Whether a word of the parameter's name stands just before the value or just behind it."""
    own = {n for w in parameter.words if len(w) > 1 and w not in _PREPOSITIONS_OF for n in near(stem(w))}
    ahead = [
        stem(w)
        for w in words(text[max(0, piece.start - _AROUND) : piece.start])[-3:]
        if w not in ("the", "a", "is", "of")
    ][-2:]
    behind = (
        [stem(w) for w in words(text[piece.end : piece.end + _AROUND])[:2]] if piece.kind == "number" else []
    )
    return any(w in own for w in (*ahead, *behind[:2]))


def _before(text: str, at: int) -> str:
    found = re.search(r"(\w+)\W*$", text[max(0, at - _AROUND) : at])
    return found.group(1).lower() if found else ""


def _string_score(parameter: Parameter, piece: Evidence, text: str) -> int:
    wanted = _FORMATS.get(str(parameter.schema.get("format")))
    if wanted is not None:
        return FORMAT + (5 if _cued(parameter, piece, text) else 0) if piece.kind in wanted else 0
    fits = bool(parameter.words & _FITTING.get(piece.kind, frozenset()))
    if piece.kind == "slot":
        return _slot_score(parameter, piece)
    if piece.kind == "quoted":
        return QUOTED + _nearness(parameter, piece, text)
    if piece.kind == "object":
        return 0 if parameter.strict else PHRASE
    if piece.kind == "number":
        numbered = parameter.words & {"id", "number", "code", "key", "order", "year", "zip", "phone"}
        return KIND if numbered else 0
    if fits:
        return KIND + 3 + _nearness(parameter, piece, text)
    if piece.kind == "name" and not parameter.strict:
        return PHRASE + 1
    hinted = piece.kind in words(described(parameter.schema))
    return (
        KIND
        if hinted
        else (PHRASE - 1 if piece.kind in ("path", "id", "month", "date") and not parameter.strict else 0)
    )


def _nearness(parameter: Parameter, piece: Evidence, text: str) -> int:
    """Extra points for a preposition or a cue in front of the value that belongs to the parameter."""
    before = _before(text, piece.start)
    if before in parameter.words and before in _PREPOSITIONS_OF:
        return 20
    if parameter.words & _PREPOSITIONS_OF.get(before, frozenset()):
        return 12
    return 15 if _cued(parameter, piece, text) else 0


def _slot_score(parameter: Parameter, piece: Evidence) -> int:
    if parameter.strict:
        return 0
    if piece.label in parameter.words:
        return OWN_PREPOSITION
    if parameter.words & _PREPOSITIONS_OF.get(piece.label, frozenset()):
        return SURE - 1 if parameter.words & _FILES else AFFINITY
    own = {stem(w) for w in parameter.words}
    if any(stem(w) in own for w in words(str(piece.value))):
        return PHRASE + 2
    return PHRASE if piece.label in ("of", "for", "in", "about", "on") else PHRASE - 4
