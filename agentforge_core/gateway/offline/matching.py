"""Which tools a clause asks for: words of the clause against names, descriptions and schemas."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agentforge_core.boundary.messages import ToolSpec
from agentforge_core.gateway.offline.schemas import (
    Schema,
    alternatives,
    choices_of,
    described,
    properties_of,
    resolve,
)
from agentforge_core.gateway.offline.words import near, split_name, stem, stems

THRESHOLD = 2.0
_NAME, _ENUM, _DESCRIPTION, _PARAMETER = 3.0, 2.0, 1.2, 1.0
_NEAR = 0.7


@dataclass(frozen=True, slots=True)
class Match:
    """A tool and how well a clause fits it.

    Attributes:
        tool: the tool.
        score: sum of the weights of the words in common; see `THRESHOLD`.
        words: stems of the clause that speak for the tool.
    """

    tool: ToolSpec
    score: float
    words: frozenset[str]


class Profile:
    """The words of one tool with their weights."""

    def __init__(self, tool: ToolSpec) -> None:
        self.tool = tool
        self.weights: dict[str, float] = {}
        self.verbs = frozenset(split_name(tool.name)[:1])
        root = resolve(tool.parameters, tool.parameters)
        self._note([stem(w) for w in split_name(tool.name)], _NAME)
        self._note(stems(tool.description), _DESCRIPTION)
        for name, schema in properties_of(root).items():
            self._note_parameter(name, schema, tool.parameters)

    def _note(self, found: Sequence[str], weight: float) -> None:
        for word in found:
            self.weights[word] = max(weight, self.weights.get(word, 0.0))

    def _note_parameter(self, name: str, schema: object, root: Schema) -> None:
        self._note([stem(w) for w in split_name(name)], _PARAMETER)
        for option in alternatives(schema, root):
            self._note(stems(described(option))[:12], _PARAMETER / 2)
            for choice in choices_of(option) or ():
                self._note(stems(choice if isinstance(choice, str) else json.dumps(choice)), _ENUM)

    def weight(self, word: str) -> float:
        """How much a stem of a clause speaks for the tool."""
        exact = self.weights.get(word, 0.0)
        related = max((self.weights.get(w, 0.0) for w in near(word)), default=0.0)
        return max(exact, related * _NEAR)


class Matcher:
    """Scores the offered tools; a word that many tools share counts less."""

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self.profiles = [Profile(t) for t in tools]
        self._shared = Counter(w for p in self.profiles for w in p.weights)

    @property
    def verbs(self) -> frozenset[str]:
        """First words of the tools' names: they begin a wish in a request."""
        return frozenset(v for p in self.profiles for v in p.verbs)

    def rank(self, found: Sequence[str]) -> list[Match]:
        """All tools for the stems of a clause, best first; ties keep the order they are offered in."""
        ranked = [self._match(p, found) for p in self.profiles]
        return sorted(ranked, key=lambda m: -m.score)

    def _match(self, profile: Profile, found: Sequence[str]) -> Match:
        weights = {w: profile.weight(w) / math.sqrt(max(self._shared[w], 1)) for w in found}
        speaking = {w: v for w, v in weights.items() if v > 0}
        return Match(profile.tool, round(sum(speaking.values()), 6), frozenset(speaking))

    def chosen(self, clause: str) -> list[Match]:
        """The tools a clause asks for: the best, then those that its remaining words ask for by themselves."""
        left = stems(clause)
        found: list[Match] = []
        while left:
            used = {m.tool.name for m in found}
            best = next((m for m in self.rank(left) if m.tool.name not in used), None)
            if best is None or best.score < THRESHOLD or (found and not self._named(best)):
                break
            found.append(best)
            left = [w for w in left if w not in best.words]
        return found

    @staticmethod
    def _named(match: Match) -> bool:
        """Whether the clause has a word of the tool's own name, which a second tool of a clause needs."""
        own = {stem(w) for w in split_name(match.tool.name)}
        return any(near(w) & own for w in match.words)
